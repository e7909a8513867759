//! Insert, get, remove, refuse; and who drops what, when.

use std::sync::Arc;
use std::thread;

use shorttail::cache::{Cache, ConfigError, Inserted, Lookup, RefusedWhy};

#[test]
fn what_was_stored_is_found_until_removed() {
    let cache = Cache::builder(100).build().unwrap();
    assert_eq!(cache.insert("a".to_string(), 1), Ok(Inserted::Stored));
    assert_eq!(cache.get("a"), Lookup::Fresh(1));
    assert_eq!(cache.insert("a".to_string(), 2), Ok(Inserted::Replaced));
    assert_eq!(cache.get("a"), Lookup::Fresh(2));
    assert_eq!(cache.len(), 1);
    assert!(cache.remove("a"));
    assert!(!cache.remove("a"));
    assert_eq!(cache.get("a"), Lookup::Miss);
    assert!(cache.is_empty());
}

#[test]
fn the_capacity_is_never_exceeded() {
    for capacity in [1, 2, 3, 10, 257, 1_000, 3_000] {
        let cache = Cache::builder(capacity).build().unwrap();
        for key in 0..capacity * 4 {
            cache.insert(key, key).unwrap();
            assert!(cache.len() <= capacity);
            assert_eq!(cache.get(&key), Lookup::Fresh(key), "insert, then get");
        }
        assert_eq!(cache.len(), capacity, "a full cache stays full");
        let found = (0..capacity * 4).filter(|key| cache.contains(key)).count();
        assert_eq!(found, capacity);
    }
}

#[test]
fn a_key_never_gets_the_value_of_another() {
    let cache = Cache::builder(600).shards(2).build().unwrap();
    for round in 0..20_u64 {
        for key in 0..1_000_u64 {
            cache.insert(key, key << 32 | round).unwrap();
            let other = (key * 7 + round) % 1_000;
            if let Some(value) = cache.get(&other).value() {
                assert_eq!(value >> 32, other);
            }
        }
    }
}

#[test]
fn all_keys_with_one_hash_are_told_apart() {
    #[derive(Clone, Default)]
    struct Constant;
    impl std::hash::BuildHasher for Constant {
        type Hasher = Self;
        fn build_hasher(&self) -> Self {
            Self
        }
    }
    impl std::hash::Hasher for Constant {
        fn write(&mut self, _: &[u8]) {}
        fn finish(&self) -> u64 {
            0
        }
    }
    let cache = Cache::builder(100).hasher(Constant).build().unwrap();
    for key in 0..100_u32 {
        cache.insert(key, key * 2).unwrap();
        assert_eq!(cache.get(&key), Lookup::Fresh(key * 2));
    }
    let kept: Vec<u32> = (0..100).filter(|key| cache.contains(key)).collect();
    assert_eq!(kept.len(), 16, "two lines of eight");
    assert!(
        kept.iter()
            .all(|key| cache.get(key) == Lookup::Fresh(key * 2))
    );
    assert_eq!(cache.stats().bucket_evicted, 84);
}

#[test]
fn a_config_that_does_not_fit_is_refused() {
    let error = |builder: shorttail::cache::Builder<u8, u8>| builder.build().unwrap_err();
    assert_eq!(error(Cache::builder(0)), ConfigError::NoCapacity);
    assert_eq!(error(Cache::builder(1 << 31)), ConfigError::TooLarge);
    assert_eq!(
        error(Cache::builder(1_000).shards(4)),
        ConfigError::TooManyShards
    );
    assert_eq!(error(Cache::builder(10).jitter(1.5)), ConfigError::Jitter);
    assert_eq!(
        error(Cache::builder(10).jitter(f64::NAN)),
        ConfigError::Jitter
    );
}

