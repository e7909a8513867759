//! The threads: their names, their hooks, and their sleep.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use shorttail::channel::bounded;
use shorttail::time::Deadline;
use shorttail::workers::{ConfigError, Pool, Task};

#[test]
fn hooks_run_on_each_workers_thread_before_its_first_job() {
    let started = Arc::new(Mutex::new(Vec::new()));
    let note = {
        let started = started.clone();
        move |worker| {
            let name = std::thread::current().name().map(str::to_owned);
            started.lock().unwrap().push((worker, name.unwrap()));
        }
    };
    let pool = Pool::builder().lane("all", 1).name("images").workers(2);
    let pool = pool.on_start(note).build(|(): (), _| {}).unwrap();
    let mut seen = started.lock().unwrap().clone();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [(0, "images-0".to_owned()), (1, "images-1".to_owned())]
    );
    drop(pool);
}

#[test]
fn all_workers_work_at_once() {
    let (both_tx, both_rx) = bounded(0);
    let work = move |sends: bool, _: &mut Task<'_, bool>| match sends {
        true => both_tx.send(()).unwrap(),
        false => both_rx.recv().unwrap(),
    };
    let pool = Pool::builder().lane("all", 2).workers(2);
    let pool = pool.build(work).unwrap();
    for sends in [true, false] {
        pool.try_submit(0, sends, Deadline::NEVER).unwrap();
    }
    assert!(pool.drain(Duration::MAX).is_clean(), "they meet");
}

#[test]
fn a_pool_has_workers_and_lanes() {
    let pool = |workers: usize, lanes: usize| {
        let names = (0..lanes).fold(Pool::builder(), |pool, _| pool.lane("x", 1));
        names.workers(workers).build(|(): (), _| {}).map(drop)
    };
    assert_eq!(pool(0, 1), Err(ConfigError::Workers { workers: 0 }));
    assert_eq!(pool(257, 1), Err(ConfigError::Workers { workers: 257 }));
    assert!(matches!(pool(1, 0), Err(ConfigError::Lanes(_))));
    assert!(matches!(pool(1, 33), Err(ConfigError::Lanes(_))));
    assert_eq!(pool(2, 32), Ok(()));
}
