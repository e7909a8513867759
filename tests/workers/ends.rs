//! Every job that was accepted is run, expires, is handed back, or goes with the pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shorttail::channel::TrySendError;
use shorttail::time::{Deadline, MockClock};
use shorttail::workers::{Pool, Task, Work};

const FOREVER: Duration = Duration::MAX;

fn one_lane() -> shorttail::workers::PoolBuilder {
    Pool::builder().lane("all", 64).workers(1)
}

fn submit<C: shorttail::time::Clock>(pool: &Pool<u64, C>, job: u64, deadline: Deadline) {
    pool.try_submit(0, job, deadline).unwrap();
}

/// Sums of what was run and what expired.
#[derive(Default)]
struct Sums {
    ran: AtomicU64,
    expired: AtomicU64,
}

impl<C> Work<u64, C> for &Sums {
    fn run(&self, job: u64, _: &mut Task<'_, u64, C>) {
        self.ran.fetch_add(job, Ordering::Relaxed);
    }

    fn expired(&self, job: u64, task: &Task<'_, u64, C>) {
        assert_eq!(task.waited_ns(), 20);
        self.expired.fetch_add(job, Ordering::Relaxed);
    }
}

impl Sums {
    fn get(&self) -> (u64, u64) {
        let [ran, expired] = [&self.ran, &self.expired].map(|sum| sum.load(Ordering::Relaxed));
        (ran, expired)
    }
}

#[test]
fn a_job_whose_deadline_has_passed_is_told_and_not_run() {
    let (sums, clock) = (Sums::default(), MockClock::new());
    let (pool, workers) = one_lane().clock(&clock).build_manual(&sums).unwrap();
    submit(&pool, 1, Deadline::at(20));
    submit(&pool, 2, Deadline::at(21));
    submit(&pool, 4, Deadline::NEVER);
    clock.advance(Duration::from_nanos(20));
    while workers[0].run_one() {}
    assert_eq!(sums.get(), (6, 1));
    let report = pool.lane_report(0);
    assert_eq!((report.done, report.expired, report.queued), (2, 1, 0));
    assert_eq!(pool.waited_ns(0).count(), 3, "they have all waited");
    assert_eq!(pool.ran_ns(0).count(), 2);
    drop(workers);
}

#[test]
fn a_drain_runs_what_is_inside() {
    let sum = Arc::new(AtomicU64::new(0));
    let add = {
        let sum = sum.clone();
        move |job: u64, _: &mut Task<'_, u64>| _ = sum.fetch_add(job, Ordering::Relaxed)
    };
    let pool = one_lane().workers(3).build(add).unwrap();
    for job in 0..64 {
        pool.submit(0, job, Deadline::NEVER).unwrap();
    }
    let left = pool.drain(FOREVER);
    assert!(left.is_clean(), "{left:?}");
    assert_eq!(sum.load(Ordering::Relaxed), (0..64).sum());
    assert_eq!(pool.lane_report(0).done, 64);
    let refused = pool.try_submit(0, 1, Deadline::NEVER);
    assert_eq!(refused, Err(TrySendError::Closed(1)));
    assert!(pool.submit(0, 1, Deadline::NEVER).unwrap_err().is_closed());
    assert!(pool.drain(FOREVER).is_clean() && pool.stop(FOREVER).is_clean());
}

#[test]
fn a_drain_that_is_late_hands_back_what_was_not_run() {
    let sums = Sums::default();
    let (pool, workers) = one_lane().build_manual(&sums).unwrap();
    for job in [1, 2, 4] {
        submit(&pool, job, Deadline::NEVER);
    }
    assert!(workers[0].run_one());
    let left = pool.drain(Duration::ZERO);
    assert_eq!((left.jobs, left.running), (vec![(0, 2), (0, 4)], 1));
    assert!(!workers[0].run_one());
    assert_eq!(sums.get(), (1, 0));
    drop(workers);
    assert!(pool.drain(FOREVER).is_clean());
}

#[test]
fn a_stop_hands_back_at_once_and_waits_for_what_runs() {
    let (begun_tx, begun) = shorttail::channel::bounded(1);
    let (go_on, go_on_rx) = shorttail::channel::bounded(1);
    let work = move |_: u64, _: &mut Task<'_, u64>| {
        begun_tx.send(()).unwrap();
        go_on_rx.recv().unwrap();
    };
    let pool = one_lane().build(work).unwrap();
    for job in [1, 2, 4] {
        submit(&pool, job, Deadline::NEVER);
    }
    begun.recv().unwrap();
    let left = pool.stop(Duration::ZERO);
    assert_eq!((left.jobs, left.running), (vec![(0, 2), (0, 4)], 1));
    assert_eq!(pool.running(0).map(|running| running.lane), Some(0));
    go_on.send(()).unwrap();
    assert!(pool.stop(FOREVER).is_clean());
    assert_eq!(pool.running(0), None);
}

#[test]
fn a_pool_without_workers_takes_nothing_and_loses_nothing() {
    let sums = Sums::default();
    let (pool, workers) = one_lane().build_manual(&sums).unwrap();
    submit(&pool, 1, Deadline::NEVER);
    drop(workers);
    assert!(pool.is_closed() && !pool.close());
    let left = pool.stop(FOREVER);
    assert_eq!((left.jobs, left.running), (vec![(0, 1)], 0));
}

#[test]
fn jobs_go_with_the_pool() {
    let job = Arc::new(());
    let nothing = |_: Arc<()>, _: &mut Task<'_, Arc<()>>| {};
    let (pool, workers) = one_lane().build_manual(nothing).unwrap();
    pool.try_submit(0, job.clone(), Deadline::NEVER).unwrap();
    drop(pool);
    assert_eq!(Arc::strong_count(&job), 1);
    assert!(!workers[0].run_one());
}

/// The pool's last handle goes in one of its own jobs, which waits for the others alone.
#[test]
fn a_job_drops_its_own_pool() {
    let (over_tx, over) = shorttail::channel::bounded(1);
    let work = move |pool: Arc<Pool<Handle>>, _: &mut Task<'_, Handle>| {
        while Arc::strong_count(&pool) > 1 {
            std::thread::yield_now();
        }
        let left = pool.drain(FOREVER);
        assert_eq!((left.jobs.len(), left.running), (0, 1), "itself");
        drop(pool);
        over_tx.send(()).unwrap();
    };
    let pool = Arc::new(
        one_lane()
            .workers(2)
            .build(move |job: Handle, task| {
                work(job.0, task);
            })
            .unwrap(),
    );
    pool.try_submit(0, Handle(pool.clone()), Deadline::NEVER)
        .unwrap();
    drop(pool);
    over.recv().unwrap();
}

struct Handle(Arc<Pool<Self>>);
