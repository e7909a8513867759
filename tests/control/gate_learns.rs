//! What a gate learns of calls, and of readings that are none of now.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use shorttail::control::{Class, Gate};
use shorttail::limit::AdaptiveLimit;
use shorttail::time::Deadline;

use super::gate::{gate, serve};

const MS: u64 = 1_000_000;
const NEVER: Deadline = Deadline::NEVER;

/// One who balances by the load sends nobody to a gate that tells of slow calls.
#[test]
fn the_load_of_a_gate_that_nobody_enters_fades() {
    let ms = Duration::from_millis;
    let limit = AdaptiveLimit::new(4, 4..=4).unwrap().target(ms(100));
    let gate = Gate::builder(4).adaptive(limit).build().unwrap();
    let now_ns = serve(&gate, 20, 100 * MS, 0);
    assert!(gate.load(now_ns) > 0.95);
    let loads: Vec<_> = (1..=4)
        .map(|window| gate.load(now_ns + window * 100 * MS))
        .collect();
    assert!(
        loads.is_sorted_by(|before, after| *after < 0.6 * before),
        "{loads:?}"
    );
    assert!(loads[3] < 0.1, "{loads:?}");
    // Asked seldom, it has faded as far.
    let seldom = serve(&gate, 20, 100 * MS, now_ns + 1_000 * MS);
    assert!(gate.load(seldom) > 0.95);
    assert!(gate.load(seldom + 400 * MS) < 0.1);
}

#[test]
fn a_reading_of_the_future_freezes_no_window_and_an_old_one_begins_none() {
    for future_ns in [3_600_000 * MS, u64::MAX] {
        let gate = gate(4);
        let now_ns = serve(&gate, 20, 10 * MS, 0);
        drop(gate.try_enter(Class::NORMAL, NEVER, future_ns));
        let typical = |now_ns| {
            serve(&gate, 20, 40 * MS, now_ns);
            gate.stats().typical
        };
        assert!(typical(now_ns) > Duration::from_millis(39), "{future_ns}");
        // Permits that leak are seen as ever.
        mem::forget(gate.try_enter(Class::NORMAL, NEVER, now_ns + 2_000 * MS));
        for second in 3..9 {
            drop(gate.try_enter(Class::NORMAL, NEVER, now_ns + second * 1_000 * MS));
        }
        assert_eq!(gate.stats().older, 1);
        assert!(gate.stats().older_than_ns < now_ns + 9_000 * MS);
    }
    // Beside one whose readings are late, windows end as if it were not there.
    let gate = gate(4);
    let mut now_ns = serve(&gate, 1, MS, 0);
    for _ in 0..20 {
        let permit = gate.try_enter(Class::NORMAL, NEVER, now_ns).unwrap();
        drop(gate.try_enter(Class::NORMAL, NEVER, now_ns - 90 * MS));
        now_ns += 99 * MS;
        permit.finish(now_ns);
    }
    assert!(gate.stats().typical > Duration::from_millis(98));
}

/// It took an hour, as the mean of the very window that has it shows.
#[test]
fn a_call_that_ends_by_a_reading_of_the_future_took_no_centuries() {
    let gate = gate(4);
    let now_ns = serve(&gate, 20, 10 * MS, 0);
    let permit = gate.try_enter(Class::NORMAL, NEVER, now_ns).unwrap();
    permit.finish(1 << 62);
    let now_ns = serve(&gate, 20, 10 * MS, now_ns);
    let enter = || gate.try_enter(Class::NORMAL, NEVER, now_ns);
    let held: Vec<_> = (0..4).map(|_| enter()).collect();
    assert!(held.iter().all(Result::is_ok));
    // A quarter of the mean of 21 calls.
    let retry_after = enter().unwrap_err().retry_after;
    let told = Duration::from_secs(40)..Duration::from_secs(45);
    assert!(told.contains(&retry_after), "{retry_after:?}");
    drop(held);
    // The next window knows nothing of it.
    let now_ns = serve(&gate, 20, 10 * MS, now_ns);
    let _held = [(); 4].map(|()| gate.try_enter(Class::NORMAL, NEVER, now_ns).unwrap());
    let refused = gate.try_enter(Class::NORMAL, NEVER, now_ns).unwrap_err();
    assert!(refused.retry_after < Duration::from_secs(1), "{refused:?}");
}

