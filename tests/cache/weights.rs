//! Entries that weigh: how much is there at most, who is refused, and what an insert may push out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Cache, ConfigError, Inserted, Load, Lookup, Outcome, RefusedWhy};

use crate::choices::Choices;

/// The weight of an entry is its value.
fn weighing(capacity: usize, max: u64) -> Cache<u64, u32> {
    let builder = Cache::builder(capacity).shards(1);
    builder.weight_max(max, |_, value| *value).build().unwrap()
}

#[test]
fn what_is_there_is_weighed_to_the_last() {
    let cache = weighing(10, 100);
    cache.insert(1, 30).unwrap();
    cache.insert(2, 60).unwrap();
    assert_eq!(cache.weight(), 90);
    assert_eq!(cache.insert(1, 40), Ok(Inserted::Replaced), "it fits");
    assert_eq!(cache.weight(), 100);
    assert_eq!(cache.insert(1, 5), Ok(Inserted::Replaced));
    assert_eq!(cache.weight(), 65);
    assert_eq!(cache.insert(1, 41), Ok(Inserted::Replaced));
    assert_eq!((cache.weight(), cache.len()), (41, 1), "2 had to go");
    cache.insert_negative(3).unwrap();
    cache.insert(4, 0).unwrap();
    assert_eq!(
        (cache.weight(), cache.len()),
        (41, 3),
        "these weigh nothing"
    );
    assert_eq!(cache.stats().weight, 41);
    assert!(cache.remove(&1));
    assert_eq!(cache.weight(), 0);
}

#[test]
fn what_is_too_heavy_for_its_shard_comes_back() {
    let builder = Cache::builder(1_024).shards(4);
    let builder = builder.weight_max(403, |_, value: &u32| *value);
    let cache = builder.build().unwrap();
    let mut parts = [0, 0];
    for key in 0..200_u64 {
        cache.insert(key, 1).unwrap();
        match cache.insert(key, 101) {
            Ok(told) => {
                assert_eq!(told, Inserted::Replaced);
                assert!(cache.remove(&key));
                parts[1] += 1;
            }
            Err(back) => {
                assert_eq!((back.value, back.why), (101, RefusedWhy::Oversized));
                assert_eq!(cache.get(&key), Lookup::Fresh(1), "what was there stays");
                parts[0] += 1;
            }
        }
        let back = cache.insert(key, 102).unwrap_err();
        assert_eq!((back.key, back.why), (key, RefusedWhy::Oversized));
    }
    assert!(
        parts[0] > 20 && parts[1] > 100,
        "{parts:?}: 403 in four parts"
    );
    let stats = cache.stats();
    assert_eq!(stats.refused_oversized, 200 + parts[0]);
    assert_eq!(stats.refused, stats.refused_oversized);
}

#[test]
fn the_weight_is_never_exceeded() {
    const MAX: u64 = 3_000;
    let cache = Cache::builder(1_024).shards(2);
    let cache = cache.weight_max(MAX, |_, value: &u32| *value);
    let cache = &cache.build().unwrap();
    let is_over = &AtomicBool::new(false);
    thread::scope(|scope| {
        for seed in 0..2 {
            scope.spawn(move || {
                let mut choices = Choices::new(seed);
                for _ in 0..40_000 {
                    let (key, weight) = (choices.next(2_000), choices.next(60));
                    match choices.next(8) {
                        0 => drop(cache.remove(&key)),
                        1 => drop(cache.insert_low_trust(key, weight as u32)),
                        _ => drop(cache.insert(key, weight as u32)),
                    }
                    assert!(cache.weight() <= MAX);
                }
                is_over.store(true, Ordering::SeqCst);
            });
        }
        while !is_over.load(Ordering::SeqCst) {
            let mut sum = 0;
            cache.for_each(|_, value| sum += u64::from(*value));
            assert!(cache.weight() <= MAX);
            assert!(sum <= 2 * MAX, "a walk sees what came and went");
        }
    });
    let mut sum = 0;
    cache.for_each(|_, value| sum += u64::from(*value));
    assert_eq!(cache.weight(), sum, "the sum of what is there");
    assert!(sum > MAX * 9 / 10, "{sum}: it was full");
    assert!(cache.stats().visits_max <= 16);
}

