//! A histogram that many threads write.

use core::fmt;

use crossbeam_utils::CachePadded;

use super::Snapshot;
use super::buckets::{BUCKETS, VALUE_MAX, index_of};
use super::counters::Counters;
use crate::measure::thread_number::thread_number;

/// A histogram that any thread writes, spread over shards to keep writers apart.
///
/// Same buckets and same [`Snapshot`] as [`Histogram`](super::Histogram). A thread always writes
/// the same shard; threads in excess of the shards share some, which costs time and no sample.
///
/// # Guarantees
/// [`record`](Self::record) is two relaxed read-modify-writes (three when the maximum rises):
/// never waits, never allocates. [`new`](Self::new) allocates all there is, 8.2 KiB a shard.
///
/// # Examples
/// ```
/// use shorttail::measure::SharedRecorder;
///
/// let latency_ns = SharedRecorder::new(2);
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| latency_ns.record(250));
///     }
/// });
/// assert_eq!(latency_ns.snapshot().count(), 4);
/// ```
pub struct SharedRecorder {
    /// A power of two of them.
    shards: Box<[CachePadded<Counters<BUCKETS>>]>,
}

impl SharedRecorder {
    /// An empty histogram of at least `shards` shards (rounded up to a power of two).
    ///
    /// # Panics
    /// If `shards` is zero or above 65 536.
    #[must_use]
    #[track_caller]
    pub fn new(shards: usize) -> Self {
        assert!(
            (1..=1 << 16).contains(&shards),
            "a shared recorder takes 1 to 65536 shards, not {shards}"
        );
        Self {
            shards: (0..shards.next_power_of_two())
                .map(|_| CachePadded::new(Counters::new()))
                .collect(),
        }
    }

    /// Counts one value.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record(&self, value: u64) {
        self.record_n(value, 1);
    }

    /// Counts `value` as if it had been seen `times` times.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record_n(&self, value: u64, times: u64) {
        let shard = &self.shards[thread_number() & (self.shards.len() - 1)];
        shard.add_shared(index_of(value), value, times);
        if value > VALUE_MAX {
            shard.add_clamped(times);
        }
    }

    /// Copies the counts of all shards into `snapshot`, replacing what was there.
    ///
    /// Loses nothing and never disturbs a writer; see
    /// [`Histogram::snapshot_into`](super::Histogram::snapshot_into). Never waits, never allocates.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn snapshot_into(&self, snapshot: &mut Snapshot) {
        snapshot.clear();
        for shard in &self.shards {
            shard.add_to(snapshot.totals_mut());
        }
    }

    /// A copy of the counts, as [`snapshot_into`](Self::snapshot_into) gives it: 8 KiB by value.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::new();
        self.snapshot_into(&mut snapshot);
        snapshot
    }
}

impl fmt::Debug for SharedRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shards = self.shards.len();
        write!(
            f,
            "SharedRecorder({} over {shards} shards)",
            self.snapshot()
        )
    }
}
