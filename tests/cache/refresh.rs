//! Refreshing what is stale, and serving it meanwhile.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Lookup, Miss, Outcome, Stale};

use super::origin::{Answer, LONG, SECOND, set_up, until};

#[test]
fn a_stale_hit_under_many_threads_starts_one_refresh() {
    let (cache, origin, clock) = set_up(|builder| builder);
    cache.insert(1, 10).unwrap();
    clock.advance(10 * SECOND);
    let ask = |cache: &Arc<_>| {
        let cache: Arc<super::origin::Cached> = Arc::clone(cache);
        thread::spawn(move || cache.get_or_load(&1, LONG))
    };
    let callers: Vec<_> = (0..64).map(|_| ask(&cache)).collect();
    let (value, why) = (10, Stale::Refreshing);
    for caller in callers {
        assert_eq!(caller.join().unwrap(), Outcome::Stale { value, why });
    }
    assert_eq!(origin.called(), 1);
    origin.answer(1, Answer::Value(11));
    until(|| cache.get(&1) == Lookup::Fresh(11));
    assert_eq!(origin.calls(1), 1);
}

#[test]
fn a_failed_refresh_leaves_the_value_rests_and_ends_with_the_windows() {
    let (cache, origin, clock) = set_up(|builder| builder.error_backoff(2 * SECOND));
    cache.insert(1, 10).unwrap();
    clock.advance(10 * SECOND);
    let refreshing = Outcome::Stale {
        value: 10,
        why: Stale::Refreshing,
    };
    origin.answer(1, Answer::Error("down"));
    assert_eq!(cache.get_or_load(&1, LONG), refreshing);
    until(|| cache.stats().loads_active == 0);
    for _ in 0..10 {
        assert_eq!(cache.get_or_load(&1, LONG), refreshing, "throttled");
    }
    assert_eq!(origin.calls(1), 1);
    clock.advance(6 * SECOND); // past the stale window, within the error window
    origin.answer(1, Answer::Error("still down"));
    let outcome = cache.get_or_load(&1, LONG);
    let why = Stale::InsteadOf(Miss::LoaderError("still down"));
    assert_eq!(outcome, Outcome::Stale { value: 10, why });
    let why = Stale::InsteadOf(Miss::BackingOff);
    assert_eq!(
        cache.get_or_load(&1, LONG),
        Outcome::Stale { value: 10, why }
    );
    assert_eq!(origin.calls(1), 2);
    clock.advance(19 * SECOND); // past both
    origin.answer(1, Answer::Error("dead"));
    let outcome = cache.get_or_load(&1, LONG);
    assert_eq!(outcome, Outcome::Miss(Miss::LoaderError("dead")));
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Miss(Miss::BackingOff));
}

#[test]
fn a_refresh_that_finds_nothing_ends_the_old_value() {
    let (cache, origin, clock) = set_up(|builder| builder);
    cache.insert(1, 10).unwrap();
    clock.advance(10 * SECOND);
    origin.answer(1, Answer::Nothing);
    let _ = cache.get_or_load(&1, LONG);
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Negative);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Negative);
    clock.advance(2 * SECOND);
    origin.answer(1, Answer::Value(12));
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(12));
}

#[test]
fn nothing_found_beyond_the_negative_share_still_ends_the_old_value() {
    let (cache, origin, clock) = set_up(|builder| builder);
    cache.insert(1, 10).unwrap();
    clock.advance(10 * SECOND);
    for key in 100..125 {
        cache.insert_negative(key).unwrap();
    }
    origin.answer(1, Answer::Nothing);
    let _ = cache.get_or_load(&1, LONG);
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Miss);
}

#[test]
fn an_expire_during_a_refresh_gives_the_claim_back() {
    let (cache, origin, clock) = set_up(|builder| builder.lease(4 * SECOND));
    cache.insert(1, 10).unwrap();
    clock.advance(11 * SECOND);
    let refreshing = Outcome::Stale {
        value: 10,
        why: Stale::Refreshing,
    };
    assert_eq!(cache.get_or_load(&1, LONG), refreshing);
    assert_eq!(origin.called(), 1);
    cache.expire(&1);
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.stats().superseded, 1);
    assert_eq!(cache.get_or_load(&1, LONG), refreshing);
    assert_eq!(origin.called(), 1, "within the lease of the first claim");
    origin.answer(1, Answer::Value(12));
    until(|| cache.get(&1) == Lookup::Fresh(12));
}

#[test]
fn a_waiter_that_looks_at_a_stale_entry_claims_no_refresh() {
    let (cache, origin, _) = set_up(|builder| builder);
    let mut future = pin!(cache.get_or_load_async(&1));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_pending());
    assert_eq!(origin.called(), 1);
    cache.insert_for(1, 10, Duration::ZERO).unwrap(); // stale at once
    assert!(
        future.as_mut().poll(&mut cx).is_pending(),
        "that is no answer"
    );
    let why = Stale::Refreshing;
    let outcome = cache.get_or_load(&1, LONG);
    assert_eq!(outcome, Outcome::Stale { value: 10, why });
    assert_eq!(origin.called(), 1, "the claim was there to be had");
    origin.answer(1, Answer::Value(12));
    origin.answer(1, Answer::Value(12));
    until(|| cache.get(&1) == Lookup::Fresh(12));
}
