//! What a load brings must be as new as the call that gets it.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shorttail::cache::{Lookup, Miss, Outcome, Stale};

use super::origin::{Answer, Cached, LONG, SECOND, set_up, until};

/// A caller comes after `invalidate` returned, while a load from before it runs.
fn a_late_caller_starts_a_successor(invalidate: impl FnOnce(&Cached)) {
    let (cache, origin, _) = set_up(|builder| builder);
    let mut cx = Context::from_waker(Waker::noop());
    let mut early = pin!(cache.get_or_load_async(&1));
    assert!(early.as_mut().poll(&mut cx).is_pending());
    assert_eq!(origin.called(), 1);
    invalidate(&cache);
    let mut late = pin!(cache.get_or_load_async(&1));
    assert!(late.as_mut().poll(&mut cx).is_pending());
    assert_eq!(origin.called(), 1, "a successor asks the origin");
    let joined = cache.get_or_load(&1, Duration::ZERO);
    assert_eq!(joined, Outcome::Miss(Miss::InFlight), "but no third load");
    // Either call may take the first answer; told apart by what is stored.
    origin.answer(1, Answer::Value(10));
    until(|| cache.stats().loads_active == 1);
    origin.answer(1, Answer::Value(10));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(late.poll(&mut cx), Poll::Ready(Outcome::Fresh(10)));
    assert_eq!(early.poll(&mut cx), Poll::Ready(Outcome::Fresh(10)));
    assert_eq!((cache.stats().superseded, origin.calls(1)), (1, 2));
}

#[test]
fn a_caller_after_a_remove_does_not_join_the_load_from_before() {
    a_late_caller_starts_a_successor(|cache| assert!(!cache.remove(&1)));
}

#[test]
fn a_caller_after_an_expire_does_not_join_the_load_from_before() {
    a_late_caller_starts_a_successor(|cache| assert!(!cache.expire(&1)));
}

#[test]
fn a_caller_after_invalidate_all_does_not_join_the_load_from_before() {
    a_late_caller_starts_a_successor(Cached::invalidate_all);
}

#[test]
fn a_caller_after_a_remove_never_gets_what_was_read_before() {
    let (cache, origin, _) = set_up(|builder| builder);
    let _ = cache.get_or_load(&1, Duration::ZERO);
    assert_eq!(origin.called(), 1);
    origin.answer(1, Answer::Value(10)); // taken by the only call there is
    until(|| cache.get(&1) == Lookup::Fresh(10));
    cache.remove(&1);
    origin.answer(1, Answer::Value(11));
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(11));
}

#[test]
fn an_insert_during_a_load_that_finds_nothing_fails_or_panics_wins() {
    for answer in [Answer::Nothing, Answer::Error("down"), Answer::Panic] {
        let (cache, origin, _) = set_up(|builder| builder);
        let future = pin!(cache.get_or_load_async(&1));
        assert_eq!(origin.called(), 1);
        cache.insert(1, 77).unwrap();
        origin.answer(1, answer);
        until(|| cache.stats().loads_active == 0);
        let polled = future.poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(Outcome::Fresh(77)));
        assert_eq!(cache.get(&1), Lookup::Fresh(77));
    }
}

#[test]
fn a_refused_insert_voids_the_load_too() {
    let (cache, origin, _) = set_up(|builder| builder);
    for key in 100..200 {
        cache.insert(key, 1).unwrap(); // full
        cache.get(&key);
    }
    let future = pin!(cache.get_or_load_async(&1));
    assert_eq!(origin.called(), 1);
    cache.insert_low_trust(1, 77).unwrap_err();
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    let (value, why) = (11, Stale::Superseded);
    let polled = future.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Outcome::Stale { value, why }));
    assert_eq!(cache.get(&1), Lookup::Miss);
}

/// One thread, kept busy by key 9.
fn with_a_queued_load() -> (
    std::sync::Arc<Cached>,
    super::origin::Origin,
    super::origin::Clocked,
) {
    let (cache, origin, clock) = set_up(|builder| builder.loader_threads(1).lease(SECOND));
    let _ = cache.get_or_load(&9, Duration::ZERO);
    assert_eq!(origin.called(), 9);
    let _ = cache.get_or_load(&1, Duration::ZERO);
    (cache, origin, clock)
}

#[test]
fn a_queued_load_outlives_its_lease_and_is_run_once() {
    let (cache, origin, clock) = with_a_queued_load();
    clock.advance(5 * SECOND);
    let joined = cache.get_or_load(&1, Duration::ZERO);
    assert_eq!(
        joined,
        Outcome::Miss(Miss::InFlight),
        "it has not begun to hang"
    );
    origin.answer(9, Answer::Value(99));
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    assert_eq!((origin.calls(1), cache.get(&1)), (1, Lookup::Fresh(11)));
}

#[test]
fn a_queued_load_reads_after_the_remove_and_is_stored() {
    let (cache, origin, _) = with_a_queued_load();
    cache.remove(&1);
    cache.invalidate_all();
    let joined = cache.get_or_load(&1, Duration::ZERO);
    assert_eq!(joined, Outcome::Miss(Miss::InFlight));
    origin.answer(9, Answer::Value(99));
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    assert_eq!((origin.calls(1), cache.get(&1)), (1, Lookup::Fresh(11)));
}

#[test]
fn a_queued_load_of_a_key_that_was_inserted_asks_nobody() {
    let (cache, origin, _) = with_a_queued_load();
    let future = pin!(cache.get_or_load_async(&1));
    cache.insert(1, 77).unwrap();
    origin.answer(9, Answer::Value(99));
    until(|| cache.stats().loads_active == 0);
    assert_eq!((origin.calls(1), cache.stats().superseded), (0, 1));
    let polled = future.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Outcome::Fresh(77)));
}