#[test]
fn an_insert_pushes_out_sixteen_at_most_and_the_next_goes_on_from_there() {
    let cache = weighing(1_000, 1_000);
    for key in 0..1_000 {
        cache.insert(key, 1).unwrap();
    }
    let mut tries = 0;
    loop {
        let before = cache.len();
        tries += 1;
        match cache.insert(5_000, 100) {
            Ok(told) => {
                assert_eq!(told, Inserted::Stored);
                break;
            }
            Err(back) => {
                assert_eq!((back.value, back.why), (100, RefusedWhy::Weight));
                assert_eq!(before - cache.len(), 16);
                cache.maintain(16);
            }
        }
    }
    assert_eq!((tries, cache.len(), cache.weight()), (7, 901, 1_000));
    let stats = cache.stats();
    assert_eq!((stats.refused_weight, stats.evicted), (6, 100));
    assert_eq!(stats.visits_max, 16);
}

#[test]
fn few_await_their_drop_though_heavy_entries_push_out_many_light_ones() {
    let token = Arc::new(());
    let cache = Cache::builder(4_096).shards(1);
    let cache = cache.weight_max(4_096, |_, value: &(u32, Arc<()>)| value.0);
    let cache = cache.build().unwrap();
    for key in 0..4_096 {
        cache.insert(key, (1, Arc::clone(&token))).unwrap();
    }
    let (mut most, mut refused) = (0, 0);
    for key in 5_000..5_500 {
        let before = Arc::strong_count(&token);
        if let Err(back) = cache.insert(key, (16, Arc::clone(&token))) {
            assert_eq!(back.why, RefusedWhy::Weight);
            refused += 1;
        }
        assert!(Arc::strong_count(&token) + 2 >= before, "two drops");
        most = most.max(Arc::strong_count(&token) - 1 - cache.len());
    }
    assert!(most <= 64, "{most}");
    assert!(most > 48, "the bound is needed: {most}");
    assert!(
        refused > 100,
        "{refused}: as many as it drops may leave in each"
    );
    assert!(cache.weight() > 4_000);
}

#[test]
fn an_entry_in_place_of_its_older_self_does_not_push_that_out() {
    let cache = weighing(100, 100);
    for key in 0..10 {
        cache.insert(key, 10).unwrap();
    }
    for _ in 0..3 {
        for weight in [10, 55, 100, 10] {
            assert_eq!(cache.insert(0, weight), Ok(Inserted::Replaced));
            assert_eq!(cache.get(&0), Lookup::Fresh(weight));
            assert!(cache.weight() <= 100);
        }
    }
    assert_eq!(cache.stats().inserted, 10);
}

#[test]
fn low_trust_pushes_out_nothing_that_was_used_and_nothing_in_vain() {
    let cache = weighing(100, 100);
    for key in 0..20 {
        cache.insert(key, 5).unwrap();
        cache.get(&key);
    }
    let refused = cache.insert_low_trust(50, 1).unwrap_err();
    assert_eq!((refused.value, refused.why), (1, RefusedWhy::NoRoom));
    let refused = cache.insert_low_trust(3, 6).unwrap_err();
    assert_eq!((refused.value, refused.why), (6, RefusedWhy::NoRoom));
    assert_eq!((cache.len(), cache.get(&3)), (20, Lookup::Fresh(5)));
    assert_eq!(cache.insert_low_trust(3, 4), Ok(Inserted::Replaced));
    assert_eq!(cache.insert_low_trust(50, 1), Ok(Inserted::Stored));
    assert_eq!((cache.len(), cache.weight()), (21, 100));
}

