//! The description of a pool.

use core::fmt;
use core::time::Duration;

use crossbeam_utils::CachePadded;

use crate::channel::{Lanes, LanesReceiver, Sender, bounded};
use crate::sync::{Arc, MODEL, Work as OnThread, cpus, global, shielded};
use crate::time::{Clock, StdClock, to_ns};

use super::books::{Books, LaneBook, Pens, Seat};
use super::job::Queued;
use super::{ConfigError, Pool, Task, WORKERS_MAX, Work, Worker};

/// The description of a [`Pool`], checked by [`build`](Self::build). Setters keep what they are
/// given, names and lists on the heap; nothing runs or waits before the build.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::workers::Pool;
///
/// let pool = Pool::builder()
///     .name("images")
///     .lane("hot", 256)
///     .lane("cold", 4_096)
///     .aging(8)
///     .workers(2)
///     .task_time(Duration::from_millis(20))
///     .on_start(|worker| assert!(worker < 2))
///     .build(|_image: u64, _task| {})?;
/// assert_eq!((pool.lanes(), pool.workers(), pool.lane_name(1)), (2, 2, "cold"));
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct PoolBuilder<C = StdClock> {
    name: String,
    lanes: Vec<(String, usize)>,
    reserved: Vec<(usize, usize)>,
    workers: usize,
    /// Not set, each so many-th, or none.
    aging: Option<Option<u32>>,
    ops: u32,
    length_ns: u64,
    pub(super) pin: Option<Hook>,
    on_start: Option<Hook>,
    clock: C,
}

/// What is called on each worker's thread, with its number, before its first job.
pub(super) type Hook = global::Arc<dyn Fn(usize) -> Result<(), ConfigError> + Send + Sync>;

/// A pool and its workers, to be run on threads of one's own.
type Manual<J, W, C> = (Pool<J, C>, Vec<Worker<J, W, C>>);

impl PoolBuilder {
    pub(super) fn new() -> Self {
        Self {
            name: "worker".into(),
            lanes: Vec::new(),
            reserved: Vec::new(),
            workers: cpus().min(WORKERS_MAX),
            aging: None,
            ops: u32::MAX,
            length_ns: u64::MAX,
            pin: None,
            on_start: None,
            clock: StdClock,
        }
    }
}

impl<C> PoolBuilder<C> {
    /// Adds a lane with room for `capacity` jobs: lane 0 is the first that is added, and comes
    /// before lane 1. For an example see [`PoolBuilder`].
    pub fn lane(mut self, name: &str, capacity: usize) -> Self {
        self.lanes.push((name.into(), capacity));
        self
    }

    /// How many workers; one for each processor if not set. At most 256. For an example see
    /// [`PoolBuilder`].
    pub const fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Keeps `workers` of the workers for `lane` alone: its jobs never stand behind all workers'
    /// jobs of other lanes. The others serve it too, in the lanes' order. They are the workers with
    /// the lowest numbers, in the order of these calls.
    ///
    /// ```
    /// use shorttail::workers::{Pool, Task};
    ///
    /// let work = |_: u8, _: &mut Task<'_, u8>| {};
    /// let lanes = Pool::builder().lane("hot", 8).lane("cold", 8);
    /// let (_pool, workers) = lanes.workers(3).reserve(0, 1).build_manual(work)?;
    /// assert_eq!(workers[0].own_lane(), Some(0));
    /// assert_eq!(workers[2].own_lane(), None);
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    pub fn reserve(mut self, lane: usize, workers: usize) -> Self {
        self.reserved.push((lane, workers));
        self
    }

    /// Every `n`-th job that is taken while several lanes have jobs is an aged one, from a lower
    /// lane: see [`Lanes`], which also says what holds if this is not set. For an example see
    /// [`PoolBuilder`].
    pub const fn aging(mut self, n: u32) -> Self {
        self.aging = Some(Some(n));
        self
    }

    /// No aged jobs: a lane is served only where all before it are empty, and may starve.
    ///
    /// ```
    /// # use shorttail::time::Deadline;
    /// # use shorttail::workers::{Pool, Task};
    /// let lanes = Pool::builder().lane("hot", 8).lane("cold", 8).strict().workers(1);
    /// let (pool, workers) = lanes.build_manual(|_: u8, _: &mut Task<'_, u8>| {})?;
    /// pool.try_submit(1, 1, Deadline::NEVER).unwrap();
    /// pool.try_submit(0, 2, Deadline::NEVER).unwrap();
    /// assert!(workers[0].run_one());
    /// assert_eq!((pool.lane_report(0).done, pool.lane_report(1).done), (1, 0));
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    pub const fn strict(mut self) -> Self {
        self.aging = Some(None);
        self
    }

