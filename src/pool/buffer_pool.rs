//! The pool's handle: finds the class, takes a slot.

use core::fmt;

use super::class::{Class, Header, Hold};
use super::overflow::{HeapSlot, Overflow};
use super::{AcquireError, Builder, ClassStats, PoolStats, PooledBuf};
use crate::slots::{Lease, Owner};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, growth_call};

/// A fixed number of buffers in a few sizes. A clone is another handle on the same pool, and
/// allocates nothing.
///
/// # Examples
/// ```
/// use std::io::Write;
/// use shorttail::pool::BufferPool;
///
/// let pool = BufferPool::builder().class(4096, 64).build()?;
/// let mut buf = pool.try_acquire(128)?;
/// write!(buf, "{}", 42)?;
/// assert_eq!(&buf.freeze()[..], b"42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BufferPool {
    shelves: Arc<Shelves>,
}

struct Shelves {
    /// By size, smallest first; never empty.
    by_size: Box<[Shelf]>,
    use_next_larger: bool,
    /// What the heap may give, if it may at all.
    overflow: Option<Arc<Overflow>>,
    oversized: AtomicU64,
}

/// One class. The size stands here so that finding it touches no other line.
pub(super) struct Shelf {
    pub(super) slot_bytes: usize,
    pub(super) owner: Owner<Class, Header>,
}

impl BufferPool {
    /// Starts a pool without classes. Allocates nothing.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(4096, 8).build()?;
    /// assert_eq!(pool.outstanding(), 0);
    /// # Ok::<(), shorttail::pool::ConfigError>(())
    /// ```
    pub const fn builder() -> Builder {
        Builder::new()
    }

    pub(super) fn new(
        by_size: Box<[Shelf]>,
        use_next_larger: bool,
        overflow: Option<Arc<Overflow>>,
    ) -> Self {
        Self {
            shelves: Arc::new(Shelves {
                by_size,
                use_next_larger,
                overflow,
                oversized: AtomicU64::new(0),
            }),
        }
    }

    /// An empty buffer with room for `len` bytes or more, if one is free.
    ///
    /// The buffer is the smallest class's that fits; its whole slot may be used.
    ///
    /// # Guarantees
    /// Never waits, never allocates, but where [`heap_overflow`](Builder::heap_overflow) has it do
    /// so. Lock-free: a retry means that another thread took a slot. A thread frozen at any point
    /// inside the pool hides no slot but its own.
    ///
    /// # Errors
    /// [`AcquireError::Exhausted`] if, at one moment of the call, every slot of the class was
    /// lent or on its way from or to another thread. Two limits: a class of more than 1024 slots
    /// is judged in parts of 1024, each at a moment of its own, and so is a group of up to 32
    /// slots that another caller was about to refuse just then; a slot is missed if it was taken
    /// in one part while another came back to a part that had been judged.
    /// [`AcquireError::Oversized`] if no class has slots of `len` bytes. Both are counted.
    ///
    /// # Complexity
    /// A binary search over the classes, then one read-modify-write on a cache line that
    /// threads share only when there are more of them than words of slots. Refused: the same few
    /// loads for any number of slots, and the count; one load more for every 1024 slots if any came
    /// back since the last refusal, and more if slots came and went meanwhile.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(256, 1).build().unwrap();
    /// let buf = pool.try_acquire(200).unwrap();
    /// assert_eq!((buf.len(), buf.capacity()), (0, 256));
    /// assert!(pool.try_acquire(200).is_err());
    /// drop(buf);
    /// assert!(pool.try_acquire(200).is_ok());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use = "dropping the buffer gives the slot back"]
    pub fn try_acquire(&self, len: usize) -> Result<PooledBuf, AcquireError> {
        let class = self.class_for(len);
        match self.try_hold(class) {
            Some(hold) => Ok(PooledBuf::new(hold)),
            None => Err(self.refusal(class, len)),
        }
    }

    /// A slot of the class, or of what helps out where that is allowed.
    ///
    /// Nothing but a pointer: a whole result that a call out of line wrote to memory would lie
    /// there on the quick way too, and be copied at each move.
    #[inline]
    pub(super) fn try_hold(&self, class: usize) -> Option<Hold> {
        let lease = self.shelves().get(class)?.owner.try_lease();
        let lease = lease.or_else(|| self.shelves.help_out(class));
        lease.map(Hold::new)
    }

    /// Why there was no slot of the class for `len` bytes; counts what is too long for any.
    #[cold]
    pub(super) fn refusal(&self, class: usize, len: usize) -> AcquireError {
        match self.shelves().get(class) {
            Some(shelf) => shelf.exhausted(len),
            None => self.shelves.oversized(len),
        }
    }

