//! Time to live, windows, jitter, negatives; on a clock moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use shorttail::cache::{Cache, Load, Lookup, RefusedWhy};
use shorttail::time::MockClock;

use crate::life_steps;

const SECOND: Duration = Duration::from_secs(1);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_cache_and_a_map_that_forgets_nothing_agree(
        capacity in 1_usize..17,
        settings in 0_u8..4,
        steps in prop::collection::vec(any::<u8>(), 2..800),
    ) {
        life_steps::run(capacity, settings, &steps);
    }
}

#[test]
fn a_value_is_fresh_then_stale_then_gone() {
    let clock = Arc::new(MockClock::new());
    let cache = Cache::builder(10)
        .ttl(10 * SECOND)
        .stale_window(5 * SECOND)
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
    cache.insert(1, 'a').unwrap();
    clock.advance(10 * SECOND - Duration::from_nanos(1));
    assert_eq!(cache.get(&1), Lookup::Fresh('a'));
    clock.advance(Duration::from_nanos(1));
    assert_eq!(cache.get(&1), Lookup::Stale('a'));
    clock.advance(5 * SECOND - Duration::from_nanos(1));
    assert_eq!(cache.get(&1), Lookup::Stale('a'), "the window comes on top");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(cache.get(&1), Lookup::Miss);
    assert!(!cache.contains(&1));
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.stale_hits, stats.misses), (1, 2, 1));
}

#[test]
fn expire_keeps_the_value_as_stale_and_remove_does_not() {
    let clock = Arc::new(MockClock::new());
    let cache = Cache::builder(10)
        .stale_window(5 * SECOND)
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
    cache.insert(1, 'a').unwrap();
    assert!(cache.expire(&1));
    assert!(!cache.expire(&2));
    assert_eq!(cache.get(&1), Lookup::Stale('a'));
    clock.advance(3 * SECOND);
    assert!(
        cache.expire(&1),
        "a second time does not lengthen the window"
    );
    clock.advance(2 * SECOND);
    assert_eq!(cache.get(&1), Lookup::Miss);
    cache.insert(1, 'b').unwrap();
    cache.remove(&1);
    assert_eq!(cache.get(&1), Lookup::Miss);
}

#[test]
fn times_of_nothing_and_for_ever_are_taken_at_their_word() {
    let clock = Arc::new(MockClock::new());
    clock.advance(SECOND);
    let cache = Cache::builder(10)
        .stale_window(Duration::MAX)
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
    cache.insert_for(1, 'a', Duration::ZERO).unwrap();
    cache.insert_for(2, 'b', Duration::MAX).unwrap();
    cache
        .insert_for(3, 'c', Duration::from_nanos(u64::MAX - 1))
        .unwrap();
    clock.advance(Duration::from_nanos(u64::MAX / 2));
    assert_eq!(cache.get(&1), Lookup::Stale('a'));
    assert_eq!(cache.get(&2), Lookup::Fresh('b'));
    assert_eq!(cache.get(&3), Lookup::Fresh('c'));
}

#[test]
fn a_clock_that_jumps_expires_and_one_that_stands_does_not() {
    let clock = Arc::new(MockClock::new());
    let cache = Cache::builder(100)
        .ttl(SECOND)
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
    for key in 0..1_000 {
        cache.insert(key, key).unwrap();
        assert_eq!(cache.get(&key), Lookup::Fresh(key));
    }
    clock.advance(1_000_000 * SECOND);
    assert!((0..1_000).all(|key| !cache.contains(&key)));
    for key in 0..100 {
        cache.insert(key, key).unwrap();
    }
    assert!(
        (0..100).all(|key| cache.contains(&key)),
        "the dead went first"
    );
}

