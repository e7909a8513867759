//! Which job is next.

use std::cell::RefCell;

use shorttail::channel::TrySendError;
use shorttail::time::Deadline;
use shorttail::workers::{Pool, PoolBuilder, Task};

const HOT: usize = 0;
const COLD: usize = 1;

fn two_lanes() -> PoolBuilder {
    Pool::builder().lane("hot", 64).lane("cold", 64).workers(1)
}

/// The lanes of the first `takes` jobs that one worker takes while `HOT` is kept full and `COLD`
/// has jobs.
fn turns(pool: PoolBuilder, takes: usize) -> Vec<usize> {
    let lanes = RefCell::new(Vec::new());
    let note = |(): (), task: &mut Task<'_, ()>| lanes.borrow_mut().push(task.lane());
    let (pool, workers) = pool.build_manual(note).unwrap();
    for _ in 0..takes {
        for lane in [HOT, COLD] {
            while pool.try_submit(lane, (), Deadline::NEVER).is_ok() {}
        }
        assert!(workers[0].run_one());
    }
    drop(workers);
    drop(pool);
    lanes.into_inner()
}

#[test]
fn the_low_lane_gets_its_share_under_a_saturated_high_lane() {
    for aging in [2, 3, 8] {
        let lanes = turns(two_lanes().aging(aging), 10 * aging as usize);
        for k in lanes.chunks(aging as usize) {
            let low = k.iter().filter(|lane| **lane == COLD).count();
            assert_eq!(low, 1, "each {aging}-th is the low lane's: {lanes:?}");
        }
    }
}

#[test]
fn the_low_lane_of_a_strict_pool_starves() {
    assert_eq!(turns(two_lanes().strict(), 100), [HOT; 100]);
}

#[test]
fn jobs_of_a_lane_come_in_their_order() {
    let seen = RefCell::new(Vec::new());
    let note = |job: u32, _: &mut Task<'_, u32>| seen.borrow_mut().push(job);
    let (pool, workers) = two_lanes().build_manual(note).unwrap();
    for job in 0..10 {
        pool.try_submit(COLD, job, Deadline::NEVER).unwrap();
    }
    while workers[0].run_one() {}
    assert_eq!(*seen.borrow(), (0..10).collect::<Vec<_>>());
    drop(workers);
    drop(pool);
}

#[test]
fn a_full_lane_refuses_its_own_jobs_alone_and_hands_them_back() {
    let nothing = |_: String, _: &mut Task<'_, String>| {};
    let lanes = Pool::builder().lane("hot", 1).lane("cold", 1);
    let (pool, _workers) = lanes.build_manual(nothing).unwrap();
    pool.try_submit(COLD, "first".into(), Deadline::NEVER)
        .unwrap();
    let refused = pool.try_submit(COLD, "second".into(), Deadline::NEVER);
    assert_eq!(refused, Err(TrySendError::Full("second".into())));
    let late = pool.submit(COLD, "third".into(), Deadline::at(0));
    assert_eq!(late.unwrap_err().into_inner(), "third");
    pool.try_submit(HOT, "other".into(), Deadline::NEVER)
        .unwrap();
    assert_eq!(
        [HOT, COLD].map(|lane| pool.lane_report(lane).queued),
        [1, 1]
    );
    assert_eq!([HOT, COLD].map(|lane| pool.capacity(lane)), [1, 1]);
    drop(pool.stop(std::time::Duration::ZERO));
}

#[test]
#[should_panic(expected = "lane 2 of 2")]
fn a_lane_that_is_not_there_is_a_mistake_of_the_caller() {
    let (pool, _workers) = two_lanes()
        .build_manual(|(): (), _: &mut Task<'_, ()>| {})
        .unwrap();
    let _ = pool.try_submit(2, (), Deadline::NEVER);
}
