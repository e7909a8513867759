//! Where loads run: on threads of one's own, in callers, in tasks; and by closures.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use shorttail::cache::{
    Async, AsyncLoad, Cache, ConfigError, KeyedState, LoadTask, Lookup, Miss, Outcome, Stale,
};
use shorttail::limit::Breaker;

use super::origin::{Answer, Clocked, LONG, SECOND, origin, set_up, timed, until};

type Found = Outcome<u64, &'static str>;

/// A source that answers a poll when the test has said what.
#[derive(Clone, Default)]
struct Later(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    answers: HashMap<u32, Answer>,
    asked: Vec<u32>,
    dropped: usize,
    wakers: Vec<Waker>,
}

/// Counts futures that are dropped, at their end or before.
struct Asking(Later);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().dropped += 1;
    }
}

impl Later {
    fn answer(&self, key: u32, answer: Answer) {
        let mut script = self.0.lock().unwrap();
        script.answers.insert(key, answer);
        script.wakers.drain(..).for_each(Waker::wake);
    }

    fn asked(&self) -> Vec<u32> {
        self.0.lock().unwrap().asked.clone()
    }
}

impl AsyncLoad<u32, u64> for Later {
    type Error = &'static str;

    async fn load(&self, key: &u32) -> Result<Option<u64>, &'static str> {
        let asking = Asking(self.clone());
        self.0.lock().unwrap().asked.push(*key);
        let answer = poll_fn(|cx| {
            let mut script = asking.0.0.lock().unwrap();
            script.wakers.push(cx.waker().clone());
            let answer = script.answers.remove(key);
            answer.map_or(Poll::Pending, Poll::Ready)
        });
        match answer.await {
            Answer::Value(value) => Ok(Some(value)),
            Answer::Nothing => Ok(None),
            Answer::Error(error) => Err(error),
            Answer::Panic => panic!("scripted"),
        }
    }
}

type InTasks = Cache<u32, u64, Async<Later>, KeyedState, Clocked>;
type Task = LoadTask<u32, u64, Later, KeyedState, Clocked>;

fn in_tasks(count: usize) -> (InTasks, Vec<Task>, Later, Clocked) {
    let (later, clock) = (Later::default(), Clocked::default());
    let breaker = Breaker::builder().calls(2).build().unwrap();
    let builder = Cache::builder(100)
        .ttl(10 * SECOND)
        .stale_window(5 * SECOND)
        .clock(Arc::clone(&clock))
        .loader(Async(later.clone()))
        .breaker(breaker);
    let (cache, tasks) = builder.loader_threads(count).build_tasks().unwrap();
    assert_eq!(tasks.len(), count);
    (cache, tasks, later, clock)
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn nothing_runs_before_its_owner_says_so_and_then_in_order() {
    let (origin, remote) = origin();
    let clock = Clocked::default();
    let (cache, loads) = timed(remote, &clock).build_manual().unwrap();
    for key in 1..=3 {
        let started = Outcome::Miss(Miss::LoadStarted);
        assert_eq!(cache.get_or_load(&key, Duration::ZERO), started);
        origin.answer(key, Answer::Value(u64::from(key)));
    }
    assert_eq!(cache.stats().loads_active, 3);
    for key in 1..=3 {
        assert_eq!(origin.calls(key), 0);
        assert!(loads.run_one());
        assert_eq!(origin.called(), key);
        assert_eq!(cache.get(&key), Lookup::Fresh(u64::from(key)));
    }
    assert!(!loads.run_one());
    origin.answer(4, Answer::Panic);
    let _ = cache.get_or_load(&4, Duration::ZERO);
    assert!(loads.run_one(), "a panic goes no further");
    assert_eq!(cache.stats().loads_panicked, 1);
}

#[test]
fn a_caller_runs_its_own_load_and_those_before_it() {
    let (origin, remote) = origin();
    let clock = Clocked::default();
    let (cache, loads) = timed(remote, &clock).build_manual().unwrap();
    let _ = cache.get_or_load(&1, Duration::ZERO);
    let _ = cache.get_or_load(&2, Duration::ZERO);
    for key in 1..=3 {
        origin.answer(key, Answer::Value(u64::from(key)));
    }
    assert_eq!(loads.get_or_load(&2, Duration::ZERO), Outcome::Fresh(2));
    assert_eq!((origin.called(), origin.called()), (1, 2));
    assert_eq!(loads.get_or_load(&1, Duration::ZERO), Outcome::Fresh(1));
    assert_eq!(origin.calls(1), 1);
    // What another thread runs is waited for, as long as the budget says.
    let _ = cache.get_or_load(&4, Duration::ZERO);
    thread::scope(|scope| {
        scope.spawn(|| loads.run_one());
        until(|| origin.calls(4) == 1);
        let late = Outcome::Miss(Miss::Deadline);
        assert_eq!(loads.get_or_load(&4, Duration::ZERO), late);
        let waits = scope.spawn(|| loads.get_or_load(&4, LONG));
        origin.answer(4, Answer::Value(4));
        assert_eq!(waits.join().unwrap(), Outcome::Fresh(4));
    });
}

#[test]
fn a_thread_of_ones_own_runs_loads_until_the_cache_is_closed() {
    let (origin, remote) = origin();
    let clock = Clocked::default();
    let (cache, loads) = timed(remote, &clock).build_manual().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| loads.run());
        origin.answer(1, Answer::Value(11));
        assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(11));
        cache.close();
    });
}

