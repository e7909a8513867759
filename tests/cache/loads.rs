//! Loads: one a key, shared by all who ask, owned by the cache.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use shorttail::cache::{Cache, ConfigError, Load, Lookup, Miss, Outcome, Stale};

use super::load_steps;
use super::origin::{Answer, Cached, LONG, SECOND, origin, set_up, until};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_loads_and_a_model_agree(
        settings in 0_u8..32,
        steps in prop::collection::vec(any::<u8>(), 2..600),
    ) {
        load_steps::run(settings, &steps);
    }
}

fn ask(cache: &Arc<Cached>, key: u32) -> thread::JoinHandle<Outcome<u64, &'static str>> {
    let cache = Arc::clone(cache);
    thread::spawn(move || cache.get_or_load(&key, LONG))
}

/// Starts `count` callers and returns once all of them take part in the one load.
fn crowd(
    cache: &Arc<Cached>,
    key: u32,
    count: u64,
) -> Vec<thread::JoinHandle<Outcome<u64, &'static str>>> {
    let before = cache.stats().misses;
    let callers = (0..count).map(|_| ask(cache, key)).collect();
    until(|| cache.stats().misses == before + count);
    callers
}

#[test]
fn a_crowd_on_a_cold_key_is_one_load() {
    let (cache, origin, _) = set_up(|builder| builder);
    let callers = crowd(&cache, 1, 16);
    assert_eq!(origin.called(), 1);
    origin.answer(1, Answer::Value(11));
    for caller in callers {
        assert_eq!(caller.join().unwrap(), Outcome::Fresh(11));
    }
    assert_eq!(origin.calls(1), 1);
    assert_eq!(cache.get(&1), Lookup::Fresh(11));
    assert_eq!(cache.stats().loads_started, 1);
}

#[test]
fn a_budget_of_zero_returns_at_once_and_the_load_goes_on() {
    let (cache, origin, _) = set_up(|builder| builder);
    let first = cache.get_or_load(&1, Duration::ZERO);
    assert_eq!(first, Outcome::Miss(Miss::LoadStarted));
    for _ in 0..10 {
        let next = cache.get_or_load(&1, Duration::ZERO);
        assert_eq!(next, Outcome::Miss(Miss::InFlight));
    }
    origin.answer(1, Answer::Value(11));
    until(|| cache.contains(&1));
    assert_eq!(cache.get_or_load(&1, Duration::ZERO), Outcome::Fresh(11));
    assert_eq!(origin.calls(1), 1);
}

#[test]
fn a_panicking_loader_is_told_and_the_key_stays_usable() {
    let (cache, origin, _) = set_up(|builder| builder.loader_threads(1));
    for _ in 0..5 {
        origin.answer(1, Answer::Panic);
        let outcome = cache.get_or_load(&1, LONG);
        assert_eq!(outcome, Outcome::Miss(Miss::LoaderPanicked));
    }
    origin.answer(1, Answer::Value(11));
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(11));
    let stats = cache.stats();
    assert_eq!((stats.loads_panicked, stats.loads_done), (5, 1));
    assert_eq!(stats.loads_active, 0);
}

#[test]
fn a_clone_that_panics_counts_as_the_loader() {
    #[derive(Debug, PartialEq)]
    struct Bomb;
    impl Clone for Bomb {
        fn clone(&self) -> Self {
            panic!("no clones today")
        }
    }
    struct Bombs;
    impl Load<u32, Bomb> for Bombs {
        type Error = ();
        fn load(&self, _: &u32) -> Result<Option<Bomb>, ()> {
            Ok(Some(Bomb))
        }
    }
    let cache = Cache::builder(10).loader(Bombs).build().unwrap();
    assert_eq!(
        cache.get_or_load(&1, LONG),
        Outcome::Miss(Miss::LoaderPanicked)
    );
}

#[test]
fn callers_return_when_their_budget_is_out_and_the_load_goes_on() {
    let (cache, origin, _) = set_up(|builder| builder);
    let outcome = cache.get_or_load(&1, Duration::from_millis(1));
    assert_eq!(outcome, Outcome::Miss(Miss::Deadline));
    origin.answer(1, Answer::Value(11));
    until(|| cache.contains(&1));
    assert_eq!(origin.calls(1), 1);
}

#[test]
fn what_comes_on_top_of_the_bulkhead_is_shed_and_hits_go_on() {
    let (cache, origin, _) = set_up(|builder| builder.loads_max(2).loader_threads(2));
    cache.insert(9, 99).unwrap();
    for key in [1, 2] {
        let outcome = cache.get_or_load(&key, Duration::ZERO);
        assert_eq!(outcome, Outcome::Miss(Miss::LoadStarted));
    }
    for key in 3..100 {
        let key = key + 100;
        assert_eq!(cache.get_or_load(&key, LONG), Outcome::Miss(Miss::Shed));
        assert_eq!(cache.get_or_load(&9, LONG), Outcome::Fresh(99));
    }
    assert_eq!(cache.stats().loads_shed, 97);
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 1);
    origin.answer(3, Answer::Value(33));
    assert_eq!(cache.get_or_load(&3, LONG), Outcome::Fresh(33));
    origin.answer(2, Answer::Value(22));
}