#[test]
fn a_bulk_insert_with_one_ttl_expires_spread_out() {
    let clock = Arc::new(MockClock::new());
    let cache = Cache::builder(150_000)
        .ttl(100 * SECOND)
        .jitter(0.5)
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
    for key in 0..100_000 {
        cache.insert(key, ()).unwrap();
    }
    clock.advance(50 * SECOND);
    let mut left = (0..100_000).filter(|key| cache.contains(key)).count();
    assert!(left == 100_000, "jitter only shortens by half: {left}");
    for second in 1..=50 {
        clock.advance(SECOND);
        let now = (0..100_000).filter(|key| cache.contains(key)).count();
        assert!(
            (1_600..2_400).contains(&(left - now)),
            "{second}: {}",
            left - now
        );
        left = now;
    }
    assert_eq!(left, 0);
}

#[test]
fn a_bulk_with_one_ttl_is_loaded_again_spread_out() {
    struct Counted(Arc<AtomicU32>);
    impl Load<u32, ()> for Counted {
        type Error = ();
        fn load(&self, _: &u32) -> Result<Option<()>, ()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Some(()))
        }
    }
    let (clock, asked) = (Arc::new(MockClock::new()), Arc::new(AtomicU32::new(0)));
    let builder = Cache::builder(2_000).ttl(100 * SECOND).jitter(0.2);
    let builder = builder.clock(Arc::clone(&clock));
    let builder = builder.loader(Counted(Arc::clone(&asked))).loads_max(1_000);
    let (cache, loads) = builder.build_manual().unwrap();
    for key in 0..1_000 {
        cache.insert(key, ()).unwrap();
    }
    clock.advance(80 * SECOND);
    for second in 1..=20 {
        clock.advance(SECOND);
        for key in 0..1_000 {
            let _ = cache.get_or_load(&key, Duration::ZERO);
        }
        while loads.run_one() {}
        let rate = asked.swap(0, Ordering::Relaxed);
        assert!(
            (10..150).contains(&rate),
            "{second}: {rate} where 50 are the mean"
        );
    }
}

#[test]
fn a_negative_entry_has_a_life_and_a_share_of_its_own() {
    let clock = Arc::new(MockClock::new());
    let cache = Cache::builder(100)
        .ttl(100 * SECOND)
        .negative_ttl(SECOND)
        .stale_window(100 * SECOND)
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
    cache.insert(1, 'a').unwrap();
    cache.insert_negative(1).unwrap();
    assert_eq!(
        cache.get(&1),
        Lookup::Negative,
        "the old value is not served"
    );
    clock.advance(SECOND);
    assert_eq!(cache.get(&1), Lookup::Miss, "there is no stale nothing");
    for key in 2..26 {
        cache.insert_negative(key).unwrap();
    }
    let refused = cache.insert_negative(1_000).unwrap_err();
    assert_eq!(
        (refused.key, refused.why),
        (1_000, RefusedWhy::NegativeShare)
    );
    cache.insert_negative(2).unwrap();
    cache.insert(2, 'b').unwrap();
    cache.insert_negative(1_000).unwrap();
    assert_eq!(cache.stats().negative_hits, 1);
}

/// No rule lets entries expire; single ones do.
#[test]
fn entries_with_an_end_of_their_own_go_first_when_it_has_come() {
    for by_hand in [false, true] {
        let clock = Arc::new(MockClock::new());
        let builder = Cache::builder(100).clock(Arc::clone(&clock));
        let cache = builder.build().unwrap();
        for key in 0..100 {
            if by_hand {
                cache.insert(key, key).unwrap();
                cache.expire(&key);
            } else {
                cache.insert_for(key, key, SECOND).unwrap();
                cache.get(&key);
            }
        }
        clock.advance(SECOND);
        for key in 100..200 {
            cache.insert(key, key).unwrap();
            assert_eq!(cache.get(&key), Lookup::Fresh(key));
        }
        let kept = (100..200).filter(|key| cache.contains(key)).count();
        assert_eq!(kept, 100, "the dead were in their way");
    }
}
