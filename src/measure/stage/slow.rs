//! Where the slow requests' time went, summed over all of them.

use crossbeam_utils::CachePadded;

use crate::sync::atomic::{AtomicU64, Ordering};

use super::{Stage, StageTimer};
use crate::measure::Snapshot;

/// Sums over the requests whose total lies above a mark. Shared by all threads: few requests do.
#[derive(Debug)]
pub(crate) struct Slow<const N: usize> {
    /// Read by every request; on a line that no slow one writes.
    mark_ns: CachePadded<AtomicU64>,
    count: AtomicU64,
    spent_ns: [AtomicU64; N],
}

/// A plain copy of [`Slow`]'s sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlowTotals<const N: usize> {
    pub(crate) count: u64,
    pub(crate) spent_ns: [u64; N],
}

impl<const N: usize> Slow<N> {
    pub(crate) fn new() -> Self {
        Self {
            mark_ns: CachePadded::new(AtomicU64::new(u64::MAX)),
            count: AtomicU64::new(0),
            spent_ns: core::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    pub(crate) fn mark(&self, above_ns: u64) {
        // Relaxed: a request near the moment is judged by either mark. [measure-6]
        self.mark_ns.store(above_ns, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn add(&self, timer: &StageTimer<N>) {
        // Relaxed: as above. [measure-6]
        if timer.total_ns() > self.mark_ns.load(Ordering::Relaxed) {
            self.add_slow(timer);
        }
    }

    #[cold]
    fn add_slow(&self, timer: &StageTimer<N>) {
        // Relaxed: statistics; the read-modify-write alone keeps every request. [measure-6]
        self.count.fetch_add(1, Ordering::Relaxed);
        for (index, sum_ns) in self.spent_ns.iter().enumerate() {
            // Relaxed: as above. [measure-6]
            sum_ns.fetch_add(timer.spent_ns(Stage::nth(index)), Ordering::Relaxed);
        }
    }

    pub(crate) fn totals(&self) -> SlowTotals<N> {
        // Relaxed: each sum is exact, the set is not one instant. [measure-6]
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        SlowTotals {
            count: load(&self.count),
            spent_ns: self.spent_ns.each_ref().map(load),
        }
    }
}

impl<const N: usize> SlowTotals<N> {
    pub(crate) const NONE: Self = Self {
        count: 0,
        spent_ns: [0; N],
    };

    /// What as many of the requests below the mark spent in a stage whose requests `all` counts;
    /// zero where there is none.
    pub(crate) fn usual_ns(&self, stage: usize, all: &Snapshot) -> u64 {
        let others = all.count().saturating_sub(self.count);
        let spent_ns = all.sum().saturating_sub(self.spent_ns[stage]);
        let usual_ns = u128::from(spent_ns) * u128::from(self.count) / u128::from(others.max(1));
        u64::try_from(usual_ns).unwrap_or(u64::MAX)
    }

    pub(crate) fn delta(&self, earlier: &Self) -> Self {
        Self {
            count: self.count.saturating_sub(earlier.count),
            spent_ns: core::array::from_fn(|i| {
                self.spent_ns[i].saturating_sub(earlier.spent_ns[i])
            }),
        }
    }
}

/// The stage that held most of what slow requests took beyond a usual one.
///
/// From [`StageReport::tail`](super::StageReport::tail).
///
/// # Examples
/// ```
/// use shorttail::measure::{Stage, StageSet, StageTimer};
///
/// let stages = StageSet::standard(1);
/// stages.mark_slow(1_000);
/// for queued_ns in [10, 10, 10, 4_000] {
///     let mut timer = StageTimer::start(0);
///     timer.lap(Stage::QUEUE_WAIT, queued_ns);
///     timer.lap(Stage::PROCESSING, queued_ns + 900);
///     stages.record(&timer);
/// }
/// let tail = stages.report().tail().unwrap();
/// assert_eq!((tail.stage, tail.requests), (Stage::QUEUE_WAIT, 1));
/// assert_eq!(tail.excess_ns, 3_990);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct TailStage {
    /// The stage.
    pub stage: Stage,
    /// How many requests lay above the mark.
    pub requests: u64,
    /// What they spent in the stage, less what as many of the others spent there on average.
    pub excess_ns: u64,
    /// That by the same of all stages, in 0 to 1.
    pub share: f64,
}
