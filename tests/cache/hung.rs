//! Loads past their lease: who is told, who is shed, and what goes on.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shorttail::cache::{Miss, Outcome, Stale};
use shorttail::limit::Breaker;

use super::origin::{Answer, Cached, Clocked, LONG, Loading, Origin, SECOND, set_up, until};

/// Opens after two failures of two, for 30 s.
fn breaker() -> Breaker {
    let builder = Breaker::builder().calls(2).window(60 * SECOND);
    builder.rest(30 * SECOND).build().unwrap()
}

/// Loads of `keys` that hang.
fn hung(keys: &[u32], adjust: impl FnOnce(Loading) -> Loading) -> (Arc<Cached>, Origin, Clocked) {
    let (cache, origin, clock) = set_up(|builder| adjust(builder.lease(SECOND)));
    for key in keys {
        let started = Outcome::Miss(Miss::LoadStarted);
        assert_eq!(cache.get_or_load(key, Duration::ZERO), started);
        assert_eq!(origin.called(), *key);
    }
    clock.advance(SECOND - Duration::from_nanos(1));
    assert_eq!(cache.stats().zombies, 0);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(cache.stats().zombies, keys.len() as u32);
    (cache, origin, clock)
}

#[test]
fn with_all_threads_held_other_misses_are_shed_at_once_and_hits_go_on() {
    let (cache, origin, clock) = hung(&[1, 2], |builder| builder.loads_max(8).loader_threads(2));
    cache.insert(9, 90).unwrap();
    for key in 10..60 {
        let outcome = cache.get_or_load(&key, LONG);
        assert_eq!(outcome, Outcome::Miss(Miss::Shed), "the queue has room");
        assert_eq!(cache.get_or_load(&9, LONG), Outcome::Fresh(90));
    }
    let stats = cache.stats();
    assert_eq!((stats.loads_shed, stats.loads_active), (50, 2));
    // A successor would need a thread too; what there is of an older value stands in.
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Miss(Miss::Shed));
    clock.advance(16 * SECOND);
    let (value, why) = (90, Stale::InsteadOf(Miss::Shed));
    assert_eq!(cache.get_or_load(&9, LONG), Outcome::Stale { value, why });
    // One that comes back is there for others.
    origin.answer(1, Answer::Value(10));
    until(|| cache.stats().loads_active == 1);
    assert_eq!(cache.stats().zombies, 1);
    origin.answer(10, Answer::Value(100));
    assert_eq!(cache.get_or_load(&10, LONG), Outcome::Fresh(100));
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(10));
    origin.answer(2, Answer::Nothing);
    until(|| cache.stats().zombies == 0);
}

#[test]
fn who_asks_for_a_load_that_waits_behind_hung_ones_is_shed_at_once() {
    let (cache, origin, clock) =
        set_up(|builder| builder.lease(SECOND).loads_max(4).loader_threads(1));
    for key in [1, 2] {
        let started = Outcome::Miss(Miss::LoadStarted);
        assert_eq!(cache.get_or_load(&key, Duration::ZERO), started);
    }
    assert_eq!(origin.called(), 1);
    clock.advance(SECOND);
    assert_eq!(cache.get_or_load(&2, LONG), Outcome::Miss(Miss::Shed));
    assert_eq!(origin.calls(2), 0);
    origin.answer(1, Answer::Value(10));
    origin.answer(2, Answer::Value(20));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(
        cache.get_or_load(&2, LONG),
        Outcome::Fresh(20),
        "it is made all the same"
    );
}

#[test]
fn who_waits_for_a_load_that_hangs_begins_its_successor_and_has_that_ones_answer() {
    let lease = Duration::from_millis(1); // of waiting too, which is by the system's clock
    let (cache, origin, clock) = set_up(|builder| builder.lease(lease).loader_threads(2));
    let caller = std::thread::spawn({
        let cache = Arc::clone(&cache);
        move || cache.get_or_load(&1, LONG)
    });
    assert_eq!(origin.called(), 1);
    clock.advance(lease);
    assert_eq!(origin.called(), 1, "the successor");
    assert_eq!(cache.stats().zombies, 1);
    // One of the two has the first answer; nobody is kept waiting by the other.
    origin.answer(1, Answer::Value(11));
    origin.answer(1, Answer::Value(12));
    let found = caller.join().unwrap();
    assert!(matches!(found, Outcome::Fresh(11 | 12)), "{found:?}");
    until(|| cache.stats().loads_active == 0);
    assert_eq!((cache.stats().loads_started, origin.calls(1)), (2, 2));
}

#[test]
fn who_asked_for_a_load_of_its_own_that_hangs_has_no_answer_of_the_loader_s() {
    let lease = Duration::from_millis(1);
    let (cache, origin, clock) = set_up(|builder| builder.lease(lease).loader_threads(2));
    let (release, go_on) = std::sync::mpsc::channel::<()>();
    let (asked, is_asked) = std::sync::mpsc::channel();
    let own = std::thread::spawn({
        let cache = Arc::clone(&cache);
        move || {
            cache.load_with(&1, LONG, move |_| {
                asked.send(()).ok();
                go_on.recv().ok();
                Ok(Some(11))
            })
        }
    });
    is_asked.recv().unwrap();
    let other = std::thread::spawn({
        let cache = Arc::clone(&cache);
        move || cache.get_or_load(&1, LONG)
    });
    clock.advance(lease);
    assert_eq!(origin.called(), 1, "the other's, of the loader");
    // As long as it takes to ask again a few times, for who would.
    let late = cache.get_or_load(&1, 20 * lease);
    assert_eq!(late, Outcome::Miss(Miss::Deadline));
    origin.answer(1, Answer::Error("who asks?"));
    let refused = Outcome::Miss(Miss::LoaderError("who asks?"));
    assert_eq!(other.join().unwrap(), refused);
    release.send(()).unwrap();
    assert_eq!(own.join().unwrap().value(), Some(11));
}

