//! Warming: order, limits, interruption; and the gate.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Cache, Load, Lookup, Miss, Outcome, Readiness, ReadyGate, WarmEnd, Warmer};
use shorttail::time::MockClock;

use super::origin::{Answer, LONG, SECOND, set_up, until};

/// Says `key + 1`; fails on multiples of 10 except 0.
struct Plus;

impl Load<u32, u64> for Plus {
    type Error = &'static str;
    fn load(&self, key: &u32) -> Result<Option<u64>, Self::Error> {
        match key {
            0 => Ok(None),
            key if key % 10 == 0 => Err("ten"),
            key => Ok(Some(u64::from(*key) + 1)),
        }
    }
}

#[test]
fn every_key_is_counted_once() {
    let cache = Cache::builder(200).loader(Plus).build().unwrap();
    cache.insert(5, 55).unwrap();
    let warmer = Warmer::new().concurrency(4);
    assert_eq!(warmer.run(&cache, 0..100), WarmEnd::Finished);
    let progress = warmer.progress();
    assert_eq!((progress.done, progress.failed), (90, 9));
    assert_eq!((progress.skipped_fresh, progress.refused), (1, 0));
    assert_eq!(progress.total(), 100);
    assert_eq!(cache.get(&7), Lookup::Fresh(8));
    assert_eq!(cache.get(&5), Lookup::Fresh(55), "what was there stays");
    assert_eq!(cache.get(&0), Lookup::Negative);
}

#[test]
fn the_error_budget_ends_the_run_and_the_gate_opens_degraded() {
    let cache = Cache::builder(2_000).loader(Plus).build().unwrap();
    let gate = ReadyGate::new(1_000);
    let warmer = Warmer::new().errors_max(2).opens(&gate);
    assert_eq!(warmer.run(&cache, 1..1_000), WarmEnd::Errors);
    let progress = warmer.progress();
    assert_eq!((progress.done, progress.failed), (27, 3));
    assert_eq!(gate.state(), Readiness::Degraded);
    assert_eq!(cache.len(), 27);
}

#[test]
fn a_stop_ends_the_run_in_the_middle_of_a_load() {
    let (cache, origin, _) = set_up(|builder| builder);
    let gate = ReadyGate::new(3);
    let warmer = Warmer::new().concurrency(1).opens(&gate);
    let handle = warmer.handle();
    let runner = thread::spawn({
        let cache = Arc::clone(&cache);
        move || warmer.run(&*cache, 1..100)
    });
    for key in 1..=2 {
        assert_eq!(origin.called(), key);
        origin.answer(key, Answer::Value(key.into()));
    }
    assert_eq!(origin.called(), 3);
    handle.stop();
    assert_eq!(runner.join().unwrap(), WarmEnd::Stopped);
    assert_eq!(handle.progress().done, 2);
    assert_eq!(gate.state(), Readiness::Degraded);
    assert_eq!((1..=2).filter(|key| cache.contains(key)).count(), 2);
    origin.answer(3, Answer::Value(3));
    until(|| cache.contains(&3));
}

#[test]
fn the_deadline_ends_the_run() {
    let (cache, origin, clock) = set_up(|builder| builder);
    let warmer = Warmer::new().deadline(SECOND);
    let keys = (1..100).inspect(|key| {
        origin.answer(*key, Answer::Value(0));
        clock.advance(Duration::from_millis(100));
    });
    assert_eq!(warmer.run(&*cache, keys), WarmEnd::Deadline);
    assert_eq!(warmer.progress().done, 8, "the ninth was under way");
}

#[test]
fn a_closed_cache_ends_the_run() {
    let cache = Cache::builder(10).loader(Plus).build().unwrap();
    cache.close();
    let warmer = Warmer::new();
    assert_eq!(warmer.run(&cache, 1..5), WarmEnd::Closed);
    assert_eq!(warmer.progress().total(), 0);
}

