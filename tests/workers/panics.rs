//! A panic ends the job it is in, is counted, and nothing else.

use std::panic::panic_any;
use std::time::Duration;

use shorttail::time::{Deadline, MockClock};
use shorttail::workers::{Pool, PoolBuilder, Task, Work};

fn one_lane() -> PoolBuilder {
    Pool::builder().lane("all", 8).workers(1)
}

#[test]
fn a_panic_in_a_job_ends_the_job_alone() {
    let work = |job: u32, _: &mut Task<'_, u32>| assert!(job != 1, "job 1 panics");
    let pool = one_lane().build(work).unwrap();
    for job in 0..4 {
        pool.try_submit(0, job, Deadline::NEVER).unwrap();
    }
    assert!(pool.drain(Duration::MAX).is_clean());
    let report = pool.lane_report(0);
    assert_eq!((report.done, report.panicked), (4, 1));
}

/// What is thrown panics again when it is dropped.
struct Again;

impl Drop for Again {
    fn drop(&mut self) {
        panic!("and again");
    }
}

#[test]
fn what_was_thrown_may_panic_too() {
    let (pool, workers) = one_lane()
        .build_manual(|(): (), _: &mut Task<'_, ()>| panic_any(Again))
        .unwrap();
    pool.try_submit(0, (), Deadline::NEVER).unwrap();
    assert!(workers[0].run_one());
    assert_eq!(pool.lane_report(0).panicked, 1);
    drop(workers);
}

struct Bad;

impl Work<u8, &MockClock> for Bad {
    fn run(&self, _: u8, _: &mut Task<'_, u8, &MockClock>) {}

    fn expired(&self, _: u8, _: &Task<'_, u8, &MockClock>) {
        panic!("at an expired job");
    }

    fn name(&self, _: &u8) -> &'static str {
        panic!("at its name");
    }
}

#[test]
fn a_panic_beside_a_job_is_counted_too() {
    let clock = MockClock::new();
    let (pool, workers) = one_lane().clock(&clock).build_manual(Bad).unwrap();
    clock.advance(Duration::from_nanos(5));
    pool.try_submit(0, 1, Deadline::at(5)).unwrap();
    pool.try_submit(0, 2, Deadline::NEVER).unwrap();
    while workers[0].run_one() {}
    let report = pool.lane_report(0);
    assert_eq!((report.panicked, report.expired, report.done), (2, 1, 1));
    drop(workers);
}

#[test]
fn a_panic_of_the_start_hook_is_an_error() {
    let pool = one_lane()
        .workers(2)
        .on_start(|worker| assert!(worker != 1));
    let refused = pool.build(|(): (), _| {}).unwrap_err();
    assert_eq!(refused.to_string(), "worker 1: the start hook panicked");
}
