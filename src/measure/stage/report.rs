//! What a reader sees of a set of stages.

use core::fmt;

use super::slow::SlowTotals;
use super::{Stage, TailStage};
use crate::measure::Snapshot;

/// A snapshot of each stage and of the total; prints as a table. Plain data, `N + 1` times 8 KiB:
/// nothing here waits or allocates, and [`slowest`](Self::slowest), [`tail`](Self::tail) and
/// [`delta`](Self::delta) go over the counts of each stage once or twice.
///
/// # Examples
/// ```
/// use shorttail::measure::{Stage, StageReport, StageSet, StageTimer};
///
/// let stages = StageSet::standard(1);
/// let mut timer = StageTimer::start(0);
/// timer.lap(Stage::QUEUE_WAIT, 10);
/// timer.lap(Stage::PROCESSING, 35);
/// stages.record(&timer);
///
/// let report = stages.report();
/// assert_eq!(report.slowest(0.99), Some((Stage::PROCESSING, 25)));
/// assert_eq!(report.name(Stage::PROCESSING), "processing");
/// assert!(report.to_string().contains("processing: n 1, p50 25,"));
///
/// let mut next = StageReport::new(); // once, for all that are taken
/// stages.record(&timer);
/// stages.report_into(&mut next);
/// assert_eq!((next.total().count(), next.delta(&report).total().count()), (2, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageReport<const N: usize = 3> {
    pub(super) names: [&'static str; N],
    pub(super) stages: [Snapshot; N],
    pub(super) total: Snapshot,
    pub(super) slow: SlowTotals<N>,
}

impl<const N: usize> StageReport<N> {
    /// An empty report, as storage for [`report_into`](super::StageSet::report_into).
    /// For an example see [`StageReport`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            names: [""; N],
            stages: [const { Snapshot::new() }; N],
            total: Snapshot::new(),
            slow: SlowTotals::NONE,
        }
    }

    /// The name of one stage; empty before there is a report. For an example see [`StageReport`].
    ///
    /// # Panics
    /// If `stage` is not below `N`.
    #[must_use]
    #[track_caller]
    pub const fn name(&self, stage: Stage) -> &'static str {
        self.names[stage.index()]
    }

    /// The snapshot of one stage; for an example see [`StageSet`](super::StageSet).
    ///
    /// # Panics
    /// If `stage` is not below `N`.
    #[must_use]
    #[track_caller]
    pub const fn stage(&self, stage: Stage) -> &Snapshot {
        &self.stages[stage.index()]
    }

    /// The snapshot of the requests' totals; for an example see [`StageReport`].
    #[must_use]
    pub const fn total(&self) -> &Snapshot {
        &self.total
    }

    /// The stage with the largest `q` quantile, and that quantile; `None` if nothing was counted.
    /// For an example see [`StageReport`].
    ///
    /// A hint where to look: quantiles of stages do not add up to the total's, and the requests
    /// slow in one stage need not be those slow in another.
    ///
    /// # Panics
    /// If `q` is not in 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn slowest(&self, q: f64) -> Option<(Stage, u64)> {
        let quantile = |(index, stage): (usize, &Snapshot)| {
            let value = stage.quantile(q)?;
            Some((Stage::nth(index), value))
        };
        let stages = self.stages.iter().enumerate();
        stages.filter_map(quantile).max_by_key(|(_, value)| *value)
    }

    /// Which stage holds the time of the requests above the [mark](super::StageSet::mark_slow): the
    /// one in which they spent most beyond what the others spent there on average. `None` if no
    /// request was. For an example see [`TailStage`].
    ///
    /// Whoever takes long in every request is no answer to why some are slow: what counts is the
    /// excess. Stages overlap in no request, so the excesses add up. They are of exact sums and
    /// not of quantiles, whose buckets are as wide as 3 % of a long stage, more than another may
    /// have in excess.
    #[must_use]
    pub fn tail(&self) -> Option<TailStage> {
        let requests = self.slow.count;
        let excess_ns: [u64; N] = core::array::from_fn(|i| {
            let usual_ns = self.slow.usual_ns(i, &self.stages[i]);
            self.slow.spent_ns[i].saturating_sub(usual_ns)
        });
        let all: u128 = excess_ns.iter().map(|ns| u128::from(*ns)).sum();
        let (index, most_ns) = excess_ns
            .into_iter()
            .enumerate()
            .max_by_key(|(_, ns)| *ns)?;
        #[expect(clippy::cast_precision_loss, reason = "a share, to be read by people")]
        let share = most_ns as f64 / all as f64;
        (most_ns != 0).then_some(TailStage {
            stage: Stage::nth(index),
            requests,
            excess_ns: most_ns,
            share,
        })
    }

    /// What was counted since `earlier`, a report of the same set.
    /// For an example see [`StageReport`].
    #[must_use]
    pub fn delta(&self, earlier: &Self) -> Self {
        Self {
            names: self.names,
            stages: core::array::from_fn(|i| self.stages[i].delta(&earlier.stages[i])),
            total: self.total.delta(&earlier.total),
            slow: self.slow.delta(&earlier.slow),
        }
    }
}

impl<const N: usize> Default for StageReport<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// One line a stage, one for the total, and one for the [tail](StageReport::tail) if there is one.
impl<const N: usize> fmt::Display for StageReport<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, stage) in self.names.iter().zip(&self.stages) {
            writeln!(f, "{name}: {stage}")?;
        }
        write!(f, "total: {}", self.total)?;
        if let Some(tail) = self.tail() {
            let (name, percent) = (self.names[tail.stage.index()], tail.share * 100.0);
            let requests = tail.requests;
            write!(
                f,
                "\nslow: {requests} above the mark, {percent:.0} % of their excess in {name}"
            )?;
        }
        Ok(())
    }
}
