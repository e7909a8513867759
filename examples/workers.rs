//! Replies that take microseconds and compactions that take milliseconds share the threads of a
//! pool. However many compactions wait or run, a reply finds a worker: one is reserved for them.
//! What comes too late is told and not run, a panic ends its own job, and what the shutdown leaves
//! comes back.
//!
//! Run: `cargo run --release --example workers`. Last line:
//! `100 replies while all compactions stood still; 1 too late, 1 panicked, 32 handed back`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::sync::mpsc;
use std::time::Duration;

use shorttail::channel::{self, TrySendError};
use shorttail::time::{Clock, Deadline, StdClock};
use shorttail::workers::{Pool, Task, Work};

/// The lanes' numbers are names in the code, and each kind of work has room of its own.
const HOT: usize = 0;
const COLD: usize = 1;

enum Job {
    Reply(mpsc::Sender<u32>, u32),
    Compact(u32),
}

/// What the jobs need; the pool shares it among its workers.
struct Service {
    /// Stands for a disk: nothing is read from it until it is closed.
    disk: channel::Receiver<()>,
}

impl Work<Job> for Service {
    fn run(&self, job: Job, _task: &mut Task<'_, Job>) {
        match job {
            Job::Reply(to, number) => to.send(number).expect("the caller waits"),
            Job::Compact(file) => {
                assert!(file != 1, "a broken file");
                let _closed = self.disk.recv();
            }
        }
    }

    fn expired(&self, job: Job, task: &Task<'_, Job>) {
        if let Job::Reply(_to, number) = job {
            let waited = Duration::from_nanos(task.waited_ns());
            eprintln!("reply {number} is given up, it waited {waited:?}"); // the caller has gone
        }
    }

    /// For `Pool::take_overrun`, which tells the longest of those beyond `task_time`.
    fn name(&self, job: &Job) -> &'static str {
        match job {
            Job::Reply(..) => "reply",
            Job::Compact(_) => "compact",
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (stuck, disk) = channel::bounded(1);
    let pool = Pool::builder()
        .lane("hot", 64)
        .lane("cold", 32)
        .workers(3)
        .reserve(HOT, 1)
        .task_time(Duration::from_secs(1))
        .build_with(Service { disk })?;

    // Compactions are handed in until their lane is full, the broken one is over and both shared
    // workers are in one.
    let mut files = 0;
    let busy = || (1..3).all(|worker| pool.running(worker).is_some());
    let is_over = || pool.lane_report(COLD).done > 0;
    while pool.lane_report(COLD).queued < 32 || !is_over() || !busy() {
        match pool.try_submit(COLD, Job::Compact(files), Deadline::NEVER) {
            Ok(()) => files += 1,
            Err(TrySendError::Full(_)) => std::thread::yield_now(), // a service goes on with others
            Err(TrySendError::Closed(_)) => return Err("closed".into()),
        }
    }

    let (to, replies) = mpsc::channel();
    for number in 0..100 {
        let deadline = Deadline::after(StdClock.now_ns(), Duration::from_secs(10));
        let job = Job::Reply(to.clone(), number);
        pool.try_submit(HOT, job, deadline)
            .map_err(TrySendError::without_value)?;
        assert_eq!(replies.recv()?, number);
    }
    let late = Job::Reply(to, 100);
    pool.try_submit(HOT, late, Deadline::at(1))
        .map_err(TrySendError::without_value)?;
    while pool.lane_report(HOT).expired == 0 {
        std::thread::yield_now();
    }

    let left = pool.stop(Duration::ZERO); // two compactions run on
    drop(stuck);
    let last = pool.stop(Duration::from_secs(10));
    assert!(last.is_clean());
    report(&pool, left.jobs.len());
    Ok(())
}

fn report(pool: &Pool<Job>, handed_back: usize) {
    let waited = pool.waited_ns(HOT);
    if let Some(median) = waited.quantile(0.5) {
        println!(
            "a reply waited {median} ns at the median, {} at most",
            waited.max()
        );
    }
    let (hot, cold) = (pool.lane_report(HOT), pool.lane_report(COLD));
    println!(
        "{} replies while all compactions stood still; {} too late, {} panicked, {} handed back",
        hot.done, hot.expired, cold.panicked, handed_back
    );
}
