//! The pool: where jobs are handed in, and how it ends.

use core::fmt;
use core::time::Duration;

use crate::channel::{Lane, LanesSender, SendTimeoutError, TrySendError};
use crate::measure::Snapshot;
use crate::sync::chaos::{Point, point};
use crate::sync::{Arc, Lock, Threads};
use crate::time::{Clock, Deadline, StdClock, now_ns};

use super::PoolBuilder;
use super::books::{Books, LaneBook};
use super::job::{Queued, refused, refused_late};
use super::report::{LaneReport, Leftover, Overrun, Running};

/// Fixed workers, and bounded lanes of jobs for them. The [module page](super) has the rules.
///
/// Share it by reference or in an `Arc`. Dropped, it takes no more jobs, drops those that no
/// worker has taken, and waits for those that run; [`drain`](Self::drain) and [`stop`](Self::stop)
/// lose none. A job may hold the last handle of its own pool: the others are waited for then.
///
/// What is asked of it beside its jobs and its end never waits and never allocates, but for
/// [`take_overrun`](Self::take_overrun), which takes a lock: names and numbers are plain reads,
/// counts a load for each worker or lane, histograms a pass.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::channel::TrySendError;
/// use shorttail::time::{Clock, Deadline, StdClock};
/// use shorttail::workers::Pool;
///
/// enum Job {
///     Reply(u64),
///     Compact(&'static str),
/// }
/// const HOT: usize = 0;
/// const COLD: usize = 1;
///
/// let pool = Pool::builder()
///     .lane("hot", 256)
///     .lane("cold", 64)
///     .workers(3)
///     .reserve(HOT, 1) // one worker takes replies alone
///     .build(|job: Job, _task| match job {
///         Job::Reply(_id) => {}
///         Job::Compact(_file) => {}
///     })?;
///
/// let deadline = Deadline::after(StdClock.now_ns(), Duration::from_secs(5));
/// match pool.try_submit(HOT, Job::Reply(7), deadline) {
///     Ok(()) => {}
///     Err(TrySendError::Full(_reply)) => {} // the caller answers 503
///     Err(TrySendError::Closed(_reply)) => {}
/// }
/// pool.try_submit(COLD, Job::Compact("a.log"), Deadline::NEVER).unwrap();
///
/// let left = pool.drain(Duration::from_secs(30));
/// assert!(left.is_clean());
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
pub struct Pool<J, C = StdClock> {
    lanes: LanesSender<Queued<J>>,
    books: Arc<Books<C>>,
    threads: Lock<Threads>,
}

impl Pool<()> {
    /// Begins the description of a pool, of whatever jobs: one worker for each processor, no lane.
    /// For an example see [`Pool`].
    pub fn builder() -> PoolBuilder {
        PoolBuilder::new()
    }
}

impl<J, C> Pool<J, C> {
    pub(super) fn new(lanes: LanesSender<Queued<J>>, books: Arc<Books<C>>) -> Self {
        Self {
            lanes,
            books,
            threads: Lock::new(Threads::none()),
        }
    }

    /// The threads are the pool's own, and a job's thread may ask too: by a lock, never held long.
    pub(super) fn with_threads<R>(&self, change: impl FnOnce(&mut Threads) -> R) -> R {
        change(&mut self.threads.lock())
    }

    /// Takes no more jobs; true for the call that closed it. Those inside are still run. Wakes the
    /// workers that sleep and who waits for room; never waits, never allocates.
    ///
    /// ```
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::Pool;
    ///
    /// let pool = Pool::builder().lane("all", 8).build(|_: u8, _| {})?;
    /// assert!(pool.close());
    /// assert!(pool.try_submit(0, 1, Deadline::NEVER).unwrap_err().is_closed());
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[allow(clippy::must_use_candidate, reason = "closing is the point")]
    pub fn close(&self) -> bool {
        self.lanes.close()
    }

    /// Whether jobs are refused for good. One load.
    ///
    /// ```
    /// # use shorttail::workers::Pool;
    /// let pool = Pool::builder().lane("all", 8).build(|_: u8, _| {})?;
    /// assert!(!pool.is_closed());
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn is_closed(&self) -> bool {
        self.lanes.is_closed()
    }

