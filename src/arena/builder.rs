//! How many arenas a pool has, how large they are, and what happens when one is full.

use super::growing::{Growing, Terms};
use super::{Arena, ArenaPool, ConfigError};
use crate::sync::Arc;

/// What an arena of a pool does when its block is used up.
///
/// # Examples
/// ```
/// use shorttail::arena::{ArenaPool, Overflow};
///
/// let grow = Overflow::Grow { arena_bytes_max: 65_536, budget_bytes: 100_000, spares: 1 };
/// let pool = ArenaPool::builder(4, 4096).overflow(grow).build()?;
/// let arena = pool.try_acquire()?;
/// arena.try_alloc([0_u8; 10_000])?; // from the heap, and from the budget
/// assert!(arena.try_alloc_uninit_slice::<u8>(65_536).is_err());
/// drop(arena); // a spare takes its place
/// assert_eq!(pool.maintain(), 1); // and it is rebuilt
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// It refuses, with [`ArenaFull`](super::ArenaFull). The heap is never touched. The default.
    #[default]
    Strict,
    /// It takes another block from the heap, within the limits. That allocates, on the path of the
    /// request that needs it: in RealtimeSanitizer's eyes too. No return and no reset frees; that
    /// is left to [`ArenaPool::maintain`].
    Grow {
        /// The most that one arena may have, blocks from the heap included.
        arena_bytes_max: usize,
        /// The most that all arenas together may have on top of what the constructor takes.
        budget_bytes: usize,
        /// Arenas kept ready to take the places of grown ones: as many as grow between two calls
        /// of [`ArenaPool::maintain`]. With none ready, a grown arena keeps its blocks for the next
        /// lease.
        spares: usize,
    },
}

/// Collects what an [`ArenaPool`] is to be. Setters only store; [`build`](Self::build) takes the
/// memory.
///
/// # Examples
/// ```
/// let pool = shorttail::arena::ArenaPool::builder(8, 4096).wipe(true).build()?;
/// assert_eq!(pool.stats().arenas, 8);
/// # Ok::<(), shorttail::arena::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build()"]
pub struct Builder {
    count: usize,
    bytes_each: usize,
    overflow: Overflow,
    wipe: bool,
}

impl Builder {
    pub(super) const fn new(count: usize, bytes_each: usize) -> Self {
        Self {
            count,
            bytes_each,
            overflow: Overflow::Strict,
            wipe: false,
        }
    }

    /// What a full arena does. [`Overflow::Strict`] by default.
    ///
    /// ```
    /// use shorttail::arena::{ArenaPool, Overflow};
    /// let pool = ArenaPool::builder(1, 100).overflow(Overflow::Strict).build().unwrap();
    /// assert!(pool.try_acquire().unwrap().try_alloc([0_u8; 101]).is_err());
    /// ```
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Whether what was in an arena is overwritten with zeros when it is taken back, or freed. Off
    /// by default.
    ///
    /// Costs a `memset` of what was used at each reset. No secret of one request then lies in the
    /// memory of the next, where only `unsafe` code could read it.
    ///
    /// ```
    /// let pool = shorttail::arena::ArenaPool::builder(1, 100).wipe(true).build().unwrap();
    /// pool.try_acquire().unwrap().try_alloc_str("secret").unwrap();
    /// ```
    pub fn wipe(mut self, yes: bool) -> Self {
        self.wipe = yes;
        self
    }

    /// Takes and touches all memory that the arenas and spares have from the start.
    ///
    /// # Errors
    /// [`ConfigError`] if the count or the size is zero or more than can be had, or if the terms
    /// of growth contradict it.
    ///
    /// ```
    /// use shorttail::arena::{ArenaPool, ConfigError, Overflow};
    /// let grow = Overflow::Grow { arena_bytes_max: 99, budget_bytes: 1, spares: 1 };
    /// let refused = ArenaPool::builder(1, 100).overflow(grow).build().unwrap_err();
    /// assert_eq!(refused, ConfigError::LimitBelowSize { bytes: 100, limit_bytes: 99 });
    /// ```
    pub fn build(self) -> Result<ArenaPool, ConfigError> {
        self.check()?;
        let Self {
            count,
            bytes_each,
            overflow,
            wipe,
        } = self;
        match overflow {
            Overflow::Strict => {
                let arenas = so_many(count, || Arena::with_wipe(bytes_each, wipe))?;
                Ok(ArenaPool::over(arenas, None))
            }
            Overflow::Grow {
                arena_bytes_max,
                budget_bytes,
                spares,
            } => {
                let terms = Terms {
                    arena_bytes_max,
                    budget_bytes,
                    spares,
                };
                let growing = Arc::new(Growing::new(terms, (count, bytes_each), wipe)?);
                let arenas = so_many(count, || growing.arena(bytes_each, wipe))?;
                Ok(ArenaPool::over(arenas, Some(growing)))
            }
        }
    }

    /// Whether what was said fits together.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.count == 0 {
            return Err(ConfigError::NoArenas);
        }
        if u32::try_from(self.count).is_err() {
            return Err(ConfigError::TooManyArenas);
        }
        let bytes = self.bytes_each;
        if bytes == 0 {
            return Err(ConfigError::NoBytes);
        }
        match self.overflow {
            Overflow::Grow {
                arena_bytes_max: limit_bytes,
                ..
            } if limit_bytes < bytes => Err(ConfigError::LimitBelowSize { bytes, limit_bytes }),
            Overflow::Grow { spares: 0, .. } => Err(ConfigError::NoSpares),
            Overflow::Grow { spares, .. } if u32::try_from(spares).is_err() => {
                Err(ConfigError::TooManyArenas)
            }
            _ => Ok(()),
        }
    }
}

/// A list of `count` arenas; there may be more asked for than there is memory to list.
fn so_many(
    count: usize,
    mut make: impl FnMut() -> Result<Arena, ConfigError>,
) -> Result<Vec<Arena>, ConfigError> {
    let mut arenas = Vec::new();
    let bytes = count.saturating_mul(size_of::<Arena>());
    let reserved = arenas.try_reserve_exact(count);
    reserved.map_err(|_| ConfigError::OutOfMemory { bytes })?;
    for _ in 0..count {
        arenas.push(make()?);
    }
    Ok(arenas)
}
