//! What a pool counted.

/// Totals over all classes, from [`BufferPool::stats`](super::BufferPool::stats) and
/// [`BytesPool::stats`](super::BytesPool::stats).
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder().class(64, 2).build().unwrap();
/// let _held = pool.try_acquire(10).unwrap();
/// pool.try_acquire(65).unwrap_err();
/// let stats = pool.stats();
/// assert_eq!((stats.in_use, stats.slots), (1, 2));
/// assert_eq!((stats.exhausted, stats.oversized), (0, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Slots in the pool.
    pub slots: usize,
    /// Slots lent, forgotten ones included; of a `BytesPool`, those not seen to be back.
    pub in_use: usize,
    /// Times a class had no free slot, also if the next larger one or the heap helped out; of a
    /// `BytesPool`, the class that was asked for alone.
    pub exhausted: u64,
    /// Threads and tasks that wait for a buffer now.
    pub waiting: usize,
    /// Requests longer than the largest class.
    pub oversized: u64,
    /// Buffers from the heap that are held, forgotten ones included.
    pub heap_buffers: usize,
    /// Bytes of them, which the budget of [`heap_overflow`](super::Builder::heap_overflow) lacks.
    pub heap_bytes: usize,
    /// Times a buffer was taken from the heap.
    pub heap_taken: u64,
    /// Times that the budget, or the heap, refused one.
    pub heap_refused: u64,
    /// Slots of a `BytesPool` that were looked at in vain, again and again; 0 of others.
    pub hostages: usize,
}

/// One class, from [`BufferPool::class_stats`](super::BufferPool::class_stats) and
/// [`BytesPool::class_stats`](super::BytesPool::class_stats).
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder().class(64, 2).class(8, 1).build().unwrap();
/// let sizes: Vec<_> = pool.class_stats().map(|class| class.slot_bytes).collect();
/// assert_eq!(sizes, [8, 64]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassStats {
    /// Bytes of one slot.
    pub slot_bytes: usize,
    /// Slots in the class.
    pub slots: usize,
    /// Slots lent, forgotten ones included; of a `BytesPool`, those not seen to be back.
    pub in_use: usize,
    /// Times it had no free slot, also if the next larger class or the heap helped out; of a
    /// `BytesPool`, where it was the class asked for.
    pub exhausted: u64,
    /// Threads and tasks that wait for one of its slots now.
    pub waiting: usize,
    /// Slots of a `BytesPool` that were looked at in vain, again and again; 0 of others.
    pub hostages: usize,
}

impl PoolStats {
    /// With what `classes` counted added.
    pub(super) fn and_of(self, classes: impl Iterator<Item = ClassStats>) -> Self {
        classes.fold(self, |sum, class| Self {
            slots: sum.slots + class.slots,
            in_use: sum.in_use + class.in_use,
            exhausted: sum.exhausted + class.exhausted,
            waiting: sum.waiting + class.waiting,
            hostages: sum.hostages + class.hostages,
            ..sum
        })
    }
}