    /// Closes the pool and waits until every job inside was run, for `timeout` at most; then hands
    /// back what no worker has taken. `Duration::MAX` is forever.
    ///
    /// Allocates the list. After it the threads are gone, but for those that [still
    /// run](Leftover::running) a job. From a job of the pool itself, on a thread that the pool
    /// started, it waits for the others. Two jobs that do so wait for each other, and one on a
    /// [manual worker](PoolBuilder::build_manual) waits for itself: for their whole `timeout`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::Pool;
    ///
    /// let pool = Pool::builder().lane("all", 8).build(|_: u8, _| {})?;
    /// for n in 0..8 {
    ///     pool.try_submit(0, n, Deadline::NEVER).unwrap();
    /// }
    /// assert!(pool.drain(Duration::MAX).is_clean());
    /// assert_eq!(pool.lane_report(0).done, 8);
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn drain(&self, timeout: Duration) -> Leftover<J> {
        self.close();
        self.wait_for_the_end(timeout);
        self.end(self.take_back())
    }

    /// Closes the pool, takes back every job that no worker has taken, and waits until those that
    /// run are over, for `timeout` at most. Jobs that workers take meanwhile are run.
    ///
    /// As [`drain`](Self::drain) besides.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::{Pool, Task};
    ///
    /// // Workers that nobody runs take nothing: what is inside comes back.
    /// let lanes = Pool::builder().lane("all", 8).workers(1);
    /// let (pool, _workers) = lanes.build_manual(|_: u8, _: &mut Task<'_, u8>| {})?;
    /// pool.try_submit(0, 7, Deadline::NEVER).unwrap();
    /// assert_eq!(pool.stop(Duration::ZERO).jobs, [(0, 7)]);
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn stop(&self, timeout: Duration) -> Leftover<J> {
        self.close();
        point(Point::WorkersClosed);
        let jobs = self.take_back();
        self.wait_for_the_end(timeout);
        self.end(jobs)
    }

    /// What no worker has taken. Of a closed pool all of it: nothing comes any more.
    fn take_back(&self) -> Vec<(usize, J)> {
        let taken = core::iter::from_fn(|| self.lanes.take_back());
        taken.map(|(lane, queued)| (lane, queued.job)).collect()
    }

    fn wait_for_the_end(&self, timeout: Duration) {
        let own = self.with_threads(|threads| usize::from(threads.is_one_of_them()));
        let deadline = Deadline::after(now_ns(), timeout);
        self.books.wait_for_the_end(own, deadline);
    }

    fn end(&self, jobs: Vec<(usize, J)>) -> Leftover<J> {
        let running = self.books.alive();
        if running == 0 {
            self.with_threads(Threads::join);
        }
        Leftover { jobs, running }
    }