    /// Operations after which [`Task::should_yield`] says so; no bound if not set.
    /// For an example see [`Task`].
    pub const fn task_ops(mut self, ops: u32) -> Self {
        self.ops = ops;
        self
    }

    /// Time after which [`Task::should_yield`] says so; the clock is read at each thirty-second
    /// question, so a job that asks seldom overruns. A job that takes longer is
    /// [counted](super::LaneReport::overran), and the longest is [told](Pool::take_overrun) by
    /// name. No bound if not set. For an example see [`Pool::take_overrun`].
    pub fn task_time(mut self, time: Duration) -> Self {
        self.length_ns = to_ns(time);
        self
    }

    /// The threads' names begin with this, and the worker's number follows: `worker-0` if not set.
    /// With a zero byte in it the build panics. For an example see [`PoolBuilder`].
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// Called on each worker's thread with its number, before its first job: priorities, thread
    /// locals. Its panic is [`ConfigError::Start`]. For an example see [`PoolBuilder`].
    pub fn on_start(mut self, hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.on_start = Some(global::Arc::new(move |worker| {
            match shielded(|| hook(worker)) {
                true => Ok(()),
                false => Err(ConfigError::Start { worker }),
            }
        }));
        self
    }

    /// Reads times from `clock`: [deadlines](Pool::try_submit) are on it. A panic of it ends no
    /// worker: it ends the turn of the job that it met, and is
    /// [counted](super::LaneReport::panicked); at a submit it is the caller's. For an example see
    /// [`build_manual`](Self::build_manual).
    pub fn clock<D>(self, clock: D) -> PoolBuilder<D> {
        PoolBuilder {
            name: self.name,
            lanes: self.lanes,
            reserved: self.reserved,
            workers: self.workers,
            aging: self.aging,
            ops: self.ops,
            length_ns: self.length_ns,
            pin: self.pin,
            on_start: self.on_start,
            clock,
        }
    }
}

