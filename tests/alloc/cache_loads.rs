//! cache: loads, and what stands in for them, allocate nothing wherever they run.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use shorttail::cache::{
    Async, AsyncLoad, Cache, KeyedState, Load, LoadRunner, Miss, Outcome, Stale, WarmEnd, Warmer,
};
use shorttail::limit::Breaker;
use shorttail::measure::{assert_no_alloc, count_allocs};
use shorttail::time::MockClock;

const SECOND: Duration = Duration::from_secs(1);

/// Fails from 1 000 on, has nothing from 100 on.
struct Source;

impl Load<u64, u64> for Source {
    type Error = u8;
    fn load(&self, key: &u64) -> Result<Option<u64>, u8> {
        match key {
            0..100 => Ok(Some(*key)),
            100..1_000 => Ok(None),
            _ => Err(7),
        }
    }
}

impl AsyncLoad<u64, u64> for Source {
    type Error = u8;
    async fn load(&self, key: &u64) -> Result<Option<u64>, u8> {
        Load::load(self, key)
    }
}

type Clock = Arc<MockClock>;
type Manual = (
    Cache<u64, u64, Source, KeyedState, Clock>,
    LoadRunner<u64, u64, Source, KeyedState, Clock>,
    Clock,
);

fn manual(loads_max: usize, breaker: Breaker) -> Manual {
    let clock = Clock::default();
    let builder = Cache::builder(1_000)
        .ttl(10 * SECOND)
        .stale_window(5 * SECOND);
    let builder = builder.error_window(20 * SECOND).negative_ttl(2 * SECOND);
    let builder = builder.clock(Arc::clone(&clock)).loader(Source);
    let builder = builder
        .loads_max(loads_max)
        .breaker(breaker)
        .early_refresh(1.0);
    let (cache, loads) = builder.build_manual().unwrap();
    (cache, loads, clock)
}

fn breaker(calls: u32) -> Breaker {
    Breaker::builder().calls(calls).build().unwrap()
}

#[test]
fn stale_hits_and_their_refreshes_allocate_nothing() {
    let (cache, loads, clock) = manual(8, breaker(2_000));
    assert_no_alloc(|| {
        for key in 0..50 {
            assert_eq!(loads.get_or_load(&key, SECOND), Outcome::Fresh(key));
            clock.advance(11 * SECOND);
            for _ in 0..3 {
                let (value, why) = (key, Stale::Refreshing);
                assert_eq!(
                    cache.get_or_load(&key, SECOND),
                    Outcome::Stale { value, why }
                );
            }
            assert!(loads.run_one() && !loads.run_one(), "one refresh");
            assert_eq!(cache.get_or_load(&key, SECOND), Outcome::Fresh(key));
            clock.advance(9 * SECOND);
            assert!(cache.get_or_load(&key, SECOND).is_fresh());
            while loads.run_one() {}
        }
    });
}

#[test]
fn negatives_errors_and_an_open_breaker_allocate_nothing() {
    let (cache, loads, clock) = manual(8, breaker(40));
    assert_no_alloc(|| {
        for key in 100..120 {
            assert_eq!(loads.get_or_load(&key, SECOND), Outcome::Negative);
            assert_eq!(cache.get_or_load(&key, SECOND), Outcome::Negative);
        }
        cache.insert(2_000, 5).unwrap();
        clock.advance(16 * SECOND);
        for key in 1_000..1_040 {
            let failed = loads.get_or_load(&key, SECOND);
            assert!(matches!(
                failed,
                Outcome::Miss(Miss::LoaderError(7) | Miss::BreakerOpen)
            ));
        }
        assert_eq!(cache.stats().breaker_opened, 1);
        for _ in 0..100 {
            let open = Miss::BreakerOpen;
            assert_eq!(cache.get_or_load(&1, SECOND), Outcome::Miss(open));
            let (value, why) = (5, Stale::InsteadOf(Miss::BreakerOpen));
            assert_eq!(
                cache.get_or_load(&2_000, SECOND),
                Outcome::Stale { value, why }
            );
        }
    });
}

#[test]
fn a_crowd_of_one_load_sheds_cancels_and_inserts_allocate_nothing() {
    let (cache, loads, _) = manual(2, breaker(2_000));
    let mut cx = Context::from_waker(Waker::noop());
    assert_no_alloc(|| {
        for key in 0..20 {
            let mut crowd = [(); 16].map(|()| cache.get_or_load_async(&key));
            // SAFETY: the array is not moved until it is dropped.
            let mut pinned = crowd
                .each_mut()
                .map(|one| unsafe { std::pin::Pin::new_unchecked(one) });
            for one in &mut pinned {
                assert!(one.as_mut().poll(&mut cx).is_pending());
            }
            let started = Outcome::Miss(Miss::LoadStarted);
            assert_eq!(cache.get_or_load(&(key + 20), Duration::ZERO), started);
            let shed = Outcome::Miss(Miss::Shed);
            assert_eq!(cache.get_or_load(&(key + 40), SECOND), shed);
            assert!(cache.cancel_load(&(key + 20)));
            match key % 2 {
                0 => drop(cache.insert(key, key).unwrap()),
                _ => assert!(loads.run_one()),
            }
            for one in &mut pinned {
                assert_eq!(one.as_mut().poll(&mut cx), Poll::Ready(Outcome::Fresh(key)));
            }
            while loads.run_one() {}
        }
    });
}

#[test]
fn a_task_that_runs_loads_and_drops_one_allocates_nothing() {
    let builder = Cache::builder(1_000)
        .loader(Async(Source))
        .loader_threads(1);
    let (cache, mut tasks) = builder.build_tasks().unwrap();
    let mut task = pin!(tasks.pop().unwrap().run());
    let mut cx = Context::from_waker(Waker::noop());
    assert_no_alloc(|| {
        for key in 0..100 {
            let started = Outcome::Miss(Miss::LoadStarted);
            assert_eq!(cache.get_or_load(&key, Duration::ZERO), started);
            assert!(key % 3 > 0 || cache.cancel_load(&key));
            assert!(task.as_mut().poll(&mut cx).is_pending());
            assert_eq!(cache.contains(&key), key % 3 > 0);
        }
    });
}

/// Allocations of a run that loads so many keys, each of which a thread loads without any.
fn of_a_run(keys: u64) -> u64 {
    let builder = Cache::builder(1_000).loader(Source).loads_max(8);
    let (cache, loads) = builder.build_manual().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| assert_no_alloc(|| loads.run()));
        let warmer = Warmer::new();
        let (counts, end) = count_allocs(|| warmer.run(&cache, 0..keys));
        assert_eq!(end, WarmEnd::Finished);
        cache.close();
        assert_eq!(cache.len() as u64, keys);
        counts.allocs
    })
}

#[test]
fn a_warmer_allocates_its_window_however_many_keys_it_loads() {
    let few = of_a_run(20);
    assert_eq!(few, of_a_run(100));
    assert!(few <= 4, "{few}");
}
