//! Upkeep: what died leaves, a bounded step at a time, whoever calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Cache, Evicted, EvictedWhy, Inserted, KeyedState, NoLoad, RefusedWhy};
use shorttail::time::MockClock;

const SECOND: Duration = Duration::from_secs(1);

type Ending = Cache<u64, Arc<()>, NoLoad, KeyedState, Arc<MockClock>>;

/// Four shards, three quarters full of entries whose time is over. The token is theirs.
fn of_the_dead() -> (Ending, Arc<()>, Arc<MockClock>) {
    let (token, clock) = (Arc::new(()), Arc::new(MockClock::new()));
    let builder = Cache::builder(4_096).shards(4).ttl(SECOND);
    let builder = builder.stale_window(SECOND).error_window(SECOND);
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    for key in 0..3_000 {
        cache.insert(key, Arc::clone(&token)).unwrap();
    }
    clock.advance(3 * SECOND);
    (cache, token, clock)
}

/// Slots of such a cache: the capacity, and 32 spare ones a shard.
const SLOTS: usize = 4_096 + 4 * 32;

#[test]
fn calls_go_on_where_the_last_one_stopped_until_all_were_looked_at() {
    let (cache, token, _) = of_the_dead();
    let (mut slots, mut removed, mut dropped) = (0, 0, 0);
    while slots < SLOTS {
        let done = cache.maintain(100.min(SLOTS - slots));
        assert_eq!(done.slots, 100.min(SLOTS - slots), "no more, and no less");
        assert!(done.removed <= done.slots && done.dropped <= 100);
        (slots, removed, dropped) = (
            slots + done.slots,
            removed + done.removed,
            dropped + done.dropped,
        );
        assert!(cache.stats().retired <= 4 * 16);
    }
    assert_eq!((removed, dropped, cache.len()), (3_000, 3_000, 0));
    assert_eq!(Arc::strong_count(&token), 1);
    assert_eq!(cache.stats().expired, 3_000);
}

#[test]
fn one_call_looks_at_each_slot_once_and_leaves_the_living() {
    let (cache, _, _) = of_the_dead();
    for key in 2_900..3_100 {
        cache.insert(key, Arc::new(())).unwrap();
    }
    let before = cache.stats().scans;
    let done = cache.maintain(usize::MAX);
    assert_eq!((done.slots, done.removed, cache.len()), (SLOTS, 2_900, 200));
    // One in each shard, one each 32 slots, one for each 16 that leave: half the spare slots.
    let scans = cache.stats().scans - before;
    assert!(scans <= 4 + SLOTS as u64 / 32 + 2_900 / 16, "{scans} scans");
    let done = cache.maintain(usize::MAX);
    assert_eq!((done.removed, done.dropped), (0, 0));
    assert!((2_900..3_100).all(|key| cache.contains(&key)));
}

#[test]
fn what_stands_in_for_an_error_is_not_dead() {
    let (cache, _, clock) = of_the_dead();
    cache.maintain(usize::MAX);
    cache.insert(1, Arc::new(())).unwrap();
    cache.insert_negative(2).unwrap();
    clock.advance(3 * SECOND - Duration::from_nanos(1));
    assert_eq!(cache.maintain(usize::MAX).removed, 0);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(cache.maintain(usize::MAX).removed, 1);
    assert_eq!(cache.len(), 1, "that has no end");
}

