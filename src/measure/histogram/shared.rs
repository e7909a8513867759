//! A histogram that many threads write.

use core::fmt;

use crossbeam_utils::CachePadded;

use super::Snapshot;
use super::buckets::{Layout, STANDARD, VALUE_MAX};
use super::counters::Counters;
use crate::sync::thread_number;

/// A histogram that any thread writes, spread over shards to keep writers apart.
///
/// Same buckets and same [`Snapshot`] as [`Histogram`](super::Histogram). The first threads of the
/// process to record (or to allocate under an [`AllocGuard`](crate::measure::AllocGuard)) have a
/// shard each, as many as there are shards, and keep it when they end; those that come later share
/// a second set, which costs time and no sample.
///
/// # Guarantees
/// [`record`](Self::record) is two plain load and store pairs in a shard of one's own, else two
/// relaxed read-modify-writes (three when the maximum rises): never waits, never allocates (see
/// [`performance`](crate::guide::performance)). [`new`](Self::new) allocates all there is: 8.2 KiB
/// a shard, and as much for each of those to share, of which there are a power of two.
///
/// # Examples
/// ```
/// use shorttail::measure::{SharedRecorder, Snapshot};
///
/// let latency_ns = SharedRecorder::new(2);
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| latency_ns.record(250));
///     }
/// });
/// assert_eq!(latency_ns.snapshot().count(), 4);
///
/// let mut now = Snapshot::new(); // once, for all that are taken
/// latency_ns.record_n(90, 2); // twice
/// latency_ns.snapshot_into(&mut now);
/// assert_eq!(now.count(), 6);
/// ```
pub struct SharedRecorder<const BUCKETS: usize = STANDARD> {
    /// Shard `n` is written by the thread with number `n` alone.
    owned: Box<[CachePadded<Counters<BUCKETS>>]>,
    /// For threads with a higher number; a power of two of them.
    shared: Box<[CachePadded<Counters<BUCKETS>>]>,
}

impl SharedRecorder {
    /// An empty histogram of [`STANDARD`] buckets with shards for `shards` threads and as many to
    /// share, or the next power of two; for an example see [`SharedRecorder`].
    ///
    /// Take the number of threads that record, and one for each started before them.
    ///
    /// # Panics
    /// If `shards` is zero or above 65 536.
    #[must_use]
    #[track_caller]
    pub fn new(shards: usize) -> Self {
        Self::with_shards(shards)
    }
}

impl<const BUCKETS: usize> SharedRecorder<BUCKETS> {
    /// As [`new`](SharedRecorder::new), with the buckets that the type names.
    ///
    /// # Panics
    /// If `shards` is zero or above 65 536.
    ///
    /// # Examples
    /// ```
    /// use shorttail::measure::{COARSE, SharedRecorder};
    ///
    /// let by_peer = SharedRecorder::<COARSE>::with_shards(2);
    /// by_peer.record(1_000);
    /// assert_eq!(by_peer.snapshot().count(), 1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_shards(shards: usize) -> Self {
        assert!(
            (1..=1 << 16).contains(&shards),
            "a shared recorder takes 1 to 65536 shards, not {shards}"
        );
        let empty = |count| {
            let shards = (0..count).map(|_| CachePadded::new(Counters::new()));
            shards.collect()
        };
        Self {
            owned: empty(shards),
            shared: empty(shards.next_power_of_two()),
        }
    }

    /// Counts one value; for an example see [`SharedRecorder`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record(&self, value: u64) {
        self.record_n(value, 1);
    }

    /// Counts `value` as if it had been seen `times` times; zero times is nothing.
    /// For an example see [`SharedRecorder`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record_n(&self, value: u64, times: u64) {
        if times == 0 {
            return;
        }
        let index = Layout::<BUCKETS>::index_of(value);
        let number = thread_number();
        let shard = if let Some(own) = self.owned.get(number) {
            own.add_owned(index, value, times);
            own
        } else {
            let shared = &self.shared[number & (self.shared.len() - 1)];
            shared.add_shared(index, value, times);
            shared
        };
        if value > VALUE_MAX {
            shard.add_clamped(times);
        }
    }

    /// Copies the counts of all shards into `snapshot`, replacing what was there;
    /// for an example see [`SharedRecorder`].
    ///
    /// Loses nothing and never disturbs a writer; see
    /// [`Histogram::snapshot_into`](super::Histogram::snapshot_into). Never waits, never allocates;
    /// a pass over the counts of each shard, owned and shared.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn snapshot_into(&self, snapshot: &mut Snapshot<BUCKETS>) {
        snapshot.clear();
        for shard in self.owned.iter().chain(&self.shared) {
            shard.add_to(snapshot.totals_mut());
        }
    }

    /// A copy of the counts, as [`snapshot_into`](Self::snapshot_into) gives it: 8 KiB by value of
    /// [`STANDARD`](super::STANDARD) buckets. For an example see [`SharedRecorder`].
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<BUCKETS> {
        let mut snapshot = Snapshot::default();
        self.snapshot_into(&mut snapshot);
        snapshot
    }
}

impl<const BUCKETS: usize> fmt::Debug for SharedRecorder<BUCKETS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shards = self.owned.len();
        write!(
            f,
            "SharedRecorder({} over {shards} shards)",
            self.snapshot()
        )
    }
}
