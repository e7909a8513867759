//! What a task may do at a stretch.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use shorttail::time::{Deadline, MockClock};
use shorttail::workers::{Pool, Task, TaskBudget};

const SOME: Duration = Duration::from_nanos(100);

/// Operations until it says so, of which each takes so long.
fn operations<C: shorttail::time::Clock>(
    budget: &mut TaskBudget<C>,
    clock: &MockClock,
    each_ns: u64,
) -> usize {
    let each = Duration::from_nanos(each_ns);
    (1..100_000)
        .find(|_| {
            clock.advance(each);
            budget.should_yield()
        })
        .unwrap()
}

#[test]
fn a_budget_of_operations_or_time_whichever_ends_first() {
    let clock = MockClock::new();
    let mut budget = TaskBudget::with_clock(1_000, SOME, &clock);
    assert_eq!(operations(&mut budget, &clock, 0), 1_000);
    assert!(budget.should_yield(), "until it begins anew");
    budget.restart();
    // A hundred nanoseconds are over at the next look at the clock.
    assert_eq!(operations(&mut budget, &clock, 1), 128);
    budget.restart();
    assert_eq!(operations(&mut budget, &clock, 100), 32);
}

#[test]
fn no_bound_is_none() {
    let clock = MockClock::new();
    let mut budget = TaskBudget::with_clock(u32::MAX, Duration::MAX, &clock);
    clock.advance(Duration::from_nanos(u64::MAX));
    assert!((0..100_000).all(|_| !budget.should_yield()));
}

#[test]
fn a_pools_jobs_have_its_budget() {
    let clock = MockClock::new();
    let work = |_: u8, task: &mut Task<'_, u8, &MockClock>| {
        let count = (1..100_000).find(|_| task.should_yield());
        assert_eq!(count, Some(7));
    };
    let pool = Pool::builder().lane("all", 2).task_ops(7).workers(1);
    let (pool, workers) = pool.clock(&clock).build_manual(work).unwrap();
    for job in 0..2 {
        pool.try_submit(0, job, Deadline::NEVER).unwrap();
    }
    while workers[0].run_one() {}
    let report = pool.lane_report(0);
    assert_eq!((report.done, report.panicked), (2, 0));
    drop(workers);
}

#[test]
fn what_is_left_of_a_job_goes_behind_the_others() {
    let order = std::cell::RefCell::new(Vec::new());
    let work = |(job, left): (char, u32), task: &mut Task<'_, (char, u32)>| {
        order.borrow_mut().push(job);
        if left > 0 {
            task.try_submit(task.lane(), (job, left - 1), task.deadline())
                .unwrap();
        }
    };
    let pool = Pool::builder().lane("all", 4).workers(1);
    let (pool, workers) = pool.build_manual(work).unwrap();
    for job in ['a', 'b'] {
        pool.try_submit(0, (job, 2), Deadline::NEVER).unwrap();
    }
    while workers[0].run_one() {}
    assert_eq!(*order.borrow(), ['a', 'b', 'a', 'b', 'a', 'b']);
    drop(workers);
    drop(pool);
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_checkpoint_lets_others_run_once() {
    let clock = MockClock::new();
    let mut budget = TaskBudget::with_clock(2, SOME, &clock);
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    let mut cx = Context::from_waker(&waker);
    for _ in 0..3 {
        assert!(pin!(budget.checkpoint_async()).poll(&mut cx).is_ready());
        let before = wakes.0.load(Ordering::Relaxed);
        let mut second = pin!(budget.checkpoint_async());
        assert_eq!(second.as_mut().poll(&mut cx), Poll::Pending);
        assert_eq!(wakes.0.load(Ordering::Relaxed), before + 1);
        assert_eq!(second.poll(&mut cx), Poll::Ready(()), "and begins anew");
    }
}
