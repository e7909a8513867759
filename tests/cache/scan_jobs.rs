//! Removal of what matches: all that was there, a bounded step at a time, beside live traffic.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;
use shorttail::cache::{Cache, Lookup, RefusedWhy};

use crate::choices::Choices;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Nobody writes meanwhile: what matches goes, the rest stays, each entry is asked for once.
    #[test]
    fn what_matches_goes_and_the_rest_stays(
        keys in prop::collection::vec(any::<u8>(), 0..200),
        divisor in 1_u8..5,
        budget in 1_usize..70,
    ) {
        let cache = Cache::builder(256).build().unwrap();
        let mut model = BTreeMap::new();
        for (value, key) in keys.into_iter().enumerate() {
            cache.insert(key, value).unwrap();
            model.insert(key, value);
        }
        let mut asked = BTreeMap::new();
        let mut job = cache.remove_where(|key, value| {
            assert!(asked.insert(*key, *value).is_none(), "asked twice");
            key % divisor == 0
        });
        let mut removed = 0;
        loop {
            let progress = job.step(budget);
            assert!(progress.lanes <= budget && progress.removed <= progress.lanes);
            removed += progress.removed;
            if progress.is_over {
                break;
            }
            assert_eq!(progress.lanes, budget, "a step that is not the last does its part");
        }
        assert_eq!(job.step(budget).lanes, 0, "over");
        prop_assert_eq!(&asked, &model);
        let before = model.len();
        model.retain(|key, _| key % divisor != 0);
        prop_assert_eq!(removed, before - model.len());
        prop_assert_eq!(cache.iter().collect::<BTreeMap<_, _>>(), model);
    }
}

#[test]
fn what_is_stored_after_its_begin_is_not_looked_at() {
    let cache = Cache::builder(100).build().unwrap();
    for key in 0..50 {
        cache.insert(key, "old").unwrap();
    }
    let mut job = cache.remove_where(|_, value| {
        assert_eq!(*value, "old");
        true
    });
    for key in 25..75 {
        cache.insert(key, "new").unwrap();
    }
    assert_eq!(job.step(usize::MAX).removed, 25);
    assert!((25..75).all(|key| cache.get(&key) == Lookup::Fresh("new")));
    assert_eq!(cache.len(), 50);
}

#[test]
fn what_was_invalidated_is_not_shown() {
    let cache = Cache::builder(10).build().unwrap();
    cache.insert(1, 1).unwrap();
    cache.invalidate_all();
    cache.insert_negative(2).unwrap();
    let mut job = cache.remove_where(|_, _| panic!("nothing to ask about"));
    assert_eq!(job.step(usize::MAX).removed, 0);
}

#[test]
fn what_asks_may_call_the_cache_and_panic() {
    let cache = Cache::builder(50).reserve(2).build().unwrap();
    for key in 0..50_u32 {
        cache.insert(key, key).unwrap();
    }
    let mut job = cache.remove_where(|key, value| {
        assert_eq!(cache.get(key), Lookup::Fresh(*value));
        // No lock is held. What is replaced meanwhile is not the entry that was asked about.
        if key % 2 == 0 {
            cache.try_insert(*key, 100).unwrap();
        }
        assert!(key % 5 != 0, "a panic");
        true
    });
    let (mut panics, mut removed) = (0, 0);
    loop {
        match catch_unwind(AssertUnwindSafe(|| job.step(usize::MAX))) {
            Ok(progress) => {
                removed += progress.removed;
                break;
            }
            Err(_) => panics += 1,
        }
    }
    drop(job);
    assert_eq!(panics, 10);
    let left: BTreeMap<u32, u32> = cache.iter().collect();
    let stays = |key: &u32| key % 2 == 0 || key % 5 == 0;
    assert!((0..50).all(|key| left.contains_key(&key) == stays(&key)));
    assert!(
        left.iter()
            .all(|(key, value)| (*value == 100) == (key % 2 == 0))
    );
    assert!(removed <= 20, "those before a panic are told by no step");
    for value in 0..10 {
        cache.insert(1, value).unwrap(); // no slot stayed held
    }
}

#[test]
fn a_forgotten_job_holds_nothing() {
    let cache = Cache::builder(4).reserve(1).build().unwrap();
    cache.insert(1, 0).unwrap();
    let seen = std::cell::Cell::new(false);
    let mut job = cache.remove_where(|_, _| {
        seen.set(true);
        false
    });
    while !seen.get() {
        job.step(1);
    }
    std::mem::forget(Box::new(job));
    for value in 0..10 {
        cache.insert(1, value).unwrap();
    }
}

/// Jobs and invalidations one after the other beside writers: no insert stalls or is refused but
/// for a reader's slot, every step keeps to its budget, and what was not to go is not gone.
#[test]
fn storms_of_jobs_beside_live_traffic_keep_their_bounds() {
    const STAY: u64 = 200;
    let cache: Cache<u64, u64> = Cache::builder(4_000).shards(2).build().unwrap();
    let is_over = AtomicBool::new(false);
    for key in 0..STAY {
        cache.insert(key, key).unwrap();
    }
    thread::scope(|scope| {
        let writers: Vec<_> = (1..=2)
            .map(|seed| {
                let cache = &cache;
                scope.spawn(move || {
                    let mut choices = Choices::new(seed);
                    for _ in 0..30_000 {
                        let key = STAY + choices.next(1_500);
                        cache.insert(key, key).unwrap();
                        let stays = choices.next(STAY);
                        assert_eq!(cache.get(&stays), Lookup::Fresh(stays));
                        match cache.try_insert(stays, stays) {
                            Ok(_) => {}
                            Err(refused) => assert_eq!(refused.why, RefusedWhy::Contended),
                        }
                    }
                })
            })
            .collect();
        let storm = scope.spawn(|| {
            let mut jobs = 0;
            while !is_over.load(Ordering::Relaxed) || jobs == 0 {
                let mut asked = 0;
                let mut job = cache.remove_where(|key, value| {
                    asked += 1;
                    assert_eq!(key, value, "another key's value");
                    *key >= STAY
                });
                let mut steps = 0;
                loop {
                    let progress = job.step(64);
                    assert!(progress.lanes <= 64);
                    steps += 1;
                    assert!(steps < 1_000, "a bounded number of steps");
                    if progress.is_over {
                        break;
                    }
                }
                drop(job);
                assert!(asked <= steps * 64, "a lane's entry once at most");
                jobs += 1;
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        storm.join().unwrap();
    });
    let stats = cache.stats();
    assert!(stats.visits_max <= 16 && stats.evicted == 0);
    assert!(stats.removed > 0);
    assert_eq!(stats.inserted - stats.removed, cache.len() as u64);
    cache.remove_where(|key, _| *key >= STAY).step(usize::MAX);
    assert_eq!(cache.len(), STAY as usize);
}

#[test]
fn a_job_leaves_no_trace_in_what_evictions_look_at() {
    let victim = |runs_a_job: bool| {
        let cache = Cache::builder(100).build().unwrap();
        for key in 0..100 {
            cache.insert(key, key).unwrap();
        }
        for _ in 0..3 {
            (0..100).for_each(|key| assert_eq!(cache.get(&key), Lookup::Fresh(key)));
        }
        if runs_a_job {
            assert_eq!(cache.remove_where(|_, _| false).step(usize::MAX).removed, 0);
        }
        cache.insert(100, 100).unwrap();
        (0..100).find(|key| !cache.contains(key))
    };
    // All are in use: the sixteenth that is looked at goes, and none of the looks is for the dead.
    assert_eq!(victim(true), victim(false));
    assert_eq!(victim(true), Some(14));
}