impl<C: Clock> PoolBuilder<C> {
    /// Takes all the memory the pool will ever have, starts the workers, and waits until each has
    /// called its hooks. Nothing allocates after this but [`Pool::drain`], [`Pool::stop`] and the
    /// drop of a pool with jobs inside.
    ///
    /// 16.5 KiB for each worker and lane are histograms.
    ///
    /// # Errors
    /// [`ConfigError`].
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::Pool;
    ///
    /// let pool = Pool::builder().lane("all", 64).build(|job: String, task| {
    ///     println!("{job} on worker {}", task.worker());
    /// })?;
    /// pool.try_submit(0, "hello".into(), Deadline::NEVER).unwrap();
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    pub fn build<J, F>(self, handler: F) -> Result<Pool<J, C>, ConfigError>
    where
        J: Send + 'static,
        F: Fn(J, &mut Task<'_, J, C>) + Send + Sync + 'static,
        C: Send + Sync + 'static,
    {
        self.build_with(handler)
    }

    /// As [`build`](Self::build), with a [`Work`], which may say more than a closure.
    ///
    /// # Errors
    /// [`ConfigError`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::Deadline;
    /// use shorttail::workers::{Pool, Task, Work};
    ///
    /// struct Answers;
    /// impl Work<u8> for Answers {
    ///     fn run(&self, job: u8, _: &mut Task<'_, u8>) {
    ///         assert!(job < 10);
    ///     }
    ///     fn expired(&self, job: u8, _: &Task<'_, u8>) {
    ///         println!("{job} came too late: tell whoever asked");
    ///     }
    /// }
    /// let pool = Pool::builder().lane("all", 8).build_with(Answers)?;
    /// pool.try_submit(0, 1, Deadline::NEVER).unwrap();
    /// assert!(pool.drain(Duration::MAX).is_clean());
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    pub fn build_with<J, W>(self, work: W) -> Result<Pool<J, C>, ConfigError>
    where
        J: Send + 'static,
        W: Work<J, C> + Send + Sync + 'static,
        C: Send + Sync + 'static,
    {
        let name = self.name.clone();
        let hooks = [self.pin.clone(), self.on_start.clone()];
        let (pool, workers) = self.build_manual(work)?;
        let count = workers.len();
        let (told, starts) = bounded(count);
        let works = workers.into_iter().map(|worker| {
            let (told, hooks) = (told.clone(), hooks.clone());
            Box::new(move || start(worker, &hooks, &told)) as OnThread
        });
        let named = |number| format!("{name}-{number}");
        // Dropped, the pool ends what has started.
        if !pool.with_threads(|threads| threads.start(named, works)) {
            return Err(ConfigError::Spawn);
        }
        drop(told); // a worker that ended without a word is heard as one
        for _ in 0..count {
            starts.recv().unwrap_or(Err(ConfigError::Spawn))?;
        }
        Ok(pool)
    }

    /// As [`build_with`](Self::build_with), without threads: the workers run where the caller lets
    /// them, on threads of its own or step by step in a test. Hooks are not called, and nothing is
    /// waited for.
    ///
    /// # Errors
    /// [`ConfigError`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::{Clock, Deadline, MockClock};
    /// use shorttail::workers::{Pool, Task};
    ///
    /// static CLOCK: MockClock = MockClock::new();
    /// let step = Duration::from_nanos(300);
    /// let work = |_: u8, _: &mut Task<'_, u8, &MockClock>| CLOCK.advance(step);
    /// let lanes = Pool::builder().lane("all", 8).clock(&CLOCK).workers(1);
    /// let (pool, workers) = lanes.build_manual(work)?;
    /// for n in 0..4 {
    ///     pool.try_submit(0, n, Deadline::at(500)).unwrap();
    /// }
    /// while workers[0].run_one() {}
    /// let report = pool.lane_report(0); // the third and the fourth came too late
    /// assert_eq!((report.done, report.expired, CLOCK.now_ns()), (2, 2, 600));
    /// # Ok::<(), shorttail::workers::ConfigError>(())
    /// ```
    pub fn build_manual<J, W>(self, work: W) -> Result<Manual<J, W, C>, ConfigError>
    where
        W: Work<J, C>,
    {
        let (own, lanes) = self.checked()?;
        let (sender, receiver): (_, LanesReceiver<Queued<J>>) = lanes.build()?;
        // Models check nothing of histograms.
        let noted = if MODEL { 0 } else { self.lanes.len() };
        let pens: Vec<Pens> = own.iter().map(|_| Pens::new(noted)).collect();
        let book = |(name, _)| LaneBook::new(name);
        let books = Arc::new(Books::new(
            self.clock,
            (self.ops, self.length_ns),
            self.lanes.into_iter().map(book).collect(),
            pens.iter()
                .map(|pens| CachePadded::new(Seat::new(pens)))
                .collect(),
        ));
        let work = Arc::new(work);
        let workers = own.into_iter().zip(pens).enumerate();
        let workers = workers.map(|(number, (own, pens))| {
            let source = receiver.taker(own);
            Worker::new(number, source, work.clone(), pens, books.clone())
        });
        let workers = workers.collect();
        Ok((Pool::new(sender, books), workers))
    }

    /// Each worker's lane, none for who takes from all, and the lanes; if what was said fits
    /// together.
    pub(crate) fn checked(&self) -> Result<(Vec<Option<usize>>, Lanes), ConfigError> {
        let own = self.own_lanes()?;
        let capacities = self.lanes.iter().map(|(_, capacity)| *capacity);
        let lanes = Lanes::new(capacities);
        let lanes = match self.aging {
            None => lanes,
            Some(None) => lanes.strict(),
            Some(Some(n)) => lanes.aging(n),
        };
        lanes.aged_every()?;
        Ok((own, lanes))
    }

    /// For each worker the lane that it is reserved for, if it is for one.
    fn own_lanes(&self) -> Result<Vec<Option<usize>>, ConfigError> {
        let (workers, lanes) = (self.workers, self.lanes.len());
        if !(1..=WORKERS_MAX).contains(&workers) {
            return Err(ConfigError::Workers { workers });
        }
        let mut own = Vec::new();
        for &(lane, count) in &self.reserved {
            if lane >= lanes {
                return Err(ConfigError::NoSuchLane { lane, lanes });
            }
            let reserved = own.len().saturating_add(count);
            if reserved > workers {
                return Err(ConfigError::Reserved { reserved, workers });
            }
            own.resize(reserved, Some(lane));
        }
        if own.len() == workers {
            if let Some(lane) = (0..lanes).find(|lane| !own.contains(&Some(*lane))) {
                return Err(ConfigError::NobodyFor { lane });
            }
        }
        own.resize(workers, None);
        Ok(own)
    }
}

/// What a worker's thread does.
fn start<J, W: Work<J, C>, C: Clock>(
    worker: Worker<J, W, C>,
    hooks: &[Option<Hook>; 2],
    told: &Sender<Result<(), ConfigError>>,
) {
    let number = worker.number();
    let started = hooks.iter().flatten().try_for_each(|hook| hook(number));
    // Nobody listens where another has failed: then the pool is closed.
    told.try_send(started).ok();
    if started.is_ok() {
        worker.run();
    }
}

impl<C> fmt::Debug for PoolBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("name", &self.name)
            .field("lanes", &self.lanes)
            .field("workers", &self.workers)
            .field("reserved", &self.reserved)
            .finish_non_exhaustive()
    }
}
