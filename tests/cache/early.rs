//! Refreshes before an entry's time is over.

use std::sync::Arc;
use std::time::Duration;

use shorttail::cache::{Cache, ConfigError, Lookup, Outcome};

use super::origin::{
    Answer, Cached, Clocked, LONG, Loading, Origin, SECOND, origin, set_up, until,
};

const COST: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_nanos(1);

/// Key 1 has value 10, whose load took 0.1 s, for another 10 s.
fn loaded(adjust: impl FnOnce(Loading) -> Loading) -> (Arc<Cached>, Origin, Clocked) {
    let (cache, origin, clock) = set_up(|builder| adjust(builder.early_refresh(1.0)));
    load(&cache, &origin, &clock, 10);
    (cache, origin, clock)
}

fn load(cache: &Cached, origin: &Origin, clock: &Clocked, value: u64) {
    let _ = cache.get_or_load(&1, Duration::ZERO);
    assert_eq!(origin.called(), 1);
    clock.advance(COST);
    origin.answer(1, Answer::Value(value));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Fresh(value));
}

#[test]
fn a_hit_near_the_end_is_fresh_and_one_load_goes_on_behind() {
    let (cache, origin, clock) = loaded(|builder| builder);
    clock.advance(10 * SECOND - TICK);
    for _ in 0..100 {
        assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(10));
    }
    assert_eq!(origin.called(), 1, "the chance of none is 1e-8");
    assert_eq!(cache.stats().loads_started, 2);
    origin.answer(1, Answer::Value(11));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(11));
    clock.advance(9 * SECOND - COST);
    assert_eq!(
        cache.get_or_load(&1, LONG),
        Outcome::Fresh(11),
        "its time began anew"
    );
    assert_eq!(origin.calls(1), 2);
}

#[test]
fn no_hit_refreshes_from_sixteen_times_the_cost_on() {
    let (cache, origin, clock) = loaded(|builder| builder);
    // The cost is kept to a quarter, never above.
    clock.advance(10 * SECOND - 16 * COST - 10_000 * TICK);
    for _ in 0..10_000 {
        assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(10));
        clock.advance(TICK);
    }
    assert_eq!((cache.stats().loads_started, origin.calls(1)), (1, 1));
}

#[test]
fn a_key_that_is_asked_for_often_is_never_found_expired() {
    let (cache, origin, clock) = loaded(|builder| builder);
    let mut early = Vec::new();
    for round in 0..20 {
        let mut left = 10_000_u32; // milliseconds
        while cache.stats().loads_active == 0 {
            assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(10 + round));
            clock.advance(Duration::from_millis(1));
            left = left.checked_sub(1).expect("refreshed before the end");
        }
        assert_eq!(origin.called(), 1);
        early.push(left);
        clock.advance(Duration::ZERO);
        origin.answer(1, Answer::Value(11 + round));
        until(|| cache.stats().loads_active == 0);
        // That load took no time; the next is to have a cost again.
        cache.remove(&1);
        load(&cache, &origin, &clock, 11 + round);
    }
    assert!(early.iter().all(|left| *left < 1_600), "{early:?}");
    let distinct = early.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(distinct > 10, "not all at one moment: {early:?}");
}

#[test]
fn what_nobody_loaded_and_what_was_not_asked_for_is_left_alone() {
    for beta in [0.0, 1.0] {
        let (cache, origin, clock) = set_up(|builder| builder.early_refresh(beta));
        cache.insert(2, 20).unwrap();
        clock.advance(10 * SECOND - TICK);
        assert_eq!(
            cache.get_or_load(&2, LONG),
            Outcome::Fresh(20),
            "inserted by hand"
        );
        clock.advance(TICK);
        load(&cache, &origin, &clock, 10);
        clock.advance(10 * SECOND - TICK);
        assert_eq!(cache.get(&1), Lookup::Fresh(10), "never loads");
        if beta == 0.0 {
            assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(10));
        }
        cache.insert(1, 11).unwrap();
        assert_eq!(
            cache.get_or_load(&1, LONG),
            Outcome::Fresh(11),
            "in a slot of its own"
        );
        clock.advance(10 * SECOND - TICK);
        assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(11));
        assert_eq!(cache.stats().loads_started, 1);
    }
}

#[test]
fn a_refresh_that_an_insert_overtakes_in_the_queue_is_not_made() {
    let (cache, origin, clock) = loaded(|builder| builder.loader_threads(1));
    clock.advance(10 * SECOND - TICK);
    let _ = cache.get_or_load(&2, Duration::ZERO);
    assert_eq!(origin.called(), 2);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(10));
    assert_eq!(cache.stats().loads_active, 2);
    cache.insert(1, 77).unwrap();
    origin.answer(2, Answer::Nothing);
    until(|| cache.stats().loads_active == 0);
    assert_eq!((origin.calls(1), cache.stats().superseded), (1, 1));
    assert_eq!(cache.get(&1), Lookup::Fresh(77));
}

#[test]
fn a_refresh_is_fenced_and_its_failure_costs_nothing() {
    let (cache, origin, clock) = loaded(|builder| builder.error_backoff(SECOND));
    clock.advance(10 * SECOND - TICK);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(10));
    assert_eq!(origin.called(), 1);
    origin.answer(1, Answer::Error("down"));
    until(|| cache.stats().loads_active == 0);
    for _ in 0..10 {
        assert_eq!(
            cache.get_or_load(&1, LONG),
            Outcome::Fresh(10),
            "and it rests"
        );
    }
    assert_eq!(origin.calls(1), 2);
    clock.advance(2 * SECOND);
    load(&cache, &origin, &clock, 12);
    clock.advance(10 * SECOND - TICK);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Fresh(12));
    assert_eq!(origin.called(), 1);
    cache.remove(&1);
    origin.answer(1, Answer::Value(13));
    until(|| cache.stats().loads_active == 0);
    assert_eq!(cache.get(&1), Lookup::Miss, "not brought back");
}

#[test]
fn a_factor_that_does_not_fit_is_refused() {
    for beta in [-0.1, f64::NAN, 1_001.0] {
        let builder = Cache::<u32, u64>::builder(10).loader(origin().1);
        let refused = builder.early_refresh(beta).build();
        assert_eq!(refused.unwrap_err(), ConfigError::Beta);
    }
}
