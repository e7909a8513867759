//! Warming beside an origin that is ill or hangs, and the count of each key however it ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use shorttail::cache::{
    Cache, KeyedState, Load, Lookup, Readiness, ReadyGate, WarmEnd, WarmHandle, Warmer,
};
use shorttail::limit::Breaker;

use super::origin::{Answer, Cached, Clocked, LONG, SECOND, set_up, until};

/// Says its key; runs `before` first, and fails while it is ill.
struct Source<F> {
    before: F,
    ill: Arc<AtomicBool>,
}

impl<F: Fn(u32) + Send + Sync> Load<u32, u64> for Source<F> {
    type Error = ();
    fn load(&self, key: &u32) -> Result<Option<u64>, ()> {
        (self.before)(*key);
        let ill = self.ill.load(Ordering::SeqCst);
        if ill {
            Err(())
        } else {
            Ok(Some((*key).into()))
        }
    }
}

fn source<F: Fn(u32) + Send + Sync>(before: F) -> Source<F> {
    let ill = Arc::default();
    Source { before, ill }
}

/// Runs a warmer on a thread of its own.
fn spawn(
    warmer: Warmer,
    cache: &Arc<Cached>,
    keys: impl IntoIterator<Item = u32> + Send + 'static,
) -> (WarmHandle, JoinHandle<WarmEnd>) {
    let (handle, cache) = (warmer.handle(), Arc::clone(cache));
    (handle, thread::spawn(move || warmer.run(&*cache, keys)))
}

const KEYS: u32 = 24;

/// What ends a run as its source is asked for the nth key.
#[derive(Clone, Copy, Debug)]
enum Stopper {
    Stop,
    Deadline,
    Close,
    Panic,
}

#[test]
fn wherever_a_run_ends_each_key_it_took_counts_once() {
    for stopper in [
        Stopper::Stop,
        Stopper::Deadline,
        Stopper::Close,
        Stopper::Panic,
    ] {
        for nth in 0..=KEYS {
            ends_at(stopper, nth);
        }
    }
}

fn ends_at(stopper: Stopper, nth: u32) {
    let clock = Clocked::default();
    let cache = Cache::builder(200)
        .clock(Arc::clone(&clock))
        .loader(source(|_| {}));
    let cache = cache.loads_max(8).loader_threads(2).build().unwrap();
    cache.insert(KEYS - 1, 7).unwrap();
    let gate = ReadyGate::new(1_000);
    let warmer = Warmer::new().concurrency(4).deadline(SECOND).opens(&gate);
    let (handle, taken) = (warmer.handle(), AtomicU32::new(0));
    let keys = (0..KEYS).inspect(|key| {
        if *key == nth {
            match stopper {
                Stopper::Stop => handle.stop(),
                Stopper::Deadline => clock.advance(SECOND),
                Stopper::Close => cache.close(),
                Stopper::Panic => panic!("no more"),
            }
        }
        taken.fetch_add(1, Ordering::SeqCst);
    });
    let end = catch_unwind(AssertUnwindSafe(|| warmer.run(&cache, keys))).ok();
    let expected = match stopper {
        _ if nth == KEYS => Some(WarmEnd::Finished),
        Stopper::Stop => Some(WarmEnd::Stopped),
        Stopper::Deadline => Some(WarmEnd::Deadline),
        Stopper::Close => Some(WarmEnd::Closed),
        Stopper::Panic => None,
    };
    assert_eq!(end, expected, "{stopper:?} {nth}");
    assert_eq!(gate.state(), Readiness::Degraded);
    let progress = warmer.progress();
    let taken = u64::from(taken.load(Ordering::SeqCst));
    assert_eq!(progress.total(), taken, "{stopper:?} {nth}: {progress}");
    assert_eq!(
        progress.unfinished > 0,
        nth < KEYS && taken > 0,
        "{progress}"
    );
    assert_eq!(progress.failed + progress.late + progress.refused, 0);
    until(|| cache.stats().loads_active == 0);
    let brought = cache.len() as u64 - 1;
    let most = progress.done + progress.unfinished;
    assert!(
        (progress.done..=most).contains(&brought),
        "{brought} {progress}"
    );
}