#[test]
fn a_weigher_that_panics_or_calls_the_cache_holds_nothing_up() {
    let calls = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&calls);
    let shared: Arc<std::sync::OnceLock<std::sync::Weak<Cache<u32, u32>>>> = Arc::default();
    let within = Arc::clone(&shared);
    let weigher = move |key: &u32, value: &u32| {
        count.fetch_add(1, Ordering::SeqCst);
        assert!(*value != 13, "as asked for");
        if let Some(cache) = within.get().and_then(std::sync::Weak::upgrade) {
            cache.get(key);
        }
        *value
    };
    let cache = Cache::builder(10).weight_max(100, weigher);
    let cache = Arc::new(cache.build().unwrap());
    shared.set(Arc::downgrade(&cache)).unwrap();
    cache.insert(1, 20).ok();
    let panicked = catch_unwind(AssertUnwindSafe(|| cache.insert(1, 13)));
    assert!(panicked.is_err());
    assert_eq!((cache.get(&1), cache.weight()), (Lookup::Fresh(20), 20));
    cache.insert(1, 30).unwrap();
    cache.insert_negative(2).unwrap();
    assert_eq!(cache.weight(), 30);
    assert_eq!(calls.load(Ordering::SeqCst), 3, "once an insert of a value");
}

#[test]
fn a_load_that_is_too_heavy_is_handed_out_and_not_stored() {
    struct Weights;
    impl Load<u32, u32> for Weights {
        type Error = ();
        fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
            Ok(Some(*key))
        }
    }
    let builder = Cache::builder(10).weight_max(100, |_, value: &u32| *value);
    let cache = builder.loader(Weights).build().unwrap();
    let second = Duration::from_secs(3_600);
    assert_eq!(cache.get_or_load(&101, second), Outcome::Fresh(101));
    assert_eq!((cache.len(), cache.stats().refused_oversized), (0, 1));
    for key in 1..=100 {
        assert_eq!(cache.get_or_load(&key, second), Outcome::Fresh(key));
        assert!(cache.weight() <= 100);
    }
    assert_eq!((cache.len(), cache.weight()), (1, 100));
}

#[test]
fn a_weight_that_leaves_a_shard_nothing_is_refused() {
    let build = |shards, max| {
        let builder = Cache::builder(1_024).shards(shards);
        builder.weight_max(max, |_: &u8, _: &u8| 1).build().err()
    };
    assert_eq!(build(1, 0), Some(ConfigError::WeightMax));
    assert_eq!(build(4, 3), Some(ConfigError::WeightMax));
    assert_eq!(build(4, 4), None);
    assert_eq!(build(1, u64::MAX), None);
}

#[test]
fn a_refresh_too_heavy_to_store_leaves_the_older_value_as_long_as_its_windows_say() {
    struct Heavy;
    impl Load<u64, u32> for Heavy {
        type Error = ();
        fn load(&self, _: &u64) -> Result<Option<u32>, ()> {
            Ok(Some(1_000))
        }
    }
    let hour = Duration::from_secs(3_600);
    let builder = Cache::builder(10).shards(1).stale_window(hour);
    let builder = builder.weight_max(100, |_, value: &u32| *value);
    let (cache, loads) = builder.loader(Heavy).build_manual().unwrap();
    cache.insert_for(1, 30, Duration::ZERO).unwrap();
    assert!(matches!(
        cache.get_or_load(&1, hour),
        Outcome::Stale { value: 30, .. }
    ));
    assert!(loads.run_one(), "its refresh");
    for _ in 0..2 {
        assert!(matches!(
            cache.get_or_load(&1, hour),
            Outcome::Stale { value: 30, .. }
        ));
        assert!(!loads.run_one(), "not again before its lease ends");
    }
    assert_eq!(loads.get_or_load(&2, hour), Outcome::Fresh(1_000));
    assert_eq!(cache.get(&2), Lookup::Miss, "no room for it");
}
