//! Everything goes at once, again and again, while inserts go on: the bound holds, no insert stalls
//! or is refused, and the living outlast the dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Cache, Inserted, Lookup};
use shorttail::time::MockClock;

use crate::choices::Choices;

const CAPACITY: usize = 1_000;

#[test]
fn a_storm_of_invalidations_stalls_no_insert_and_the_bound_holds() {
    let cache: Cache<u64, u64> = Cache::builder(CAPACITY).build().unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // At least one storm, however the threads are scheduled.
            loop {
                cache.invalidate_all();
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                thread::yield_now();
            }
        });
        let write = |seed: u64| {
            let cache = &cache;
            move || {
                let mut choices = Choices::new(seed);
                for _ in 0..30_000 {
                    let key = choices.next(3 * CAPACITY as u64);
                    cache.insert(key, !key).unwrap();
                    assert!(cache.len() <= CAPACITY);
                    let other = choices.next(3 * CAPACITY as u64);
                    if let Lookup::Fresh(found) = cache.get(&other) {
                        assert_eq!(found, !other);
                    }
                }
            }
        };
        let writers: Vec<_> = (1..=2).map(|seed| scope.spawn(write(seed))).collect();
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
    });
    let stats = cache.stats();
    assert_eq!((stats.refused, stats.bucket_evicted), (0, 0));
    assert!(stats.visits_max <= 16);
    let left = stats.evicted + stats.invalidated;
    assert_eq!(
        stats.inserted - left,
        cache.len() as u64,
        "none is lost or counted twice"
    );
    fills(&cache, 1_000_000);
}

/// After whatever was before, a cache takes as many new entries as it has room for, and keeps them.
fn fills(cache: &Cache<u64, u64>, first: u64) {
    cache.invalidate_all();
    let keys = first..first + CAPACITY as u64;
    for key in keys.clone() {
        cache.insert(key, !key).unwrap();
    }
    assert!(
        keys.clone()
            .all(|key| cache.get(&key) == Lookup::Fresh(!key))
    );
    assert_eq!(cache.len(), CAPACITY);
}

#[test]
fn after_each_invalidation_the_dead_go_before_the_living() {
    let cache: Cache<u64, u64> = Cache::builder(CAPACITY).build().unwrap();
    for round in 0..20 {
        fills(&cache, round * CAPACITY as u64);
    }
    let stats = cache.stats();
    assert_eq!(stats.refused, 0);
    assert!(stats.visits_max <= 16);
    // The oldest of the dead is taken first, and the rest as the hand comes to them.
    assert_eq!(
        (stats.invalidated, stats.evicted),
        (20 * CAPACITY as u64 - CAPACITY as u64, 0)
    );
}

#[test]
fn entries_that_expire_all_at_once_make_room_for_as_many() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(CAPACITY).ttl(Duration::from_secs(1));
    let cache = builder
        .jitter(0.0)
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
    for storm in 0..20_u64 {
        let first = storm * CAPACITY as u64;
        let keys = first..first + CAPACITY as u64;
        for key in keys.clone() {
            assert_eq!(cache.insert(key, key), Ok(Inserted::Stored));
            assert!(cache.len() <= CAPACITY);
        }
        for key in keys.clone() {
            assert_eq!(cache.get(&key), Lookup::Fresh(key), "storm {storm}");
        }
        clock.advance(Duration::from_secs(1));
        assert!(keys.clone().all(|key| cache.get(&key) == Lookup::Miss));
    }
    let stats = cache.stats();
    assert_eq!(stats.refused, 0);
    assert!(stats.visits_max <= 16);
}
