//! Pools with more threads and jobs than loom goes through: shuttle draws their schedules.

use super::*;
use crate::sync::explore::explore;

/// Jobs are digits of their own, so that a sum says how often each was counted.
const fn job(number: u32) -> u64 {
    1 << (4 * number)
}

fn all(jobs: core::ops::Range<u32>) -> u64 {
    jobs.map(job).sum()
}

/// Two lanes, the first with a worker of its own.
fn crew() -> (Arc<Pool<u64>>, Vec<thread::JoinHandle<()>>, Sum) {
    let lanes = Pool::builder().lane("hot", 1).lane("cold", 2);
    let (pool, workers, sum) = pool(lanes.workers(3).reserve(0, 1).aging(2));
    let run = |worker: Worker<u64, Sum>| thread::spawn(move || worker.run());
    (Arc::new(pool), workers.into_iter().map(run).collect(), sum)
}

/// Hands in four jobs, in both lanes and by all ways: the sum of those that were refused.
fn hand_in(pool: &Arc<Pool<u64>>, first: u32) -> thread::JoinHandle<u64> {
    let pool = pool.clone();
    thread::spawn(move || {
        let mut refused = 0;
        for number in first..first + 4 {
            let lane = (number % 2) as usize;
            let taken = match number % 4 {
                0 => block_on(pool.submit_async(lane, job(number), Deadline::NEVER)).is_ok(),
                1 => submit(&pool, lane, job(number)),
                _ => pool.submit(lane, job(number), Deadline::NEVER).is_ok(),
            };
            refused += if taken { 0 } else { job(number) };
        }
        refused
    })
}

#[test]
fn each_job_of_a_crowd_is_run_once_when_the_pool_is_drained() {
    explore("workers: crowd, drain", None, || {
        let (pool, workers, sum) = crew();
        let submits = [0, 4, 8].map(|first| hand_in(&pool, first));
        let refused: u64 = submits.map(|one| one.join().unwrap()).into_iter().sum();
        assert!(pool.drain(Duration::MAX).is_clean());
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(sum.get() + refused, all(0..12));
    });
}

#[test]
fn each_job_of_a_crowd_comes_to_one_end_when_the_pool_is_stopped() {
    explore("workers: crowd, stop", None, || {
        let (pool, workers, sum) = crew();
        let submits = [0, 4, 8].map(|first| hand_in(&pool, first));
        let left = pool.stop(Duration::MAX);
        assert_eq!(left.running, 0);
        let refused: u64 = submits.map(|one| one.join().unwrap()).into_iter().sum();
        for worker in workers {
            worker.join().unwrap();
        }
        let late = pool.stop(Duration::ZERO).jobs;
        let left: u64 = left.jobs.into_iter().chain(late).map(|(_, job)| job).sum();
        assert_eq!(sum.get() + refused + left, all(0..12));
    });
}

/// Who submits never waits for long: the last worker leaves in the middle of it.
#[test]
fn workers_leave_one_by_one_while_a_crowd_submits() {
    explore("workers: crowd, workers leave", None, || {
        let lanes = Pool::builder().lane("hot", 2).lane("cold", 2);
        let (pool, workers, sum) = pool(lanes.workers(2).aging(2));
        let pool = Arc::new(pool);
        let leave = |worker: Worker<u64, Sum>| {
            thread::spawn(move || {
                worker.run_one();
                drop(worker);
            })
        };
        let leavers: Vec<_> = workers.into_iter().map(leave).collect();
        let submits = [0, 4].map(|first| hand_in(&pool, first));
        for leaver in leavers {
            leaver.join().unwrap();
        }
        let left = pool.stop(Duration::ZERO).jobs;
        let refused: u64 = submits.map(|one| one.join().unwrap()).into_iter().sum();
        let late = pool.stop(Duration::ZERO).jobs;
        let left: u64 = left.into_iter().chain(late).map(|(_, job)| job).sum();
        assert_eq!(sum.get() + refused + left, all(0..8));
    });
}
