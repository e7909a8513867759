//! A histogram with at most one writer.

use core::fmt;

use super::Snapshot;
use super::buckets::{Layout, STANDARD, VALUE_MAX};
use super::counters::Counters;
use crate::sync::MODEL;

/// Counts of values in log-linear buckets, written by one owner and read by anybody.
///
/// With the 1 024 buckets that [`new`](Self::new) gives it: meant for nanoseconds, good for any
/// `u64`, exact up to 63, within 3.2 % up to 2³⁶ − 1 (68.7 s in nanoseconds); larger values fall
/// into the last bucket and are counted as [`clamped`](Snapshot::clamped), their sum and maximum
/// staying exact. Counters are never reset: keep the previous [`Snapshot`] and take the
/// [`delta`](Snapshot::delta).
///
/// [`COARSE`](super::COARSE) and [`FINE`](super::FINE) buckets are had by the type:
/// `Histogram::<FINE>::default()`. Snapshots of different presets are different types.
///
/// Whoever has it as `&mut` writes; a [`Recorder`](super::Recorder) writes while others read, a
/// [`SharedRecorder`](super::SharedRecorder) takes many writers.
///
/// # Guarantees
/// Inline, 8 216 bytes of [`STANDARD`](super::STANDARD) buckets, no heap.
/// [`record`](Self::record) is a constant number of plain steps: never waits, never allocates.
///
/// # Examples
/// ```
/// use shorttail::measure::Histogram;
///
/// let mut latency_ns = Histogram::new();
/// for ns in 1..=1_000 {
///     latency_ns.record(ns * 1_000);
/// }
/// let seen = latency_ns.snapshot();
/// assert_eq!((seen.count(), seen.max()), (1_000, 1_000_000));
/// let p99 = seen.quantile(0.99).unwrap();
/// assert!((990_000..=990_000 + 990_000 / 31).contains(&p99));
/// ```
pub struct Histogram<const BUCKETS: usize = STANDARD> {
    counters: Counters<BUCKETS>,
}

const _: () = assert!(MODEL || size_of::<Histogram>() == 8 * (STANDARD + 3));

impl Histogram {
    /// An empty histogram of [`STANDARD`] buckets; for an example see [`Histogram`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<const BUCKETS: usize> Histogram<BUCKETS> {
    /// Counts one value; for an example see [`Histogram`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.add(value, 1);
    }

    /// Counts `value` as if it had been seen `times` times; zero times is nothing.
    /// For an example see [`Snapshot`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record_n(&mut self, value: u64, times: u64) {
        self.add(value, times);
    }

    /// For the one writer: the holder of `&mut self`, or the [`Recorder`](super::Recorder).
    #[inline]
    pub(super) fn add(&self, value: u64, times: u64) {
        if times == 0 {
            return;
        }
        let index = Layout::<BUCKETS>::index_of(value);
        self.counters.add_owned(index, value, times);
        if value > VALUE_MAX {
            self.counters.add_clamped(times);
        }
    }

    /// Copies the counts into `snapshot`, replacing what was there;
    /// for an example see [`Snapshot`].
    ///
    /// Loses nothing and never disturbs the writer; a sample being written at this moment may be
    /// in the copy in part (its bucket without its sum) and is whole in the next. Never waits,
    /// never allocates; a load for each bucket and three more.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn snapshot_into(&self, snapshot: &mut Snapshot<BUCKETS>) {
        snapshot.clear();
        self.counters.add_to(snapshot.totals_mut());
    }

    /// A copy of the counts, as [`snapshot_into`](Self::snapshot_into) gives it: 8 KiB by value of
    /// [`STANDARD`](super::STANDARD) buckets. For an example see [`Histogram`].
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<BUCKETS> {
        let mut snapshot = Snapshot::default();
        self.snapshot_into(&mut snapshot);
        snapshot
    }
}

impl<const BUCKETS: usize> Default for Histogram<BUCKETS> {
    fn default() -> Self {
        Self {
            counters: Counters::new(),
        }
    }
}

impl<const BUCKETS: usize> fmt::Debug for Histogram<BUCKETS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Histogram({})", self.snapshot())
    }
}
