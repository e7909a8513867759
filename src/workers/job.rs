//! A job in its lane, and what handles it.

use core::any::type_name;

use crate::channel::{SendTimeoutError, TrySendError};
use crate::time::{Clock, Deadline, StdClock};

use super::Task;

/// What a pool does with its jobs. A closure of a job and its [`Task`] is one.
///
/// The pool shares it among its workers, and calls it by its type: no box, no table of functions. A
/// panic of any of these ends the job, is [counted](super::LaneReport::panicked), and nothing else.
///
/// # Examples
/// ```
/// use shorttail::time::Deadline;
/// use shorttail::workers::{Pool, Task, Work};
///
/// enum Job {
///     Resize(u32),
///     Report,
/// }
///
/// struct Images;
///
/// impl Work<Job> for Images {
///     fn run(&self, job: Job, _task: &mut Task<'_, Job>) {
///         match job {
///             Job::Resize(_id) => {}
///             Job::Report => {}
///         }
///     }
///
///     fn expired(&self, _job: Job, task: &Task<'_, Job>) {
///         eprintln!("given up after {} ns", task.waited_ns());
///     }
///
///     fn name(&self, job: &Job) -> &'static str {
///         match job {
///             Job::Resize(_) => "resize",
///             Job::Report => "report",
///         }
///     }
/// }
///
/// let pool = Pool::builder().lane("images", 64).build_with(Images)?;
/// pool.try_submit(0, Job::Resize(7), Deadline::NEVER).unwrap();
/// pool.try_submit(0, Job::Report, Deadline::NEVER).unwrap();
/// assert!(pool.drain(std::time::Duration::MAX).is_clean());
/// assert_eq!(pool.lane_report(0).done, 2);
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
pub trait Work<J, C = StdClock> {
    /// Does the job.
    fn run(&self, job: J, task: &mut Task<'_, J, C>);

    /// The job's deadline had passed when its turn came: it is not run, and this is told instead.
    /// Dropped if not said otherwise.
    fn expired(&self, job: J, task: &Task<'_, J, C>) {
        _ = task;
        drop(job);
    }

    /// What kind of job this is, for [`Overrun`](super::Overrun). The type's name if not said
    /// otherwise.
    fn name(&self, job: &J) -> &'static str {
        _ = job;
        type_name::<J>()
    }
}

impl<J, C, F: Fn(J, &mut Task<'_, J, C>)> Work<J, C> for F {
    fn run(&self, job: J, task: &mut Task<'_, J, C>) {
        self(job, task);
    }
}

/// A job in its lane.
pub(super) struct Queued<J> {
    pub(super) job: J,
    pub(super) submitted_ns: u64,
    pub(super) deadline: Deadline,
}

impl<J> Queued<J> {
    /// Submitted now.
    #[inline]
    pub(super) fn new(job: J, clock: &impl Clock, deadline: Deadline) -> Self {
        Self {
            job,
            submitted_ns: clock.now_ns(),
            deadline,
        }
    }
}

/// The job alone, out of a refusal.
#[inline]
pub(super) fn refused<J>(error: TrySendError<Queued<J>>) -> TrySendError<J> {
    match error {
        TrySendError::Full(queued) => TrySendError::Full(queued.job),
        TrySendError::Closed(queued) => TrySendError::Closed(queued.job),
    }
}

/// As [`refused`], of one who waited.
pub(super) fn refused_late<J>(error: SendTimeoutError<Queued<J>>) -> SendTimeoutError<J> {
    match error {
        SendTimeoutError::Timeout(queued) => SendTimeoutError::Timeout(queued.job),
        SendTimeoutError::Closed(queued) => SendTimeoutError::Closed(queued.job),
    }
}
