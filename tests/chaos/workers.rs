//! One thread stands at a named point of a pool: on its way to sleep or from it, with a job in its
//! hands, or in the middle of the end. What the others do completes, and each job comes to one end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use shorttail::chaos::{Point, Stalled, stall};
use shorttail::time::Deadline;
use shorttail::workers::{Pool, PoolBuilder, Task, Work, Worker};

use crate::asleep::Watched;
use crate::until::until;

/// Jobs that are run while one stands still.
const JOBS: usize = 1_000;

/// Counts what was run.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicUsize>);

impl Runs {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Work<usize> for Runs {
    fn run(&self, _: usize, _: &mut Task<'_, usize>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

type Parts = (Arc<Pool<usize>>, Vec<Worker<usize, Runs>>, Runs);

fn parts(builder: PoolBuilder) -> Parts {
    let runs = Runs::default();
    let (pool, workers) = builder.build_manual(runs.clone()).unwrap();
    (Arc::new(pool), workers, runs)
}

fn pool(workers: usize) -> Parts {
    parts(Pool::builder().lane("all", 8).workers(workers))
}

fn submit(pool: &Pool<usize>, lane: usize) {
    pool.try_submit(lane, 0, Deadline::NEVER).expect("room");
}

/// Every job that this thread hands in is run by `worker`.
fn rounds(pool: &Pool<usize>, worker: &Worker<usize, Runs>, runs: &Runs) {
    for _ in 0..JOBS {
        let before = runs.get();
        submit(pool, 0);
        assert!(worker.run_one());
        assert_eq!(runs.get(), before + 1);
    }
    assert!(!worker.run_one());
}

/// A worker on a thread of its own, asleep for want of a job.
fn asleep(worker: Worker<usize, Runs>) -> (JoinHandle<()>, Watched) {
    let watched = Watched::default();
    let thread = thread::spawn({
        let watched = watched.clone();
        move || {
            watched.begin();
            worker.run();
        }
    });
    until(|| watched.sleeps());
    (thread, watched)
}

/// A worker that slept, was woken for a job, and stands still before it looks for it. Also how many
/// jobs that took.
fn woken(pool: &Arc<Pool<usize>>, worker: Worker<usize, Runs>) -> (Stalled<()>, usize) {
    let (watched, held) = (Watched::default(), Arc::new(AtomicBool::new(false)));
    let submits = thread::spawn({
        let (pool, watched, held) = (pool.clone(), watched.clone(), held.clone());
        move || {
            let mut jobs = 0;
            while !held.load(Ordering::SeqCst) {
                if watched.sleeps() && pool.lane_report(0).queued == 0 {
                    submit(&pool, 0);
                    jobs += 1;
                }
                thread::yield_now();
            }
            jobs
        }
    });
    let stalled = stall(Point::WakeRunning, move || {
        watched.begin();
        worker.run();
    });
    held.store(true, Ordering::SeqCst);
    (stalled, submits.join().unwrap())
}

#[test]
fn a_worker_with_a_job_in_its_hands_delays_no_other() {
    let (pool, mut workers, runs) = pool(2);
    let held = workers.remove(0);
    submit(&pool, 0);
    let stalled = stall(Point::WorkerTook, move || {
        assert!(held.run_one());
        held
    });
    rounds(&pool, &workers[0], &runs);
    submit(&pool, 0);
    let left = pool.stop(Duration::ZERO);
    assert_eq!(
        (left.jobs.len(), left.running),
        (1, 2),
        "its job is its own"
    );
    drop(stalled.release());
    drop(workers);
    assert_eq!(runs.get(), JOBS + 1, "and is run once");
    assert!(pool.stop(Duration::MAX).is_clean());
}

#[test]
fn a_worker_on_its_way_to_sleep_keeps_no_job_and_misses_none() {
    for reserved in [0, 1] {
        let lanes = Pool::builder().lane("hot", 8).lane("cold", 8);
        let (pool, mut workers, runs) = parts(lanes.workers(2).reserve(0, reserved));
        let held = workers.remove(0);
        let stalled = stall(Point::WaitLink, move || held.run());
        rounds(&pool, &workers[0], &runs);
        submit(&pool, 0);
        drop(workers);
        pool.close();
        stalled.release();
        assert_eq!(runs.get(), JOBS + 1, "it sees what came before it slept");
        assert!(pool.drain(Duration::MAX).is_clean());
    }
}

/// Whose wake comes to one that does not run: the next submit wakes another, who runs both.
#[test]
fn a_worker_that_was_woken_and_does_not_run_delays_no_other() {
    let (pool, mut workers, runs) = pool(2);
    let (stalled, submitted) = woken(&pool, workers.remove(0));
    let (other, watched) = asleep(workers.remove(0));
    for more in 1..=10 {
        submit(&pool, 0);
        until(|| runs.get() == submitted + more && watched.sleeps());
    }
    assert_eq!(pool.lane_report(0).queued, 0);
    pool.close();
    other.join().unwrap();
    stalled.release();
    assert_eq!(runs.get(), submitted + 10);
    assert!(pool.drain(Duration::MAX).is_clean());
}

/// The lane's own worker was woken for a job and does not run: the shared one takes the next.
#[test]
fn a_reserved_worker_that_does_not_run_leaves_its_lane_to_the_others() {
    let lanes = Pool::builder().lane("hot", 8).lane("cold", 8);
    let (pool, mut workers, runs) = parts(lanes.workers(2).reserve(0, 1));
    let (stalled, submitted) = woken(&pool, workers.remove(0));
    let (shared, watched) = asleep(workers.remove(0));
    for more in 1..=10 {
        submit(&pool, more % 2);
        until(|| runs.get() == submitted + more && watched.sleeps());
    }
    pool.close();
    shared.join().unwrap();
    stalled.release();
    assert!(pool.drain(Duration::MAX).is_clean());
}

/// Between the job's publication and the wake: the next submit, or the worker's own look, finds it.
#[test]
fn a_submit_that_has_not_woken_yet_delays_no_other() {
    for point in [Point::LanePublished, Point::WakePopped] {
        let (pool, mut workers, runs) = pool(1);
        let (worker, watched) = asleep(workers.remove(0));
        let stalled = stall(point, {
            let pool = pool.clone();
            move || submit(&pool, 0)
        });
        for more in 1..=10 {
            submit(&pool, 0);
            until(|| runs.get() == 1 + more && watched.sleeps());
        }
        stalled.release();
        assert!(pool.drain(Duration::MAX).is_clean());
        worker.join().unwrap();
        assert_eq!(runs.get(), 11);
    }
}

/// In the middle of its close, or behind it: nobody else's end waits for who stops the pool, and no
/// job is handed back twice.
#[test]
fn a_stop_that_stands_still_delays_no_other() {
    for point in [Point::CloseMiddle, Point::WorkersClosed] {
        let lanes = Pool::builder().lane("hot", 8).lane("cold", 8).workers(2);
        let (pool, workers, runs) = parts(lanes);
        for lane in [0, 0, 0, 1, 1] {
            submit(&pool, lane);
        }
        let stalled = stall(point, {
            let pool = pool.clone();
            move || pool.stop(Duration::MAX)
        });
        assert!(pool.try_submit(0, 0, Deadline::NEVER).is_err());
        assert!(pool.is_closed(), "who is refused ends the close");
        assert!(workers[0].run_one() && workers[1].run_one());
        let left = pool.stop(Duration::ZERO);
        assert_eq!((left.jobs.len(), left.running), (3, 2));
        workers.into_iter().for_each(Worker::run);
        assert!(pool.drain(Duration::MAX).is_clean());
        assert!(stalled.release().is_clean());
        assert_eq!(runs.get(), 2);
    }
}

#[test]
fn a_worker_that_has_not_said_its_end_delays_no_other() {
    let (pool, mut workers, runs) = pool(2);
    let leaves = workers.remove(0);
    let stalled = stall(Point::WorkerLeaving, move || drop(leaves));
    rounds(&pool, &workers[0], &runs);
    submit(&pool, 0);
    pool.close();
    workers.into_iter().for_each(Worker::run);
    let left = pool.drain(Duration::ZERO);
    assert_eq!((left.jobs.len(), left.running), (0, 1));
    stalled.release();
    assert!(pool.drain(Duration::MAX).is_clean());
    assert_eq!(runs.get(), JOBS + 1);
}

/// Who asks is told at once; who sleeps is woken by the next that ends.
#[test]
fn a_worker_that_has_told_nobody_of_its_end_delays_no_drain() {
    let (pool, mut workers, _) = pool(2);
    let leaves = workers.remove(0);
    let watched = Watched::default();
    let drains = thread::spawn({
        let (pool, watched) = (pool.clone(), watched.clone());
        move || {
            watched.begin();
            pool.drain(Duration::MAX).is_clean()
        }
    });
    until(|| watched.sleeps());
    let stalled = stall(Point::WorkerLeft, move || drop(leaves));
    assert_eq!(pool.drain(Duration::ZERO).running, 1);
    drop(workers);
    assert!(drains.join().unwrap());
    assert!(pool.drain(Duration::MAX).is_clean());
    stalled.release();
}