#[test]
fn a_hung_load_gets_one_successor_and_stores_nothing_late() {
    let (cache, origin, clock) = set_up(|builder| builder.lease(30 * SECOND));
    let hung = ask(&cache, 1);
    assert_eq!(origin.called(), 1);
    clock.advance(30 * SECOND);
    let successor = ask(&cache, 1);
    assert_eq!(origin.called(), 1);
    let joined = cache.get_or_load(&1, Duration::ZERO);
    assert_eq!(
        joined,
        Outcome::Miss(Miss::InFlight),
        "one successor, no third load"
    );
    // Which of the two calls gets which answer is not said; both values are told apart later.
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 1);
    origin.answer(1, Answer::Value(12));
    let outcomes = [hung.join().unwrap(), successor.join().unwrap()];
    assert!(outcomes.iter().all(|outcome| outcome.value().is_some()));
    assert_eq!(origin.calls(1), 2);
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.stats().superseded, 1, "the hung one stored nothing");
}

#[test]
fn a_late_load_with_nothing_newer_is_stored() {
    let (cache, origin, clock) = set_up(|builder| builder.lease(SECOND));
    let hung = ask(&cache, 1);
    origin.called();
    clock.advance(100 * SECOND);
    origin.answer(1, Answer::Value(11));
    assert_eq!(hung.join().unwrap(), Outcome::Fresh(11));
    assert_eq!(cache.get(&1), Lookup::Fresh(11));
}

#[test]
fn a_key_removed_during_its_load_is_not_stored() {
    let (cache, origin, _) = set_up(|builder| builder);
    let caller = ask(&cache, 1);
    origin.called();
    cache.remove(&1);
    origin.answer(1, Answer::Value(11));
    let why = Stale::Superseded;
    assert_eq!(caller.join().unwrap(), Outcome::Stale { value: 11, why });
    assert_eq!(cache.get(&1), Lookup::Miss);
    assert_eq!(cache.stats().superseded, 1);
}

#[test]
fn a_key_expired_during_its_load_is_not_stored() {
    let (cache, origin, _) = set_up(|builder| builder);
    let caller = ask(&cache, 1);
    origin.called();
    cache.expire(&1);
    origin.answer(1, Answer::Value(11));
    let why = Stale::Superseded;
    assert_eq!(caller.join().unwrap(), Outcome::Stale { value: 11, why });
    assert_eq!(cache.get(&1), Lookup::Miss);
}

#[test]
fn a_load_begun_before_invalidate_all_is_not_stored() {
    let (cache, origin, _) = set_up(|builder| builder);
    let caller = ask(&cache, 1);
    origin.called();
    cache.invalidate_all();
    origin.answer(1, Answer::Value(11));
    let why = Stale::Superseded;
    assert_eq!(caller.join().unwrap(), Outcome::Stale { value: 11, why });
    assert_eq!(cache.get(&1), Lookup::Miss);
}

#[test]
fn removing_another_key_does_not_void_a_load() {
    let (cache, origin, _) = set_up(|builder| builder);
    let caller = ask(&cache, 1);
    origin.called();
    for key in 2..1_000 {
        cache.remove(&key);
        cache.insert(key, 0).unwrap();
    }
    origin.answer(1, Answer::Value(11));
    assert_eq!(caller.join().unwrap(), Outcome::Fresh(11));
    assert_eq!(cache.get(&1), Lookup::Fresh(11));
}

#[test]
fn an_insert_during_a_load_wins_and_its_waiters_get_it_at_once() {
    let (cache, origin, _) = set_up(|builder| builder);
    let callers = crowd(&cache, 1, 4);
    origin.called();
    cache.insert(1, 77).unwrap();
    for caller in callers {
        assert_eq!(
            caller.join().unwrap(),
            Outcome::Fresh(77),
            "the load has not answered"
        );
    }
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Fresh(77), "the late load is void");
}

#[test]
fn closing_releases_waiters_and_begins_nothing_more() {
    let (cache, origin, _) = set_up(|builder| builder.loader_threads(1));
    let running = ask(&cache, 1);
    assert_eq!(origin.called(), 1);
    let queued = ask(&cache, 2);
    until(|| cache.stats().loads_active == 2);
    cache.close();
    assert_eq!(running.join().unwrap(), Outcome::Miss(Miss::Closed));
    assert_eq!(queued.join().unwrap(), Outcome::Miss(Miss::Closed));
    assert_eq!(cache.get_or_load(&3, LONG), Outcome::Miss(Miss::Closed));
    cache.insert(4, 44).unwrap();
    assert_eq!(cache.get_or_load(&4, LONG), Outcome::Fresh(44));
    origin.answer(1, Answer::Value(11));
    drop(cache); // joins the thread
    assert_eq!(origin.calls(2), 0);
}

