//! Submits, refusals included, and budgets.

use std::future::Future;
use std::pin::pin;
use std::task::Context;
use std::time::Duration;

use futures_util::task::noop_waker;
use shorttail::time::Deadline;
use shorttail::workers::{Pool, Task, TaskBudget};

use crate::realtime::nonblocking;

#[test]
fn submits() {
    let pool = Pool::builder().lane("hot", 4).lane("cold", 1);
    let (pool, workers) = pool
        .workers(1)
        .build_manual(|_: u64, _: &mut Task<'_, u64>| {})
        .unwrap();
    for _ in 0..4 {
        nonblocking(|| {
            assert!(pool.try_submit(0, 1, Deadline::NEVER).is_ok());
            assert!(pool.try_submit(1, 1, Deadline::at(0)).is_ok());
            assert!(pool.try_submit(1, 1, Deadline::NEVER).is_err());
            assert!(!pool.is_closed());
        });
        while workers[0].run_one() {}
    }
    pool.close();
    nonblocking(|| assert!(pool.try_submit(0, 1, Deadline::NEVER).is_err()));
    drop(workers);
}

/// A job's own submits, and what runs it.
#[test]
fn jobs() {
    let pool = Pool::builder().lane("all", 1).workers(1);
    let (pool, workers) = pool
        .build_manual(|left: u64, task: &mut Task<'_, u64>| {
            if left > 0 {
                task.try_submit(0, left - 1, Deadline::NEVER).unwrap();
                let again = task.try_submit(0, left - 1, Deadline::NEVER);
                assert!(again.unwrap_err().is_full());
            }
        })
        .unwrap();
    nonblocking(|| {
        pool.try_submit(0, 100, Deadline::NEVER).unwrap();
        assert!((0..=100).all(|_| workers[0].run_one()) && !workers[0].run_one());
    });
}

/// What finds room, or the pool closed. One that waits comes into a line, which its worker leads.
#[test]
fn async_submits() {
    let pool = Pool::builder().lane("all", 1).workers(1);
    let (pool, workers) = pool
        .build_manual(|_: u64, _: &mut Task<'_, u64>| {})
        .unwrap();
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    for close in [false, true] {
        nonblocking(|| {
            let mut submit = pin!(pool.submit_async(0, 1, Deadline::NEVER));
            assert!(submit.as_mut().poll(&mut cx).is_ready());
        });
        assert_eq!(workers[0].run_one(), !close);
        pool.close();
    }
    drop(workers);
}

#[test]
fn budgets() {
    let mut budget = TaskBudget::new(100, Duration::MAX);
    nonblocking(|| assert_eq!((1..).find(|_| budget.should_yield()), Some(100)));
}