#[test]
fn a_run_waits_for_an_open_breaker_and_loads_each_key() {
    let clock = Clocked::default();
    let breaker = Breaker::builder()
        .calls(2)
        .window(60 * SECOND)
        .rest(30 * SECOND);
    let (go, gone) = std::sync::mpsc::channel();
    let gone = Mutex::new(gone);
    let source = source(move |_| {
        gone.lock().unwrap().recv().ok(); // ends at once when the test has dropped its end
    });
    let ill = Arc::clone(&source.ill);
    ill.store(true, Ordering::SeqCst);
    let cache = Cache::builder(200).clock(Arc::clone(&clock)).loader(source);
    let cache = cache.loads_max(8).breaker(breaker.build().unwrap());
    let (cache, loads) = cache.build_manual().unwrap();
    let (cache, loads) = (Arc::new(cache), thread::spawn(move || loads.run()));
    let warmer = Warmer::new().concurrency(4);
    let handle = warmer.handle();
    let runner = thread::spawn({
        let cache = Arc::clone(&cache);
        move || warmer.run(&*cache, 0..20)
    });
    // Four are queued; the first two fail, the other two are let go by the breaker.
    until(|| cache.stats().loads_started == 4);
    go.send(()).unwrap();
    go.send(()).unwrap();
    until(|| cache.stats().loads_broken_off > 3); // and the run has come again for one of them
    ill.store(false, Ordering::SeqCst);
    drop(go);
    assert!(!runner.is_finished());
    clock.advance(30 * SECOND);
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    let progress = handle.progress();
    assert_eq!(
        (progress.done, progress.failed, progress.refused),
        (18, 2, 0)
    );
    assert_eq!(cache.len(), 18);
    cache.close();
    loads.join().unwrap();
}

#[test]
fn an_open_breaker_is_waited_for_within_the_key_deadline() {
    let breaker = Breaker::builder()
        .calls(1)
        .window(60 * SECOND)
        .rest(80_000 * SECOND);
    let breaker = breaker.build().unwrap();
    let (cache, origin, clock) = set_up(|builder| builder.breaker(breaker));
    origin.answer(1, Answer::Error("down"));
    let warmer = Warmer::new().key_deadline(10 * SECOND);
    let (handle, runner) = spawn(warmer, &cache, 1..=3);
    for refused in 1..=2 {
        until(|| handle.progress().failed == 1);
        while handle.progress().refused < refused {
            // In small steps: the breaker's rest must not end while the runner does not run.
            clock.advance(SECOND / 100);
            thread::yield_now();
        }
    }
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    assert_eq!((origin.calls(2), origin.calls(3)), (0, 0));
    assert_eq!(handle.progress().total(), 3);
}

#[test]
fn an_open_breaker_does_not_outlast_the_deadline_or_a_stop() {
    let broken = |warmer: Warmer| {
        let breaker = Breaker::builder()
            .calls(1)
            .window(60 * SECOND)
            .rest(3_000 * SECOND);
        let breaker = breaker.build().unwrap();
        let (cache, origin, clock) = set_up(|builder| builder.breaker(breaker));
        origin.answer(1, Answer::Error("down"));
        let (handle, runner) = spawn(warmer, &cache, 1..=3);
        until(|| cache.stats().loads_broken_off > 0);
        (handle, runner, clock)
    };
    let (handle, runner, clock) = broken(Warmer::new().deadline(60 * SECOND));
    clock.advance(60 * SECOND);
    assert_eq!(runner.join().unwrap(), WarmEnd::Deadline);
    let progress = handle.progress();
    assert_eq!((progress.failed, progress.unfinished), (1, 1));
    let (handle, runner, _clock) = broken(Warmer::new());
    handle.stop();
    assert_eq!(runner.join().unwrap(), WarmEnd::Stopped);
    let progress = handle.progress();
    assert_eq!((progress.failed, progress.unfinished), (1, 1));
}

