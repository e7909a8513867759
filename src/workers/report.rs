//! What a pool tells of itself: plain data, but for the jobs that it hands back.

/// What went on in one lane of a pool, from [`Pool::lane_report`](super::Pool::lane_report).
///
/// # Examples
/// ```
/// use shorttail::time::Deadline;
/// use shorttail::workers::Pool;
///
/// let pool = Pool::builder().lane("hot", 8).build(|_: u8, _| {})?;
/// pool.try_submit(0, 7, Deadline::NEVER).unwrap();
/// assert!(pool.drain(std::time::Duration::MAX).is_clean());
/// let hot = pool.lane_report(0);
/// assert_eq!((hot.done, hot.queued, hot.panicked), (1, 0, 0));
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LaneReport {
    /// Jobs that stand in the lane.
    pub queued: usize,
    /// Jobs that were run to their end or their panic.
    pub done: u64,
    /// Of these, jobs that panicked. Panics of [`Work::expired`](super::Work::expired) count too,
    /// and those of the pool's [clock](super::PoolBuilder::clock) when a worker reads it: a job
    /// whose turn begins with one is dropped, and is not among those done.
    pub panicked: u64,
    /// Jobs whose deadline had passed when their turn came.
    pub expired: u64,
    /// Jobs that took longer than the pool's [budget](super::PoolBuilder::task_time).
    pub overran: u64,
    /// Jobs that came out by an aged turn, before lanes above theirs.
    pub aged: u64,
}

/// A job that took longer than it may, from [`Pool::take_overrun`](super::Pool::take_overrun).
///
/// # Examples
/// See [`Pool::take_overrun`](super::Pool::take_overrun).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overrun {
    /// What [`Work::name`](super::Work::name) says of the job.
    pub name: &'static str,
    /// The lane that it came by.
    pub lane: usize,
    /// The worker that ran it.
    pub worker: usize,
    /// How long it took.
    pub ran_ns: u64,
}

/// What a worker runs at this moment, from [`Pool::running`](super::Pool::running).
///
/// # Examples
/// ```
/// # use std::sync::OnceLock;
/// # use shorttail::time::Deadline;
/// # use shorttail::workers::{Pool, Task};
/// static POOL: OnceLock<Pool<u8>> = OnceLock::new();
/// let ask = |_: u8, task: &mut Task<'_, u8>| {
///     let running = POOL.get().unwrap().running(task.worker()).unwrap();
///     assert_eq!(running.lane, 0);
/// };
/// let (pool, workers) = Pool::builder().lane("all", 8).workers(1).build_manual(ask)?;
/// POOL.get_or_init(|| pool).try_submit(0, 7, Deadline::NEVER).unwrap();
/// assert!(workers[0].run_one() && POOL.get().unwrap().lane_report(0).panicked == 0);
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Running {
    /// The job's lane.
    pub lane: usize,
    /// When it began, on the pool's clock; at least 1.
    pub since_ns: u64,
}

/// What a pool had not run when it ended, from [`Pool::drain`](super::Pool::drain) and
/// [`Pool::stop`](super::Pool::stop).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::time::Deadline;
/// use shorttail::workers::{Pool, Task};
///
/// let work = |_: &str, _: &mut Task<'_, &str>| {};
/// let (pool, _workers) = Pool::builder().lane("all", 8).build_manual(work)?;
/// pool.try_submit(0, "nobody runs this", Deadline::NEVER).unwrap();
/// let left = pool.stop(Duration::ZERO);
/// assert_eq!(left.jobs, [(0, "nobody runs this")]);
/// assert!(!left.is_clean());
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
#[derive(Debug)]
#[must_use = "jobs that were not run are inside"]
pub struct Leftover<J> {
    /// Jobs that were not run, and their lanes, in the order in which they would have been.
    pub jobs: Vec<(usize, J)>,
    /// Workers that had not ended: each is in a job that goes on, the caller's own if that is one,
    /// and ends after it; or is a manual one that nobody has run to its end.
    pub running: usize,
}

impl<J> Leftover<J> {
    /// Whether every job was run, to its end; for an example see [`Leftover`].
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.jobs.is_empty() && self.running == 0
    }
}
