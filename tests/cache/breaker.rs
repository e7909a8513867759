//! A breaker before the loader: who is let through, what others get, and what counts as a failure.

use std::time::Duration;

use shorttail::cache::{Cache, Load, Miss, Outcome, Stale};
use shorttail::limit::Breaker;

use super::origin::{Answer, Cached, Clocked, LONG, Origin, SECOND, set_up, until};

/// Opens after two failures of two, for 30 s.
fn breaker() -> Breaker {
    let builder = Breaker::builder().calls(2).window(60 * SECOND);
    builder.rest(30 * SECOND).build().unwrap()
}

fn broken() -> (std::sync::Arc<Cached>, Origin, Clocked) {
    let (cache, origin, clock) = set_up(|builder| builder.breaker(breaker()));
    for key in [1, 2] {
        origin.answer(key, Answer::Error("down"));
        let outcome = cache.get_or_load(&key, LONG);
        assert_eq!(outcome, Outcome::Miss(Miss::LoaderError("down")));
    }
    assert_eq!(cache.stats().breaker_opened, 1);
    (cache, origin, clock)
}

#[test]
fn an_open_breaker_asks_nobody_and_says_so() {
    let (cache, origin, _clock) = broken();
    for key in [1, 3, 4] {
        assert_eq!(
            cache.get_or_load(&key, LONG),
            Outcome::Miss(Miss::BreakerOpen)
        );
        let at_once = cache.get_or_load(&key, Duration::ZERO);
        assert_eq!(at_once, Outcome::Miss(Miss::BreakerOpen));
    }
    assert_eq!((origin.calls(1), origin.calls(3)), (1, 0));
    let stats = cache.stats();
    assert_eq!((stats.loads_broken_off, stats.loads_started), (6, 2));
}

#[test]
fn hits_and_inserts_go_on_and_an_old_value_stands_in() {
    let (cache, origin, clock) = broken();
    cache.insert(5, 50).unwrap();
    assert_eq!(cache.get_or_load(&5, LONG), Outcome::Fresh(50));
    clock.advance(12 * SECOND);
    let stale = |why| Outcome::Stale { value: 50, why };
    for _ in 0..3 {
        assert_eq!(cache.get_or_load(&5, LONG), stale(Stale::Refreshing));
    }
    clock.advance(4 * SECOND);
    let outcome = cache.get_or_load(&5, LONG);
    assert_eq!(outcome, stale(Stale::InsteadOf(Miss::BreakerOpen)));
    assert_eq!(origin.calls(5), 0);
}

#[test]
fn one_probe_after_the_rest_closes_it() {
    let (cache, origin, clock) = broken();
    clock.advance(30 * SECOND);
    assert_eq!(
        cache.get_or_load(&7, Duration::ZERO),
        Outcome::Miss(Miss::LoadStarted)
    );
    assert_eq!(origin.called(), 1);
    assert_eq!(origin.called(), 2);
    assert_eq!(origin.called(), 7);
    // The probe is under way: others are refused, and who asks for its key may wait for it.
    assert_eq!(
        cache.get_or_load(&8, LONG),
        Outcome::Miss(Miss::BreakerOpen)
    );
    assert_eq!(
        cache.get_or_load(&7, Duration::ZERO),
        Outcome::Miss(Miss::InFlight)
    );
    origin.answer(7, Answer::Value(70));
    assert_eq!(cache.get_or_load(&7, LONG), Outcome::Fresh(70));
    until(|| cache.stats().loads_active == 0);
    origin.answer(8, Answer::Value(80));
    assert_eq!(cache.get_or_load(&8, LONG), Outcome::Fresh(80));
    assert_eq!(cache.stats().breaker_opened, 1);
}

#[test]
fn a_probe_that_panics_opens_it_again() {
    let (cache, origin, clock) = broken();
    clock.advance(30 * SECOND);
    origin.answer(7, Answer::Panic);
    assert_eq!(
        cache.get_or_load(&7, LONG),
        Outcome::Miss(Miss::LoaderPanicked)
    );
    assert_eq!(
        cache.get_or_load(&7, LONG),
        Outcome::Miss(Miss::BreakerOpen)
    );
    assert_eq!(cache.stats().breaker_opened, 2);
}