#[test]
fn a_load_that_hangs_is_late_and_holds_up_no_other() {
    let (cache, origin, clock) = set_up(|builder| builder.loader_threads(4));
    for key in 2..=5 {
        origin.answer(key, Answer::Value(key.into()));
    }
    let gate = ReadyGate::keys([2_u32, 3, 4, 5]);
    let warmer = Warmer::new()
        .concurrency(2)
        .key_deadline(SECOND)
        .opens(&gate);
    let (handle, runner) = spawn(warmer, &cache, 1..=5);
    until(|| handle.progress().done == 4); // through the other place, and the clock stands still
    until(|| gate.state() == Readiness::Ready); // the last key is counted before the gate hears
    clock.advance(SECOND);
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    let progress = handle.progress();
    assert_eq!((progress.late, progress.total()), (1, 5));
    origin.answer(1, Answer::Value(1));
    until(|| cache.contains(&1)); // it was late, and is not lost
}

#[test]
fn an_origin_that_hangs_ends_the_run_by_its_error_budget() {
    let (cache, origin, clock) = set_up(|builder| builder);
    let warmer = Warmer::new()
        .concurrency(1)
        .key_deadline(SECOND)
        .errors_max(1);
    let (handle, runner) = spawn(warmer, &cache, 1..=5);
    assert_eq!(origin.called(), 1);
    while !runner.is_finished() {
        clock.advance(SECOND / 4);
        thread::yield_now();
    }
    let asked = origin.calls(2);
    for key in 1..=5 {
        origin.answer(key, Answer::Nothing); // the cache waits for loads as it goes
    }
    assert_eq!(runner.join().unwrap(), WarmEnd::Errors);
    let progress = handle.progress();
    assert_eq!((progress.late, progress.total()), (2, 2));
    assert_eq!(asked, 0, "what hangs keeps its place");
}

#[test]
fn loads_of_callers_are_waited_for_within_the_key_deadline_alone() {
    let (cache, origin, _clock) = set_up(|builder| builder.loads_max(2).loader_threads(2));
    for key in [50, 51] {
        assert_eq!(cache.get_or_load(&key, Duration::ZERO).value(), None);
        assert_eq!(origin.called(), key);
    }
    let impatient = Warmer::new();
    assert_eq!(impatient.run(&*cache, [1]), WarmEnd::Finished);
    assert_eq!(impatient.progress().refused, 1);
    let (handle, runner) = spawn(Warmer::new().key_deadline(SECOND), &cache, [1]);
    let shed = cache.stats().loads_shed;
    until(|| cache.stats().loads_shed > shed + 1);
    for key in [1, 50, 51] {
        origin.answer(key, Answer::Value(key.into()));
    }
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    assert_eq!((handle.progress().done, origin.calls(1)), (1, 1));
}

#[test]
fn progress_says_how_much_is_left() {
    let clock = Clocked::default();
    let cache: Cache<u32, u64, _, KeyedState, Clocked> = Cache::builder(200)
        .clock(Arc::clone(&clock))
        .loader(source(|_| {}))
        .build()
        .unwrap();
    let warmer = Warmer::new();
    let handle = warmer.handle();
    clock.advance(LONG);
    let keys = (0..10).inspect(|&key: &u32| {
        clock.advance(2 * SECOND);
        let progress = handle.progress();
        assert_eq!(progress.done, u64::from(key).saturating_sub(1));
        if key == 6 {
            assert_eq!(progress.elapsed, 12 * SECOND);
            assert_eq!(progress.time_left(), Some(12 * SECOND));
            let line = "5 of 10 keys (50 %): 5 done, 0 fresh, 0 failed, 0 late, 0 refused, \
                        0 unfinished; 12.0 s, 12.0 s left";
            assert_eq!(progress.to_string(), line);
        }
    });
    assert_eq!(warmer.run(&cache, keys), WarmEnd::Finished);
    assert_eq!(handle.progress().time_left(), Some(Duration::ZERO));
    let none = [1, 2].into_iter().filter(|key| *key > 5);
    assert_eq!(warmer.run(&cache, none), WarmEnd::Finished);
    let progress = handle.progress();
    assert_eq!((progress.expected, progress.time_left()), (None, None));
    let line = "10 keys: 10 done, 0 fresh, 0 failed, 0 late, 0 refused, 0 unfinished; 20.0 s";
    assert_eq!(progress.to_string(), line);
}

