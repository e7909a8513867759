//! Entries that nobody reads: when they are gone, and what counts as a read.

use std::sync::Arc;
use std::time::Duration;

use shorttail::cache::{Cache, Load, Lookup, Outcome};
use shorttail::time::MockClock;

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

#[test]
fn an_entry_that_nobody_reads_is_gone_and_one_that_is_read_stays() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(100).tti(16 * SECOND);
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    for key in 0..3 {
        cache.insert(key, 'a').unwrap();
    }
    for _ in 0..100 {
        clock.advance(16 * SECOND - NANO);
        assert_eq!(cache.get(&0), Lookup::Fresh('a'));
        assert_eq!(cache.with(&1, |found| found.cloned()), Lookup::Fresh('a'));
    }
    assert_eq!(cache.get(&2), Lookup::Miss);
    clock.advance(16 * SECOND);
    assert_eq!(cache.get(&0), Lookup::Miss);
    assert!(!cache.contains(&1));
    assert_eq!(cache.iter().count(), 0);
    cache.insert(0, 'b').unwrap();
    assert_eq!(cache.get(&0), Lookup::Fresh('b'), "that begins anew");
    assert_eq!(cache.maintain(1_000).removed, 2);
    assert_eq!(cache.stats().expired, 2);
}

#[test]
fn reads_are_noted_to_a_sixteenth() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(100).tti(16 * SECOND);
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    cache.insert(1, 'a').unwrap();
    clock.advance(SECOND - NANO);
    cache.get(&1); // not noted
    clock.advance(15 * SECOND);
    assert!(cache.contains(&1));
    clock.advance(NANO);
    assert!(
        !cache.contains(&1),
        "fifteen sixteenths and a bit after it was read"
    );
    cache.insert(1, 'b').unwrap();
    clock.advance(SECOND);
    cache.get(&1); // noted
    clock.advance(16 * SECOND - NANO);
    assert!(cache.contains(&1), "which is no read");
    clock.advance(NANO);
    assert!(!cache.contains(&1));
}

#[test]
fn idleness_ends_what_lives_and_windows_would_allow_and_they_end_what_is_read() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(100).tti(16 * SECOND).ttl(20 * SECOND);
    let builder = builder.stale_window(100 * SECOND).negative_ttl(40 * SECOND);
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    for key in 0..2 {
        cache.insert(key, 'a').unwrap();
    }
    for key in 2..4 {
        cache.insert_negative(key).unwrap();
    }
    let read = || [cache.get(&0), cache.get(&2)];
    clock.advance(15 * SECOND);
    assert_eq!(read(), [Lookup::Fresh('a'), Lookup::Negative]);
    clock.advance(15 * SECOND);
    assert_eq!(read(), [Lookup::Stale('a'), Lookup::Negative]);
    assert_eq!([cache.get(&1), cache.get(&3)], [Lookup::Miss; 2], "unread");
    clock.advance(15 * SECOND);
    assert_eq!(
        read(),
        [Lookup::Stale('a'), Lookup::Miss],
        "its time was over"
    );
    for _ in 0..5 {
        clock.advance(15 * SECOND);
        read();
    }
    assert_eq!(read(), [Lookup::Miss; 2], "past the window, though read");
}

#[test]
fn what_is_idle_leaves_before_what_is_not() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(100).tti(16 * SECOND);
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    for key in 0..100 {
        cache.insert(key, key).unwrap();
        cache.get(&key);
    }
    clock.advance(16 * SECOND);
    for key in 100..200 {
        cache.insert(key, key).unwrap();
    }
    let stats = cache.stats();
    assert_eq!((stats.expired, stats.evicted), (100, 0));
    assert!((100..200).all(|key| cache.contains(&key)));
}

#[test]
fn what_is_idle_is_loaded_again() {
    struct Next;
    impl Load<u32, u32> for Next {
        type Error = ();
        fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
            Ok(Some(key + 1))
        }
    }
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(10).tti(16 * SECOND);
    let builder = builder.clock(Arc::clone(&clock)).loader(Next);
    let cache = builder.build().unwrap();
    for round in 1..4 {
        assert_eq!(cache.get_or_load(&1, 3_600 * SECOND), Outcome::Fresh(2));
        assert_eq!(cache.get_or_load(&1, 3_600 * SECOND), Outcome::Fresh(2));
        assert_eq!(cache.stats().loads_started, round);
        clock.advance(16 * SECOND);
    }
}

#[test]
fn times_of_nothing_and_of_all_are_taken_at_their_word() {
    let clock = Arc::new(MockClock::new());
    for (tti, found) in [(Duration::ZERO, false), (NANO, true), (Duration::MAX, true)] {
        let builder = Cache::builder(10).tti(tti).clock(Arc::clone(&clock));
        let cache = builder.build().unwrap();
        cache.insert(1, 1).unwrap();
        assert_eq!(cache.get(&1).value().is_some(), found);
    }
}
