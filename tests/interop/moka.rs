//! Loads in front of a moka cache: one a key, stored unless the key was written since, and what is
//! served when moka has let a value go.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use moka::sync::Cache as Moka;
use shorttail::cache::{
    ConfigError, KeyedState, LoadingBuilder, Lookup, Miss, Outcome, Stale, WarmEnd, Warmer,
};
use shorttail::interop::moka::MokaFront;
use shorttail::limit::Breaker;

use crate::executor::block_on;
use crate::origin::{Answer, Clocked, LONG, Origin, Remote, SECOND, origin, timed, until};

type Front = MokaFront<u32, u64, Remote, KeyedState, Clocked>;
type Beside = LoadingBuilder<u32, u64, Remote, KeyedState, Clocked>;

fn front_of(
    moka: Moka<u32, u64>,
    adjust: impl FnOnce(Beside) -> Beside,
) -> (Arc<Front>, Origin, Clocked) {
    let (origin, remote) = origin();
    let clock = Clocked::default();
    let front = MokaFront::new(moka, adjust(timed(remote, &clock))).unwrap();
    (Arc::new(front), origin, clock)
}

fn front() -> (Arc<Front>, Origin, Clocked) {
    front_of(Moka::new(1_000), |beside| beside)
}

/// A caller that waits for a load.
fn caller(front: &Arc<Front>, key: u32) -> thread::JoinHandle<Outcome<u64, &'static str>> {
    let front = Arc::clone(front);
    thread::spawn(move || front.get_or_load(&key, LONG))
}

#[test]
fn many_callers_have_one_load_and_moka_has_its_value() {
    let (front, origin, _clock) = front();
    assert_eq!(front.get(&1), Lookup::Miss);
    let at_once = front.get_or_load(&1, Duration::ZERO);
    assert_eq!(at_once, Outcome::Miss(Miss::LoadStarted));
    let callers: Vec<_> = (0..8).map(|_| caller(&front, 1)).collect();
    assert_eq!(origin.called(), 1);
    origin.answer(1, Answer::Value(11));
    for caller in callers {
        assert_eq!(caller.join().unwrap(), Outcome::Fresh(11));
    }
    assert_eq!((origin.calls(1), front.moka().get(&1)), (1, Some(11)));
    front.moka().insert(2, 22);
    assert_eq!(front.get_or_load(&2, LONG), Outcome::Fresh(22));
    assert_eq!(block_on(front.get_or_load_async(&2)), Outcome::Fresh(22));
    assert_eq!(origin.calls(4), 0);
    origin.answer(3, Answer::Value(33));
    assert_eq!(block_on(front.get_or_load_async(&3)), Outcome::Fresh(33));
    assert_eq!(front.moka().get(&3), Some(33));
}

#[test]
fn a_closure_is_asked_in_place_of_the_loader_and_moka_has_its_value() {
    let (front, origin, _clock) = front();
    let found = front.load_with(&1, LONG, |key| Ok(Some(u64::from(*key) + 10)));
    assert_eq!(found, Outcome::Fresh(11));
    assert_eq!((front.moka().get(&1), origin.calls(1)), (Some(11), 0));
    let found = front.load_with(&1, LONG, |_| Err("not asked"));
    assert_eq!(found, Outcome::Fresh(11));
}

#[test]
fn a_load_that_is_cancelled_reaches_neither_cache() {
    let (front, origin, _clock) = front();
    let waits = caller(&front, 1);
    assert_eq!(origin.called(), 1);
    assert!(!front.cancel_load(&2), "no such load");
    assert!(front.cancel_load(&1));
    let cancelled = Outcome::Miss(Miss::LoadCancelled);
    assert_eq!(waits.join().unwrap(), cancelled);
    origin.answer(1, Answer::Value(11));
    until(|| front.stats().loads_active == 0);
    assert_eq!((front.moka().get(&1), front.get(&1)), (None, Lookup::Miss));
    origin.answer(1, Answer::Value(12));
    assert_eq!(front.get_or_load(&1, LONG), Outcome::Fresh(12));
    assert_eq!(front.moka().get(&1), Some(12));
}

#[test]
fn a_load_brings_back_nothing_that_was_removed_since() {
    for all in [false, true] {
        let (front, origin, _clock) = front();
        let waits = caller(&front, 1);
        assert_eq!(origin.called(), 1);
        if all {
            front.invalidate_all();
        } else {
            front.remove(&1);
        }
        origin.answer(1, Answer::Value(11));
        let why = Stale::Superseded;
        assert_eq!(waits.join().unwrap(), Outcome::Stale { value: 11, why });
        assert_eq!((front.moka().get(&1), front.get(&1)), (None, Lookup::Miss));
        origin.answer(1, Answer::Value(12));
        assert_eq!(front.get_or_load(&1, LONG), Outcome::Fresh(12));
        assert_eq!(front.get(&1), Lookup::Fresh(12));
        if all {
            front.invalidate_all();
        } else {
            front.remove(&1);
        }
        assert_eq!(front.get(&1), Lookup::Miss);
    }
}

#[test]
fn an_insert_wins_over_a_load_that_asked_before() {
    let (front, origin, _clock) = front();
    let waits = caller(&front, 1);
    assert_eq!(origin.called(), 1);
    front.insert(1, 77);
    assert_eq!(waits.join().unwrap(), Outcome::Fresh(77));
    origin.answer(1, Answer::Value(11));
    until(|| front.stats().loads_active == 0);
    assert_eq!(
        (front.moka().get(&1), front.get(&1)),
        (Some(77), Lookup::Fresh(77))
    );
}

