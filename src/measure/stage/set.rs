//! The histograms of all requests' stages.

use super::slow::Slow;
use super::{Stage, StageReport, StageTimer};
use crate::measure::{SharedRecorder, TaskTimes};

/// A histogram for each stage of a request, and one for the total.
///
/// # Guarantees
/// [`record`](Self::record) is `N + 1` records of a [`SharedRecorder`]: never waits, never
/// allocates. [`new`](Self::new) allocates all there is, `N + 1` times what one of those takes.
///
/// # Examples
/// ```
/// use shorttail::measure::{Stage, StageSet, StageTimer};
/// use shorttail::time::{Clock, MockClock};
///
/// let stages = StageSet::standard(1);
/// let clock = MockClock::new();
///
/// let mut timer = StageTimer::start(clock.now_ns());
/// # clock.advance(std::time::Duration::from_nanos(40));
/// timer.lap(Stage::QUEUE_WAIT, clock.now_ns());
/// # clock.advance(std::time::Duration::from_nanos(20));
/// timer.lap(Stage::PROCESSING, clock.now_ns());
/// stages.record(&timer);
///
/// let report = stages.report();
/// assert_eq!(report.stage(Stage::QUEUE_WAIT).max(), 40);
/// assert_eq!(report.total().max(), 60);
/// ```
/// With stages of one's own:
/// ```
/// use shorttail::measure::{Stage, StageSet, StageTimer};
///
/// const RENDER: Stage = Stage::nth(3);
/// let stages = StageSet::new(["queue wait", "scheduling", "processing", "render"], 2);
/// let mut timer = StageTimer::start(0);
/// timer.lap(RENDER, 7);
/// stages.record(&timer);
/// assert_eq!(stages.report().stage(RENDER).max(), 7);
/// assert_eq!(stages.names()[RENDER.index()], "render");
/// ```
#[derive(Debug)]
pub struct StageSet<const N: usize = 3> {
    names: [&'static str; N],
    stages: [SharedRecorder; N],
    total: SharedRecorder,
    slow: Slow<N>,
}

impl StageSet {
    /// A set of [`Stage::QUEUE_WAIT`], [`Stage::SCHEDULING`] and [`Stage::PROCESSING`];
    /// for an example see [`StageSet`].
    ///
    /// # Panics
    /// As [`SharedRecorder::new`].
    #[must_use]
    #[track_caller]
    pub fn standard(shards: usize) -> Self {
        Self::new(["queue wait", "scheduling", "processing"], shards)
    }
}

impl StageSet<4> {
    /// A set of the three [standard](StageSet::standard) stages and [`Stage::WAITING`], for tasks.
    /// For an example see [`WakeSlots`](crate::measure::WakeSlots).
    ///
    /// # Panics
    /// As [`SharedRecorder::new`].
    #[must_use]
    #[track_caller]
    pub fn for_tasks(shards: usize) -> Self {
        Self::new(
            ["queue wait", "scheduling", "processing", "waiting"],
            shards,
        )
    }

    /// Counts one finished task.
    ///
    /// Of a task with polls that had [no slot](TaskTimes::untracked_polls) nobody knows for how
    /// long it was ready before them: its time between polls is all in [`Stage::WAITING`]. It
    /// counts in the other two stages and in the total, and neither there nor in
    /// [`Stage::SCHEDULING`], where its zeros would make the others' percentiles look better, nor
    /// for [`StageReport::tail`]. By how much the total counts more than the scheduling, so many
    /// tasks were left out: more [`WakeSlots`](crate::measure::WakeSlots) keep them in.
    ///
    /// Five records of a [`SharedRecorder`] at most: never waits, never allocates.
    ///
    /// # Examples
    /// See [`WakeSlots`](crate::measure::WakeSlots).
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn record_task(&self, times: &TaskTimes) {
        if times.untracked_polls == 0 {
            self.record(&times.timer);
        } else {
            let between = [Stage::SCHEDULING, Stage::WAITING];
            self.record_of(&times.timer, |stage| !between.contains(&stage));
        }
    }
}

impl<const N: usize> StageSet<N> {
    /// A set of stages by name, each spread over `shards` shards (see [`SharedRecorder::new`]).
    /// For an example see [`StageSet`].
    ///
    /// # Panics
    /// As [`SharedRecorder::new`].
    #[must_use]
    #[track_caller]
    pub fn new(names: [&'static str; N], shards: usize) -> Self {
        Self {
            names,
            stages: names.map(|_| SharedRecorder::new(shards)),
            total: SharedRecorder::new(shards),
            slow: Slow::new(),
        }
    }

    /// Counts one finished request: what each stage took, and the total.
    /// For an example see [`StageSet`].
    ///
    /// A stage the request never was in counts as zero, so that every histogram holds every
    /// request and the sums add up to the total's.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record(&self, timer: &StageTimer<N>) {
        self.record_of(timer, |_| true);
        self.slow.add(timer);
    }

    #[inline]
    fn record_of(&self, timer: &StageTimer<N>, is_known: impl Fn(Stage) -> bool) {
        let stages = self.stages.iter().enumerate();
        for (index, recorder) in stages.filter(|(index, _)| is_known(Stage::nth(*index))) {
            recorder.record(timer.spent_ns(Stage::nth(index)));
        }
        self.total.record(timer.total_ns());
    }

    /// From now on sums up, stage by stage, the requests whose total is above `above_ns`;
    /// for an example see [`TailStage`](super::TailStage).
    ///
    /// For [`StageReport::tail`]. Set it to the total's p99 at each report: the requests of the
    /// next interval are then judged by that of the last. Until it is called, no request is slow.
    /// Each slow request costs `N + 1` read-modify-writes on words that all threads share.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn mark_slow(&self, above_ns: u64) {
        self.slow.mark(above_ns);
    }

    /// The names given at construction; for an example see [`StageSet`].
    #[must_use]
    pub const fn names(&self) -> &[&'static str; N] {
        &self.names
    }

    /// Copies the counts into `report`, replacing what was there. Never waits, never allocates;
    /// `N + 1` times what [`SharedRecorder::snapshot_into`] costs. For an example see
    /// [`StageReport`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn report_into(&self, report: &mut StageReport<N>) {
        report.names = self.names;
        for (snapshot, stage) in report.stages.iter_mut().zip(&self.stages) {
            stage.snapshot_into(snapshot);
        }
        self.total.snapshot_into(&mut report.total);
        report.slow = self.slow.totals();
    }

    /// A copy of the counts, as [`report_into`](Self::report_into) gives it: `N + 1` times 8 KiB by
    /// value. For an example see [`StageSet`].
    #[must_use]
    pub fn report(&self) -> StageReport<N> {
        let mut report = StageReport::new();
        self.report_into(&mut report);
        report
    }
}
