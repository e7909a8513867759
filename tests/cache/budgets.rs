//! How long callers wait, how many, and what they put in place of a value.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Budget, Miss, Outcome, Stale};

use super::origin::{Answer, LONG, SECOND, set_up, until};

#[test]
fn a_soft_budget_is_for_whom_an_older_value_could_stand_in() {
    let (cache, origin, clock) = set_up(|builder| builder);
    let budget = Budget::new(LONG).soft(Duration::ZERO);
    cache.insert(5, 50).unwrap();
    clock.advance(16 * SECOND); // in the error window
    let why = Stale::InsteadOf(Miss::Deadline);
    let stands_in = Outcome::Stale { value: 50, why };
    assert_eq!(cache.get_or_load(&5, budget), stands_in);
    assert_eq!(origin.called(), 5, "the load goes on behind");
    // Nothing could stand in for this one.
    thread::scope(|scope| {
        let waits = scope.spawn(|| cache.get_or_load(&6, budget));
        assert_eq!(origin.called(), 6);
        origin.answer(6, Answer::Value(60));
        assert_eq!(waits.join().unwrap(), Outcome::Fresh(60));
    });
    origin.answer(5, Answer::Value(51));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get_or_load(&5, budget), Outcome::Fresh(51));
    // A soft budget above the hard one is none; zero does not wait.
    let hard = Budget::new(Duration::ZERO).soft(LONG);
    assert_eq!(
        cache.get_or_load(&7, hard),
        Outcome::Miss(Miss::LoadStarted)
    );
    origin.answer(7, Answer::Nothing);
}

#[test]
fn more_waiters_than_allowed_are_told_so_at_once() {
    let (cache, origin, clock) = set_up(|builder| builder.waiters_max(2));
    let mut first = pin!(cache.get_or_load_async(&1));
    {
        let _second = cache.get_or_load_async(&1);
        assert_eq!(cache.get_or_load(&1, LONG), Outcome::Miss(Miss::Shed));
        let at_once = cache.get_or_load(&1, Duration::ZERO);
        assert_eq!(
            at_once,
            Outcome::Miss(Miss::InFlight),
            "who does not wait is none on top"
        );
        assert_eq!(cache.stats().loads_shed, 1);
    }
    // One of them has gone.
    let mut third = pin!(cache.get_or_load_async(&1));
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Miss(Miss::Shed));
    origin.answer(1, Answer::Value(10));
    until(|| cache.stats().loads_active == 0);
    let mut cx = Context::from_waker(Waker::noop());
    for waits in [first.as_mut(), third.as_mut()] {
        assert_eq!(waits.poll(&mut cx), Poll::Ready(Outcome::Fresh(10)));
    }
    assert_eq!(origin.calls(1), 1);
    // An older value stands in for those on top.
    clock.advance(16 * SECOND);
    let _waiters = [(); 2].map(|()| cache.get_or_load_async(&1));
    let why = Stale::InsteadOf(Miss::Shed);
    assert_eq!(
        cache.get_or_load(&1, LONG),
        Outcome::Stale { value: 10, why }
    );
    origin.answer(1, Answer::Value(11));
}

#[test]
fn a_fallback_takes_the_place_of_misses_alone() {
    type Told = Outcome<u8, &'static str>;
    let seven = |_: &Miss<_>| Some(7);
    let why = Stale::Refreshing;
    for kept in [
        Told::Fresh(1),
        Told::Stale { value: 2, why },
        Told::Negative,
        Told::Fallback(3),
    ] {
        assert_eq!(kept.degrade(seven), kept);
    }
    let miss = Told::Miss(Miss::Shed);
    assert_eq!(miss.degrade(seven), Told::Fallback(7));
    assert_eq!(miss.degrade(|_| None), miss);
    assert_eq!(miss.degrade(seven).value(), Some(7));
    assert!(!miss.degrade(seven).is_fresh());
}
