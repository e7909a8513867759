//! The handle on a pool of `Bytes`: finds the class, takes a slot.

use core::fmt;
use core::time::Duration;

use super::bytes_class::BytesClass;
use super::report::older_than;
use super::{AcquireError, BytesBuf, BytesBuilder, ClassStats, Outstanding, PoolStats};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A fixed number of buffers in a few sizes that freeze into [`bytes::Bytes`] without allocating.
/// A clone is another handle on the same pool, and allocates nothing.
///
/// For code whose interface is `Bytes`. Where it may be [`PooledBytes`](super::PooledBytes), a
/// [`BufferPool`](super::BufferPool) knows at once that a buffer is back, can be waited for, and
/// costs less.
///
/// # How a buffer comes back
/// `Bytes` tell nobody that they are dropped, so a frozen buffer's return is seen when somebody
/// looks: [`try_acquire`](Self::try_acquire) looks at a [fixed number](BytesBuilder::looks) of
/// slots in turn, [`maintain`](Self::maintain) at all of them. Until then it counts as in use. A
/// buffer that is dropped without being frozen is back at once.
///
/// # Bytes that are kept for long
/// However short, a slice keeps its whole slot, as of any `Bytes`; turned into a `Vec` or a
/// `BytesMut`, it is copied, and lets go of it. The pool takes no memory in place of a slot that
/// is kept: it has one less. Slots that were looked at in vain twice are *hostages*: they are
/// [counted](PoolStats::hostages), looked at after all others, and keep no call from finding
/// those. Copy what is short and kept for long (`Bytes::copy_from_slice`), or have slots for it.
///
/// # Memory
/// On the global allocator, written to once at construction, so that no page of it is left to be
/// made resident. It is freed when the last pool handle and, for each slot, its last `Bytes` are
/// gone. The policies of a `BufferPool`, wiping among them, are not to be had: what a holder wrote
/// stays in the memory, though no safe call shows it to the next.
///
/// # Examples
/// ```
/// use bytes::Bytes;
/// use shorttail::pool::BytesPool;
///
/// let pool = BytesPool::builder().class(4096, 64).build()?;
/// let mut buf = pool.try_acquire(128)?;
/// buf.try_put(b"payload")?;
/// let bytes: Bytes = buf.freeze();
/// assert_eq!(bytes.slice(3..), "load");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BytesPool {
    shelves: Arc<BytesShelves>,
}

/// What a pool's handles, and buffers that keep it alive, have in common.
pub(super) struct BytesShelves {
    /// By size, smallest first; never empty.
    by_size: Box<[BytesClass]>,
    use_next_larger: bool,
    oversized: AtomicU64,
}

impl BytesPool {
    /// Starts a pool without classes. Allocates nothing.
    ///
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(4096, 8).build()?;
    /// assert_eq!(pool.outstanding(), 0);
    /// # Ok::<(), shorttail::pool::ConfigError>(())
    /// ```
    pub const fn builder() -> BytesBuilder {
        BytesBuilder::new()
    }

    pub(super) fn new(by_size: Box<[BytesClass]>, use_next_larger: bool) -> Self {
        Self {
            shelves: Arc::new(BytesShelves {
                by_size,
                use_next_larger,
                oversized: AtomicU64::new(0),
            }),
        }
    }

