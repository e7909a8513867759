//! A fixed pool of workers with lanes: hot jobs before cold ones, and apart from them.
//!
//! Not an executor, and no stealing: jobs of one's own type, bounded lanes, a fixed number of
//! threads. What it is for is work that must not stand behind other work: give each kind a lane,
//! and [reserve](PoolBuilder::reserve) a worker for the kind whose callers wait.
//!
//! ```
//! use std::time::Duration;
//! use shorttail::time::Deadline;
//! use shorttail::workers::Pool;
//!
//! const HOT: usize = 0;
//! const COLD: usize = 1;
//!
//! let pool = Pool::builder()
//!     .lane("hot", 256)
//!     .lane("cold", 4_096)
//!     .workers(2)
//!     .reserve(HOT, 1)
//!     .build(|job: &'static str, task| println!("{job} by lane {}", task.lane()))?;
//!
//! for _ in 0..100 {
//!     pool.try_submit(COLD, "compaction", Deadline::NEVER).unwrap();
//! }
//! pool.try_submit(HOT, "reply", Deadline::NEVER).unwrap(); // never behind two compactions
//! let left = pool.stop(Duration::from_secs(10));
//! println!("not run: {} jobs", left.jobs.len()); // handed back
//! # Ok::<(), shorttail::workers::ConfigError>(())
//! ```
//!
//! | call | allocates | waits | when it cannot |
//! |---|---|---|---|
//! | [`Pool::try_submit`], [`Task::try_submit`] | no | no | `Full`, `Closed`; the job back |
//! | [`Pool::submit`] | no | parks, until its deadline | `Timeout`, `Closed`; likewise |
//! | [`Pool::submit_async`] | no | parks the task | `Closed`; likewise |
//! | a job, from its lane to its end | no | a short lock after an overrun | its panic is counted |
//! | [`Worker::run`], what each thread does | no | parks where there is no job | |
//! | [`Pool::drain`], [`Pool::stop`] | the list of what is left | for the time given | hands back |
//! | [`TaskBudget::should_yield`] | no | no | |
//!
//! # Which job is next
//! A worker takes from lane 0 before lane 1, and so on, except for the aged turns by which no lane
//! starves: the rule is that of [`Lanes`](crate::channel::Lanes), and its numbers hold for the
//! workers that serve all lanes. A reserved worker takes from its lane alone, in the lane's order,
//! and outside of that count.
//!
//! A job is taken when a worker is free for it, one at a time: none stands behind another in a
//! worker's hands while a second worker is idle.
//!
//! # What becomes of each job
//! Every job that was accepted comes to one of four ends. It is [run](Work::run), and its panic, if
//! any, is counted and ends nothing else (one of the pool's own clock counts as the job's, which it
//! may keep from being run). Its deadline has passed when its turn comes, and it goes
//! to [`Work::expired`], counted. [`Pool::drain`] or [`Pool::stop`] hand it back. Or the pool was
//! dropped, and it is dropped with it.
//!
//! # When workers sleep
//! A worker without a job looks again for as long as that has paid lately, and then parks on a
//! futex: an idle pool takes no processor time. A submit wakes one sleeper, the lane's own worker
//! first (and another besides where more than eight of those sleep); once all workers are at work a
//! submit wakes nobody.
//!
//! # From async tasks
//! A task awaits room by [`Pool::submit_async`], and its answer on a channel of capacity one whose
//! only sender goes with the job and comes back with the answer: nothing is allocated for a
//! request, and a job that expires, panics or is dropped wakes who waits, by the close.
//! `examples/async_front.rs` is that; `examples/two_pools.rs` has hot and cold work on pools of
//! their own.
//!
//! # Numbers
//! For each lane what its jobs [waited](Pool::waited_ns) and [ran](Pool::ran_ns), as histograms;
//! [counts](LaneReport); the [longest wait](Pool::take_wait_ns_max) since it was last asked; the
//! [longest overrun](Pool::take_overrun) with the job's name; and what each worker
//! [runs](Pool::running) at this moment.
//!
//! # When not
//! Work that forks and joins, or jobs so short and many that a pool's one queue is what they wait
//! for: a work-stealing pool (rayon). Tasks that await: an async runtime, whose tasks may take a
//! [`TaskBudget`] from here.
//!
//! # Sources
//! Two pools or more, by what work is for: linkerd's proxy, with two runtimes. Lanes strict with
//! aging: as `channel::Lanes`.

#[cfg(feature = "affinity")]
mod affinity;
mod books;
mod budget;
mod builder;
#[cfg(all(
    feature = "affinity",
    not(all(target_os = "linux", not(shorttail_portable)))
))]
#[path = "cpu_portable.rs"]
mod cpu;
#[cfg(all(feature = "affinity", target_os = "linux", not(shorttail_portable)))]
#[path = "cpu_linux.rs"]
mod cpu;
mod error;
mod inline;
mod job;
#[cfg(all(test, shorttail_loom))]
mod models;
mod pool;
mod report;
mod submit_future;
mod task;
mod worker;

pub use budget::{CheckpointFuture, TaskBudget};
pub use builder::PoolBuilder;
pub use error::ConfigError;
pub use inline::{Inline, TooLarge};
pub use job::Work;
pub use pool::Pool;
pub use report::{LaneReport, Leftover, Overrun, Running};
pub use submit_future::SubmitFuture;
pub use task::Task;
pub use worker::Worker;

/// Most workers of a pool.
const WORKERS_MAX: usize = 256;
