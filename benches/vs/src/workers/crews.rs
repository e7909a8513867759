//! Who runs jobs: each with its documentation's own way to hand one in from outside.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};
use shorttail::time::Deadline;
use shorttail::workers::Pool;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use super::job::Job;

/// Which kind of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Hot,
    Cold,
}

/// Room in each lane of shorttail's, for all jobs of a turn; the others have no bound.
const ROOM: usize = 1 << 16;

pub(super) trait Crew: Send + Sync {
    /// Whether the job was taken. Never waits.
    fn submit(&self, kind: Kind, job: Job) -> bool;
}

pub(super) type AnyCrew = Box<dyn Crew>;

/// Hot jobs in a lane before cold ones.
impl Crew for Pool<Job> {
    fn submit(&self, kind: Kind, job: Job) -> bool {
        let lane = match kind {
            Kind::Hot => 0,
            Kind::Cold => self.lanes() - 1,
        };
        self.try_submit(lane, job, Deadline::NEVER).is_ok()
    }
}

/// One lane for all.
pub(super) fn ours(workers: usize) -> AnyCrew {
    let pool = Pool::builder().lane("all", ROOM).workers(workers);
    Box::new(pool.build(|job: Job, _| job.run()).expect("one lane"))
}

/// Two lanes, and so many of the workers for the first alone.
pub(super) fn ours_in_lanes(workers: usize, reserved: usize) -> AnyCrew {
    let lanes = Pool::builder().lane("hot", ROOM).lane("cold", ROOM);
    let pool = lanes.workers(workers).reserve(0, reserved);
    Box::new(pool.build(|job: Job, _| job.run()).expect("two lanes"))
}

/// A task for each job. Cold ones, where there is such a way, by `spawn_blocking`.
struct Tokio {
    runtime: Runtime,
    cold_blocks: bool,
}

impl Crew for Tokio {
    fn submit(&self, kind: Kind, job: Job) -> bool {
        if self.cold_blocks && kind == Kind::Cold {
            drop(self.runtime.spawn_blocking(move || job.run()));
        } else {
            drop(self.runtime.spawn(async move { job.run() }));
        }
        true
    }
}

pub(super) fn tokio(workers: usize, event_interval: u32) -> AnyCrew {
    let mut runtime = Builder::new_multi_thread();
    runtime
        .worker_threads(workers)
        .event_interval(event_interval);
    Box::new(Tokio {
        runtime: runtime.build().expect("a runtime"),
        cold_blocks: false,
    })
}

/// Cold jobs on a thread that the runtime keeps for those that block.
pub(super) fn tokio_blocking(workers: usize) -> AnyCrew {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(workers).max_blocking_threads(1);
    Box::new(Tokio {
        runtime: runtime.build().expect("a runtime"),
        cold_blocks: true,
    })
}

/// A runtime of one thread, and the thread.
struct TokioAlone {
    handle: Handle,
    /// Dropped, the thread ends.
    _goes_on: oneshot::Sender<()>,
}

impl Crew for TokioAlone {
    fn submit(&self, _: Kind, job: Job) -> bool {
        drop(self.handle.spawn(async move { job.run() }));
        true
    }
}

pub(super) fn tokio_alone(event_interval: u32) -> AnyCrew {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.event_interval(event_interval).build();
    let runtime = runtime.expect("a runtime");
    let handle = runtime.handle().clone();
    let (goes_on, ends) = oneshot::channel();
    drop(std::thread::spawn(move || {
        runtime.block_on(ends).unwrap_err()
    }));
    Box::new(TokioAlone {
        handle,
        _goes_on: goes_on,
    })
}

impl Crew for ThreadPool {
    fn submit(&self, _: Kind, job: Job) -> bool {
        self.spawn(move || job.run());
        true
    }
}

pub(super) fn rayon(workers: usize) -> AnyCrew {
    let pool = ThreadPoolBuilder::new().num_threads(workers).build();
    Box::new(pool.expect("a pool"))
}

/// Hot and cold jobs apart.
struct Apart {
    hot: AnyCrew,
    cold: AnyCrew,
}

impl Crew for Apart {
    fn submit(&self, kind: Kind, job: Job) -> bool {
        match kind {
            Kind::Hot => self.hot.submit(kind, job),
            Kind::Cold => self.cold.submit(kind, job),
        }
    }
}

/// One of two crews for each kind.
pub(super) fn apart(make: impl Fn() -> AnyCrew) -> AnyCrew {
    Box::new(Apart {
        hot: make(),
        cold: make(),
    })
}

/// Jobs by turns to crews that share nothing.
struct ByTurns {
    crews: Vec<AnyCrew>,
    next: AtomicUsize,
}

impl Crew for ByTurns {
    fn submit(&self, kind: Kind, job: Job) -> bool {
        // Relaxed: a number.
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.crews[turn % self.crews.len()].submit(kind, job)
    }
}

/// A crew of one for each core.
pub(super) fn by_turns(cores: usize, make: impl Fn() -> AnyCrew) -> AnyCrew {
    Box::new(ByTurns {
        crews: (0..cores).map(|_| make()).collect(),
        next: AtomicUsize::new(0),
    })
}