#[test]
fn a_full_cache_keeps_what_was_used() {
    let cache = Cache::builder(50).loader(Plus).build().unwrap();
    for key in 10_000..10_050 {
        cache.insert(key, 1).unwrap();
        cache.get(&key);
    }
    let warmer = Warmer::new().concurrency(4);
    assert_eq!(
        warmer.run(&cache, (1..500).filter(|key| key % 10 != 0)),
        WarmEnd::Finished
    );
    assert!((10_000..10_050).all(|key| cache.contains(&key)));
    let progress = warmer.progress();
    assert_eq!((progress.done, progress.refused), (0, progress.total()));
}

#[test]
fn warming_leaves_half_the_loader_threads_to_callers_that_miss() {
    let (cache, origin, _) = set_up(|builder| builder.loads_max(32).loader_threads(4));
    let warmer = Warmer::new().concurrency(100);
    let handle = warmer.handle();
    let runner = thread::spawn({
        let cache = Arc::clone(&cache);
        move || warmer.run(&*cache, 1..20)
    });
    let mut warmed = [origin.called(), origin.called()];
    warmed.sort_unstable();
    assert_eq!(warmed, [1, 2]);
    for key in [101, 102] {
        // The run may hold the lock just now.
        let started = Outcome::Miss(Miss::LoadStarted);
        until(|| cache.get_or_load(&key, Duration::ZERO) == started);
        assert_eq!(origin.called(), key, "not behind keys that are warmed");
    }
    handle.stop();
    for key in (1..20).chain([101, 102]) {
        origin.answer(key, Answer::Nothing); // the run may have been about to begin one more
    }
    assert_eq!(runner.join().unwrap(), WarmEnd::Stopped);
}

#[test]
fn warming_leaves_half_the_loads_to_callers_that_miss() {
    struct Counting(
        Arc<(AtomicUsize, AtomicUsize)>,
        std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
    );
    impl Load<u32, u64> for Counting {
        type Error = ();
        fn load(&self, key: &u32) -> Result<Option<u64>, ()> {
            if *key < 1_000 {
                let (now, most) = &*self.0;
                let flying = now.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(flying, Ordering::SeqCst);
                self.1.lock().unwrap().recv().ok();
                now.fetch_sub(1, Ordering::SeqCst);
            }
            Ok(Some(1))
        }
    }
    let (release, held) = std::sync::mpsc::channel();
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let loader = Counting(Arc::clone(&counts), std::sync::Mutex::new(held));
    let cache = Cache::builder(2_000)
        .loader(loader)
        .loads_max(8)
        .loader_threads(8);
    let cache = Arc::new(cache.build().unwrap());
    let warmer = Warmer::new().concurrency(100);
    let handle = warmer.handle();
    let runner = thread::spawn({
        let cache = Arc::clone(&cache);
        move || warmer.run(&*cache, 0..20)
    });
    until(|| counts.0.load(Ordering::SeqCst) == 4);
    for key in 1_000..1_100 {
        assert_eq!(
            cache.get_or_load(&key, LONG),
            Outcome::Fresh(1),
            "a live miss is not shed"
        );
    }
    drop(release);
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    assert_eq!(handle.progress().done, 20);
    assert_eq!(counts.1.load(Ordering::SeqCst), 4);
}

#[test]
fn a_warm_load_that_somebody_waits_for_is_trusted() {
    let (cache, origin, _) = set_up(|builder| builder);
    for key in 100..200 {
        cache.insert(key, 1).unwrap(); // full
        cache.get(&key);
    }
    let warmer = Warmer::new();
    let runner = thread::spawn({
        let cache = Arc::clone(&cache);
        move || warmer.run(&*cache, [1])
    });
    assert_eq!(origin.called(), 1);
    let joined = cache.get_or_load(&1, Duration::ZERO);
    assert_eq!(joined, Outcome::Miss(Miss::InFlight));
    origin.answer(1, Answer::Value(11));
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    assert_eq!(cache.get(&1), Lookup::Fresh(11));
}

