//! What a job is told of its run.

use core::fmt;

use crate::channel::{Taker, TrySendError};
use crate::time::{Clock, Deadline, StdClock};

use super::TaskBudget;
use super::job::{Queued, refused};

/// The run of one job: where, since when and for how long, and a way to the pool for what is left
/// of it. Nothing here waits or allocates: it is what the worker noted, but for the budget and
/// [`try_submit`](Self::try_submit).
///
/// # Examples
/// ```
/// use shorttail::time::Deadline;
/// use shorttail::workers::{Pool, Task};
///
/// // A long import in steps: between two of them other jobs have their turn.
/// let import = |from: u32, task: &mut Task<'_, u32>| {
///     for row in from..1_000 {
///         // import the row
///         if task.should_yield() {
///             let rest = task.try_submit(task.lane(), row + 1, task.deadline());
///             return rest.expect("there is room in the lane that it came from");
///         }
///     }
/// };
/// let pool = Pool::builder().lane("import", 8).task_ops(100).build(import)?;
/// pool.try_submit(0, 0, Deadline::NEVER).unwrap();
/// # while pool.lane_report(0).done < 11 { std::thread::yield_now(); }
/// assert!(pool.drain(std::time::Duration::MAX).is_clean());
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
pub struct Task<'a, J, C = StdClock> {
    pub(super) source: &'a Taker<Queued<J>>,
    pub(super) worker: usize,
    pub(super) lane: usize,
    pub(super) submitted_ns: u64,
    pub(super) started_ns: u64,
    pub(super) deadline: Deadline,
    pub(super) budget: TaskBudget<&'a C>,
}

impl<J, C> Task<'_, J, C> {
    /// The worker's number, from zero; for an example see
    /// [`PoolBuilder::build`](super::PoolBuilder::build).
    #[must_use]
    pub const fn worker(&self) -> usize {
        self.worker
    }

    /// The lane that the job came by; for an example see [`Task`].
    #[must_use]
    pub const fn lane(&self) -> usize {
        self.lane
    }

    /// When it is worth nothing any more, on the pool's clock; for an example see [`Task`].
    #[must_use]
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// When its run began, on the pool's clock; for an example see
    /// [`waited_ns`](Self::waited_ns).
    #[must_use]
    pub const fn started_ns(&self) -> u64 {
        self.started_ns
    }

    /// How long it stood in its lane.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::time::{Deadline, MockClock};
    /// # use shorttail::workers::{Pool, Task};
    /// static CLOCK: MockClock = MockClock::new();
    /// let lanes = Pool::builder().lane("all", 8).clock(&CLOCK).workers(1);
    /// let work = |_: u8, task: &mut Task<'_, u8, &MockClock>| {
    ///     assert_eq!((task.started_ns(), task.waited_ns()), (300, 300));
    /// };
    /// let (pool, workers) = lanes.build_manual(work)?;
    /// pool.try_submit(0, 7, Deadline::NEVER).unwrap();
    /// CLOCK.advance(Duration::from_nanos(300));
    /// assert!(workers[0].run_one() && pool.lane_report(0).panicked == 0);
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn waited_ns(&self) -> u64 {
        self.started_ns.saturating_sub(self.submitted_ns)
    }
}

impl<J, C: Clock> Task<'_, J, C> {
    /// Counts an operation that was done; whether the job shall let others have their turn now, by
    /// the pool's [budget](super::PoolBuilder::task_ops). As [`TaskBudget::should_yield`].
    /// For an example see [`try_submit`](Self::try_submit).
    #[inline]
    pub fn should_yield(&mut self) -> bool {
        self.budget.should_yield()
    }

    /// As [`Pool::try_submit`](super::Pool::try_submit), from within: for what is left of this job,
    /// or what follows from it. There is no form that waits: a pool whose workers wait for room in
    /// its own lanes may stand still.
    ///
    /// # Errors
    /// [`TrySendError`] with the job, if the lane is full or the pool closed.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::{Pool, Task};
    ///
    /// // A long job in pieces: the rest of it stands behind what came meanwhile.
    /// let work = |mut left: u32, task: &mut Task<'_, u32>| {
    ///     while left > 0 {
    ///         left -= 1;
    ///         if task.should_yield() && left > 0 {
    ///             task.try_submit(0, left, task.deadline()).unwrap();
    ///             return;
    ///         }
    ///     }
    /// };
    /// let lanes = Pool::builder().lane("all", 8).workers(1).task_ops(10);
    /// let (pool, workers) = lanes.build_manual(work)?;
    /// pool.try_submit(0, 25, Deadline::NEVER).unwrap();
    /// while workers[0].run_one() {}
    /// assert_eq!(pool.lane_report(0).done, 3);
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[track_caller]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_submit(
        &self,
        lane: usize,
        job: J,
        deadline: Deadline,
    ) -> Result<(), TrySendError<J>> {
        let Some(lane) = self.source.lane(lane) else {
            panic!("no lane {lane}");
        };
        let queued = Queued::new(job, self.budget.clock(), deadline);
        lane.try_send(queued).map_err(refused)
    }
}

impl<J, C> fmt::Debug for Task<'_, J, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("worker", &self.worker)
            .field("lane", &self.lane)
            .field("waited_ns", &self.waited_ns())
            .finish_non_exhaustive()
    }
}
