//! Bringing memory back that the kernel took.

use super::BufferPool;

/// What [`BufferPool::maintain`] found, and did.
///
/// # Examples
/// See [`BufferPool::maintain`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Maintained {
    /// Bytes of all regions.
    pub region_bytes: usize,
    /// Bytes of pages that were not resident when they were looked at. Always 0 on platforms other
    /// than Linux, where nothing can be asked.
    pub absent_bytes: usize,
    /// Bytes of regions that the kernel has made resident, and writable without a fault, in this
    /// call; all of them, unless it refused or the pool was not to be resident.
    pub restored_bytes: usize,
}

impl BufferPool {
    /// Makes every page resident again, and writable without a fault, as
    /// [`prefault`](super::Builder::prefault) made it at first: for a thread that has no request.
    ///
    /// Pages go when the system swaps them out, and their first write faults again after a fork,
    /// for as long as the child has its copy. This takes those faults here, where nobody waits:
    /// once after each fork, and from time to time where there is swap and the memory is not
    /// [locked](super::Builder::lock_memory). What is in the buffers does not change, and holders
    /// go on meanwhile. Without `prefault`, or transparent huge pages, which are made resident too,
    /// pages are counted, and none is brought back.
    ///
    /// Slots are not given back to the system: that would bring faults to who acquires them next.
    /// Buffers from the [heap](super::Builder::heap_overflow) need no upkeep, since each is freed
    /// when it comes back. Huge pages that the kernel has split are not collapsed again: a holder
    /// would have to wait for that.
    ///
    /// Pages are brought back on Linux 5.14 and later, and counted on any. Waits for no other call,
    /// and for the system as long as that takes. Never allocates.
    ///
    /// # Complexity
    /// One system call for each class and one for each MiB or so, in which the kernel looks at
    /// every page, and writes to each that was gone. Not for the hot path.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(4096, 64).build().unwrap();
    /// let told = pool.maintain();
    /// assert!(told.region_bytes >= 64 * 4096);
    /// assert!(told.absent_bytes <= told.region_bytes);
    /// ```
    pub fn maintain(&self) -> Maintained {
        let regions = self.shelves().iter().map(|shelf| {
            let class = shelf.owner.value();
            let region = class.region();
            let bytes = shelf.region_bytes();
            let absent_bytes = region.absent_bytes().min(bytes);
            let restored = class.is_resident() && region.restore();
            Maintained {
                region_bytes: bytes,
                absent_bytes,
                restored_bytes: if restored { bytes } else { 0 },
            }
        });
        regions.fold(Maintained::default(), |sum, region| Maintained {
            region_bytes: sum.region_bytes + region.region_bytes,
            absent_bytes: sum.absent_bytes + region.absent_bytes,
            restored_bytes: sum.restored_bytes + region.restored_bytes,
        })
    }
}
