//! A cache's hottest entries as bytes, and back: for a restart, or from a peer.
//!
//! All numbers are little-endian. A checksum is a CRC-32C of what stands before it in its part.
//!
//! ```text
//! header   magic 8 │ version 2 │ 0 2 │ checksum 4
//! record   key length 4 │ value length 4, all ones: none │ tag plus one, 0: none 2 │ heat 2
//!          │ time to live left, ns, all ones: no end 8 │ checksum 4
//!          ‖ key │ value │ checksum 4
//! trailer  all ones 4 │ records 8 │ checksum of all checksums before, and of this part 4
//! ```
//!
//! A record's lengths have a checksum of their own, so that no reader goes by lengths that are
//! damaged.

mod codec;
mod crc;
mod error;
mod export;
mod hot;
mod read;
mod restore;

pub use codec::Codec;
pub use error::{SnapshotError, SnapshotWhy};
pub use export::{Export, Exported};
pub use read::{Record, Snapshot, SnapshotKeys};
pub use restore::{Restore, RestoreError, Restored};

const MAGIC: [u8; 8] = *b"stailhot";

/// The version of the format that is written, and read.
const VERSION: u16 = 1;

const HEADER: usize = 16;

/// A record's bytes before its key.
const HEAD: usize = 24;

const CHECKSUM: usize = 4;

const TRAILER: usize = 16;

/// In place of a key's length: the trailer. Of a value's: there is none.
const NONE: u32 = u32::MAX;

/// The longest key, and the longest value.
const PART_MAX: usize = 1 << 30;
