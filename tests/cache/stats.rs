//! What the counters say happened.

use std::sync::Arc;
use std::time::Duration;

use shorttail::cache::{Cache, RefusedWhy, Stats};
use shorttail::time::MockClock;

use crate::choices::Choices;

#[test]
fn each_refusal_is_counted_by_its_reason() {
    let cache = Cache::builder(8).reserve(1).build().unwrap();
    for key in 0..2 {
        cache.insert_negative(key).unwrap();
    }
    for _ in 0..3 {
        cache.insert_negative(9).unwrap_err();
    }
    for key in 10..16 {
        cache.insert(key, key).unwrap();
    }
    for _ in 0..5 {
        let refused = cache.insert_low_trust(20, 20).unwrap_err();
        assert_eq!(refused.why, RefusedWhy::NoRoom);
    }
    cache.maintain(10);
    cache.with(&10, |_| {
        cache.insert(10, 11).unwrap();
        for _ in 0..7 {
            cache.insert(10, 12).unwrap_err();
        }
    });
    let stats = cache.stats();
    let by_reason = [
        stats.refused_negative,
        stats.refused_no_room,
        stats.refused_pressure,
        stats.refused_contended,
    ];
    assert_eq!((stats.refused, by_reason), (15, [3, 5, 7, 0]));
}

#[test]
fn what_leaves_is_counted_by_why_and_nothing_is_counted_twice() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(100).ttl(Duration::from_secs(1));
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    let left = |stats: Stats| {
        let gone = stats.evicted + stats.expired + stats.invalidated + stats.removed;
        gone + stats.bucket_evicted
    };
    let mut choices = Choices::new(7);
    for step in 0..20_000 {
        let key = choices.next(400);
        match choices.next(1_000) {
            0 => cache.invalidate_all(),
            1 => clock.advance(Duration::from_secs(1)),
            2..100 => {
                cache.remove(&key);
            }
            100..400 => {
                cache.get(&key);
            }
            _ => {
                cache.insert(key, key).unwrap();
            }
        }
        if step % 100 == 0 {
            let stats = cache.stats();
            assert_eq!(stats.inserted - left(stats), cache.len() as u64);
        }
    }
    let stats = cache.stats();
    for count in [
        stats.evicted,
        stats.expired,
        stats.invalidated,
        stats.removed,
    ] {
        assert!(count > 100, "{stats:?}");
    }
}

#[test]
fn entries_that_expired_or_were_invalidated_are_not_counted_as_evicted() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(100).ttl(Duration::from_secs(1));
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    let fill = |from: u64| {
        for key in from..from + 100 {
            cache.insert(key, key).unwrap();
        }
    };
    fill(0);
    clock.advance(Duration::from_secs(1));
    fill(100);
    let stats = cache.stats();
    let told = (stats.expired, stats.invalidated, stats.evicted);
    assert_eq!(told, (100, 0, 0));
    cache.invalidate_all();
    fill(200);
    let stats = cache.stats();
    let told = (stats.expired, stats.invalidated, stats.evicted);
    assert_eq!(told, (100, 100, 0));
    fill(300);
    assert_eq!(cache.stats().evicted, 100);
}

#[test]
fn what_readers_hold_back_is_told_with_its_age() {
    let cache = Cache::builder(8).reserve(4).build().unwrap();
    cache.insert(1, 1).unwrap();
    cache.insert(2, 2).unwrap();
    let read = |cache: &Cache<i32, i32>| {
        cache.maintain(1); // sees what is held
        let stats = cache.stats();
        (stats.held, stats.oldest_held, stats.records_in_use)
    };
    assert_eq!(read(&cache), (0, 0, 0));
    cache.with(&1, |_| {
        assert_eq!(
            read(&cache),
            (0, 0, 1),
            "what is published is not held back"
        );
        cache.remove(&1);
        assert_eq!(read(&cache), (1, 0, 1));
        for _ in 0..50 {
            cache.insert(2, 3).unwrap();
        }
        assert_eq!(read(&cache), (1, 50, 1));
        cache.with(&2, |_| {
            cache.remove(&2);
            assert_eq!(read(&cache), (2, 51, 2));
        });
        assert_eq!(read(&cache), (1, 51, 1));
    });
    assert_eq!(read(&cache), (0, 0, 0));
}
