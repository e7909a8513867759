//! The policy against a plain model of it, step by step, and its bounds.

use proptest::prelude::*;
use shorttail::cache::{Cache, RefusedWhy};

use crate::policy_steps;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_cache_keeps_what_the_model_keeps(
        capacity in 1_usize..28,
        steps in prop::collection::vec(any::<u8>(), 2..1_200),
    ) {
        policy_steps::run(capacity, 0, &steps);
    }

    #[test]
    fn a_cache_that_weighs_keeps_what_the_model_keeps(
        capacity in 1_usize..28,
        weight_max in 1_u32..120,
        steps in prop::collection::vec(any::<u8>(), 2..1_200),
    ) {
        policy_steps::run(capacity, weight_max, &steps);
    }
}

#[test]
fn an_eviction_visits_sixteen_slots_at_most_however_hot_they_are() {
    let cache = Cache::builder(1_000).build().unwrap();
    for key in 0..1_000 {
        cache.insert(key, key).unwrap();
    }
    for _ in 0..3 {
        for key in 0..1_000 {
            cache.get(&key);
        }
    }
    for key in 1_000..1_500 {
        cache.insert(key, key).unwrap();
    }
    assert_eq!(
        cache.stats().visits_max,
        16,
        "the bound was needed, and held"
    );
}

#[test]
fn low_trust_inserts_never_push_out_what_was_used() {
    let cache = Cache::builder(100).build().unwrap();
    for key in 0..100 {
        cache.insert(key, key).unwrap();
        cache.get(&key);
    }
    let mut refused = 0;
    for key in 100..10_000 {
        if let Err(back) = cache.insert_low_trust(key, key) {
            assert_eq!((back.key, back.why), (key, RefusedWhy::NoRoom));
            refused += 1;
        }
    }
    assert_eq!(refused, 9_900);
    assert!((0..100).all(|key| cache.contains(&key)));
}

#[test]
fn a_scan_does_not_push_out_the_working_set() {
    let cache = Cache::builder(1_000).build().unwrap();
    for _ in 0..3 {
        for key in 0..800_u64 {
            if cache.get(&key).value().is_none() {
                cache.insert(key, key).unwrap();
            }
        }
    }
    for key in 10_000..30_000 {
        cache.insert(key, key).unwrap();
    }
    // Once in 10^5 or 10^6 inserts of new keys one is taken for a key that left lately.
    let kept = (0..800).filter(|key| cache.contains(key)).count();
    assert!(kept >= 795, "{kept}");
}