/// Which of the two calls gets which answer is not said: of twenty times, both come about.
#[test]
fn a_load_that_hung_does_not_overwrite_its_successors_value() {
    let (front, origin, clock) = front_of(Moka::new(1_000), |beside| beside.lease(SECOND));
    for key in 0..20 {
        let hung = caller(&front, key);
        assert_eq!(origin.called(), key);
        clock.advance(SECOND);
        let successor = caller(&front, key);
        assert_eq!(origin.called(), key);
        origin.answer(key, Answer::Value(11));
        until(|| front.stats().loads_active == 1);
        origin.answer(key, Answer::Value(12));
        let newer = successor.join().unwrap();
        assert!(hung.join().unwrap().value().is_some());
        until(|| front.stats().loads_active == 0);
        assert_eq!(front.moka().get(&key), newer.value());
    }
}

#[test]
fn what_moka_let_go_of_is_stale_within_the_windows_and_no_longer_fresh_than_there() {
    // 7 s in moka, where the small cache would have had 10.
    let moka = Moka::builder()
        .max_capacity(100)
        .time_to_live(7 * SECOND)
        .build();
    let (front, origin, clock) = front_of(moka, |beside| beside);
    origin.answer(1, Answer::Value(11));
    assert_eq!(front.get_or_load(&1, LONG), Outcome::Fresh(11));
    front.moka().invalidate(&1); // as its policy does
    assert_eq!(front.get(&1), Lookup::Fresh(11));
    clock.advance(7 * SECOND);
    let why = Stale::Refreshing;
    assert_eq!(
        front.get_or_load(&1, LONG),
        Outcome::Stale { value: 11, why }
    );
    assert_eq!(
        front.get_or_load(&1, LONG),
        Outcome::Stale { value: 11, why }
    );
    origin.answer(1, Answer::Value(12));
    until(|| front.moka().get(&1).is_some());
    assert_eq!(front.get_or_load(&1, LONG), Outcome::Fresh(12));
    assert_eq!(origin.calls(1), 2);
    front.moka().invalidate(&1);
    until(|| front.stats().loads_active == 0);
    clock.advance(13 * SECOND);
    origin.answer(1, Answer::Error("down"));
    let why = Stale::InsteadOf(Miss::LoaderError("down"));
    assert_eq!(
        front.get_or_load(&1, LONG),
        Outcome::Stale { value: 12, why }
    );
}

#[test]
fn errors_and_nothing_are_shared_and_the_breaker_stands_before_the_source() {
    let breaker = Breaker::builder()
        .calls(4)
        .window(60 * SECOND)
        .build()
        .unwrap();
    let (front, origin, _clock) = front_of(Moka::new(100), |beside| beside.breaker(breaker));
    origin.answer(1, Answer::Nothing);
    assert_eq!(front.get_or_load(&1, LONG), Outcome::Negative);
    assert_eq!(front.get_or_load(&1, LONG), Outcome::Negative);
    assert_eq!((origin.calls(1), front.moka().get(&1)), (1, None));
    for key in [2, 3, 4] {
        origin.answer(key, Answer::Error("down"));
        let outcome = front.get_or_load(&key, LONG);
        assert_eq!(outcome, Outcome::Miss(Miss::LoaderError("down")));
    }
    // Three of four calls failed: no more are made.
    assert_eq!(
        front.get_or_load(&5, LONG),
        Outcome::Miss(Miss::BreakerOpen)
    );
    assert_eq!(origin.calls(5), 0);
    front.moka().insert(5, 55);
    assert_eq!(front.get_or_load(&5, LONG), Outcome::Fresh(55));
}

#[test]
fn warming_fills_moka_beyond_what_is_beside_it_and_counts_each_key() {
    let (front, origin, _clock) = front_of(Moka::new(10_000), |beside| beside);
    for key in 0..10 {
        front.moka().insert(key, 7);
    }
    for key in 10..500 {
        let failing = key % 100 == 0;
        origin.answer(
            key,
            if failing {
                Answer::Error("no")
            } else {
                Answer::Value(key.into())
            },
        );
    }
    let warmer = Warmer::new().concurrency(3);
    assert_eq!(front.warm(&warmer, 0..500), WarmEnd::Finished);
    let progress = warmer.progress();
    assert_eq!(
        (progress.done, progress.failed, progress.skipped_fresh),
        (486, 4, 10)
    );
    assert!(
        (10..500)
            .filter(|key| key % 100 != 0)
            .all(|key| front.moka().contains_key(&key))
    );
    assert_eq!(front.get(&3), Lookup::Fresh(7));
}

#[test]
fn closed_it_loads_no_more_and_what_cannot_be_built_says_so() {
    let (front, _origin, _clock) = front();
    front.moka().insert(1, 11);
    front.close();
    assert_eq!(front.get_or_load(&1, LONG), Outcome::Fresh(11));
    assert_eq!(front.get_or_load(&2, LONG), Outcome::Miss(Miss::Closed));
    let (_origin, remote) = origin();
    let beside = timed(remote, &Clocked::default()).loads_max(0);
    let refused = MokaFront::new(Moka::new(10), beside).err();
    assert_eq!(refused, Some(ConfigError::Loads));
}
