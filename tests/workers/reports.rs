//! What a pool tells of itself.

use std::time::Duration;

use shorttail::time::{Deadline, MockClock};
use shorttail::workers::{Pool, Running, Task, Work};

/// A job takes its nanoseconds.
struct Takes<'a>(&'a MockClock);

impl<'a> Work<u64, &'a MockClock> for Takes<'a> {
    fn run(&self, ns: u64, task: &mut Task<'_, u64, &'a MockClock>) {
        assert_eq!(task.started_ns(), shorttail::time::Clock::now_ns(self.0));
        self.0.advance(Duration::from_nanos(ns));
    }

    fn name(&self, ns: &u64) -> &'static str {
        if *ns > 100 { "long" } else { "short" }
    }
}

#[test]
fn waits_runs_and_overruns_are_told() {
    let clock = MockClock::new();
    let lanes = Pool::builder().lane("hot", 8).lane("cold", 8).workers(1);
    let pool = lanes
        .strict()
        .task_time(Duration::from_nanos(50))
        .clock(&clock);
    let (pool, workers) = pool.build_manual(Takes(&clock)).unwrap();
    for (lane, ns) in [(0, 50), (0, 51), (1, 101), (1, 60), (0, 5)] {
        pool.try_submit(lane, ns, Deadline::NEVER).unwrap();
    }
    while workers[0].run_one() {}
    // In this order: 50, 51, 5, 101, 60.
    let hot = pool.waited_ns(0);
    assert_eq!((hot.count(), hot.sum(), hot.max()), (3, 50 + 101, 101));
    let cold = pool.waited_ns(1);
    assert_eq!((cold.count(), cold.sum()), (2, 106 + 207));
    assert_eq!((pool.ran_ns(0).sum(), pool.ran_ns(1).sum()), (106, 161));
    assert_eq!([0, 1].map(|lane| pool.lane_report(lane).overran), [1, 2]);
    let longest = pool.take_overrun().unwrap();
    assert_eq!((longest.name, longest.lane, longest.worker), ("long", 1, 0));
    assert_eq!(longest.ran_ns, 101);
    assert_eq!(pool.take_overrun(), None, "it was taken");
    assert_eq!([(); 2].map(|()| pool.take_wait_ns_max(1)), [207, 0]);
    assert_eq!(pool.take_wait_ns_max(0), 101);
    drop(workers);
}

#[test]
fn a_pool_says_what_runs() {
    let clock = MockClock::new();
    clock.advance(Duration::from_nanos(9));
    let lanes = Pool::builder().lane("hot", 8).lane("cold", 8).workers(1);
    let slot = std::cell::RefCell::new(None::<std::rc::Rc<Pool<(), &MockClock>>>);
    let seen = std::cell::Cell::new(None::<Running>);
    let look = |(): (), _: &mut Task<'_, (), &MockClock>| {
        seen.set(slot.borrow().as_ref().unwrap().running(0));
    };
    let (pool, workers) = lanes.clock(&clock).build_manual(look).unwrap();
    let pool = std::rc::Rc::new(pool);
    slot.replace(Some(pool.clone()));
    pool.try_submit(1, (), Deadline::NEVER).unwrap();
    assert_eq!(pool.running(0), None);
    assert!(workers[0].run_one());
    let running = seen.get().unwrap();
    assert_eq!((running.lane, running.since_ns), (1, 9));
    assert_eq!(pool.running(0), None);
    slot.replace(None);
    drop(workers);
}

#[test]
fn aged_turns_are_told() {
    let lanes = Pool::builder().lane("hot", 8).lane("cold", 8).workers(1);
    let (pool, workers) = lanes
        .aging(2)
        .build_manual(|(): (), _: &mut Task<'_, ()>| {})
        .unwrap();
    for lane in [0, 0, 0, 0, 1, 1] {
        pool.try_submit(lane, (), Deadline::NEVER).unwrap();
    }
    while workers[0].run_one() {}
    assert_eq!([0, 1].map(|lane| pool.lane_report(lane).aged), [0, 2]);
    assert_eq!(pool.wakes(), 0);
    drop(workers);
}