#[test]
fn every_entry_is_dropped_once() {
    let token = Arc::new(());
    let cache = Cache::builder(50).build().unwrap();
    for key in 0..500 {
        cache.insert(key % 130, Arc::clone(&token)).unwrap();
        if key % 7 == 0 {
            cache.remove(&(key % 50));
        }
    }
    let alive = cache.len() + cache.stats().retired;
    assert_eq!(Arc::strong_count(&token), 1 + alive);
    while cache.maintain(1).dropped > 0 {}
    assert_eq!(cache.stats().retired, 0);
    assert_eq!(Arc::strong_count(&token), 1 + cache.len());
    drop(cache);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn readers_hold_back_their_own_slot_and_no_more() {
    let cache = Cache::builder(4).reserve(3).build().unwrap();
    for key in 0..4 {
        cache.insert(key, key).unwrap();
    }
    cache.with(&0, |first| {
        for round in 1..100 {
            cache.insert(0, round).unwrap();
            assert_eq!(first, Lookup::Fresh(&0), "the entry read does not change");
        }
    });
    assert_eq!(cache.get(&0), Lookup::Fresh(99));
}

#[test]
fn an_insert_is_refused_when_readers_hold_the_reserve_and_goes_on_after() {
    let cache = Cache::builder(4).reserve(2).build().unwrap();
    cache.insert(0, 10).unwrap();
    cache.with(&0, |_| {
        cache.insert(0, 11).unwrap();
        cache.with(&0, |_| {
            cache.insert(0, 12).unwrap();
            cache.insert(1, 20).unwrap();
            cache.insert(2, 30).unwrap();
            cache.insert(3, 40).unwrap(); // four live, two held: every slot is taken
            let refused = cache.insert(0, 13).unwrap_err();
            assert_eq!((refused.key, refused.value), (0, 13));
            assert_eq!(refused.why, RefusedWhy::Pressure);
            assert_eq!(cache.get(&0), Lookup::Fresh(12), "what was there stays");
            assert_eq!(cache.len(), 4);
        });
        cache.insert(0, 13).unwrap();
    });
    assert_eq!(cache.get(&0), Lookup::Fresh(13));
    assert_eq!(cache.stats().refused, 1);
}

#[test]
fn more_nested_reads_than_records_are_served() {
    fn nest(cache: &Cache<u32, u32>, depth: u32) {
        if depth > 0 {
            cache.with(&depth, |found| {
                assert_eq!(found, Lookup::Fresh(&depth));
                nest(cache, depth - 1);
                assert_eq!(found, Lookup::Fresh(&depth));
            });
        }
    }
    let cache = Cache::builder(200).build().unwrap();
    for key in 0..=150 {
        cache.insert(key, key).unwrap();
    }
    nest(&cache, 150);
    assert_eq!(cache.stats().hits, 150);
    // Nothing stays held: every slot can be retired and dropped.
    for key in 0..=150 {
        cache.remove(&key);
    }
    while cache.maintain(100).dropped > 0 {}
    assert_eq!(cache.stats().retired, 0);
}

#[test]
fn remove_and_insert_again_under_a_reader_is_no_mix_up() {
    let cache = Cache::builder(2).reserve(1).build().unwrap();
    cache.insert(1, "old").unwrap();
    cache.with(&1, |found| {
        assert!(cache.remove(&1));
        cache.insert(1, "new").unwrap();
        assert_eq!(found, Lookup::Fresh(&"old"));
        assert_eq!(cache.get(&1), Lookup::Fresh("new"));
    });
    assert_eq!(cache.get(&1), Lookup::Fresh("new"));
}

#[test]
fn invalidate_all_forgets_every_time() {
    let cache = Cache::builder(4).build().unwrap();
    cache.insert(0, 0).unwrap();
    for round in 0..70_000_u32 {
        cache.invalidate_all();
        assert_eq!(cache.get(&0), Lookup::Miss, "round {round}");
        if round % 1_000 == 0 {
            cache.insert(0, round).unwrap();
            assert_eq!(cache.get(&0), Lookup::Fresh(round));
        }
    }
}

#[test]
fn dead_entries_go_first() {
    let cache = Cache::builder(100).build().unwrap();
    for key in 0..100 {
        cache.insert(key, key).unwrap();
        cache.get(&key);
    }
    cache.invalidate_all();
    for key in 100..200 {
        cache.insert(key, key).unwrap();
    }
    assert!((100..200).all(|key| cache.contains(&key)));
}

#[test]
fn churn_on_many_threads_keeps_every_promise() {
    let cache = Arc::new(Cache::builder(300).build().unwrap());
    let worker = |seed: u64| {
        let cache = Arc::clone(&cache);
        move || {
            let mut state = seed;
            for _ in 0..20_000 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
                let key = (state >> 33) % 500;
                match (state >> 60) % 4 {
                    0 => drop(cache.insert(key, key.to_string()).unwrap()),
                    1 if key % 5 == 0 => drop(cache.remove(&key)),
                    _ => cache.with(&key, |found| {
                        if let Some(value) = found.value() {
                            assert_eq!(*value, key.to_string());
                        }
                    }),
                }
                assert!(cache.len() <= 300);
            }
        }
    };
    let threads: Vec<_> = (1..=4).map(|seed| thread::spawn(worker(seed))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let stats = cache.stats();
    let left = stats.evicted + stats.bucket_evicted + stats.removed;
    assert_eq!(stats.inserted - left, cache.len() as u64);
    assert_eq!(stats.refused, 0);
    assert!(stats.visits_max <= 16);
}

#[test]
fn maintain_keeps_to_its_budget() {
    let cache = Cache::builder(100).build().unwrap();
    for key in 0..20 {
        cache.insert(key, key).unwrap();
        cache.insert(key, key).unwrap();
    }
    let retired = cache.stats().retired;
    assert!(retired > 3);
    assert_eq!(cache.maintain(0).dropped, 0);
    assert_eq!(cache.maintain(1).dropped, 1);
    assert_eq!(cache.maintain(3).dropped, 3.min(retired - 1));
    assert_eq!(
        cache.maintain(usize::MAX).dropped,
        retired.saturating_sub(4)
    );
}

#[test]
fn shards_are_added_until_their_slots_can_be_numbered() {
    let cache = Cache::builder(70_000).shards(1).build().unwrap();
    for key in 0..70_000_u32 {
        cache.insert(key, ()).unwrap();
    }
    let kept = (0..70_000).filter(|key| cache.contains(key)).count();
    assert_eq!(kept, cache.len());
    assert!(kept > 69_000, "{kept}");
}

#[test]
fn slots_that_do_not_fit_their_numbers_are_refused_without_being_made() {
    let build = |capacity, reserve, shards| {
        let builder = Cache::<u8, u8>::builder(capacity).reserve(reserve);
        builder.shards(shards).build().unwrap_err()
    };
    assert_eq!(build(1 << 30, 1, 1), ConfigError::TooLarge);
    assert_eq!(build(1 << 20, 1 << 20, 1 << 10), ConfigError::TooLarge);
    assert_eq!(build(1 << 20, usize::MAX, 2), ConfigError::TooLarge);
    assert_eq!(build(768, 1, 3), ConfigError::TooManyShards, "four of 192");
    assert_eq!(build(768, 1, usize::MAX), ConfigError::TooManyShards);
    // A hash picks one of 2^16 shards: the others would stay empty.
    assert_eq!(build(1 << 25, 1, 1 << 17), ConfigError::TooManyShards);
}

#[test]
fn spare_slots_that_leave_a_shard_next_to_no_entries_are_refused() {
    let build = |capacity, reserve| Cache::builder(capacity).reserve(reserve).build();
    for (capacity, reserve) in [(1, 65_534), (1_000, 64_535), (1_024, 65_023), (3, 65_532)] {
        let cache = build(capacity, reserve).unwrap();
        for key in 0..2 * capacity {
            cache.insert(key, key).unwrap();
        }
        assert_eq!(cache.len(), capacity);
    }
    for (capacity, reserve) in [(1_000, 65_500), (3, 65_534), (1_025, 65_300)] {
        let refused = build(capacity, reserve).unwrap_err();
        assert_eq!(refused, ConfigError::Reserve, "{capacity}, {reserve}");
    }
    assert_eq!(build(1, 65_535).unwrap_err(), ConfigError::TooLarge);
}