    /// How many lanes there are.
    ///
    /// ```
    /// # use shorttail::workers::Pool;
    /// let lanes = Pool::builder().lane("hot", 8).lane("cold", 64).workers(2);
    /// let pool = lanes.build(|_: u8, _| {})?;
    /// assert_eq!((pool.lanes(), pool.workers()), (2, 2));
    /// assert_eq!((pool.lane_name(1), pool.capacity(1)), ("cold", 64));
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes.lanes()
    }

    /// How many workers there are; for an example see [`lanes`](Self::lanes).
    #[must_use]
    pub fn workers(&self) -> usize {
        self.books.seats.len()
    }

    /// The name of `lane`; for an example see [`lanes`](Self::lanes).
    ///
    /// # Panics
    /// If there is no such lane.
    #[must_use]
    #[track_caller]
    pub fn lane_name(&self, lane: usize) -> &str {
        &self.book(lane).name
    }

    /// How many jobs fit into `lane`; for an example see [`lanes`](Self::lanes).
    ///
    /// # Panics
    /// If there is no such lane.
    #[must_use]
    #[track_caller]
    pub fn capacity(&self, lane: usize) -> usize {
        self.lane(lane).capacity()
    }

    /// What went on in `lane`. A few loads for each worker.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// ```
    /// # use shorttail::time::Deadline;
    /// # use shorttail::workers::{Pool, Task};
    /// let lanes = Pool::builder().lane("all", 8).workers(1);
    /// let (pool, workers) = lanes.build_manual(|_: u8, _: &mut Task<'_, u8>| {})?;
    /// for n in 0..3 {
    ///     pool.try_submit(0, n, Deadline::NEVER).unwrap();
    /// }
    /// workers[0].run_one();
    /// let report = pool.lane_report(0);
    /// assert_eq!((report.queued, report.done), (2, 1));
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn lane_report(&self, lane: usize) -> LaneReport {
        let (queue, book) = (self.lane(lane), self.book(lane));
        LaneReport {
            queued: queue.len(),
            done: self.books.done(lane),
            panicked: book.panicked.get(),
            expired: book.expired.get(),
            overran: book.overran.get(),
            aged: queue.stats().aged,
        }
    }

    /// How long jobs stood in `lane` until their turn came, those included whose deadline had
    /// passed by then. A pass over the counters of each worker; 8 KiB by value.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// ```
    /// # use shorttail::workers::Pool;
    /// let pool = Pool::builder().lane("all", 8).build(|_: u8, _| {})?;
    /// assert_eq!(pool.waited_ns(0).count(), 0);
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn waited_ns(&self, lane: usize) -> Snapshot {
        _ = self.book(lane);
        self.books.waited_ns(lane)
    }

    /// How long jobs of `lane` ran. A pass over the counters of each worker; 8 KiB by value.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::{Deadline, MockClock};
    /// use shorttail::workers::{Pool, Task};
    ///
    /// static CLOCK: MockClock = MockClock::new();
    /// let us = Duration::from_micros(1);
    /// let work = move |n: u32, _: &mut Task<'_, u32, &MockClock>| CLOCK.advance(n * us);
    /// let lanes = Pool::builder().lane("all", 8).clock(&CLOCK).workers(1);
    /// let (pool, workers) = lanes.build_manual(work)?;
    /// for n in [3, 5] {
    ///     pool.try_submit(0, n, Deadline::NEVER).unwrap();
    /// }
    /// while workers[0].run_one() {}
    /// let (ran, waited) = (pool.ran_ns(0), pool.waited_ns(0));
    /// assert_eq!((ran.max(), waited.max()), (5_000, 3_000)); // the second stood behind the first
    /// assert_eq!((pool.take_wait_ns_max(0), pool.take_wait_ns_max(0)), (3_000, 0));
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn ran_ns(&self, lane: usize) -> Snapshot {
        _ = self.book(lane);
        self.books.ran_ns(lane)
    }

    /// The longest that a job of `lane` has waited since this was last asked: a gauge, for whoever
    /// asks once a second. What still stands in the lane is not in it. A swap; for an example see
    /// [`ran_ns`](Self::ran_ns).
    ///
    /// # Panics
    /// If there is no such lane.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "it begins anew")]
    pub fn take_wait_ns_max(&self, lane: usize) -> u64 {
        self.book(lane).wait_ns_max.take()
    }

    /// What `worker` runs at this moment, if anything: a job that never ends stands here, and its
    /// thread has the worker's number in its name. Where one job follows another, time and lane
    /// may be of both. Two loads.
    ///
    /// # Panics
    /// If there is no such worker.
    ///
    /// ```
    /// # use shorttail::workers::Pool;
    /// let pool = Pool::builder().lane("all", 8).workers(1).build(|_: u8, _| {})?;
    /// assert!(pool.running(0).is_none());
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn running(&self, worker: usize) -> Option<Running> {
        let seats = &self.books.seats;
        assert!(worker < seats.len(), "worker {worker} of {}", seats.len());
        seats[worker].running()
    }

    /// The job that took longest, of those that took longer than the pool's
    /// [budget](super::PoolBuilder::task_time) since this was last asked. Takes a lock, which is
    /// held for a few stores.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::{Deadline, MockClock};
    /// use shorttail::workers::{Pool, Task};
    ///
    /// static CLOCK: MockClock = MockClock::new();
    /// let us = Duration::from_micros(1);
    /// let work = move |n: u32, _: &mut Task<'_, u32, &MockClock>| CLOCK.advance(n * us);
    /// let lanes = Pool::builder().lane("all", 8).clock(&CLOCK).workers(1);
    /// let lanes = lanes.task_time(4 * us);
    /// let (pool, workers) = lanes.build_manual(work)?;
    /// for n in [3, 5] {
    ///     pool.try_submit(0, n, Deadline::NEVER).unwrap();
    /// }
    /// while workers[0].run_one() {}
    /// assert_eq!(pool.take_overrun().map(|overrun| overrun.ran_ns), Some(5_000));
    /// assert!(pool.take_overrun().is_none());
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[allow(clippy::must_use_candidate, reason = "it begins anew")]
    pub fn take_overrun(&self) -> Option<Overrun> {
        self.books.take_overrun()
    }

    /// Wakes of sleeping workers, and of who waited for room. A submit that finds no worker asleep
    /// makes none. A few loads.
    ///
    /// ```
    /// # use shorttail::workers::Pool;
    /// let pool = Pool::builder().lane("all", 8).build(|_: u8, _| {})?;
    /// assert_eq!(pool.wakes(), 0);
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use]
    pub fn wakes(&self) -> u64 {
        self.lanes.stats().wakes
    }

    #[track_caller]
    #[inline]
    pub(super) fn lane(&self, lane: usize) -> Lane<'_, Queued<J>> {
        self.lanes.lane(lane)
    }

    #[track_caller]
    fn book(&self, lane: usize) -> &LaneBook {
        assert!(lane < self.lanes(), "lane {lane} of {}", self.lanes());
        &self.books.lanes[lane]
    }
}

