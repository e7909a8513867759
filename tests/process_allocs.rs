//! The whole process's counts are exact. A binary of its own with one test, so that nobody else
//! allocates meanwhile.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

use shorttail::measure::{AllocGuard, count_allocs, process_allocs};

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

/// Threads that the guard gives a shard each.
const SHARDS: usize = 512;
const THREADS: usize = 4;
const BOXES: u64 = 1_000_000;

fn allocate(times: u64) {
    let (counts, ()) = count_allocs(|| {
        (0..times).for_each(|_| drop(black_box(Box::new([0_u8; 32]))));
    });
    assert_eq!((counts.allocs, counts.frees), (times, times));
}

/// Four threads with shards of their own and four that came too late for one allocate at the same
/// time: no count is lost. The late ones are the 512th after the early ones.
#[test]
fn a_shard_has_one_owner() {
    let (early, all) = (Barrier::new(THREADS + 1), Barrier::new(2 * THREADS));
    let before = process_allocs();
    let (starting, ()) = count_allocs(|| {
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    allocate(1);
                    early.wait();
                    all.wait();
                    allocate(BOXES);
                });
            }
            early.wait();
            for _ in THREADS..SHARDS {
                scope.spawn(|| allocate(1)).join().unwrap();
            }
            for _ in 0..THREADS {
                scope.spawn(|| {
                    all.wait();
                    allocate(BOXES);
                });
            }
        });
    });
    let seen = (process_allocs() - before).allocs - starting.allocs;
    let boxes = 2 * THREADS as u64 * BOXES + SHARDS as u64;
    // A thread may allocate while it starts and ends.
    let slack = 4 * (SHARDS + 2 * THREADS) as u64;
    assert!(
        (boxes..boxes + slack).contains(&seen),
        "{boxes} boxes, {seen} counted"
    );
}