    /// The smallest class that fits.
    pub(super) fn shelf_for(&self, len: usize) -> Result<&Shelf, AcquireError> {
        let shelf = self.shelves().get(self.class_for(len));
        shelf.ok_or_else(|| self.shelves.oversized(len))
    }

    /// Its place among the classes; one too many if there is none.
    #[inline]
    pub(super) fn class_for(&self, len: usize) -> usize {
        self.shelves()
            .partition_point(|shelf| shelf.slot_bytes < len)
    }

    /// By size, smallest first.
    #[inline]
    pub(super) fn shelves(&self) -> &[Shelf] {
        &self.shelves.by_size
    }

    pub(super) fn overflow(&self) -> Option<&Arc<Overflow>> {
        self.shelves.overflow.as_ref()
    }

    /// Buffers lent now, forgotten ones and those from the heap included. One load for every word
    /// of slots; neither waits nor allocates.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(256, 4).build().unwrap();
    /// let _held = pool.try_acquire(1).unwrap();
    /// assert_eq!(pool.outstanding(), 1);
    /// ```
    #[must_use]
    pub fn outstanding(&self) -> usize {
        let on_heap = self.overflow().map_or(0, |overflow| overflow.buffers());
        let slots = self
            .shelves()
            .iter()
            .map(|shelf| shelf.owner.set().in_use());
        slots.sum::<usize>() + on_heap
    }

    /// Totals over all classes. Three loads for every word of slots: not for the hot path. Neither
    /// waits nor allocates.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(256, 4).build().unwrap();
    /// assert_eq!(pool.stats().slots, 4);
    /// ```
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        // Relaxed: a statistic; publishes nothing. [pool-5]
        let oversized = self.shelves.oversized.load(Ordering::Relaxed);
        let mut none = PoolStats {
            oversized,
            ..PoolStats::default()
        };
        if let Some(overflow) = self.overflow() {
            none.heap_buffers = overflow.buffers();
            none.heap_bytes = overflow.budget().taken();
            none.heap_taken = overflow.budget().grown();
            none.heap_refused = overflow.budget().refused();
        }
        none.and_of(self.class_stats())
    }

    /// The same for each class, smallest first, each read when it is asked for. Neither waits nor
    /// allocates.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(256, 4).build().unwrap();
    /// let class = pool.class_stats().next().unwrap();
    /// assert_eq!((class.slot_bytes, class.slots, class.in_use), (256, 4, 0));
    /// ```
    pub fn class_stats(&self) -> impl Iterator<Item = ClassStats> + '_ {
        self.shelves.by_size.iter().map(|shelf| {
            let set = shelf.owner.set();
            ClassStats {
                slot_bytes: shelf.slot_bytes,
                slots: set.len(),
                in_use: set.in_use(),
                exhausted: set.refused(),
                waiting: shelf.owner.waiting(),
                hostages: 0,
            }
        })
    }
}

impl Shelf {
    /// From the first slot's start to the last one's end and padding.
    pub(super) fn region_bytes(&self) -> usize {
        self.owner.value().stride() * self.owner.set().len()
    }

    /// A buffer of the class from the heap, if the budget and the heap allow. Two allocations.
    #[cold]
    fn lease_from_heap(&self, overflow: &Arc<Overflow>) -> Option<Lease<Class, Header>> {
        let lease = growth_call(|| {
            let slot = HeapSlot::new(overflow, self.slot_bytes)?;
            self.owner.lease_outside(Header::on_heap(slot))
        });
        overflow.budget().count(lease.is_some());
        lease
    }

    #[inline]
    pub(super) fn exhausted(&self, len: usize) -> AcquireError {
        AcquireError::Exhausted {
            len,
            slot_bytes: self.slot_bytes,
            slots: self.owner.set().len(),
        }
    }
}

impl Shelves {
    /// A slot of the class one larger than `first`, or from the heap, if that is allowed.
    #[cold]
    fn help_out(&self, first: usize) -> Option<Lease<Class, Header>> {
        let larger = self.by_size.get(first + 1).filter(|_| self.use_next_larger);
        let lease = larger.and_then(|shelf| shelf.owner.try_lease());
        lease.or_else(|| self.by_size[first].lease_from_heap(self.overflow.as_ref()?))
    }

    #[inline]
    fn oversized(&self, len: usize) -> AcquireError {
        // Relaxed: a statistic; publishes nothing. [pool-5]
        self.oversized.fetch_add(1, Ordering::Relaxed);
        AcquireError::Oversized {
            len,
            slot_bytes_max: self.by_size.last().map_or(0, |shelf| shelf.slot_bytes),
        }
    }
}

impl fmt::Debug for BufferPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.class_stats()).finish()
    }
}