#[test]
fn callers_of_maintain_share_the_slots_among_them() {
    let (cache, _, _) = of_the_dead();
    let (slots, removed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..SLOTS / 4 / 32 {
                    let done = cache.maintain(32);
                    slots.fetch_add(done.slots, Ordering::SeqCst);
                    removed.fetch_add(done.removed, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(slots.into_inner(), SLOTS);
    assert_eq!(
        (removed.into_inner(), cache.len()),
        (3_000, 0),
        "none came up twice"
    );
}

#[test]
fn no_slot_is_looked_at_where_nothing_can_be_dead() {
    let cache = Cache::builder(4_096).shards(4).build().unwrap();
    for key in 0..3_000 {
        cache.insert(key, key).unwrap();
        cache.remove(&(key / 2));
    }
    let retired = cache.stats().retired;
    let [mut slots, mut dropped] = [0; 2];
    for _ in 0..100 {
        let done = cache.maintain(2);
        assert!(done.dropped <= 2);
        (slots, dropped) = (slots + done.slots, dropped + done.dropped);
    }
    assert_eq!((slots, dropped, cache.stats().retired), (0, retired, 0));
}

#[test]
fn the_listener_hears_of_the_dead_and_why() {
    let clock = Arc::new(MockClock::new());
    let [expired, invalidated] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let counts = [Arc::clone(&expired), Arc::clone(&invalidated)];
    let cache = Cache::builder(100).ttl(SECOND).clock(Arc::clone(&clock));
    let cache = cache.on_evict(move |left: Evicted<u32, u32>| match left.why {
        EvictedWhy::Expired => drop(counts[0].fetch_add(1, Ordering::SeqCst)),
        EvictedWhy::Invalidated => drop(counts[1].fetch_add(1, Ordering::SeqCst)),
        other => panic!("{other}"),
    });
    let cache = cache.build().unwrap();
    (0..40).for_each(|key| assert!(cache.insert(key, key).is_ok()));
    clock.advance(SECOND);
    assert_eq!(cache.maintain(1_000).dropped, 40);
    (0..30).for_each(|key| assert!(cache.insert(key, key).is_ok()));
    cache.invalidate_all();
    assert_eq!(cache.maintain(1_000).dropped, 30);
    let told = (
        expired.load(Ordering::SeqCst),
        invalidated.load(Ordering::SeqCst),
    );
    assert_eq!(told, (40, 30));
}

/// Each way in which dead negative entries give their share back.
#[test]
fn dead_negatives_do_not_hold_their_share() {
    for maintains in [true, false] {
        let clock = Arc::new(MockClock::new());
        let builder = Cache::<u32, u32>::builder(400).error_window(100 * SECOND);
        let builder = builder.negative_ttl(SECOND).clock(Arc::clone(&clock));
        let cache = builder.build().unwrap();
        (0..200).for_each(|key| assert!(cache.insert(key, key).is_ok()));
        (1_000..1_100).for_each(|key| assert!(cache.insert_negative(key).is_ok()));
        let refused = cache.insert_negative(2_000).unwrap_err();
        assert_eq!(refused.why, RefusedWhy::NegativeShare);
        clock.advance(SECOND);
        if maintains {
            assert_eq!(cache.maintain(1_000).removed, 100);
            assert_eq!(cache.insert_negative(2_000), Ok(Inserted::Stored));
        }
        // Each try looks at sixteen slots more: it is not for ever that they are the wrong ones.
        let mut refused = 0;
        for key in 2_001..2_100 {
            while cache.insert_negative(key).is_err() {
                refused += 1;
            }
        }
        assert!(refused <= if maintains { 0 } else { 432 / 16 }, "{refused}");
        assert!((0..200).all(|key| cache.contains(&key)));
        assert!(cache.stats().visits_max <= 16);
    }
}

#[test]
fn a_low_trust_insert_takes_the_place_of_the_dead() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(100).ttl(SECOND).clock(Arc::clone(&clock));
    let cache = builder.build().unwrap();
    for key in 0..100 {
        cache.insert(key, key).unwrap();
        cache.get(&key);
    }
    let refused = cache.insert_low_trust(1_000, 0).unwrap_err();
    assert_eq!(refused.why, RefusedWhy::NoRoom);
    clock.advance(SECOND);
    for key in 1_000..1_100 {
        assert_eq!(
            cache.insert_low_trust(key, 0),
            Ok(Inserted::Stored),
            "{key}"
        );
    }
    let refused = cache.insert_low_trust(2_000, 0).unwrap_err();
    assert_eq!(refused.why, RefusedWhy::NoRoom);
    assert_eq!((cache.len(), cache.stats().expired), (100, 100));
}
