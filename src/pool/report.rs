//! Who holds buffers for long, and where they all lie.

use core::ptr::NonNull;
use core::time::Duration;

use super::BufferPool;
use crate::time::now_ns;

/// A buffer that is held, from [`BufferPool::outstanding_older_than`] and
/// [`BytesPool::outstanding_older_than`](super::BytesPool::outstanding_older_than).
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// let pool = shorttail::pool::BufferPool::builder().class(64, 2).track_age(true).build().unwrap();
/// std::mem::forget(pool.try_acquire(1).unwrap());
/// let lost = pool.outstanding_older_than(Duration::ZERO).next().unwrap();
/// assert_eq!(lost.slot_bytes, 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outstanding {
    /// Bytes of a slot of its class.
    pub slot_bytes: usize,
    /// Its slot's number within the class, or a number of its own among those from the heap.
    pub slot: u32,
    /// Whether it is from the heap.
    pub on_heap: bool,
    /// How long it has been held, as buffer or as frozen bytes.
    pub age_ns: u64,
}

/// The memory of one class, from [`BufferPool::regions`].
///
/// # Examples
/// See [`BufferPool::regions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolRegion {
    /// The first byte: that of the first slot.
    pub start: NonNull<u8>,
    /// Bytes of all slots, with what lies between them.
    pub bytes: usize,
    /// Bytes of one slot.
    pub slot_bytes: usize,
}

impl BufferPool {
    /// Buffers held for `age` or longer, forgotten ones included: the report of leaks.
    ///
    /// Nothing unless the pool [tracks ages](super::Builder::track_age). A buffer in a
    /// [`LocalPool`](super::LocalPool)'s stock is not held. Of those from the heap 1024 at most are
    /// listed. Never waits, never allocates. Exact while nobody acquires or releases.
    ///
    /// # Complexity
    /// One load for each slot, and two for each buffer that the heap may give: not for the hot
    /// path.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = shorttail::pool::BufferPool::builder().class(64, 2).track_age(true).build()?;
    /// let _held = pool.try_acquire(1)?.freeze();
    /// assert_eq!(pool.outstanding_older_than(Duration::ZERO).count(), 1);
    /// assert_eq!(pool.outstanding_older_than(Duration::from_secs(3600)).count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outstanding_older_than(&self, age: Duration) -> impl Iterator<Item = Outstanding> + '_ {
        let held = self.shelves().iter().flat_map(|shelf| {
            let since = shelf.owner.value().since();
            since.map(|(slot, since_ns)| (shelf.slot_bytes, slot, false, since_ns))
        });
        let on_heap = self.overflow().into_iter().flat_map(|overflow| {
            let since = overflow.since();
            since.map(|(slot, slot_bytes, since_ns)| (slot_bytes, slot, true, since_ns))
        });
        older_than(age, held.chain(on_heap))
    }

    /// Where the slots lie: one region a class, smallest slots first, until the last handle and
    /// buffer are gone. A few loads a class; neither waits nor allocates.
    ///
    /// To register with the kernel, one `iovec` a region, as io_uring's fixed buffers: a buffer of
    /// class `n` lies in region `n`, unless it is [from the heap](super::PooledBuf::is_on_heap).
    /// Reading or writing through the address is for who holds the buffer there.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(4096, 8).class(64, 8).build()?;
    /// let iovecs = pool.regions().map(|region| libc::iovec {
    ///     iov_base: region.start.as_ptr().cast(),
    ///     iov_len: region.bytes,
    /// });
    /// assert_eq!(iovecs.count(), 2);
    /// # Ok::<(), shorttail::pool::ConfigError>(())
    /// ```
    pub fn regions(&self) -> impl Iterator<Item = PoolRegion> + '_ {
        self.shelves().iter().map(|shelf| {
            let class = shelf.owner.value();
            PoolRegion {
                start: class.region().start(),
                bytes: shelf.region_bytes(),
                slot_bytes: shelf.slot_bytes,
            }
        })
    }
}

/// Those of `held` that are `age` old or older: of each its bytes, its number, whether it is from
/// the heap, and since when.
pub(super) fn older_than(
    age: Duration,
    held: impl Iterator<Item = (usize, u32, bool, u64)>,
) -> impl Iterator<Item = Outstanding> {
    let now_ns = now_ns();
    let held = held.map(move |(slot_bytes, slot, on_heap, since_ns)| Outstanding {
        slot_bytes,
        slot,
        on_heap,
        age_ns: now_ns.saturating_sub(since_ns),
    });
    held.filter(move |held| u128::from(held.age_ns) >= age.as_nanos())
}
