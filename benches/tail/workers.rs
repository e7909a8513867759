//! A job in the hot lane of a pool, alone and beside a thousand cold jobs of ten milliseconds, with
//! one worker reserved for it; and what an idle pool takes of a processor.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

use shorttail::measure::trial::{Arm, Report, Request};
use shorttail::time::{Clock, Deadline, StdClock};
use shorttail::workers::Pool;

use super::Effort;

const HOT: usize = 0;
const COLD: usize = 1;
/// Cold jobs that stand in their lane; each request puts one in place of one that was taken.
const COLD_JOBS: usize = 1_000;
const COLD_JOB: Duration = Duration::from_millis(10);

enum Job {
    Hot(Request),
    Cold,
}

/// One worker for the hot lane alone, one for both. A cold job waits, as for a disk: on this many
/// processors one that computes would take the hot worker's processor, which is the system's
/// scheduler's to decide and not the pool's.
fn pool() -> Pool<Job> {
    let lanes = Pool::builder().lane("hot", 1_024).lane("cold", COLD_JOBS);
    let pool = lanes.workers(2).reserve(HOT, 1).build(|job, _| match job {
        Job::Hot(request) => request.finish(StdClock.now_ns()),
        Job::Cold => thread::sleep(COLD_JOB),
    });
    pool.expect("two lanes")
}

pub(crate) fn run(effort: Effort) -> Report {
    let (alone, beside) = (pool(), pool());
    // A lane that is full shows as a lost request.
    let submit = |pool: &Pool<Job>, request| {
        drop(pool.try_submit(HOT, Job::Hot(request), Deadline::NEVER));
    };
    while beside.try_submit(COLD, Job::Cold, Deadline::NEVER).is_ok() {}
    let report = {
        let first = Arm::handed_over("hot lane alone", |request| submit(&alone, request));
        let second = Arm::handed_over("beside 1000 cold jobs of 10 ms", |request| {
            submit(&beside, request);
            drop(beside.try_submit(COLD, Job::Cold, Deadline::NEVER));
        });
        let trial = effort.trial("workers: a job in the hot lane", 10_000.0);
        trial
            .run(&StdClock, [first, second])
            .expect("sound settings")
    };
    let hot = beside.waited_ns(HOT);
    println!("waits in the hot lane beside cold jobs, ns: {hot}\n");
    drop(beside.stop(Duration::from_secs(1)));
    report
}

/// What a pool of four idle workers takes, from 100 ms after its last job.
pub(crate) fn print_idle(quick: bool) -> io::Result<()> {
    let pool = Pool::builder()
        .lane("all", 64)
        .workers(4)
        .build(|(): (), _| {});
    let pool = pool.expect("a lane");
    for _ in 0..64 {
        pool.try_submit(0, (), Deadline::NEVER)
            .expect("there is room");
    }
    thread::sleep(Duration::from_millis(100));
    let seconds = if quick { 2 } else { 20 };
    let before = own_ns()?;
    thread::sleep(Duration::from_secs(seconds));
    let used = own_ns()? - before;
    let percent = used as f64 / (seconds * 1_000_000_000) as f64 * 100.0;
    println!("idle pool of 4 workers, {seconds} s: {percent:.4} % of a processor");
    Ok(())
}

/// Processor time of every thread of this process, from its scheduler's books.
fn own_ns() -> io::Result<u64> {
    let mut sum = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let books = fs::read_to_string(task?.path().join("schedstat"))?;
        let first = books.split_whitespace().next();
        sum += first.and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(sum)
}
