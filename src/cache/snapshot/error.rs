//! What is wrong with a snapshot, and where.

use core::error::Error;
use core::fmt;
use std::io;

/// A snapshot that could not be read on.
///
/// # Examples
/// ```
/// use shorttail::cache::{Codec, Snapshot, SnapshotWhy};
/// # struct Ids;
/// # impl Codec<u64, ()> for Ids {
/// #     fn write_key(&self, key: &u64, into: &mut Vec<u8>) {
/// #         into.extend(key.to_le_bytes());
/// #     }
/// #     fn read_key(&self, bytes: &[u8]) -> Option<u64> {
/// #         bytes.try_into().ok().map(u64::from_le_bytes)
/// #     }
/// # }
/// let error = Snapshot::open(&b"no snapshot at all"[..], &Ids).err().unwrap();
/// assert_eq!((error.at, error.why), (0, SnapshotWhy::NoSnapshot));
/// assert_eq!(error.to_string(), "at byte 0: it does not begin as a snapshot does");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotError {
    /// Where the header, the record or the trailer begins that it is about, in bytes.
    pub at: u64,
    /// What is wrong.
    pub why: SnapshotWhy,
}

/// What is wrong with a snapshot.
///
/// # Examples
/// ```
/// use shorttail::cache::SnapshotWhy;
/// assert_eq!(SnapshotWhy::Truncated.to_string(), "it ends too early");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotWhy {
    /// It is something else.
    NoSnapshot,
    /// Of a version that this one does not read.
    Version(u16),
    /// It ends before its trailer does.
    Truncated,
    /// A checksum does not fit: it was changed on its way.
    Checksum,
    /// A key or a value is longer than the reader takes.
    TooLong {
        /// Its length, in bytes.
        bytes: u32,
        /// The longest that is taken.
        bytes_max: u32,
    },
    /// Whole, and the codec makes no key of it.
    Key,
    /// Whole, and the codec makes no value of it.
    Value,
    /// Records are missing, or there are more than its trailer says.
    Records {
        /// Those that were read.
        read: u64,
        /// Those that were written.
        written: u64,
    },
    /// Its source failed.
    Io(io::ErrorKind),
}

impl fmt::Display for SnapshotWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSnapshot => "it does not begin as a snapshot does",
            Self::Version(version) => return write!(f, "version {version} is not known"),
            Self::Truncated => "it ends too early",
            Self::Checksum => "a checksum does not fit",
            Self::TooLong { bytes, bytes_max } => {
                return write!(
                    f,
                    "a part of {bytes} bytes is above the {bytes_max} allowed"
                );
            }
            Self::Key => "the codec makes no key of it",
            Self::Value => "the codec makes no value of it",
            Self::Records { read, written } => {
                return write!(f, "{read} records of {written} that were written");
            }
            Self::Io(kind) => return write!(f, "the source failed: {kind}"),
        })
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.at, self.why)
    }
}

impl Error for SnapshotError {}