#[test]
fn without_anybody_to_run_loads_nobody_waits_for_one() {
    let (origin, remote) = origin();
    let clock = Clocked::default();
    let (cache, loads) = timed(remote, &clock).build_manual().unwrap();
    let mut waits = pin!(cache.get_or_load_async(&1));
    assert!(poll(waits.as_mut()).is_pending());
    drop(loads);
    assert_eq!(poll(waits), Poll::Ready(Outcome::Miss(Miss::Closed)));
    assert_eq!(cache.stats().loads_active, 0);
    assert_eq!(cache.get_or_load(&2, LONG), Outcome::Miss(Miss::Closed));
    cache.insert(3, 30).unwrap();
    assert_eq!(cache.get_or_load(&3, LONG), Outcome::Fresh(30));
    assert_eq!(origin.calls(1), 0);
}

#[test]
fn tasks_run_loads_when_they_are_polled_and_survive_a_panic() {
    let (cache, tasks, later, _) = in_tasks(1);
    let mut task = pin!(tasks.into_iter().next().unwrap().run());
    assert!(poll(task.as_mut()).is_pending());
    for (key, answer, expected) in [
        (1, Answer::Value(11), Outcome::Fresh(11)),
        (2, Answer::Nothing, Outcome::Negative),
        (3, Answer::Panic, Outcome::Miss(Miss::LoaderPanicked)),
        (
            4,
            Answer::Error("no"),
            Outcome::Miss(Miss::LoaderError("no")),
        ),
    ] {
        let mut found = pin!(cache.get_or_load_async(&key));
        assert!(poll(found.as_mut()).is_pending());
        assert!(poll(task.as_mut()).is_pending());
        assert_eq!(later.asked().last(), Some(&key));
        assert!(poll(found.as_mut()).is_pending());
        later.answer(key, answer);
        assert!(poll(task.as_mut()).is_pending());
        assert_eq!(poll(found), Poll::Ready(expected));
    }
    let stats = cache.stats();
    assert_eq!((stats.loads_active, stats.loads_panicked), (0, 1));
    drop(cache);
    assert!(poll(task).is_ready(), "nothing is left to do");
}

#[test]
fn a_task_that_is_dropped_tells_who_waits_and_the_others_go_on() {
    let (cache, tasks, later, clock) = in_tasks(2);
    cache.insert(1, 10).unwrap();
    clock.advance(12 * SECOND); // stale
    let mut tasks: Vec<_> = tasks.into_iter().map(|task| Box::pin(task.run())).collect();
    let (value, why) = (10, Stale::Refreshing);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Stale { value, why });
    let mut found = pin!(cache.get_or_load_async(&2));
    for task in &mut tasks {
        assert!(poll(task.as_mut()).is_pending());
    }
    assert_eq!(later.asked(), [1, 2]);
    for _ in 0..2 {
        drop(tasks.pop());
        assert_eq!(later.0.lock().unwrap().dropped, 2 - tasks.len());
    }
    let cancelled = Outcome::Miss(Miss::LoadCancelled);
    assert_eq!(poll(found.as_mut()), Poll::Ready(cancelled));
    let stats = cache.stats();
    assert_eq!((stats.loads_active, stats.loads_panicked), (0, 0));
    assert_eq!(stats.breaker_opened, 0, "no fault of the source");
    assert_eq!(cache.get_or_load(&3, LONG), Outcome::Miss(Miss::Closed));
}

