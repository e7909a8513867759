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
    until(|| count.0.load(Ordering::SeqCst) == 12);
    for mut caller in callers {
        let expected = Outcome::Miss(Miss::LoaderError("down"));
        assert_eq!(poll(caller.as_mut(), &waker), Poll::Ready(expected));
    }
    assert_eq!(origin.calls(1), 1, "no convoy");
    origin.answer(1, Answer::Value(12));
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(12));
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
