//! A worker: takes the next job, runs it, and notes what it took.

use core::fmt;

use crate::channel::Taker;
use crate::sync::chaos::{Point, point};
use crate::sync::{Arc, shielded};
use crate::time::{Clock, StdClock};

use super::books::{Books, LaneBook, Pens};
use super::job::{Queued, Work};
use super::report::Overrun;
use super::{Task, TaskBudget};

/// A worker for a thread of one's own, from
/// [`PoolBuilder::build_manual`](super::PoolBuilder::build_manual).
///
/// Dropped, it ends as a worker of the pool: what was submitted waits for the others.
///
/// # Examples
/// ```
/// use shorttail::time::Deadline;
/// use shorttail::workers::{Pool, Task};
///
/// let double = |n: u32, task: &mut Task<'_, u32>| {
///     if n < 4 {
///         task.try_submit(0, n * 2, task.deadline()).unwrap();
///     }
/// };
/// let (pool, workers) = Pool::builder().lane("all", 8).workers(1).build_manual(double)?;
/// pool.try_submit(0, 1, Deadline::NEVER).unwrap();
/// assert_eq!(std::iter::repeat_with(|| workers[0].run_one()).take_while(|ran| *ran).count(), 3);
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
pub struct Worker<J, W, C = StdClock> {
    number: usize,
    source: Taker<Queued<J>>,
    work: Arc<W>,
    pens: Pens,
    /// Dropped last, so that who waits for the end of all workers finds that they have let go of
    /// the lanes.
    seat: Taken<C>,
}

/// A seat that is given up on every way out.
struct Taken<C>(Arc<Books<C>>);

impl<C> Drop for Taken<C> {
    fn drop(&mut self) {
        self.0.worker_ends();
    }
}

impl<J, W, C> Worker<J, W, C> {
    pub(super) const fn new(
        number: usize,
        source: Taker<Queued<J>>,
        work: Arc<W>,
        pens: Pens,
        books: Arc<Books<C>>,
    ) -> Self {
        Self {
            number,
            source,
            work,
            pens,
            seat: Taken(books),
        }
    }

    /// Its number, from zero; for an example see [`run_one`](Self::run_one).
    #[must_use]
    pub const fn number(&self) -> usize {
        self.number
    }

    /// The lane that it is [reserved](super::PoolBuilder::reserve) for, if it is for one.
    /// For an example see there.
    #[must_use]
    pub const fn own_lane(&self) -> Option<usize> {
        self.source.own()
    }

    const fn books(&self) -> &Arc<Books<C>> {
        &self.seat.0
    }
}

impl<J, W: Work<J, C>, C: Clock> Worker<J, W, C> {
    /// Runs the next job, if there is one; whether there was. Waits for nothing but the job, and a
    /// short lock after an overrun; never allocates: two readings of the clock and two
    /// records, as the module's page has it.
    ///
    /// ```
    /// # use shorttail::time::Deadline;
    /// # use shorttail::workers::{Pool, Task};
    /// let lanes = Pool::builder().lane("all", 8).workers(1);
    /// let (pool, workers) = lanes.build_manual(|_: u8, _: &mut Task<'_, u8>| {})?;
    /// pool.try_submit(0, 1, Deadline::NEVER).unwrap();
    /// assert!(workers[0].run_one() && !workers[0].run_one());
    /// assert_eq!((workers[0].number(), workers[0].own_lane()), (0, None));
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[allow(clippy::must_use_candidate, reason = "running is the point")]
    pub fn run_one(&self) -> bool {
        let next = self.source.try_recv();
        next.is_ok_and(|(lane, queued)| {
            self.turn(lane, queued);
            true
        })
    }

    /// Runs jobs, and parks the thread where there are none, until the pool is closed and its jobs
    /// are done. Never allocates.
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::{Pool, Task};
    ///
    /// let lanes = Pool::builder().lane("all", 8).workers(1);
    /// let (pool, mut workers) = lanes.build_manual(|_: u8, _: &mut Task<'_, u8>| {})?;
    /// pool.try_submit(0, 1, Deadline::NEVER).unwrap();
    /// pool.close();
    /// workers.remove(0).run(); // on this thread, until the one job is done
    /// assert_eq!(pool.lane_report(0).done, 1);
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn run(self) {
        while let Ok((lane, queued)) = self.source.recv() {
            self.turn(lane, queued);
        }
    }

    /// The job's turn has come. A reading of the clock that panics ends this turn alone, too.
    fn turn(&self, lane: usize, queued: Queued<J>) {
        point(Point::WorkerTook);
        let book = &self.books().lanes[lane];
        self.call(book, || self.timed(lane, book, queued));
    }

    fn timed(&self, lane: usize, book: &LaneBook, queued: Queued<J>) {
        let books = &**self.books();
        let started_ns = books.clock.now_ns();
        let (ops, length_ns) = books.budget;
        let mut task = Task {
            source: &self.source,
            worker: self.number,
            lane,
            submitted_ns: queued.submitted_ns,
            started_ns,
            deadline: queued.deadline,
            budget: TaskBudget::started(ops, length_ns, started_ns, &books.clock),
        };
        book.wait_ns_max.raise(task.waited_ns());
        self.pens.waited(lane, task.waited_ns());
        if queued.deadline.is_expired(started_ns) {
            book.expired.add(1);
            self.call(book, || self.work.expired(queued.job, &task));
            return;
        }
        let _sitting = books.seats[self.number].begin(lane, started_ns);
        let mut name = "";
        self.call(book, || {
            name = self.work.name(&queued.job);
            self.work.run(queued.job, &mut task);
        });
        let ran_ns = books.clock.now_ns().saturating_sub(started_ns);
        self.pens.ran(lane, ran_ns);
        if ran_ns > length_ns {
            books.overran(Overrun {
                name,
                lane,
                worker: self.number,
                ran_ns,
            });
        }
    }

    /// Runs the user's code: its panic is counted and ends nothing else.
    #[inline]
    fn call(&self, book: &LaneBook, code: impl FnOnce()) {
        if !shielded(code) {
            book.panicked.add(1);
        }
    }
}

impl<J, W, C> fmt::Debug for Worker<J, W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("number", &self.number)
            .field("own_lane", &self.own_lane())
            .finish_non_exhaustive()
    }
}