#[test]
fn dropping_the_cache_drops_everything_in_it() {
    struct Tokens(Arc<()>);
    impl Load<u32, Arc<()>> for Tokens {
        type Error = ();
        fn load(&self, _: &u32) -> Result<Option<Arc<()>>, ()> {
            Ok(Some(Arc::clone(&self.0)))
        }
    }
    let token = Arc::new(());
    let cache = Cache::builder(10)
        .loader(Tokens(Arc::clone(&token)))
        .build()
        .unwrap();
    for key in 0..100 {
        drop(cache.get_or_load(&key, LONG).value());
        drop(cache.get_or_load(&(key + 100), Duration::ZERO).value());
    }
    drop(cache);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_loader_that_asks_for_its_own_key_or_another_is_not_locked_up() {
    use std::sync::{OnceLock, Weak};
    type Nested = Cache<u32, u64, Asking>;
    #[derive(Default)]
    struct Asking(Arc<OnceLock<Weak<Nested>>>);
    impl Load<u32, u64> for Asking {
        type Error = String;
        fn load(&self, key: &u32) -> Result<Option<u64>, String> {
            let cache = self.0.get().unwrap().upgrade().unwrap();
            let own = cache.get_or_load(key, LONG);
            let other = cache.get_or_load(&(key + 1), LONG);
            Err(format!("{own:?}, {other:?}"))
        }
    }
    let slot = Arc::new(OnceLock::new());
    let builder = Cache::builder(10).loader(Asking(Arc::clone(&slot)));
    let cache: Nested = builder.loads_max(1).loader_threads(1).build().unwrap();
    let cache = Arc::new(cache);
    slot.set(Arc::downgrade(&cache)).unwrap();
    let expected = "Miss(Reentrant), Miss(Shed)".to_string();
    let outcome = cache.get_or_load(&1, LONG);
    assert_eq!(outcome, Outcome::Miss(Miss::LoaderError(expected)));
}

#[test]
fn a_cache_without_a_loader_says_so() {
    let cache = Cache::<u32, u32>::builder(10).build().unwrap();
    let outcome = cache.get_or_load(&1, LONG);
    assert_eq!(outcome, Outcome::Miss(Miss::NoLoader));
}

#[test]
fn a_loader_config_that_does_not_fit_is_refused() {
    let build = |loads, threads| {
        let builder = Cache::<u32, u64>::builder(10).loader(origin().1);
        builder
            .loads_max(loads)
            .loader_threads(threads)
            .build()
            .unwrap_err()
    };
    assert_eq!(build(0, 1), ConfigError::Loads);
    assert_eq!(build(1_025, 1), ConfigError::Loads);
    assert_eq!(build(4, 0), ConfigError::LoaderThreads);
    assert_eq!(build(4, 5), ConfigError::LoaderThreads);
}

#[test]
fn loads_and_writes_on_many_threads_never_mix_keys_up() {
    struct Own;
    impl Load<u32, u64> for Own {
        type Error = ();
        fn load(&self, key: &u32) -> Result<Option<u64>, ()> {
            match key % 11 {
                0 => Err(()),
                1 => Ok(None),
                _ => Ok(Some(u64::from(*key) << 8)),
            }
        }
    }
    let cache = Arc::new(Cache::builder(50).loader(Own).loads_max(4).build().unwrap());
    let worker = |seed: u32| {
        let cache = Arc::clone(&cache);
        move || {
            let mut state = seed;
            for round in 0..3_000_u64 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let key = (state >> 8) % 120;
                match (state >> 28) % 8 {
                    0 => drop(cache.insert(key, u64::from(key) << 8 | round & 0xFF)),
                    1 => drop(cache.remove(&key)),
                    2 => drop(cache.expire(&key)),
                    3 => drop(cache.get_or_load(&key, Duration::ZERO)),
                    _ => match cache.get_or_load(&key, LONG) {
                        Outcome::Fresh(value) | Outcome::Stale { value, .. } => {
                            assert_eq!(value >> 8, u64::from(key));
                        }
                        Outcome::Negative => assert_eq!(key % 11, 1),
                        Outcome::Fallback(_) => unreachable!("nobody degrades"),
                        Outcome::Miss(Miss::LoaderError(())) => assert_eq!(key % 11, 0),
                        Outcome::Miss(why) => assert_eq!(why, Miss::Shed),
                    },
                }
            }
        }
    };
    let threads: Vec<_> = (1..=4).map(|seed| thread::spawn(worker(seed))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    until(|| cache.stats().loads_active == 0);
}