/// Longer than a window, as a thread is off its processor now and then: beside each call of the
/// others it would leave no window the calls that make a forecast.
#[test]
fn a_reading_of_a_second_ago_is_an_old_one_however_short_a_window_is() {
    let built = Gate::builder(4).window(Duration::from_millis(1));
    let gate = built.build().unwrap();
    let mut now_ns = 2_000 * MS;
    for _ in 0..100 {
        let permit = gate.try_enter(Class::NORMAL, NEVER, now_ns).unwrap();
        drop(gate.try_enter(Class::NORMAL, NEVER, now_ns - 900 * MS));
        now_ns += MS / 2;
        permit.finish(now_ns);
    }
    assert_eq!(gate.stats().finished, 100);
    assert!(gate.stats().typical > Duration::ZERO);
}

#[test]
fn a_call_that_was_cut_off_counts_if_it_was_slow() {
    let gate = gate(4);
    let cut_off = |at_ns, took_ns| {
        let permit = gate.try_enter(Class::NORMAL, NEVER, at_ns).unwrap();
        permit.cut_off(at_ns + took_ns);
    };
    cut_off(0, 900 * MS);
    assert_eq!(
        gate.stats().finished,
        0,
        "nothing is known, and there is no target"
    );
    let now_ns = serve(&gate, 20, 10 * MS, 0);
    cut_off(now_ns, 9 * MS);
    assert_eq!(gate.stats().finished, 20);
    cut_off(now_ns, 12 * MS);
    assert_eq!(gate.stats().finished, 21);
    let owned = Arc::new(gate).try_enter_owned(Class::NORMAL, NEVER, now_ns);
    owned.unwrap().cut_off(now_ns + 12 * MS);
}

#[test]
fn calls_that_found_no_room_bring_the_limit_down_though_none_was_finished() {
    let limit = AdaptiveLimit::new(64, 1..=128).unwrap();
    let gate = Arc::new(Gate::builder(64).adaptive(limit).build().unwrap());
    for call in 0..32 {
        let now_ns = call * 10 * MS;
        match call % 2 {
            0 => gate
                .try_enter(Class::NORMAL, NEVER, now_ns)
                .unwrap()
                .overloaded(),
            _ => gate
                .try_enter_owned(Class::NORMAL, NEVER, now_ns)
                .unwrap()
                .overloaded(),
        }
    }
    drop(gate.try_enter(Class::NORMAL, NEVER, 400 * MS));
    let stats = gate.stats();
    assert_eq!(
        (stats.overloaded, stats.finished, stats.in_flight),
        (32, 0, 0)
    );
    assert!(stats.limit <= 32, "{stats:?}");
}

/// Those who come may fill four tenths of the limit, which was low: it comes back.
#[test]
fn a_limit_comes_back_where_tiers_keep_it_from_being_half_used() {
    let limit = AdaptiveLimit::new(64, 1..=128).unwrap();
    let limit = limit.target(Duration::from_millis(50));
    let gate = Gate::builder(64).adaptive(limit).shares(0.9, 0.4);
    let gate = gate.build().unwrap();
    let mut now_ns = 0;
    let mut windows = |count: u32, took_ms: u64| {
        for _ in 0..count {
            let batch = || gate.try_enter(Class::SHEDDABLE, NEVER, now_ns);
            let held: Vec<_> = core::iter::from_fn(|| batch().ok()).take(100).collect();
            now_ns += took_ms * MS;
            held.into_iter().for_each(|permit| permit.finish(now_ns));
        }
        gate.stats().limit
    };
    let low = windows(200, 500);
    assert!(low < 8, "{low}");
    let back = windows(2_000, 10);
    assert!(back > 100, "{back}");
}
