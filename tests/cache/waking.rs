//! Who wakes whom: those who wait for a load that has a successor, and a crowd, a few at a time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use shorttail::cache::{Cache, KeyedState, Load, LoadFuture, LoadRunner, Lookup, Miss, Outcome};
use shorttail::time::StdClock;

use super::origin::{Answer, LONG, Origin, SECOND, set_up, until};

/// Counts the wakes of one task.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

type Waiting<'a, L, C> = LoadFuture<'a, u32, u64, L, KeyedState, C>;

/// A caller that waits in a task.
struct Caller<'a, L: Load<u32, u64>, C> {
    future: Pin<Box<Waiting<'a, L, C>>>,
    wakes: Arc<Count>,
}

impl<'a, L: Load<u32, u64>, C: shorttail::time::Clock> Caller<'a, L, C> {
    /// One that waits.
    fn new(cache: &'a Cache<u32, u64, L, KeyedState, C>, key: u32) -> Self {
        let mut caller = Self {
            future: Box::pin(cache.get_or_load_async(&key)),
            wakes: Arc::default(),
        };
        assert!(caller.poll().is_pending());
        caller
    }

    fn poll(&mut self) -> Poll<Outcome<u64, L::Error>> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    fn is_woken(&self) -> bool {
        self.wakes.0.load(Ordering::SeqCst) > 0
    }
}

fn woken<L: Load<u32, u64>, C: shorttail::time::Clock>(callers: &[Caller<'_, L, C>]) -> usize {
    callers.iter().filter(|caller| caller.is_woken()).count()
}

/// A load of key 1 that hangs and is waited for, and its successor, which hangs too.
fn succeeded(origin: &Origin, ask: impl Fn() -> Outcome<u64, &'static str>, later: impl Fn()) {
    assert_eq!(origin.called(), 1);
    later();
    assert_eq!(ask(), Outcome::Miss(Miss::LoadStarted));
    assert_eq!(origin.called(), 1);
}

#[test]
fn an_insert_serves_those_too_who_wait_for_a_load_that_has_a_successor() {
    let (cache, origin, clock) = set_up(|builder| builder.lease(SECOND));
    let ask = || cache.get_or_load(&1, Duration::ZERO);
    let mut first = Caller::new(&cache, 1);
    succeeded(&origin, ask, || clock.advance(SECOND));
    let mut second = Caller::new(&cache, 1);
    clock.advance(SECOND);
    let mut third = Caller::new(&cache, 1); // begins a load: there is a thread left
    assert_eq!(origin.called(), 1);
    cache.insert(1, 77).unwrap();
    for caller in [&mut first, &mut second, &mut third] {
        assert!(caller.is_woken());
        assert_eq!(caller.poll(), Poll::Ready(Outcome::Fresh(77)));
    }
    for value in [1, 2, 3] {
        origin.answer(1, Answer::Value(value));
    }
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Fresh(77));
    assert_eq!(cache.stats().superseded, 3);
}

#[test]
fn an_insert_serves_who_waits_for_a_load_that_a_removal_voided() {
    let (cache, origin, _) = set_up(|builder| builder);
    let ask = || cache.get_or_load(&1, Duration::ZERO);
    let mut caller = Caller::new(&cache, 1);
    succeeded(&origin, ask, || assert!(!cache.remove(&1)));
    cache.insert(1, 77).unwrap();
    assert!(caller.is_woken());
    assert_eq!(caller.poll(), Poll::Ready(Outcome::Fresh(77)));
    for _ in 0..2 {
        origin.answer(1, Answer::Nothing);
    }
}

/// Loads on this thread.
struct Next;

impl Load<u32, u64> for Next {
    type Error = ();
    fn load(&self, key: &u32) -> Result<Option<u64>, ()> {
        Ok(Some(u64::from(*key) + 1))
    }
}

type Manual = (
    Cache<u32, u64, Next>,
    LoadRunner<u32, u64, Next, KeyedState, StdClock>,
);

fn manual() -> Manual {
    Cache::builder(100).loader(Next).build_manual().unwrap()
}

#[test]
fn who_waits_for_a_hung_load_is_served_by_its_successor() {
    let (cache, origin, clock) = set_up(|builder| builder.lease(SECOND));
    let mut hung = Caller::new(&cache, 1);
    assert_eq!(origin.called(), 1);
    clock.advance(SECOND);
    let value = cache.load_with(&1, LONG, |_| Ok(Some(12)));
    assert_eq!(value, Outcome::Fresh(12));
    until(|| hung.is_woken());
    assert_eq!(hung.poll(), Poll::Ready(Outcome::Fresh(12)));
    assert_eq!(cache.stats().loads_active, 1, "it hangs on");
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Fresh(12));
    assert_eq!(cache.stats().loads_started, 2);
}

#[test]
fn a_landing_wakes_three_and_each_of_them_two_more() {
    let (cache, loads) = manual();
    let mut callers: Vec<_> = (0..40).map(|_| Caller::new(&cache, 1)).collect();
    assert!(loads.run_one());
    assert_eq!(woken(&callers), 3);
    let mut expected = 3;
    for at in 0..40 {
        assert!(callers[at].is_woken(), "{at} of 40");
        assert_eq!(callers[at].poll(), Poll::Ready(Outcome::Fresh(2)));
        expected = (expected + 2).min(40);
        assert_eq!(woken(&callers), expected);
    }
}

#[test]
fn a_woken_caller_that_leaves_wakes_the_next() {
    let (cache, loads) = manual();
    let mut callers: Vec<_> = (0..10).map(|_| Caller::new(&cache, 1)).collect();
    assert!(loads.run_one());
    while !callers.is_empty() {
        assert!(callers[0].is_woken(), "{} are left", callers.len());
        drop(callers.remove(0));
    }
    assert_eq!(cache.stats().loads_unread, 0);
}

#[test]
fn a_crowd_of_threads_and_tasks_is_served_in_full() {
    let (cache, loads) = manual();
    let (cache, mut left) = (Arc::new(cache), Vec::new());
    let threads: Vec<_> = (0..12)
        .map(|_| {
            let cache = Arc::clone(&cache);
            std::thread::spawn(move || cache.get_or_load(&1, LONG))
        })
        .collect();
    until(|| cache.stats().misses == 12);
    for at in 0..12 {
        let caller = Caller::new(&*cache, 1);
        if at % 2 == 0 {
            left.push(caller); // the others leave
        }
    }
    assert!(loads.run_one());
    for thread in threads {
        assert_eq!(thread.join().unwrap(), Outcome::Fresh(2));
    }
    for mut caller in left {
        until(|| caller.is_woken());
        assert_eq!(caller.poll(), Poll::Ready(Outcome::Fresh(2)));
    }
}

#[test]
fn those_woken_who_do_not_run_hold_up_the_others_until_the_next_landing_or_upkeep() {
    let (cache, loads) = manual();
    let callers: Vec<_> = (0..12).map(|_| Caller::new(&cache, 1)).collect();
    assert!(loads.run_one());
    assert_eq!(woken(&callers), 3);
    for landings in 1..=2 {
        let _ = cache.get_or_load(&(landings + 1), Duration::ZERO);
        assert!(loads.run_one());
        assert_eq!(woken(&callers), 3 + 3 * landings as usize);
    }
    cache.maintain(1);
    assert_eq!(woken(&callers), 12);
    for mut caller in callers {
        assert_eq!(caller.poll(), Poll::Ready(Outcome::Fresh(2)));
    }
}
