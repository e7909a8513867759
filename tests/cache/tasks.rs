//! Waiting for a load in a task: cancel, new wakers, close.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use shorttail::cache::{Lookup, Miss, Outcome, Stale};

use super::origin::{Answer, LONG, SECOND, set_up, until};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counting() -> (Arc<Count>, Waker) {
    let count = Arc::new(Count::default());
    (Arc::clone(&count), Waker::from(count))
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

#[test]
fn a_hit_is_ready_at_once() {
    let (cache, _origin, _) = set_up(|builder| builder);
    cache.insert(1, 11).unwrap();
    let (_, waker) = counting();
    let future = pin!(cache.get_or_load_async(&1));
    assert_eq!(poll(future, &waker), Poll::Ready(Outcome::Fresh(11)));
}

#[test]
fn an_error_is_shared_by_all_and_asked_for_once() {
    let (cache, origin, _) = set_up(|builder| builder);
    let (count, waker) = counting();
    let mut callers: Vec<_> = (0..12)
        .map(|_| Box::pin(cache.get_or_load_async(&1)))
        .collect();
    for caller in &mut callers {
        assert!(poll(caller.as_mut(), &waker).is_pending());
    }
    origin.answer(1, Answer::Error("down"));
    until(|| count.0.load(Ordering::SeqCst) == 3);
    for mut caller in callers {
        let expected = Outcome::Miss(Miss::LoaderError("down"));
        assert_eq!(poll(caller.as_mut(), &waker), Poll::Ready(expected));
    }
    assert_eq!(count.0.load(Ordering::SeqCst), 12, "each once");
    assert_eq!(origin.calls(1), 1, "no convoy");
    origin.answer(1, Answer::Value(12));
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(12));
}

#[test]
fn a_task_knows_whether_a_value_stands_in_for_its_load() {
    let (cache, origin, clock) = set_up(|builder| builder);
    cache.insert(1, 10).unwrap();
    assert!(!cache.get_or_load_async(&1).has_stand_in(), "a hit");
    clock.advance(16 * SECOND); // past the stale window
    let mut with = pin!(cache.get_or_load_async(&1));
    assert!(with.has_stand_in());
    assert!(!cache.get_or_load_async(&2).has_stand_in());
    let (value, why) = (10, Stale::InsteadOf(Miss::Deadline));
    assert_eq!(with.as_mut().give_up(), Outcome::Stale { value, why });
    for key in [1, 2] {
        origin.answer(key, Answer::Nothing);
    }
}

#[test]
fn the_first_caller_may_leave_and_the_others_are_served() {
    let (cache, origin, _) = set_up(|builder| builder);
    let (count, waker) = counting();
    let mut first = Box::pin(cache.get_or_load_async(&1));
    assert!(poll(first.as_mut(), &waker).is_pending());
    let mut second = pin!(cache.get_or_load_async(&1));
    assert!(poll(second.as_mut(), &waker).is_pending());
    drop(first);
    origin.answer(1, Answer::Value(11));
    until(|| count.0.load(Ordering::SeqCst) > 0);
    assert_eq!(poll(second, &waker), Poll::Ready(Outcome::Fresh(11)));
    assert_eq!(origin.calls(1), 1);
}

#[test]
fn all_callers_may_leave_and_the_load_is_kept() {
    let (cache, origin, _) = set_up(|builder| builder);
    let (_, waker) = counting();
    for _ in 0..100 {
        let mut caller = Box::pin(cache.get_or_load_async(&1));
        assert!(poll(caller.as_mut(), &waker).is_pending());
    }
    drop(cache.get_or_load_async(&1)); // never polled
    origin.answer(1, Answer::Value(11));
    until(|| cache.get(&1) == Lookup::Fresh(11));
    assert_eq!(origin.calls(1), 1);
    // No flight is lost: as many loads as ever can be under way.
    for key in 100..500 {
        origin.answer(key, Answer::Value(key.into()));
        assert_eq!(cache.get_or_load(&key, LONG), Outcome::Fresh(key.into()));
    }
}

#[test]
fn the_newest_waker_is_the_one_woken() {
    let (cache, origin, _) = set_up(|builder| builder);
    let (old, old_waker) = counting();
    let (new, new_waker) = counting();
    let mut future = pin!(cache.get_or_load_async(&1));
    assert!(poll(future.as_mut(), &old_waker).is_pending());
    assert!(poll(future.as_mut(), &new_waker).is_pending());
    origin.answer(1, Answer::Value(11));
    until(|| new.0.load(Ordering::SeqCst) == 1);
    assert_eq!(old.0.load(Ordering::SeqCst), 0);
    assert_eq!(poll(future, &new_waker), Poll::Ready(Outcome::Fresh(11)));
}