#[test]
fn the_breaker_hears_of_a_hung_load_at_the_end_of_its_lease_and_once() {
    let (cache, origin, _clock) = hung(&[1, 2], |builder| builder.breaker(breaker()));
    assert_eq!(cache.stats().breaker_opened, 0, "nobody asked");
    let open = Outcome::Miss(Miss::BreakerOpen);
    assert_eq!(cache.get_or_load(&3, LONG), open);
    assert_eq!((cache.stats().breaker_opened, origin.calls(3)), (1, 0));
    for key in [1, 2] {
        origin.answer(key, Answer::Value(10));
    }
    until(|| cache.stats().loads_active == 0);
    assert_eq!(
        cache.get_or_load(&3, LONG),
        open,
        "what comes late closes nothing"
    );
    assert_eq!(
        cache.get_or_load(&1, LONG),
        Outcome::Fresh(10),
        "and is stored"
    );
}

#[test]
fn a_hung_load_is_one_failure_whatever_comes_of_it() {
    let (cache, origin, clock) = hung(&[1], |builder| builder.breaker(breaker()));
    origin.answer(3, Answer::Nothing);
    assert_eq!(cache.get_or_load(&3, LONG), Outcome::Negative);
    until(|| cache.stats().loads_active == 1);
    // One of two failed: half of them. It opened with the second.
    assert_eq!(cache.stats().breaker_opened, 1);
    clock.advance(30 * SECOND);
    origin.answer(1, Answer::Error("down"));
    until(|| cache.stats().loads_active == 0);
    origin.answer(4, Answer::Nothing);
    assert_eq!(cache.get_or_load(&4, LONG), Outcome::Negative, "the probe");
    assert_eq!(cache.stats().breaker_opened, 1);
}

#[test]
fn a_load_that_comes_back_past_its_lease_has_failed_though_nobody_looked() {
    let (cache, origin, _clock) = hung(&[1, 2], |builder| builder.breaker(breaker()));
    for key in [1, 2] {
        origin.answer(key, Answer::Value(10));
    }
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.stats().breaker_opened, 1);
}

#[test]
fn a_stale_hit_tells_the_breaker_and_is_served() {
    let (cache, origin, clock) = set_up(|builder| {
        let builder = builder.breaker(breaker()).lease(SECOND);
        builder.error_backoff(SECOND)
    });
    cache.insert(5, 50).unwrap();
    clock.advance(10 * SECOND);
    for key in [1, 2] {
        let _ = cache.get_or_load(&key, Duration::ZERO);
        origin.called();
    }
    clock.advance(SECOND);
    let (value, why) = (50, Stale::Refreshing);
    assert_eq!(cache.get_or_load(&5, LONG), Outcome::Stale { value, why });
    let stats = cache.stats();
    assert_eq!((stats.breaker_opened, stats.loads_broken_off), (1, 1));
    assert_eq!((stats.loads_started, origin.calls(5)), (2, 0));
    for key in [1, 2] {
        origin.answer(key, Answer::Nothing);
    }
}

#[test]
fn a_probe_that_hangs_opens_the_breaker_again() {
    let (cache, origin, clock) = hung(&[1, 2], |builder| builder.breaker(breaker()));
    let _ = cache.get_or_load(&3, LONG);
    clock.advance(30 * SECOND);
    let started = Outcome::Miss(Miss::LoadStarted);
    assert_eq!(cache.get_or_load(&3, Duration::ZERO), started);
    assert_eq!(origin.called(), 3);
    clock.advance(SECOND);
    let open = Outcome::Miss(Miss::BreakerOpen);
    assert_eq!(cache.get_or_load(&4, LONG), open);
    assert_eq!(cache.stats().breaker_opened, 2);
    for key in [1, 2, 3] {
        origin.answer(key, Answer::Nothing);
    }
}

#[test]
fn calls_that_are_slow_open_it_too() {
    let slow = Duration::from_millis(500);
    let breaker = Breaker::builder().calls(2).slow_rate(slow, 1.0);
    let breaker = breaker.rest(30 * SECOND).build().unwrap();
    let (cache, origin, clock) = set_up(|builder| builder.breaker(breaker));
    for key in [1, 2] {
        let _ = cache.get_or_load(&key, Duration::ZERO);
        assert_eq!(origin.called(), key);
        clock.advance(slow);
        origin.answer(key, Answer::Value(1));
        until(|| cache.stats().loads_active == 0);
    }
    assert_eq!(cache.stats().breaker_opened, 1);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(1));
    // For a task too: ready at its first poll.
    let refused = pin!(cache.get_or_load_async(&3));
    let polled = refused.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Outcome::Miss(Miss::BreakerOpen)));
}

#[test]
fn tasks_on_top_of_the_most_that_may_wait_are_told_at_their_first_poll() {
    let (cache, origin, _) = set_up(|builder| builder.waiters_max(2));
    let _waiting = [(); 2].map(|()| Box::pin(cache.get_or_load_async(&1)));
    let on_top = pin!(cache.get_or_load_async(&1));
    let polled = on_top.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Outcome::Miss(Miss::Shed)));
    origin.answer(1, Answer::Nothing);
}
