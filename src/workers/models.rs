//! What loom checks of a pool: sleep and wake, its end against submits, the lanes' turns.
//!
//! A lost wake-up shows as a deadlock. Each step that a model needs has a mutant in
//! `tests/mutants/workers.tsv`.

#[cfg(shorttail_shuttle)]
mod crowd;

use core::time::Duration;

use crate::sync::explore::block_on;

use super::{Pool, PoolBuilder, Task, Work, Worker};
use crate::sync::explore::{explore_deeply, explore_strictly};
use crate::sync::global::{self, AtomicU64, Ordering};
use crate::sync::{Arc, thread};
use crate::time::Deadline;

/// Adds up the jobs that were run; of no model's memory.
#[derive(Clone, Default)]
struct Sum(global::Arc<AtomicU64>);

impl Sum {
    fn get(&self) -> u64 {
        // Relaxed: a statistic; publishes nothing. [sync-3]
        self.0.load(Ordering::Relaxed)
    }
}

impl Work<u64> for Sum {
    fn run(&self, job: u64, _: &mut Task<'_, u64>) {
        // Relaxed: as above. [sync-3]
        self.0.fetch_add(job, Ordering::Relaxed);
    }
}

type Parts = (Pool<u64>, Vec<Worker<u64, Sum>>, Sum);

fn pool(lanes: PoolBuilder) -> Parts {
    let sum = Sum::default();
    let (pool, workers) = lanes.build_manual(sum.clone()).unwrap();
    (pool, workers, sum)
}

fn one_lane() -> PoolBuilder {
    Pool::builder().lane("all", 1).workers(1)
}

fn submit(pool: &Pool<u64>, lane: usize, job: u64) -> bool {
    pool.try_submit(lane, job, Deadline::NEVER).is_ok()
}

#[test]
fn a_worker_ends_while_its_end_is_waited_for() {
    explore_strictly("workers: end against wait", Some(3), || {
        let (pool, mut workers, _) = pool(one_lane());
        let worker = workers.pop().unwrap();
        let waits = thread::spawn(move || pool.drain(Duration::MAX).is_clean());
        drop(worker);
        assert!(waits.join().unwrap());
    });
}

#[test]
fn a_worker_sleeps_while_a_job_is_submitted_and_the_pool_drained() {
    explore_deeply("workers: sleep, submit, drain", Some(2), Some(3), || {
        let (pool, mut workers, sum) = pool(one_lane());
        let worker = workers.pop().unwrap();
        let runs = thread::spawn(move || worker.run());
        // Not here: loom takes a wake that comes late for the end of a join.
        let drains = thread::spawn(move || {
            assert!(submit(&pool, 0, 1));
            pool.drain(Duration::MAX).is_clean()
        });
        assert!(drains.join().unwrap());
        runs.join().unwrap();
        assert_eq!(sum.get(), 1);
    });
}

/// What was accepted is run or handed back, each once; what was not came back to who submitted.
#[test]
fn a_pool_is_stopped_while_jobs_are_submitted() {
    explore_deeply("workers: stop against submit", Some(1), Some(2), || {
        let (pool, mut workers, sum) = pool(one_lane());
        let worker = workers.pop().unwrap();
        let runs = thread::spawn(move || worker.run());
        let pool = Arc::new(pool);
        let stops = thread::spawn({
            let pool = pool.clone();
            move || pool.stop(Duration::MAX)
        });
        let accepted = u64::from(submit(&pool, 0, 1));
        let left = stops.join().unwrap();
        runs.join().unwrap();
        assert_eq!(left.running, 0);
        assert_eq!(sum.get() + left.jobs.len() as u64, accepted);
        assert!(!submit(&pool, 0, 1));
    });
}

/// A submit is accepted while the last worker leaves: the job is there to be taken back.
#[test]
fn the_last_worker_leaves_while_a_job_is_submitted() {
    explore_strictly("workers: last worker leaves", Some(3), || {
        let (pool, workers, sum) = pool(one_lane());
        let leaves = thread::spawn(move || drop(workers));
        let accepted = submit(&pool, 0, 1);
        leaves.join().unwrap();
        assert_eq!(pool.stop(Duration::ZERO).jobs.len(), usize::from(accepted));
        assert_eq!(sum.get(), 0);
    });
}

/// A task waits for room, and the worker that takes a job wakes it.
#[test]
fn a_task_waits_for_room_while_a_worker_takes_a_job() {
    explore_strictly("workers: submit_async against a worker", Some(3), || {
        let (pool, mut workers, sum) = pool(one_lane());
        let worker = workers.pop().unwrap();
        assert!(submit(&pool, 0, 1));
        let submits = thread::spawn(move || {
            let submitted = block_on(pool.submit_async(0, 10, Deadline::NEVER));
            assert!(submitted.is_ok());
            pool
        });
        assert!(worker.run_one());
        let _pool = submits.join().unwrap();
        assert!(worker.run_one());
        assert_eq!(sum.get(), 11);
    });
}

/// It is handed in and handed back, or refused: the end of the pool leaves no task asleep.
#[test]
fn a_task_waits_for_room_while_the_pool_is_stopped() {
    explore_strictly("workers: submit_async against stop", Some(3), || {
        let (pool, workers, _) = pool(one_lane());
        assert!(submit(&pool, 0, 1));
        let pool = Arc::new(pool);
        let submits = thread::spawn({
            let pool = pool.clone();
            move || block_on(pool.submit_async(0, 10, Deadline::NEVER)).is_ok()
        });
        let left = pool.stop(Duration::ZERO);
        let jobs: Vec<u64> = left.jobs.into_iter().map(|(_, job)| job).collect();
        let rest = pool.stop(Duration::ZERO).jobs.len();
        match submits.join().unwrap() {
            true => assert_eq!((jobs, rest), (vec![1, 10], 0)),
            false => assert_eq!((jobs, rest), (vec![1], 0)),
        }
        drop(workers);
    });
}

/// Two take at once where both lanes have jobs: one of the two turns is the lower lane's.
#[test]
fn two_workers_share_the_aged_turns() {
    explore_strictly("workers: aged turns", Some(3), || {
        let lanes = Pool::builder().lane("hot", 4).lane("cold", 4);
        let (pool, mut workers, sum) = pool(lanes.aging(2).workers(2));
        for (lane, job) in [(0, 1), (0, 1), (0, 1), (1, 10), (1, 10), (1, 10)] {
            assert!(submit(&pool, lane, job));
        }
        let [other, worker] = [(); 2].map(|()| workers.pop().unwrap());
        let runs = thread::spawn(move || {
            assert!(other.run_one());
            other
        });
        assert!(worker.run_one());
        let _other = runs.join().unwrap();
        assert_eq!(sum.get(), 11);
    });
}
