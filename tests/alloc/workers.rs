//! Nothing allocates between a pool's build and its end: not a submit, not a run, not a panic's
//! neighbours.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Context;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::task::noop_waker;
use shorttail::measure::{assert_no_alloc, thread_allocs};
use shorttail::time::Deadline;
use shorttail::workers::{Inline, Pool, Task, TaskBudget};

#[test]
fn workers_submit_run_refuse_and_expire() {
    let sum = AtomicU64::new(0);
    let add = |job: u64, task: &mut Task<'_, u64>| {
        sum.fetch_add(job, Ordering::Relaxed);
        if job == 8 {
            black_box(task.try_submit(1, 1, Deadline::NEVER).is_ok());
        }
        black_box(task.should_yield());
    };
    let lanes = Pool::builder().lane("hot", 2).lane("cold", 4);
    let lanes = lanes.workers(2).reserve(0, 1).task_time(Duration::ZERO);
    let (pool, workers) = lanes.build_manual(add).unwrap();
    assert_no_alloc(|| {
        for _ in 0..100 {
            for lane in 0..2 {
                while pool.try_submit(lane, 8, Deadline::NEVER).is_ok() {}
                assert!(
                    pool.submit(lane, 8, Deadline::at(0))
                        .unwrap_err()
                        .is_timeout()
                );
            }
            assert!(workers[0].run_one() && workers[1].run_one());
            pool.try_submit(0, 8, Deadline::at(0)).unwrap();
            while workers[1].run_one() {}
            assert!(pool.lane_report(0).expired > 0 && pool.take_overrun().is_some());
            assert!(pool.take_wait_ns_max(0) > 0 && pool.running(0).is_none());
            black_box(pool.waited_ns(0).count());
        }
    });
    drop(workers);
}

#[test]
fn workers_async_submits_wait_wake_and_cancel() {
    let pool = Pool::builder().lane("all", 1).workers(1);
    let (pool, workers) = pool
        .build_manual(|_: u64, _: &mut Task<'_, u64>| {})
        .unwrap();
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for n in 0..100 {
            let submitted = pool.submit_async(0, n, Deadline::NEVER).now_or_never();
            assert_eq!(submitted, Some(Ok(())));
            let mut waits = pin!(pool.submit_async(0, n, Deadline::NEVER));
            assert!(waits.as_mut().poll(&mut cx).is_pending());
            let mut cancelled = pin!(pool.submit_async(0, n, Deadline::NEVER));
            assert!(cancelled.as_mut().poll(&mut cx).is_pending());
            assert_eq!(cancelled.as_mut().cancel(), Some(n));
            assert!(workers[0].run_one());
            assert!(waits.as_mut().poll(&mut cx).is_ready());
            assert!(workers[0].run_one());
        }
        pool.close();
        let refused = pool.submit_async(0, 7, Deadline::NEVER).now_or_never();
        assert!(refused.unwrap().is_err());
    });
    drop(workers);
}

/// What a worker's own thread has allocated from its first job to its last, sleeps between them.
#[test]
fn workers_on_their_threads() {
    let allocated = Arc::new(AtomicU64::new(u64::MAX));
    let note = {
        let allocated = allocated.clone();
        move |_: u64, _: &mut Task<'_, u64>| {
            let now = thread_allocs().allocs;
            allocated.fetch_min(now, Ordering::Relaxed);
            assert_eq!(allocated.load(Ordering::Relaxed), now);
        }
    };
    let pool = Pool::builder().lane("all", 4).workers(1);
    let pool = pool.build(note).unwrap();
    assert_no_alloc(|| {
        for job in 0..1_000 {
            pool.submit(0, job, Deadline::NEVER).unwrap();
        }
    });
    assert!(pool.drain(Duration::MAX).is_clean());
    assert_eq!(pool.lane_report(0).panicked, 0);
}

#[test]
fn workers_closures_and_budgets() {
    let pool = Pool::builder().lane("all", 4).workers(1);
    let (pool, workers) = pool
        .build_manual(|job: Inline<32>, _: &mut Task<'_, Inline<32>>| job.call())
        .unwrap();
    let mut budget = TaskBudget::new(64, Duration::from_secs(1));
    assert_no_alloc(|| {
        for n in 0..100_u64 {
            let job = Inline::try_new(move || _ = black_box(n)).unwrap();
            pool.try_submit(0, job, Deadline::NEVER).unwrap();
            assert!(workers[0].run_one());
            black_box(budget.should_yield());
        }
        budget.restart();
        drop(Inline::<8>::new(|| {}));
    });
    drop(workers);
}
