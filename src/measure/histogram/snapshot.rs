//! What a reader sees of a histogram.

use core::fmt;

use super::buckets::{Layout, STANDARD};
use super::counters::Totals;

/// A copy of a histogram's counts, plain data in the caller's storage: 8 KiB of
/// [`STANDARD`](super::STANDARD) buckets.
///
/// Snapshots of different histograms [`merge`](Self::merge); two of the same one subtract by
/// [`delta`](Self::delta). Percentiles themselves can be neither averaged nor subtracted. No call
/// waits or allocates; one that says nothing else reads a number.
///
/// # Examples
/// ```
/// use shorttail::measure::{Histogram, Snapshot};
///
/// let mut latency_ns = Histogram::new();
/// let mut before = Snapshot::new();
/// latency_ns.record(1_000_000);
/// latency_ns.snapshot_into(&mut before);
///
/// latency_ns.record_n(40, 99);
/// latency_ns.record(50);
/// let interval = latency_ns.snapshot().delta(&before);
/// assert_eq!(interval.count(), 100);
/// assert_eq!(interval.quantiles([0.5, 0.99, 1.0]), Some([40, 40, 50]));
/// assert_eq!(interval.to_string(), "n 100, p50 40, p90 40, p99 40, p99.9 50, max 50");
///
/// let mut all = interval.clone();
/// all.merge(&before);
/// assert_eq!((all.count(), all.sum(), all.clamped()), (101, 1_004_010, 0));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot<const BUCKETS: usize = STANDARD> {
    pub(crate) totals: Totals<BUCKETS>,
}

impl Snapshot {
    /// An empty snapshot of [`STANDARD`] buckets; for an example see [`Snapshot`].
    #[must_use]
    pub const fn new() -> Self {
        Self::empty()
    }
}

impl<const BUCKETS: usize> Snapshot<BUCKETS> {
    const fn empty() -> Self {
        Self {
            totals: Totals::ZERO,
        }
    }

    pub(super) fn clear(&mut self) {
        self.totals = Totals::ZERO;
    }

    pub(crate) fn totals_mut(&mut self) -> &mut Totals<BUCKETS> {
        &mut self.totals
    }

    /// How many values were counted. One pass over the counts. For an example see [`Snapshot`].
    #[must_use]
    pub fn count(&self) -> u64 {
        self.totals.count()
    }