#[test]
fn the_gate_opens_by_count_deadline_or_surrender_and_stays() {
    let clock = Arc::new(MockClock::new());
    let gate = ReadyGate::with_clock(10, Arc::clone(&clock)).deadline(SECOND);
    gate.note(9);
    assert_eq!(gate.state(), Readiness::Warming);
    clock.advance(SECOND);
    assert_eq!(gate.clone().state(), Readiness::Degraded);
    gate.note(1);
    assert_eq!(gate.state(), Readiness::Degraded);
    let gate = ReadyGate::new(1);
    gate.note(1);
    gate.give_up();
    assert_eq!(gate.state(), Readiness::Ready);
    assert!(ReadyGate::new(0).is_ready());
    assert!(ReadyGate::fraction(0.5, 0).is_ready());
    for (part, needed) in [
        (0.55, 55),
        (0.07, 7),
        (0.551, 56),
        (2.0, 100),
        (f64::NAN, 100),
    ] {
        let gate = ReadyGate::fraction(part, 100);
        gate.note(needed - 1);
        assert!(!gate.is_ready(), "{part}");
        gate.note(1);
        assert!(gate.is_ready(), "{part}");
    }
    assert_eq!(
        ReadyGate::new(1).wait(Duration::from_millis(1)),
        Readiness::Warming
    );
}

#[test]
fn the_gate_wakes_whoever_waits() {
    let gate = ReadyGate::new(2);
    let waiters: Vec<_> = (0..4)
        .map(|_| {
            let gate = gate.clone();
            thread::spawn(move || gate.wait(LONG))
        })
        .collect();
    gate.note(1);
    gate.note(1);
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), Readiness::Ready);
    }
}

#[test]
fn negatives_that_were_refused_are_not_done() {
    struct No;
    impl Load<u64, u64> for No {
        type Error = ();
        fn load(&self, _: &u64) -> Result<Option<u64>, ()> {
            Ok(None)
        }
    }
    let cache = Cache::builder(8).loader(No).build().unwrap();
    let gate = ReadyGate::new(8);
    let warmer = Warmer::new().opens(&gate);
    assert_eq!(warmer.run(&cache, 0..8), WarmEnd::Finished);
    let progress = warmer.progress();
    assert_eq!(
        (progress.done, progress.refused),
        (2, 6),
        "a quarter is their share"
    );
    assert_eq!(cache.len(), 2);
    assert_eq!(gate.state(), Readiness::Degraded);
}

#[test]
fn a_source_that_panics_opens_the_gate_degraded() {
    let cache = Cache::builder(10).loader(Plus).build().unwrap();
    let gate = ReadyGate::new(5);
    let warmer = Warmer::new().opens(&gate);
    let source = (1..10).inspect(|key| assert!(*key < 3, "no more"));
    let run = std::panic::AssertUnwindSafe(|| warmer.run(&cache, source));
    std::panic::catch_unwind(run).unwrap_err();
    assert_eq!(gate.state(), Readiness::Degraded);
    assert_eq!(warmer.progress().done, 1, "the second was under way");
}

#[test]
fn a_warm_load_overtaken_by_an_insert_is_refused_and_passes_the_wake_on() {
    let (cache, origin, _) = set_up(|builder| builder);
    let warmer = Warmer::new();
    let handle = warmer.handle();
    let runner = thread::spawn({
        let cache = Arc::clone(&cache);
        move || warmer.run(&*cache, [1])
    });
    assert_eq!(origin.called(), 1);
    cache.insert(1, 77).unwrap();
    assert_eq!(runner.join().unwrap(), WarmEnd::Finished);
    assert_eq!((handle.progress().done, handle.progress().refused), (0, 1));
    origin.answer(1, Answer::Value(11));
}
