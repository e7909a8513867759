//! A fixed number of arenas, lent one at a time.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use super::growing::Growing;
use super::{Arena, ArenaStats, Builder, ConfigError, Exhausted};
use crate::slots::{Lease, Owner};
use crate::sync::{Arc, UnsafeCell};

/// An arena that belongs to whoever holds its slot's lease.
pub(super) struct Seat {
    arena: UnsafeCell<Arena>,
    growing: Option<Arc<Growing>>,
}

// SAFETY: the cell is entered only through the one `PooledArena` that holds the slot's lease, and
// by the last holder's drop of all seats; `Arena` is `Send`, so it may be another thread each
// time. Reaching a seat without its lease would break this.
unsafe impl Sync for Seat {}

/// A fixed number of arenas of one size. A clone is another handle on the same arenas, and
/// allocates nothing.
///
/// All memory is taken and touched by [`new`](Self::new). It is freed when the last handle and
/// the last [`PooledArena`] are gone, whichever comes last.
///
/// # Examples
/// ```
/// use shorttail::arena::ArenaPool;
///
/// let pool = ArenaPool::new(2, 4096)?;
/// let arena = pool.try_acquire()?;
/// let squares = arena.try_alloc_slice_fill_with(4, |n| n * n)?;
/// assert_eq!(squares, [0, 1, 4, 9]);
/// drop(arena); // reset, and free for the next request
/// assert_eq!(pool.stats().in_use, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ArenaPool {
    pub(super) owner: Arc<Owner<(), Seat>>,
    growing: Option<Arc<Growing>>,
}

impl ArenaPool {
    /// A pool of `count` arenas of `bytes_each`. Touches every page of them.
    ///
    /// # Errors
    /// [`ConfigError`] if `count` or `bytes_each` is zero or more than can be had.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::arena::ArenaPool::new(8, 64 * 1024)?;
    /// assert_eq!(pool.stats().arenas, 8);
    /// # Ok::<(), shorttail::arena::ConfigError>(())
    /// ```
    pub fn new(count: usize, bytes_each: usize) -> Result<Self, ConfigError> {
        Self::builder(count, bytes_each).build()
    }

    /// Collects what a pool of `count` arenas of `bytes_each` is to be besides. Allocates nothing.
    ///
    /// ```
    /// let pool = shorttail::arena::ArenaPool::builder(2, 1024).wipe(true).build()?;
    /// assert_eq!(pool.stats().arenas, 2);
    /// # Ok::<(), shorttail::arena::ConfigError>(())
    /// ```
    pub const fn builder(count: usize, bytes_each: usize) -> Builder {
        Builder::new(count, bytes_each)
    }

    pub(super) fn over(arenas: Vec<Arena>, growing: Option<Arc<Growing>>) -> Self {
        let seat = |arena| Seat {
            arena: UnsafeCell::new(arena),
            growing: growing.clone(),
        };
        let seats = arenas.into_iter().map(seat).collect();
        Self {
            owner: Arc::new(Owner::new((), seats)),
            growing,
        }
    }

    /// An empty arena for the caller alone, if one is free.
    ///
    /// # Guarantees
    /// Never waits, never allocates. Lock-free. Refusal costs one load for every 1024 arenas, more
    /// if arenas came and went meanwhile, and means that at one moment of the call every arena was
    /// lent, or on its way from or to another thread, within the two limits told at
    /// [`BufferPool::try_acquire`](crate::pool::BufferPool::try_acquire).
    ///
    /// # Errors
    /// [`Exhausted`] if all are in use.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
    /// let first = pool.try_acquire().unwrap();
    /// assert!(pool.try_acquire().is_err());
    /// drop(first);
    /// assert!(pool.try_acquire().is_ok());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use = "dropping the guard gives the arena back"]
    pub fn try_acquire(&self) -> Result<PooledArena, Exhausted> {
        match self.owner.try_lease() {
            Some(lease) => Ok(PooledArena::new(lease)),
            None => Err(self.exhausted()),
        }
    }

    pub(super) fn exhausted(&self) -> Exhausted {
        Exhausted {
            arenas: self.owner.set().len(),
        }
    }