impl<J, C: Clock> Pool<J, C> {
    /// Hands in a job for `lane`. Never waits.
    ///
    /// # Guarantees
    /// Never allocates. A reading of the clock, and [`Lane::try_send`]; one system call where a
    /// worker sleeps.
    ///
    /// # Errors
    /// [`TrySendError::Full`] if the lane is full, [`TrySendError::Closed`] if the pool takes no
    /// more jobs; the job comes back. A deadline that has passed already is no error: the job
    /// [expires](super::Work::expired) at its turn.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::TrySendError;
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::{Pool, Task};
    ///
    /// let lanes = Pool::builder().lane("all", 1).workers(1);
    /// let (pool, _workers) = lanes.build_manual(|_: u8, _: &mut Task<'_, u8>| {})?;
    /// assert!(pool.try_submit(0, 1, Deadline::NEVER).is_ok());
    /// let refused = pool.try_submit(0, 2, Deadline::NEVER).unwrap_err();
    /// assert_eq!(refused, TrySendError::Full(2));
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[must_use = "a refused job is in the error"]
    #[inline]
    #[track_caller]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_submit(
        &self,
        lane: usize,
        job: J,
        deadline: Deadline,
    ) -> Result<(), TrySendError<J>> {
        let queued = self.queued(job, deadline);
        self.lane(lane).try_send(queued).map_err(refused)
    }

    /// Hands in a job for `lane`, and parks the thread until there is room, or until the job's
    /// deadline. Never allocates. Not for jobs of the pool itself, which would wait for each other.
    ///
    /// The wait for room is part of what the job [waited](Self::waited_ns).
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the job.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// ```
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::Pool;
    ///
    /// let pool = Pool::builder().lane("all", 1).build(|_: u8, _| {})?;
    /// for n in 0..100 {
    ///     pool.submit(0, n, Deadline::NEVER).unwrap();
    /// }
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[track_caller]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn submit(
        &self,
        lane: usize,
        job: J,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<J>> {
        let queued = self.queued(job, deadline);
        let until = match deadline {
            Deadline::NEVER => deadline,
            // On the clock that parks.
            _ => Deadline::after(now_ns(), deadline.remaining(queued.submitted_ns)),
        };
        let sent = self.lane(lane).send_deadline(queued, until);
        sent.map_err(refused_late)
    }

    #[inline]
    pub(super) fn queued(&self, job: J, deadline: Deadline) -> Queued<J> {
        Queued::new(job, &self.books.clock, deadline)
    }
}

impl<J, C> Drop for Pool<J, C> {
    fn drop(&mut self) {
        self.close();
        let jobs = self.take_back();
        self.with_threads(Threads::join);
        // Behind the threads: a drop of theirs may panic.
        drop(jobs);
    }
}

impl<J, C> fmt::Debug for Pool<J, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("lanes", &self.lanes())
            .field("workers", &self.workers())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