#[test]
fn closing_wakes_tasks() {
    let (cache, origin, _) = set_up(|builder| builder);
    let (count, waker) = counting();
    let mut future = pin!(cache.get_or_load_async(&1));
    assert!(poll(future.as_mut(), &waker).is_pending());
    assert_eq!(origin.called(), 1);
    cache.close();
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert_eq!(
        poll(future, &waker),
        Poll::Ready(Outcome::Miss(Miss::Closed))
    );
    origin.answer(1, Answer::Value(11)); // lets the thread end
}

#[test]
fn a_task_gets_the_older_value_in_place_of_an_error() {
    let (cache, origin, clock) = set_up(|builder| builder);
    cache.insert(1, 10).unwrap();
    clock.advance(16 * SECOND);
    let (count, waker) = counting();
    let mut future = pin!(cache.get_or_load_async(&1));
    assert!(poll(future.as_mut(), &waker).is_pending());
    origin.answer(1, Answer::Error("down"));
    until(|| count.0.load(Ordering::SeqCst) > 0);
    let why = Stale::InsteadOf(Miss::LoaderError("down"));
    let expected = Outcome::Stale { value: 10, why };
    assert_eq!(poll(future, &waker), Poll::Ready(expected));
}

/// Lets `waiting` be woken by an insert: every one gets the value, also if some that were woken
/// leave without a look. Gives the wakes that the insert made itself.
fn all_are_woken_by_an_insert(waiting: usize, leaves: impl Fn(usize) -> bool) -> usize {
    let (cache, origin, _) = set_up(|builder| builder);
    let counts: Vec<_> = (0..waiting).map(|_| counting()).collect();
    let future = || Some(Box::pin(cache.get_or_load_async(&1)));
    let mut futures: Vec<_> = (0..waiting).map(|_| future()).collect();
    for (future, (_, waker)) in futures.iter_mut().zip(&counts) {
        assert!(poll(future.as_mut().unwrap().as_mut(), waker).is_pending());
    }
    assert_eq!(origin.called(), 1);
    cache.insert(1, 5).unwrap();
    let woken = |number: usize| counts[number].0.0.load(Ordering::SeqCst) > 0;
    let by_insert = (0..waiting).filter(|number| woken(*number)).count();
    while futures.iter().any(Option::is_some) {
        let next = (0..waiting).find(|number| futures[*number].is_some() && woken(*number));
        let number = next.expect("somebody is woken while somebody waits");
        let mut future = futures[number].take().unwrap();
        if !leaves(number) {
            let polled = poll(future.as_mut(), &counts[number].1);
            assert_eq!(polled, Poll::Ready(Outcome::Fresh(5)));
        }
    }
    origin.answer(1, Answer::Value(1)); // lets the thread end
    by_insert
}

#[test]
fn an_insert_wakes_three_and_each_the_next() {
    assert_eq!(all_are_woken_by_an_insert(500, |_| false), 3);
}

#[test]
fn a_woken_task_that_leaves_passes_the_wake_on() {
    assert_eq!(all_are_woken_by_an_insert(100, |number| number < 4), 3);
    assert_eq!(all_are_woken_by_an_insert(100, |number| number % 2 == 0), 3);
}

#[test]
fn woken_tasks_that_stand_still_hold_up_nobody_beyond_upkeep() {
    let (cache, origin, _) = set_up(|builder| builder);
    let (count, waker) = counting();
    let mut futures: Vec<_> = (0..50)
        .map(|_| Box::pin(cache.get_or_load_async(&1)))
        .collect();
    for future in &mut futures {
        assert!(poll(future.as_mut(), &waker).is_pending());
    }
    cache.insert(1, 5).unwrap();
    assert_eq!(count.0.load(Ordering::SeqCst), 3);
    origin.answer(1, Answer::Value(1));
    until(|| cache.stats().loads_active == 0);
    for _ in 0..16 {
        cache.maintain(1);
    }
    assert_eq!(count.0.load(Ordering::SeqCst), 50);
    for future in &mut futures {
        assert_eq!(
            poll(future.as_mut(), &waker),
            Poll::Ready(Outcome::Fresh(5))
        );
    }
}

#[test]
fn results_that_nobody_takes_are_counted_and_use_up_their_own_room_alone() {
    let (cache, origin, _) = set_up(|builder| builder); // loads_max 8
    let mut kept = Vec::new();
    for key in 0..16 {
        origin.answer(key, Answer::Value(1));
        kept.push(cache.get_or_load_async(&key)); // never polled
        until(|| cache.stats().loads_active == 0);
        assert_eq!(cache.stats().loads_unread, key + 1);
    }
    assert_eq!(cache.get_or_load(&99, LONG), Outcome::Miss(Miss::Shed));
    kept.pop();
    assert_eq!(cache.stats().loads_unread, 15);
    origin.answer(99, Answer::Value(9));
    assert_eq!(cache.get_or_load(&99, LONG), Outcome::Fresh(9));
}
