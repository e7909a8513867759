//! What can go wrong: building, acquiring, filling.

use core::error::Error;
use core::fmt;
use std::io;

use super::MemoryPolicy;

/// Why a pool was not built.
///
/// # Examples
/// ```
/// use shorttail::pool::{BufferPool, ConfigError};
/// assert_eq!(BufferPool::builder().build().unwrap_err(), ConfigError::NoClasses);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// No size class was given.
    NoClasses,
    /// A class of zero bytes or zero slots.
    EmptyClass {
        /// Bytes of one slot.
        slot_bytes: usize,
        /// Number of slots.
        slots: usize,
    },
    /// Two classes of one size.
    DuplicateClass {
        /// Bytes of one slot.
        slot_bytes: usize,
    },
    /// More than `u32::MAX` bytes in a slot or slots in a class, or more than fits into memory.
    ClassTooLarge {
        /// Bytes of one slot.
        slot_bytes: usize,
        /// Number of slots.
        slots: usize,
    },
    /// The system did not give the memory of one class.
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
    /// The system, or the platform, does not give the memory in the way that was asked for.
    PolicyRefused {
        /// What was asked for.
        policy: MemoryPolicy,
        /// The system call's error; `None` if this platform has no such thing.
        errno: Option<i32>,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClasses => f.write_str("a pool needs at least one size class"),
            Self::EmptyClass { slot_bytes, slots } => {
                write!(f, "a class of {slots} slots of {slot_bytes} bytes is empty")
            }
            Self::DuplicateClass { slot_bytes } => {
                write!(f, "two classes have slots of {slot_bytes} bytes")
            }
            Self::ClassTooLarge { slot_bytes, slots } => {
                write!(
                    f,
                    "{slots} slots of {slot_bytes} bytes are too many for one class"
                )
            }
            Self::OutOfMemory { bytes } => write!(f, "no memory for a class of {bytes} bytes"),
            Self::PolicyRefused { policy, errno } => match errno {
                Some(errno) => write!(f, "{policy} was refused: errno {errno}"),
                None => write!(f, "{policy} is not to be had on this platform"),
            },
        }
    }
}

impl Error for ConfigError {}

/// Why there is no buffer.
///
/// # Examples
/// ```
/// use shorttail::pool::{AcquireError, BufferPool};
///
/// let pool = BufferPool::builder().class(512, 1).build().unwrap();
/// assert_eq!(
///     pool.try_acquire(513).unwrap_err(),
///     AcquireError::Oversized { len: 513, slot_bytes_max: 512 },
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcquireError {
    /// All slots of the class for this length are in use, and nothing that may help out has
    /// anything: worth trying again later. Of a [`BytesPool`](super::BytesPool): none was found to
    /// be back by the looks that a call takes.
    Exhausted {
        /// Bytes asked for.
        len: usize,
        /// Bytes of a slot of the class that was tried.
        slot_bytes: usize,
        /// Slots of that class, all in use.
        slots: usize,
    },
    /// No class has slots of this length: never worth trying again.
    Oversized {
        /// Bytes asked for.
        len: usize,
        /// Bytes of a slot of the largest class.
        slot_bytes_max: usize,
    },
}

impl AcquireError {
    /// Whether a later try may succeed. One comparison.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(8, 1).build().unwrap();
    /// assert!(!pool.try_acquire(9).unwrap_err().is_exhausted());
    /// let _only = pool.try_acquire(8).unwrap();
    /// assert!(pool.try_acquire(8).unwrap_err().is_exhausted());
    /// ```
    #[must_use]
    pub const fn is_exhausted(&self) -> bool {
        matches!(self, Self::Exhausted { .. })
    }
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exhausted {
                slot_bytes, slots, ..
            } => write!(f, "all {slots} buffers of {slot_bytes} bytes are in use"),
            Self::Oversized {
                len,
                slot_bytes_max,
            } => write!(
                f,
                "{len} bytes are more than the largest buffer's {slot_bytes_max}"
            ),
        }
    }
}

impl Error for AcquireError {}

/// The buffer has no room for what was to be put into it.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
/// let mut buf = pool.try_acquire(4).unwrap();
/// assert_eq!(buf.try_put(b"hello").unwrap_err().remaining, 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferFull {
    /// Bytes that were to be put.
    pub requested: usize,
    /// Bytes there is room for.
    pub remaining: usize,
}

impl BufferFull {
    #[inline]
    pub(super) const fn check(requested: usize, remaining: usize) -> Result<(), Self> {
        if requested > remaining {
            return Err(Self {
                requested,
                remaining,
            });
        }
        Ok(())
    }
}

impl fmt::Display for BufferFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requested,
            remaining,
        } = self;
        write!(
            f,
            "{requested} bytes do not fit into the buffer's last {remaining}"
        )
    }
}

impl Error for BufferFull {}

/// What [`PooledBuf::try_put_slice`](super::PooledBuf::try_put_slice) found no room for.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
/// let mut buf = pool.try_acquire(4).unwrap();
/// let left = buf.try_put_slice(b"hello").unwrap_err();
/// assert_eq!((left.written, left.rest), (4, &b"o"[..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutSliceError<'a> {
    /// Bytes that were put.
    pub written: usize,
    /// Those behind them, handed back; never empty.
    pub rest: &'a [u8],
}

impl fmt::Display for PutSliceError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (written, rest) = (self.written, self.rest.len());
        write!(
            f,
            "the buffer is full: it took {written} bytes and left {rest}"
        )
    }
}

impl Error for PutSliceError<'_> {}

/// Why [`PooledBuf::try_put_fmt`](super::PooledBuf::try_put_fmt) added nothing.
///
/// # Examples
/// ```
/// use shorttail::pool::{BufferPool, PutFmtError};
///
/// let pool = BufferPool::builder().class(2, 1).build().unwrap();
/// let mut buf = pool.try_acquire(2).unwrap();
/// let refused = buf.try_put_fmt(format_args!("{}", 123)).unwrap_err();
/// assert!(matches!(refused, PutFmtError::Full(full) if full.requested == 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PutFmtError {
    /// The text is longer than there is room for.
    Full(BufferFull),
    /// A value refused to be formatted.
    Format(fmt::Error),
}

impl fmt::Display for PutFmtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(full) => fmt::Display::fmt(full, f),
            Self::Format(_) => f.write_str("a value refused to be formatted"),
        }
    }
}

impl Error for PutFmtError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Full(_) => None,
            Self::Format(error) => Some(error),
        }
    }
}

/// Why [`PooledBuf::read_from`](super::PooledBuf::read_from) read nothing.
///
/// # Examples
/// ```
/// use shorttail::pool::{BufferPool, ReadError};
///
/// let pool = BufferPool::builder().class(2, 1).build().unwrap();
/// let mut buf = pool.try_acquire(2).unwrap();
/// let mut input = &b"abc"[..];
/// assert_eq!(buf.read_from(&mut input).unwrap(), 2);
/// assert!(matches!(buf.read_from(&mut input), Err(ReadError::Full)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The buffer is full; the reader was not asked.
    Full,
    /// The reader failed.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the buffer is full"),
            Self::Io(_) => f.write_str("reading into the buffer failed"),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Full => None,
            Self::Io(error) => Some(error),
        }
    }
}