/// What a source gives, and whom it is to wake.
type Line = Arc<Mutex<(Vec<Option<u32>>, Option<Waker>)>>;

#[test]
fn a_polled_source_is_waited_for_and_stopped() {
    let cache = Cache::builder(200).loader(source(|_| {})).build().unwrap();
    let cache = Arc::new(cache);
    let line: Line = Arc::default();
    let run = |warmer: Warmer| {
        let (line, cache) = (Arc::clone(&line), Arc::clone(&cache));
        thread::spawn(move || {
            warmer.run_polled(&cache, (0, None), |cx| {
                let mut line = line.lock().unwrap();
                line.1 = Some(cx.waker().clone());
                line.0.pop().map_or(Poll::Pending, Poll::Ready)
            })
        })
    };
    let warmer = Warmer::new();
    let (handle, runner) = (warmer.handle(), run(warmer));
    for key in [1, 2, 3] {
        until(|| line.lock().unwrap().1.is_some());
        let mut line = line.lock().unwrap();
        line.0.push(Some(key));
        line.1.take().unwrap().wake();
        drop(line);
        until(|| cache.get(&key) == Lookup::Fresh(key.into()));
    }
    line.lock().unwrap().0.push(None);
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    assert_eq!(
        (handle.progress().done, handle.progress().expected),
        (3, None)
    );
    let warmer = Warmer::new();
    let (handle, runner) = (warmer.handle(), run(warmer));
    handle.stop();
    assert_eq!(runner.join().unwrap(), WarmEnd::Stopped);
}

#[test]
fn a_gate_of_keys_opens_when_each_of_them_is_there() {
    let (cache, origin, _clock) = set_up(|builder| builder);
    cache.insert(3, 30).unwrap();
    let gate = ReadyGate::keys([5_u32, 3, 5, 4]);
    gate.note(1_000);
    let all = ReadyGate::new(9);
    let warmer = Warmer::new().opens(&gate).opens(&all);
    let (_handle, runner) = spawn(warmer, &cache, 1..10);
    for key in [1, 2, 4, 5] {
        assert_eq!(origin.called(), key);
        assert_eq!(gate.state(), Readiness::Warming, "before {key}");
        origin.answer(
            key,
            if key == 4 {
                Answer::Nothing
            } else {
                Answer::Value(1)
            },
        );
    }
    assert_eq!(gate.wait(LONG), Readiness::Ready);
    assert_eq!(all.state(), Readiness::Warming);
    for key in 6..10 {
        origin.answer(key, Answer::Value(1));
    }
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    assert_eq!(all.state(), Readiness::Ready);
}

#[test]
fn a_gate_of_keys_counts_each_once_and_opens_degraded_without_one() {
    let gate = ReadyGate::keys(["a".to_owned(), "b".to_owned()]);
    for _ in 0..3 {
        gate.note_key("a");
        gate.note_key("c");
    }
    assert_eq!(gate.state(), Readiness::Warming);
    gate.clone().note_key("b");
    assert_eq!(gate.state(), Readiness::Ready);
    assert!(ReadyGate::keys::<u32>([]).is_ready());
    let failing = Cache::builder(10).loader(source(|_| {})).build().unwrap();
    let gate = ReadyGate::keys([1_u32, 99]);
    let warmer = Warmer::new().opens(&gate);
    assert_eq!(warmer.run(&failing, 0..5), WarmEnd::Finished);
    assert_eq!(
        gate.state(),
        Readiness::Degraded,
        "99 was not in the source"
    );
}