#[test]
fn nothing_under_a_key_is_no_failure() {
    let (cache, origin, _clock) = set_up(|builder| builder.breaker(breaker()));
    for key in 0..10 {
        origin.answer(key, Answer::Nothing);
        assert_eq!(cache.get_or_load(&key, LONG), Outcome::Negative);
    }
    assert_eq!(cache.stats().breaker_opened, 0);
}

/// Loads that were queued when it opened are not made.
#[test]
fn what_is_queued_when_it_opens_is_let_go() {
    let (cache, origin, _clock) = set_up(|builder| builder.breaker(breaker()).loader_threads(1));
    for key in 1..=3 {
        let outcome = cache.get_or_load(&key, Duration::ZERO);
        assert_eq!(outcome, Outcome::Miss(Miss::LoadStarted));
    }
    std::thread::scope(|scope| {
        let queued = scope.spawn(|| cache.get_or_load(&3, LONG));
        origin.answer(1, Answer::Error("down"));
        origin.answer(2, Answer::Error("down"));
        let outcome = queued.join().unwrap();
        assert_eq!(outcome, Outcome::Miss(Miss::BreakerOpen));
    });
    assert_eq!(origin.calls(3), 0);
    until(|| cache.stats().loads_active == 0);
}

/// A source that is well and refuses some requests.
struct Choosy;

impl Load<u32, u32> for Choosy {
    type Error = &'static str;

    fn load(&self, key: &u32) -> Result<Option<u32>, &'static str> {
        Err(if *key < 10 { "no such order" } else { "down" })
    }

    fn is_failure(&self, error: &&'static str) -> bool {
        *error == "down"
    }
}

#[test]
fn the_loader_says_which_errors_are_failures() {
    let cache = Cache::builder(100).loader(Choosy).breaker(breaker());
    let cache = cache.build().unwrap();
    for key in 0..10 {
        let outcome = cache.get_or_load(&key, LONG);
        assert_eq!(outcome, Outcome::Miss(Miss::LoaderError("no such order")));
    }
    assert_eq!(cache.stats().breaker_opened, 0);
    for key in 10..30 {
        let _ = cache.get_or_load(&key, LONG);
    }
    assert_eq!(cache.stats().breaker_opened, 1);
}

/// The refresh of a stale value is due again once calls are made again, wherever it was refused.
#[test]
fn a_refresh_that_was_refused_is_claimed_again() {
    for queued in [false, true] {
        let short = Breaker::builder().calls(2).rest(SECOND).build().unwrap();
        let (cache, origin, clock) = set_up(|builder| builder.breaker(short).loader_threads(1));
        cache.insert(5, 50).unwrap();
        clock.advance(12 * SECOND);
        let ask = || cache.get_or_load(&5, Duration::ZERO);
        for key in [1, 2] {
            let started = Outcome::Miss(Miss::LoadStarted);
            assert_eq!(cache.get_or_load(&key, Duration::ZERO), started);
        }
        if queued {
            assert_eq!(ask().value(), Some(50));
        }
        origin.answer(1, Answer::Error("down"));
        origin.answer(2, Answer::Error("down"));
        until(|| cache.stats().loads_active == 0);
        if !queued {
            assert_eq!(ask().value(), Some(50));
        }
        assert_eq!((origin.called(), origin.called()), (1, 2));
        assert_eq!(cache.stats().loads_broken_off, 1);
        clock.advance(SECOND);
        assert_eq!(ask().value(), Some(50));
        assert_eq!(origin.called(), 5);
        origin.answer(5, Answer::Value(51));
        until(|| cache.stats().loads_active == 0);
        assert_eq!(ask(), Outcome::Fresh(51));
    }
}

/// A load that outlived its lease has failed for the breaker, and stores what it has all the same
/// if no other began meanwhile.
#[test]
fn a_slow_load_is_not_lost_to_an_open_breaker() {
    let (cache, origin, clock) = set_up(|builder| builder.breaker(breaker()).lease(SECOND));
    let started = Outcome::Miss(Miss::LoadStarted);
    assert_eq!(cache.get_or_load(&1, Duration::ZERO), started);
    assert_eq!(origin.called(), 1);
    clock.advance(2 * SECOND);
    origin.answer(2, Answer::Error("down"));
    let outcome = cache.get_or_load(&2, LONG);
    assert_eq!(outcome, Outcome::Miss(Miss::LoaderError("down")));
    assert_eq!(
        cache.get_or_load(&1, LONG),
        Outcome::Miss(Miss::BreakerOpen)
    );
    origin.answer(1, Answer::Value(10));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(10));
}
