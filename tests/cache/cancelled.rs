//! Loads that somebody says nobody wants.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shorttail::cache::{Async, AsyncLoad, Cache, Load, Lookup, Miss, Outcome, Stale};

use super::origin::{Answer, LONG, SECOND, set_up, until};

const CANCELLED: Miss<&str> = Miss::LoadCancelled;

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn who_waits_is_told_and_what_the_thread_brings_is_not_stored() {
    let (cache, origin, _) = set_up(|builder| builder);
    let mut caller = pin!(cache.get_or_load_async(&1));
    assert!(poll(caller.as_mut()).is_pending());
    assert_eq!(origin.called(), 1);
    assert!(!cache.cancel_load(&2), "no such load");
    assert!(cache.cancel_load(&1));
    assert!(!cache.cancel_load(&1), "once");
    assert_eq!(poll(caller), Poll::Ready(Outcome::Miss(CANCELLED)));
    // The next one does not wait for it.
    let found = cache.load_with(&1, LONG, |_| Ok(Some(12)));
    assert_eq!(found, Outcome::Fresh(12));
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Fresh(12));
    assert_eq!(cache.stats().superseded, 1);
}

#[test]
fn what_was_stored_by_hand_before_is_what_who_waits_gets() {
    let (cache, origin, _) = set_up(|builder| builder);
    let mut caller = pin!(cache.get_or_load_async(&1));
    assert!(poll(caller.as_mut()).is_pending());
    assert_eq!(origin.called(), 1);
    cache.insert(1, 12).unwrap();
    assert!(cache.cancel_load(&1));
    assert_eq!(poll(caller), Poll::Ready(Outcome::Fresh(12)));
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Fresh(12));
}

#[test]
fn a_thread_that_waits_is_woken() {
    let (cache, origin, _) = set_up(|builder| builder);
    let caller = std::thread::spawn({
        let cache = Arc::clone(&cache);
        move || cache.get_or_load(&1, LONG)
    });
    assert_eq!(origin.called(), 1);
    assert!(cache.cancel_load(&1));
    assert_eq!(caller.join().unwrap(), Outcome::Miss(CANCELLED));
    origin.answer(1, Answer::Nothing);
}

/// Counts its calls.
#[derive(Default)]
struct Counted(Arc<AtomicUsize>);

impl Load<u32, u64> for Counted {
    type Error = &'static str;
    fn load(&self, key: &u32) -> Result<Option<u64>, Self::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Some(u64::from(*key)))
    }
}

#[test]
fn one_that_is_queued_is_not_made_and_its_place_is_free_again() {
    let calls = Arc::default();
    let builder = Cache::builder(10).loader(Counted(Arc::clone(&calls)));
    let (cache, loads) = builder.loads_max(1).build_manual().unwrap();
    for _ in 0..5 {
        let started = Outcome::Miss(Miss::LoadStarted);
        assert_eq!(cache.get_or_load(&1, Duration::ZERO), started);
        assert!(cache.cancel_load(&1));
        let shed = Outcome::Miss(Miss::Shed);
        assert_eq!(
            cache.get_or_load(&2, LONG),
            shed,
            "until its number is taken"
        );
        assert!(loads.run_one());
    }
    let stats = cache.stats();
    assert_eq!((stats.loads_started, stats.loads_done), (5, 0));
    assert_eq!((stats.loads_active, calls.load(Ordering::Relaxed)), (0, 0));
}

#[test]
fn a_value_of_the_error_window_stands_in_and_a_stale_one_may_be_refreshed_again() {
    let (cache, origin, clock) = set_up(|builder| builder.loader_threads(1));
    cache.insert(1, 10).unwrap();
    clock.advance(12 * SECOND);
    let (value, why) = (10, Stale::Refreshing);
    let stale = Outcome::Stale { value, why };
    let _ = cache.get_or_load(&9, Duration::ZERO); // holds the thread
    assert_eq!(origin.called(), 9);
    assert_eq!(cache.get_or_load(&1, LONG), stale, "a refresh is queued");
    assert!(cache.cancel_load(&1));
    origin.answer(9, Answer::Nothing);
    until(|| cache.stats().loads_active == 0);
    assert_eq!(origin.calls(1), 0);
    assert_eq!(cache.get_or_load(&1, LONG), stale, "another");
    assert_eq!(origin.called(), 1);
    clock.advance(4 * SECOND);
    let mut caller = pin!(cache.get_or_load_async(&1));
    assert!(poll(caller.as_mut()).is_pending());
    assert!(cache.cancel_load(&1));
    let why = Stale::InsteadOf(CANCELLED);
    assert_eq!(poll(caller), Poll::Ready(Outcome::Stale { value, why }));
    origin.answer(1, Answer::Nothing);
}

/// Never answers; counts the futures that were dropped.
#[derive(Default)]
struct Hangs(Arc<AtomicUsize>);

struct Gone(Arc<AtomicUsize>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl AsyncLoad<u32, u64> for Hangs {
    type Error = &'static str;
    async fn load(&self, _: &u32) -> Result<Option<u64>, Self::Error> {
        let _gone = Gone(Arc::clone(&self.0));
        pending().await
    }
}

#[tokio::test]
async fn the_future_of_one_in_a_task_is_dropped_and_the_task_goes_on() {
    let gone = Arc::default();
    let builder = Cache::builder(10).loader(Async(Hangs(Arc::clone(&gone))));
    let (cache, tasks) = builder
        .loads_max(1)
        .loader_threads(1)
        .build_tasks()
        .unwrap();
    for task in tasks {
        tokio::spawn(task.run());
    }
    for dropped in 1..=5 {
        let mut caller = pin!(cache.get_or_load_async(&1));
        assert!(poll(caller.as_mut()).is_pending());
        tokio::task::yield_now().await;
        assert!(cache.cancel_load(&1));
        assert_eq!(caller.await, Outcome::Miss(CANCELLED));
        while cache.stats().loads_active > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gone.load(Ordering::Relaxed), dropped);
    }
}

#[test]
fn a_cache_without_a_loader_has_none_to_cancel() {
    let cache = Cache::<u32, u64>::builder(10).build().unwrap();
    assert!(!cache.cancel_load(&1));
}
