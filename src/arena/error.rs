//! What can go wrong: building, acquiring, allocating.

use core::error::Error;
use core::fmt;

/// Why an arena, or a pool of them, was not built.
///
/// # Examples
/// ```
/// use shorttail::arena::{ArenaPool, ConfigError};
/// assert_eq!(ArenaPool::new(0, 1024).unwrap_err(), ConfigError::NoArenas);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A pool of zero arenas.
    NoArenas,
    /// An arena of zero bytes.
    NoBytes,
    /// More than `u32::MAX` arenas.
    TooManyArenas,
    /// Arenas may grow, to no more than `limit_bytes`, which is less than they begin with.
    LimitBelowSize {
        /// Bytes of one arena at first.
        bytes: usize,
        /// The most it may have.
        limit_bytes: usize,
    },
    /// Arenas may grow, and there is no spare to take a grown one's place.
    NoSpares,
    /// The allocator did not give this many bytes, for one arena or for the list of all. Smaller
    /// lists beside that abort, as the standard library's do.
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoArenas => f.write_str("a pool needs at least one arena"),
            Self::NoBytes => f.write_str("an arena needs at least one byte"),
            Self::TooManyArenas => f.write_str("a pool holds at most u32::MAX arenas"),
            Self::LimitBelowSize { bytes, limit_bytes } => {
                write!(
                    f,
                    "a limit of {limit_bytes} is below the {bytes} of an arena"
                )
            }
            Self::NoSpares => f.write_str("arenas that may grow need at least one spare"),
            Self::OutOfMemory { bytes } => write!(f, "no memory for {bytes} bytes of arenas"),
        }
    }
}

impl Error for ConfigError {}

/// Every arena of the pool is in use.
///
/// # Examples
/// ```
/// use shorttail::arena::ArenaPool;
///
/// let pool = ArenaPool::new(1, 1024).unwrap();
/// let _only = pool.try_acquire().unwrap();
/// assert_eq!(pool.try_acquire().unwrap_err().arenas, 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// Arenas in the pool.
    pub arenas: usize,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "all {} arenas are in use", self.arenas)
    }
}

impl Error for Exhausted {}

/// The arena has no room for what was asked.
///
/// # Examples
/// ```
/// use shorttail::arena::Arena;
///
/// let arena = Arena::new(64).unwrap();
/// let full = arena.try_alloc_slice_copy(&[0_u8; 100_000]).unwrap_err();
/// assert_eq!(full.requested, 100_000);
/// assert_eq!(full.remaining, arena.capacity());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArenaFull {
    /// Bytes asked for, without padding; `usize::MAX` if their number does not fit.
    pub requested: usize,
    /// Bytes left, of which padding may take some.
    pub remaining: usize,
}

impl fmt::Display for ArenaFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requested,
            remaining,
        } = self;
        write!(
            f,
            "{requested} bytes do not fit into the arena's last {remaining}"
        )
    }
}

impl Error for ArenaFull {}

/// The arena has no room for a value, which comes back. `?` makes an [`ArenaFull`] of it, without
/// the value: use that where the value borrows from what the error outlives.
///
/// # Examples
/// ```
/// use shorttail::arena::{Arena, ArenaBox};
///
/// let arena = Arena::new(8).unwrap();
/// let refused = ArenaBox::try_new(&arena, String::from("kept")).unwrap_err();
/// assert_eq!(refused.full.remaining, 8);
/// assert_eq!(refused.into_inner(), "kept");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NoRoom<T> {
    /// The value that found no room.
    pub value: T,
    /// How much was asked for, and how much there was.
    pub full: ArenaFull,
}

impl<T> NoRoom<T> {
    /// The value that found no room. One move.
    ///
    /// # Examples
    /// See [`NoRoom`].
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> fmt::Debug for NoRoom<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoRoom")
            .field("full", &self.full)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for NoRoom<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.full.fmt(f)
    }
}

impl<T> Error for NoRoom<T> {}

impl<T> From<NoRoom<T>> for ArenaFull {
    fn from(refused: NoRoom<T>) -> Self {
        refused.full
    }
}

/// Why [`ArenaString::try_push_fmt`](super::ArenaString::try_push_fmt) appended nothing.
///
/// # Examples
/// ```
/// use shorttail::arena::{Arena, ArenaString, PushFmtError};
///
/// let arena = Arena::new(2).unwrap();
/// let refused = ArenaString::new(&arena).try_push_fmt(format_args!("{}", 123));
/// assert!(matches!(refused, Err(PushFmtError::Full(full)) if full.requested == 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushFmtError {
    /// The arena has no room for the text.
    Full(ArenaFull),
    /// A value refused to be formatted.
    Format(fmt::Error),
}

impl fmt::Display for PushFmtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(full) => full.fmt(f),
            Self::Format(_) => f.write_str("a value refused to be formatted"),
        }
    }
}

impl Error for PushFmtError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Full(_) => None,
            Self::Format(error) => Some(error),
        }
    }
}