    /// An empty buffer with room for `len` bytes or more, if one is found.
    ///
    /// The buffer is the smallest class's that fits; its whole slot may be used. It borrows the
    /// pool: see [`BytesBuf::into_owned`].
    ///
    /// # Guarantees
    /// Never waits, never allocates. A thread frozen at any point inside the pool hides no slot but
    /// its own. A slot that came back unfrozen, or that [`maintain`](Self::maintain) saw back, is
    /// found, as by [`BufferPool::try_acquire`](super::BufferPool::try_acquire).
    ///
    /// # Errors
    /// [`AcquireError::Exhausted`] if no such slot was there, and those that were looked at are
    /// lent still, or in other threads' hands. Another slot of the class may be back unseen: of
    /// calls one after another, each looks where the one before ended, so that it is seen after as
    /// many calls as the class has slots for each [look](BytesBuilder::looks), if others acquire
    /// nothing meanwhile. A class with no more slots than looks is refused in error never.
    /// [`AcquireError::Oversized`] if no class has slots of `len` bytes. Both are counted.
    ///
    /// # Complexity
    /// A binary search over the classes; then, for the slot that this thread had last, if it is
    /// back, one read-modify-write, and those of `Bytes`. Else one search of a bitmap and at most
    /// twice as many looks as the class was built with, at ordinary slots and at hostages: a
    /// read-modify-write, a load of the slot's count and a store each. At most eight times as many
    /// slots that are being filled are passed meanwhile.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(256, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(200).unwrap();
    /// buf.try_put(b"x").unwrap();
    /// let bytes = buf.freeze();
    /// assert!(pool.try_acquire(200).unwrap_err().is_exhausted());
    /// drop(bytes);
    /// assert!(pool.try_acquire(200).is_ok());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use = "dropping the buffer gives the slot back"]
    pub fn try_acquire(&self, len: usize) -> Result<BytesBuf<'_>, AcquireError> {
        let class = self.class_for(len);
        let Some(fits) = self.shelves.by_size.get(class) else {
            return Err(self.oversized(len));
        };
        match fits.take_or_count() {
            // SAFETY: in our hand just now, and nobody else's.
            Some(slot) => Ok(unsafe { BytesBuf::new(&self.shelves, class, slot) }),
            None => self.help_out(class, len),
        }
    }

    /// Looks at every slot that is lent, and makes known which are back.
    ///
    /// For a thread that has time for it: what it finds is found by any `try_acquire` without a
    /// look, and is not counted as in use any more. Never waits, never allocates.
    ///
    /// # Complexity
    /// One look a slot.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(64, 2).build().unwrap();
    /// let mut buf = pool.try_acquire(1).unwrap();
    /// buf.try_put(b"x").unwrap();
    /// drop(buf.freeze());
    /// assert_eq!(pool.outstanding(), 1); // not seen yet
    /// pool.maintain();
    /// assert_eq!(pool.outstanding(), 0);
    /// ```
    pub fn maintain(&self) {
        self.classes().for_each(BytesClass::look_at_all);
    }

    /// Slots not seen to be back, forgotten ones included. One load for every word of slots;
    /// neither waits nor allocates.
    ///
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(256, 4).build().unwrap();
    /// let _held = pool.try_acquire(1).unwrap();
    /// assert_eq!(pool.outstanding(), 1);
    /// ```
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.classes().map(BytesClass::in_use).sum()
    }

    /// Slots acquired `age` ago or longer and not seen to be back: the report of leaks and of
    /// bytes that are kept. [`maintain`](Self::maintain) sees first which are back.
    ///
    /// Nothing unless the pool [tracks ages](BytesBuilder::track_age). Never waits, never
    /// allocates. Exact while nobody acquires or releases.
    ///
    /// # Complexity
    /// One load for each slot: not for the hot path.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = shorttail::pool::BytesPool::builder().class(64, 2).track_age(true).build()?;
    /// let mut buf = pool.try_acquire(1)?;
    /// buf.try_put(b"key: value")?;
    /// let _key = buf.freeze().split_to(3); // keeps all 64
    /// pool.maintain();
    /// let kept = pool.outstanding_older_than(Duration::ZERO).next().unwrap();
    /// assert_eq!((kept.slot_bytes, kept.slot), (64, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outstanding_older_than(&self, age: Duration) -> impl Iterator<Item = Outstanding> + '_ {
        let held = self.classes().flat_map(|class| {
            let since = class.since();
            since.map(|(slot, since_ns)| (class.slot_bytes(), slot, false, since_ns))
        });
        older_than(age, held)
    }

    /// Totals over all classes. One load for every word of slots, one for every 64 slots and one a
    /// class: not for the hot path. Neither waits nor allocates.
    ///
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(256, 4).build().unwrap();
    /// assert_eq!((pool.stats().slots, pool.stats().hostages), (4, 0));
    /// ```
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        // Relaxed: a statistic; publishes nothing. [pool-5]
        let oversized = self.shelves.oversized.load(Ordering::Relaxed);
        let none = PoolStats {
            oversized,
            ..PoolStats::default()
        };
        none.and_of(self.class_stats())
    }

    /// The same for each class, smallest first, each read when it is asked for. Neither waits nor
    /// allocates.
    ///
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(256, 4).build().unwrap();
    /// let class = pool.class_stats().next().unwrap();
    /// assert_eq!((class.slot_bytes, class.slots, class.in_use), (256, 4, 0));
    /// ```
    pub fn class_stats(&self) -> impl Iterator<Item = ClassStats> + '_ {
        self.classes().map(BytesClass::stats)
    }

    /// The place among the classes of the smallest that fits; one too many if there is none.
    #[inline]
    pub(super) fn class_for(&self, len: usize) -> usize {
        let by_size = &self.shelves.by_size;
        by_size.partition_point(|class| class.slot_bytes() < len)
    }

    #[inline]
    pub(super) fn shelves(&self) -> &Arc<BytesShelves> {
        &self.shelves
    }

    pub(super) fn classes(&self) -> impl Iterator<Item = &BytesClass> {
        self.shelves.by_size.iter()
    }

    /// The class one larger than `class`, if that is allowed.
    #[cold]
    fn help_out(&self, class: usize, len: usize) -> Result<BytesBuf<'_>, AcquireError> {
        let shelves = &self.shelves;
        let larger = shelves.by_size.get(class + 1);
        let taken = larger
            .filter(|_| shelves.use_next_larger)
            .and_then(BytesClass::take);
        match taken {
            // SAFETY: in our hand just now, and nobody else's.
            Some(slot) => Ok(unsafe { BytesBuf::new(shelves, class + 1, slot) }),
            None => Err(shelves.by_size[class].exhausted(len)),
        }
    }

    #[cold]
    fn oversized(&self, len: usize) -> AcquireError {
        // Relaxed: a statistic; publishes nothing. [pool-5]
        self.shelves.oversized.fetch_add(1, Ordering::Relaxed);
        AcquireError::Oversized {
            len,
            slot_bytes_max: self.classes().last().map_or(0, BytesClass::slot_bytes),
        }
    }
}

impl BytesShelves {
    #[inline]
    pub(super) fn class(&self, class: usize) -> &BytesClass {
        &self.by_size[class]
    }
}

impl fmt::Debug for BytesPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.class_stats()).finish()
    }
}