#[test]
fn with_one_task_dropped_and_one_that_hangs_other_misses_are_shed_at_once() {
    let (cache, tasks, later, clock) = in_tasks(2);
    let mut tasks: Vec<_> = tasks.into_iter().map(|task| Box::pin(task.run())).collect();
    let started = Outcome::Miss(Miss::LoadStarted);
    assert_eq!(cache.get_or_load(&1, Duration::ZERO), started);
    assert!(poll(tasks[0].as_mut()).is_pending());
    clock.advance(3_600 * SECOND); // past its lease
    assert_eq!(
        cache.get_or_load(&2, Duration::ZERO),
        started,
        "another may"
    );
    drop(tasks.pop());
    let mut caller = pin!(cache.get_or_load_async(&3));
    assert_eq!(
        poll(caller.as_mut()),
        Poll::Ready(Outcome::Miss(Miss::Shed))
    );
    later.answer(1, Answer::Value(11));
    later.answer(2, Answer::Value(22));
    assert!(poll(tasks[0].as_mut()).is_pending());
    assert_eq!(cache.get(&2), Lookup::Fresh(22));
}

#[test]
fn a_task_of_loads_that_are_ready_lets_others_go_first_after_thirty_two() {
    let later = Later::default();
    let builder = Cache::builder(100).loader(Async(later.clone()));
    let builder = builder.loads_max(40).loader_threads(1);
    let (cache, mut tasks) = builder.build_tasks().unwrap();
    for key in 0..40 {
        later.answer(key, Answer::Value(u64::from(key)));
        let started = Outcome::Miss(Miss::LoadStarted);
        assert_eq!(cache.get_or_load(&key, Duration::ZERO), started);
    }
    let mut task = pin!(tasks.pop().unwrap().run());
    for done in [32, 40] {
        assert!(poll(task.as_mut()).is_pending());
        assert_eq!(cache.stats().loads_done, done);
    }
}

#[test]
fn a_task_dropped_once_its_key_was_stored_by_hand_tells_who_waits_of_that() {
    let (cache, tasks, later, _) = in_tasks(2);
    let mut tasks: Vec<_> = tasks.into_iter().map(|task| Box::pin(task.run())).collect();
    let mut caller = pin!(cache.get_or_load_async(&1));
    assert!(poll(caller.as_mut()).is_pending());
    assert!(poll(tasks[1].as_mut()).is_pending());
    assert_eq!(later.asked(), [1]);
    cache.insert(1, 12).unwrap();
    drop(tasks.pop());
    assert_eq!(cache.stats().loads_active, 0);
    assert_eq!(poll(caller), Poll::Ready(Outcome::Fresh(12)));
}

#[test]
fn a_refresh_that_is_cancelled_may_be_claimed_again() {
    let (cache, tasks, later, clock) = in_tasks(2);
    cache.insert(1, 10).unwrap();
    clock.advance(12 * SECOND); // stale
    let mut tasks: Vec<_> = tasks.into_iter().map(|task| Box::pin(task.run())).collect();
    for asked in 1..=2 {
        let _ = cache.get_or_load(&1, LONG);
        assert!(poll(tasks.last_mut().unwrap().as_mut()).is_pending());
        assert_eq!(later.asked().len(), asked);
        if asked == 1 {
            drop(tasks.pop());
        }
    }
    later.answer(1, Answer::Value(11));
    assert!(poll(tasks[0].as_mut()).is_pending());
    assert_eq!(cache.get(&1), Lookup::Fresh(11));
}