    /// Counts so far. Three loads for every word of slots: not for the hot path. Neither waits nor
    /// allocates.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
    /// std::mem::forget(pool.try_acquire());
    /// pool.try_acquire().unwrap_err();
    /// let stats = pool.stats();
    /// assert_eq!((stats.in_use, stats.arenas, stats.refused), (1, 1, 1));
    /// ```
    #[must_use]
    pub fn stats(&self) -> ArenaStats {
        let set = self.owner.set();
        let mut stats = ArenaStats {
            arenas: set.len(),
            in_use: set.in_use(),
            refused: set.refused(),
            waiting: self.owner.waiting(),
            ..ArenaStats::default()
        };
        if let Some(growing) = &self.growing {
            growing.report(&mut stats);
        }
        stats
    }

    /// Makes one block again of each arena that grew and was exchanged for a spare, ready to be
    /// the next spare; says how many. Nothing to do for [`Overflow::Strict`](super::Overflow).
    ///
    /// The block has the size that all but one in a hundred of the late leases got by with, and no
    /// less than the builder named. What leases needed before a call weighs half as much at the
    /// next, so after a burst the size falls again; a spare that waits is then rebuilt too. An
    /// arena in the pool that is larger than that is exchanged when it next comes back; one that is
    /// never lent stays as it is. A lease counts with what it used since the last reset.
    ///
    /// # Guarantees
    /// Never waits. Allocates and frees: for a thread with time, each second or so. No other call
    /// waits for it. At most one step for each spare; none while another thread counts the leases.
    /// An arena that is rebuilt has its old block and the new one for a moment, of which the budget
    /// pays the new one.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
    /// assert_eq!(pool.maintain(), 0);
    /// ```
    pub fn maintain(&self) -> usize {
        self.growing
            .as_ref()
            .map_or(0, |growing| growing.maintain())
    }
}

impl fmt::Debug for ArenaPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ArenaPool").field(&self.stats()).finish()
    }
}

/// An arena lent by an [`ArenaPool`]. Its drop resets it and gives it back, and wakes the first who
/// waits for one; it neither waits nor allocates.
///
/// `Send` and not `Sync`, as [`Arena`] is. Forgetting it loses that arena for the pool's life and
/// keeps the pool's memory; nothing else breaks. The arena itself stays in the pool: swapping it
/// with another through [`DerefMut`] puts the other one there for good.
///
/// # Examples
/// ```
/// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
/// let mut arena = pool.try_acquire().unwrap();
/// for request in 0..100 {
///     arena.try_alloc([request; 16]).unwrap();
///     arena.reset();
/// }
/// ```
/// What lies in the arena does not outlive the guard:
/// ```compile_fail,E0505
/// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
/// let arena = pool.try_acquire().unwrap();
/// let seven = arena.try_alloc(7).unwrap();
/// drop(arena);
/// assert_eq!(*seven, 7);
/// ```
#[must_use = "dropping the guard gives the arena back"]
pub struct PooledArena {
    lease: Lease<(), Seat>,
    /// Makes this `!Sync`, as a shared borrow gives `&Arena`.
    arena: PhantomData<Arena>,
}

impl PooledArena {
    #[inline]
    pub(super) const fn new(lease: Lease<(), Seat>) -> Self {
        Self {
            lease,
            arena: PhantomData,
        }
    }
}

impl Deref for PooledArena {
    type Target = Arena;

    #[inline]
    fn deref(&self) -> &Arena {
        self.lease.payload().arena.with(|arena| {
            // SAFETY: this guard holds the slot's lease, so no other guard is in the cell, and
            // it is not `Sync`, so no other thread has `&self`.
            unsafe { &*arena }
        })
    }
}

impl DerefMut for PooledArena {
    #[inline]
    fn deref_mut(&mut self) -> &mut Arena {
        self.lease.payload().arena.with_mut(|arena| {
            // SAFETY: as in `deref`, and `&mut self` ends every borrow made through this guard.
            unsafe { &mut *arena }
        })
    }
}

impl Drop for PooledArena {
    /// Resets the arena, or exchanges it if it grew; the lease, dropped next, gives it back.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    fn drop(&mut self) {
        let seat = self.lease.payload();
        let Some(growing) = &seat.growing else {
            return self.reset();
        };
        seat.arena.with_mut(|arena| {
            // SAFETY: as in `deref_mut`; the other field that is borrowed lies apart.
            growing.take_back(self.lease.slot(), unsafe { &mut *arena });
        });
    }
}

impl fmt::Debug for PooledArena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledArena").field(&**self).finish()
    }
}
