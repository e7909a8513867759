//! A panic ends the job it is in, is counted, and nothing else.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use shorttail::time::{Clock, Deadline, MockClock};
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

/// Panics at one of its readings.
struct Faulty {
    readings: AtomicU32,
    bad: u32,
}

impl Clock for Faulty {
    fn now_ns(&self) -> u64 {
        let reading = self.readings.fetch_add(1, Ordering::Relaxed);
        assert!(reading != self.bad, "the clock is broken");
        u64::from(reading)
    }
}

/// Two jobs are handed in by a reading each; a worker makes one before a job, and one behind it.
#[test]
fn a_panic_of_the_clock_ends_the_turn_of_one_job_and_is_counted() {
    for (bad, done, ran) in [(2, 1, 1), (3, 2, 2), (4, 1, 1), (5, 2, 2)] {
        let (readings, runs) = (AtomicU32::new(0), AtomicU32::new(0));
        let (pool, workers) = one_lane()
            .clock(Faulty { readings, bad })
            .build_manual(|(): (), _: &mut Task<'_, (), Faulty>| {
                runs.fetch_add(1, Ordering::Relaxed);
            })
            .unwrap();
        for _ in 0..2 {
            pool.try_submit(0, (), Deadline::NEVER).unwrap();
        }
        assert!(workers[0].run_one() && workers[0].run_one(), "{bad}");
        let report = pool.lane_report(0);
        assert_eq!((report.panicked, report.done), (1, done), "{bad}");
        assert_eq!(runs.load(Ordering::Relaxed), ran, "{bad}");
        assert_eq!(pool.running(0), None, "{bad}");
        drop(workers);
        assert!(pool.drain(Duration::MAX).is_clean());
    }
}