    /// The sum of the values, exact; wraps at 2⁶⁴ (584 years of nanoseconds).
    /// For an example see [`Snapshot`].
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.totals.sum
    }

    /// The largest value, exact; zero if there is none.
    /// For an example see [`Histogram`](super::Histogram).
    ///
    /// Of a [`delta`](Self::delta) it is exact if the maximum rose in the interval, else the upper
    /// edge of the highest bucket in use.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.totals.max
    }

    /// How many values lay above the range and were put into the last bucket;
    /// for an example see [`Snapshot`].
    #[must_use]
    pub const fn clamped(&self) -> u64 {
        self.totals.clamped
    }

    /// Adds the counts of `other`, which may be of another histogram. One pass over the counts.
    /// For an example see [`Snapshot`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn merge(&mut self, other: &Self) {
        self.totals.merge(&other.totals);
    }

    /// What was counted since `earlier`, a snapshot of the same histogram. 8 KiB by value, a few
    /// passes over the counts. For an example see [`Snapshot`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn delta(&self, earlier: &Self) -> Self {
        let mut delta = self.clone();
        delta.totals.subtract(&earlier.totals);
        if self.max() == earlier.max() {
            let highest = delta.totals.buckets.iter().rposition(|count| *count != 0);
            delta.totals.max = highest.map_or(0, |index| self.top_of(index));
        }
        delta
    }

    /// The value that a share `q` of the counted values does not exceed; `None` if there are none.
    /// For an example see [`Histogram`](super::Histogram).
    ///
    /// Nearest rank: the value of rank ⌈q·n⌉ (rank 1 for q = 0). The answer is the upper edge of
    /// that value's bucket, or the maximum if that is less: never below the true value and at
    /// most 3.2 % above it (12.5 % of [`COARSE`](super::COARSE) buckets, 0.8 % of
    /// [`FINE`](super::FINE) ones). Where that value was [`clamped`](Self::clamped), the answer is
    /// the maximum. Two passes over the counts at most.
    ///
    /// # Panics
    /// If `q` is not in 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        self.quantiles([q]).map(|[value]| value)
    }

    /// Several [`quantile`](Self::quantile)s, at the cost of one if they ascend; for an example see
    /// [`Snapshot`].
    ///
    /// # Panics
    /// If one of `qs` is not in 0 to 1.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    #[track_caller]
    pub fn quantiles<const N: usize>(&self, qs: [f64; N]) -> Option<[u64; N]> {
        for q in qs {
            assert!((0.0..=1.0).contains(&q), "a quantile is in 0 to 1, not {q}");
        }
        let count = self.count();
        let mut index = 0;
        let mut below = 0;
        (count != 0).then(|| {
            qs.map(|q| {
                let rank = nearest_rank(q, count);
                if rank <= below {
                    (index, below) = (0, 0);
                }
                while below.saturating_add(self.totals.buckets[index]) < rank {
                    below += self.totals.buckets[index];
                    index += 1;
                }
                self.top_of(index)
            })
        })
    }

    /// The buckets that hold something: each one's value as [`quantile`](Self::quantile) gives it,
    /// and its count. Ascending; one pass over the counts.
    ///
    /// # Examples
    /// ```
    /// use shorttail::measure::Histogram;
    ///
    /// let mut latency_ns = Histogram::new();
    /// (0..2).for_each(|_| latency_ns.record(7));
    /// latency_ns.record(1_000);
    /// assert!(latency_ns.snapshot().buckets().eq([(7, 2), (1_000, 1)]));
    /// ```
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let counts = self.totals.buckets.iter().enumerate();
        let occupied = counts.filter(|(_, count)| **count != 0);
        occupied.map(|(index, count)| (self.top_of(index), *count))
    }

    /// The upper edge of a bucket, or the maximum if that lies inside it.
    ///
    /// A sample may show in its bucket before it shows in the maximum: then the edge stands. The
    /// last bucket holds whatever is out of range, so its only true edge is the maximum.
    fn top_of(&self, index: usize) -> u64 {
        let upper = Layout::<BUCKETS>::upper_edge(index);
        if self.max() < Layout::<BUCKETS>::lower_edge(index) {
            upper
        } else if index + 1 == BUCKETS {
            self.max()
        } else {
            self.max().min(upper)
        }
    }
}

/// ⌈q·n⌉, at least 1 and at most n.
fn nearest_rank(q: f64, count: u64) -> u64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "q is in 0 to 1, and counts beyond 2^53 would take 100 days at 1 GHz"
    )]
    let rank = {
        let exact = q * count as f64;
        // 0.07 * 100 is a hair above 7, and its rank is 7.
        (exact - exact * 1e-14).ceil() as u64
    };
    rank.clamp(1, count)
}

impl<const BUCKETS: usize> Default for Snapshot<BUCKETS> {
    fn default() -> Self {
        Self::empty()
    }
}

/// One line: how many, four percentiles and the maximum.
impl<const BUCKETS: usize> fmt::Display for Snapshot<BUCKETS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n {}", self.count())?;
        if let Some([p50, p90, p99, p999]) = self.quantiles([0.5, 0.9, 0.99, 0.999]) {
            let max = self.max();
            write!(
                f,
                ", p50 {p50}, p90 {p90}, p99 {p99}, p99.9 {p999}, max {max}"
            )?;
        }
        Ok(())
    }
}

impl<const BUCKETS: usize> fmt::Debug for Snapshot<BUCKETS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({self})")
    }
}
