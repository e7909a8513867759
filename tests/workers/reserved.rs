//! Workers that are kept for one lane.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use shorttail::channel::bounded;
use shorttail::time::Deadline;
use shorttail::workers::{ConfigError, Pool, PoolBuilder, Task};

const HOT: usize = 0;
const COLD: usize = 1;

fn two_lanes() -> PoolBuilder {
    Pool::builder().lane("hot", 64).lane("cold", 64)
}

#[test]
fn a_reserved_worker_takes_from_its_lane_alone() {
    let ran = RefCell::new(Vec::new());
    let note =
        |(): (), task: &mut Task<'_, ()>| ran.borrow_mut().push((task.worker(), task.lane()));
    let (pool, workers) = two_lanes()
        .workers(2)
        .reserve(HOT, 1)
        .build_manual(note)
        .unwrap();
    assert_eq!(
        [0, 1].map(|n: usize| workers[n].own_lane()),
        [Some(HOT), None]
    );
    pool.try_submit(COLD, (), Deadline::NEVER).unwrap();
    assert!(!workers[0].run_one());
    pool.try_submit(HOT, (), Deadline::NEVER).unwrap();
    pool.try_submit(HOT, (), Deadline::NEVER).unwrap();
    assert!(workers[0].run_one() && workers[1].run_one());
    assert!(!workers[0].run_one() && workers[1].run_one());
    assert_eq!(*ran.borrow(), [(0, HOT), (1, HOT), (1, COLD)]);
    drop(workers);
    drop(pool);
}

/// Every shared worker is held in a cold job, and more of them wait: hot jobs are run all the same.
#[test]
fn hot_jobs_do_not_stand_behind_cold_ones() {
    let (let_go, held) = bounded::<()>(1);
    let (told, hot) = bounded(1);
    let work = move |job: u32, task: &mut Task<'_, u32>| match task.lane() {
        HOT => told.send(job).unwrap(),
        _ => assert!(held.recv().is_err(), "until it is closed"),
    };
    let pool = two_lanes().workers(3).reserve(HOT, 1).build(work).unwrap();
    for job in 0..64 {
        pool.try_submit(COLD, job, Deadline::NEVER).unwrap();
    }
    for job in 0..1_000 {
        pool.submit(HOT, job, Deadline::NEVER).unwrap();
        assert_eq!(hot.recv(), Ok(job));
    }
    assert_eq!(pool.lane_report(COLD).done, 0);
    drop(let_go);
    assert!(pool.drain(Duration::MAX).is_clean());
    let done = [HOT, COLD].map(|lane| pool.lane_report(lane).done);
    assert_eq!(done, [1_000, 64]);
}

/// Sleepers of both kinds, and jobs by both lanes from two threads: none is left behind.
#[test]
fn no_job_is_left_behind() {
    let work = |_: u32, _: &mut Task<'_, u32>| {};
    let pool = Arc::new(two_lanes().workers(3).reserve(HOT, 1).build(work).unwrap());
    let submits = [HOT, COLD].map(|lane| {
        let pool = pool.clone();
        std::thread::spawn(move || {
            for job in 0..10_000 {
                pool.submit(lane, job, Deadline::NEVER).unwrap();
            }
        })
    });
    for submit in submits {
        submit.join().unwrap();
    }
    assert!(pool.drain(Duration::MAX).is_clean());
    let done = [HOT, COLD].map(|lane| pool.lane_report(lane).done);
    assert_eq!(done, [10_000, 10_000]);
}

#[test]
fn what_cannot_be_reserved_is_refused() {
    let refused = |pool: PoolBuilder| {
        let built = pool.build_manual(|(): (), _: &mut Task<'_, ()>| {});
        built.map(drop).unwrap_err()
    };
    let pool = || two_lanes().workers(2);
    let there_is_none = ConfigError::NoSuchLane { lane: 2, lanes: 2 };
    assert_eq!(refused(pool().reserve(2, 1)), there_is_none);
    let too_many = ConfigError::Reserved {
        reserved: 3,
        workers: 2,
    };
    assert_eq!(refused(pool().reserve(HOT, 1).reserve(HOT, 2)), too_many);
    let nobody = ConfigError::NobodyFor { lane: COLD };
    assert_eq!(refused(pool().reserve(HOT, 2)), nobody);
    let both = pool().reserve(COLD, 1).reserve(HOT, 1);
    let (_pool, workers) = both
        .build_manual(|(): (), _: &mut Task<'_, ()>| {})
        .unwrap();
    let own: Vec<_> = workers.iter().map(|worker| worker.own_lane()).collect();
    assert_eq!(own, [Some(COLD), Some(HOT)]);
}