#[test]
fn a_runtime_that_is_shut_down_releases_who_waits() {
    let (cache, tasks, later, _) = in_tasks(2);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    for task in tasks {
        runtime.spawn(task.run());
    }
    let found = runtime.block_on(async {
        later.answer(1, Answer::Value(11));
        cache.get_or_load_async(&1).await
    });
    assert_eq!(found, Outcome::Fresh(11));
    thread::scope(|scope| {
        let waits: Vec<_> = (2..6)
            .map(|key| {
                scope.spawn({
                    let cache = &cache;
                    move || cache.get_or_load(&key, LONG)
                })
            })
            .collect();
        until(|| cache.stats().loads_active == 4);
        // Two of them are taken up, two are queued.
        runtime.block_on(async {
            while later.asked().len() < 3 {
                tokio::task::yield_now().await;
            }
        });
        drop(runtime);
        let mut cancelled = 0;
        for wait in waits {
            match wait.join().unwrap() {
                Outcome::Miss(Miss::LoadCancelled | Miss::Closed) => cancelled += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(cancelled, 4);
    });
    assert_eq!(cache.stats().loads_active, 0);
}

/// Asks the cache for its own key.
#[derive(Clone, Default)]
struct Nested(Arc<OnceLock<Weak<NestedCache>>>);

type NestedCache = Cache<u32, u64, Async<Nested>>;

impl AsyncLoad<u32, u64> for Nested {
    type Error = String;

    async fn load(&self, key: &u32) -> Result<Option<u64>, String> {
        let cache = self.0.get().unwrap().upgrade().unwrap();
        let own = cache.get_or_load_async(key).await;
        let other = cache.get_or_load_async(&(key + 1)).await;
        Err(format!("{own:?}, {other:?}"))
    }
}

#[test]
fn a_load_in_a_task_that_asks_for_its_own_key_is_not_locked_up() {
    let nested = Nested::default();
    let builder = Cache::builder(10).loader(Async(nested.clone()));
    let (cache, tasks) = builder
        .loads_max(1)
        .loader_threads(1)
        .build_tasks()
        .unwrap();
    let cache = Arc::new(cache);
    nested.0.set(Arc::downgrade(&cache)).unwrap();
    let mut found = pin!(cache.get_or_load_async(&1));
    let mut task = pin!(tasks.into_iter().next().unwrap().run());
    assert!(poll(task.as_mut()).is_pending());
    let expected = Miss::LoaderError(String::from("Miss(Reentrant), Miss(Shed)"));
    assert_eq!(poll(found.as_mut()), Poll::Ready(Outcome::Miss(expected)));
}

#[test]
fn a_thread_waits_for_a_future() {
    let later = Later::default();
    let cache = Cache::builder(10).loader(Async(later.clone()));
    let cache = cache.build().unwrap();
    thread::scope(|scope| {
        let waits = scope.spawn(|| cache.get_or_load(&1, LONG));
        until(|| !later.0.lock().unwrap().wakers.is_empty());
        later.answer(2, Answer::Nothing); // wakes it for nothing
        until(|| !later.0.lock().unwrap().wakers.is_empty());
        later.answer(1, Answer::Value(11));
        assert_eq!(waits.join().unwrap(), Outcome::Fresh(11));
    });
}

#[test]
fn a_closure_is_asked_in_place_of_the_loader_once() {
    let (cache, origin, _) = set_up(|builder| builder);
    let calls = Arc::new(Mutex::new(0));
    let ask = |value: u64| -> Found {
        let calls = Arc::clone(&calls);
        cache.load_with(&1, LONG, move |key| {
            *calls.lock().unwrap() += 1;
            Ok(Some(value + u64::from(*key)))
        })
    };
    assert_eq!(ask(10), Outcome::Fresh(11));
    assert_eq!(ask(20), Outcome::Fresh(11), "a hit");
    assert_eq!((*calls.lock().unwrap(), origin.calls(1)), (1, 0));
    // A load that is under way has its own answer for all.
    let _ = cache.get_or_load(&2, Duration::ZERO);
    assert_eq!(origin.called(), 2);
    let unused = cache.load_with(&2, Duration::ZERO, |_| unreachable!("another asks"));
    assert_eq!(unused, Outcome::Miss(Miss::InFlight));
    origin.answer(2, Answer::Nothing);
    let panics = cache.load_with(&3, LONG, |_| panic!("in the closure"));
    assert_eq!(panics, Outcome::Miss(Miss::LoaderPanicked));
    // What was not run is dropped with its load.
    assert_eq!(Arc::strong_count(&calls), 1);
}

#[test]
fn settings_that_do_not_fit_are_refused_by_each_build() {
    let threads = |count| {
        Cache::<u32, u64>::builder(10)
            .loader(origin().1)
            .loader_threads(count)
    };
    assert!(threads(0).build_manual().is_ok(), "it has none");
    assert_eq!(threads(0).build().unwrap_err(), ConfigError::LoaderThreads);
    let loads = threads(1).loads_max(0).build_manual();
    assert_eq!(loads.unwrap_err(), ConfigError::Loads);
    let tasks = Cache::<u32, u64>::builder(10).loader(Async(Later::default()));
    let tasks = tasks.loads_max(2).loader_threads(3).build_tasks();
    assert_eq!(tasks.unwrap_err(), ConfigError::LoaderThreads);
}
