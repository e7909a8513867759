//! Every entry, one after the other: each once, whatever goes on beside.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use shorttail::cache::{Cache, Lookup};
use shorttail::time::MockClock;

use crate::choices::Choices;
use crate::meeting::Meeting;

const TTL_NS: u64 = 100;
const WINDOW_NS: u64 = 50;

fn sorted(
    cache: &Cache<
        u8,
        usize,
        shorttail::cache::NoLoad,
        shorttail::cache::KeyedState,
        Arc<MockClock>,
    >,
) -> Vec<(u8, usize)> {
    let mut all: Vec<_> = cache.iter().collect();
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// What comes up is what a get of each key finds a value for: dead, negative and removed
    /// entries do not, stale ones do.
    #[test]
    fn what_comes_up_is_what_gets_find(
        capacity in 1_usize..24,
        steps in prop::collection::vec((0_u8..12, 0_u8..32), 0..300),
    ) {
        let clock = Arc::new(MockClock::new());
        let cache = Cache::builder(capacity)
            .ttl(Duration::from_nanos(TTL_NS))
            .stale_window(Duration::from_nanos(WINDOW_NS))
            .error_window(Duration::from_nanos(WINDOW_NS))
            .negative_ttl(Duration::from_nanos(TTL_NS))
            .clock(Arc::clone(&clock))
            .build()
            .unwrap();
        for (number, (op, key)) in steps.into_iter().enumerate() {
            match op {
                0..6 => drop(cache.insert(key, number).unwrap()),
                6 => drop(cache.insert_negative(key)),
                7 => drop(cache.remove(&key)),
                8 => drop(cache.expire(&key)),
                9 => clock.advance(Duration::from_nanos(u64::from(key) * 8)),
                10 if key == 0 => cache.invalidate_all(),
                10 => drop(cache.maintain(usize::from(key))),
                _ => {
                    let hits = cache.stats().hits;
                    let found = |key: u8| Some((key, cache.get(&key).value()?));
                    let known: Vec<_> = (0..32).filter_map(found).collect();
                    let between = cache.stats().hits;
                    prop_assert!(between >= hits);
                    prop_assert_eq!(sorted(&cache), known);
                    prop_assert_eq!(cache.stats().hits, between, "not counted");
                }
            }
        }
    }
}

#[test]
fn each_entry_of_every_shard_comes_up_once() {
    let cache = Cache::builder(8_000).shards(4).build().unwrap();
    for key in 0..7_000_u64 {
        cache.insert(key, !key).unwrap();
    }
    let mut seen = HashSet::new();
    cache.for_each(|key, value| {
        assert_eq!(*value, !key);
        assert!(seen.insert(*key), "{key} twice");
    });
    assert_eq!(seen.len(), cache.len());
    let copied: HashMap<u64, u64> = (&cache).into_iter().collect();
    assert!(copied.keys().all(|key| seen.contains(key)));
    assert_eq!(copied.len(), seen.len());
}

#[test]
fn nothing_is_held_between_two_entries_nor_after_the_walk() {
    let cache = Cache::builder(4).reserve(1).build().unwrap();
    for key in 0..4 {
        cache.insert(key, Arc::new(key)).unwrap();
    }
    let mut walk = cache.iter();
    let mut came = 0;
    while let Some((key, _)) = walk.next() {
        came += 1;
        for _ in 0..10 {
            cache.insert(key, Arc::new(key)).unwrap(); // its one spare slot is free
        }
        assert!(walk.clone().count() < 4);
    }
    assert_eq!(came, 4);
    cache.insert(0, Arc::new(9)).unwrap();
}

#[test]
fn what_looks_on_may_call_the_cache_and_panic() {
    let cache = Cache::builder(50).reserve(2).build().unwrap();
    for key in 0..50_u32 {
        cache.insert(key, key).unwrap();
    }
    let mut came = 0;
    cache.for_each(|key, value| {
        assert_eq!(cache.get(key), Lookup::Fresh(*value), "not removed yet");
        assert!(cache.remove(key), "no lock is held");
        cache.insert(key + 50, 7).unwrap();
        cache.remove(&(key + 50));
        assert_eq!(key, value, "still lent");
        came += 1;
    });
    assert_eq!((came, cache.len()), (50, 0));
    cache.insert(1, 1).unwrap();
    for _ in 0..200 {
        let walk = || cache.for_each(|_, _| panic!("no more"));
        catch_unwind(AssertUnwindSafe(walk)).unwrap_err();
    }
    for value in 0..10 {
        cache.insert(1, value).unwrap(); // no slot stayed held
    }
}

/// Half of the keys stay, some of them replaced all the time; the other half comes and goes.
#[test]
fn under_churn_what_stays_comes_up_once_in_every_walk() {
    const STAY: u64 = 500;
    let cache = Cache::builder(4_000).shards(2).build().unwrap();
    for key in 0..STAY {
        cache.insert(key, key).unwrap();
    }
    let is_over = AtomicBool::new(false);
    let meeting = Meeting::default();
    thread::scope(|scope| {
        for seed in 1..=2 {
            let (cache, is_over, meeting) = (&cache, &is_over, &meeting);
            scope.spawn(move || {
                let mut choices = Choices::new(seed);
                meeting.meet(3);
                while !is_over.load(Ordering::Relaxed) {
                    let stays = choices.next(STAY / 2);
                    cache.insert(stays, stays).unwrap();
                    // Fewer than the room that is left: nothing is evicted.
                    let other = STAY + choices.next(1_000);
                    cache.insert(other, other).unwrap();
                    cache.remove(&(STAY + choices.next(1_000)));
                }
            });
        }
        meeting.meet(3);
        for _ in 0..200 {
            let mut seen = vec![0; STAY as usize];
            cache.for_each(|key, value| {
                assert_eq!(key, value, "another key's value");
                if let Some(count) = seen.get_mut(*key as usize) {
                    *count += 1;
                }
            });
            let once = seen.iter().all(|count| *count == 1);
            if !once {
                is_over.store(true, Ordering::Relaxed);
            }
            assert!(once, "{seen:?}");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(cache.stats().evicted, 0);
}

#[test]
fn entries_are_collected_and_added() {
    let cache: Cache<u64, u64> = (0..100_000).map(|key| (key, key)).collect();
    assert_eq!(cache.len(), 100_000, "nothing had to leave");
    (&cache).extend([(1, 7), (200_000, 8)]);
    assert_eq!(cache.get(&1), Lookup::Fresh(7));
    assert_eq!(cache.get(&200_000), Lookup::Fresh(8));
    // About a thousand keys to each of sixteen shards, hashed anew each time.
    for _ in 0..200 {
        let cache: Cache<u64, u64> = (0..14_564).map(|key| (key, key)).collect();
        assert_eq!(cache.len(), 14_564);
    }
    let mut none: Cache<u64, u64> = Cache::from_iter([]);
    assert_eq!(none.capacity(), 1);
    none.extend([(1, 1), (2, 2)]);
    assert_eq!(none.get(&2), Lookup::Fresh(2));
    assert_eq!(none.iter().count(), 1);
}
