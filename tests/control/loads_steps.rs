//! The adaptive limit and the client's throttle against what they promise, whatever comes.

use std::time::Duration;

use proptest::prelude::*;
use shorttail::control::ClientThrottle;
use shorttail::limit::{AdaptiveLimit, LimitWindow};

use super::calls_steps::readings;

/// What a service may have done in a window, and what it cannot have.
fn windows() -> impl Strategy<Value = LimitWindow> {
    let share = prop_oneof![3 => Just(0_u64), 1 => 0..50_u64, 1 => 0..5_000_u64];
    let in_flight = prop_oneof![
        8 => 0.0..300.0,
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), Just(f64::MAX)],
    ];
    let p90_ns = prop_oneof![6 => 1..100_000_u64, 1 => Just(0), 1 => any::<u64>()];
    let span_ns = prop_oneof![8 => 1_000..200_000_000_u64, 1 => Just(0)];
    let completed = prop_oneof![1 => 0..12_u64, 4 => 10..5_000_u64, 1 => any::<u64>()];
    (span_ns, completed, in_flight, p90_ns, share.clone(), share).prop_map(
        |(span_ns, completed, in_flight, p90_ns, overloaded, turned_away)| LimitWindow {
            span: Duration::from_nanos(span_ns),
            completed,
            in_flight,
            p90_ns,
            overloaded,
            turned_away,
        },
    )
}

/// What a step may make of a limit, by the window that it is told.
fn within(limit: u32, target_ns: Option<u64>, window: &LimitWindow) -> (f64, f64) {
    let now = f64::from(limit);
    let ended = window.completed.saturating_add(window.overloaded);
    let sound = window.in_flight.is_finite() && window.in_flight >= 0.0;
    if ended < 10 || window.span.is_zero() || !sound {
        return (now, now);
    }
    let is_share = |calls: u64| calls as f64 > 0.01 * ended as f64;
    // The limit is rounded for whoever asks.
    let (half, root) = (0.5 * (now - 0.5) - 0.5, (now + 0.5).sqrt());
    let is_slow = target_ns.is_some_and(|target_ns| window.p90_ns > target_ns);
    let is_used = window.in_flight >= now / 2.0 || is_share(window.turned_away);
    let may_grow = !is_share(window.overloaded) && !is_slow && is_used;
    (half, if may_grow { now + root + 1.0 } else { now })
}

proptest! {
    /// Within its range, by half down at most and by its root up, and up only if it is used, its
    /// calls are not late and nobody refused them.
    #[test]
    fn a_limit_keeps_to_its_bounds_whatever_it_is_told(
        low in 1..40_u32,
        more in 0..200_u32,
        from in 0.0..=1.0_f64,
        target_ns in prop::option::of(1..100_000_u64),
        // Fewer than those after which a limit without a target is halved to measure.
        told in prop::collection::vec(windows(), 1..120),
    ) {
        let initial = low + (f64::from(more) * from) as u32;
        let mut law = AdaptiveLimit::new(initial, low..=low + more).unwrap();
        if let Some(target_ns) = target_ns {
            law = law.target(Duration::from_nanos(target_ns));
        }
        for window in &told {
            let before = law.limit();
            let (least, most) = within(before, target_ns, window);
            // A slower window, or one more of whose calls were refused, never leaves more.
            let slower = LimitWindow { p90_ns: window.p90_ns.saturating_mul(2).max(2), ..*window };
            let refused = LimitWindow { overloaded: window.overloaded + 100, ..*window };
            let others = [slower, refused].map(|other| law.clone().update(&other));
            let after = law.update(window);
            prop_assert_eq!(after, law.limit());
            prop_assert!((low..=low + more).contains(&after), "{after}");
            prop_assert!(least <= f64::from(after), "{before} to {after}: {window:?}");
            prop_assert!(f64::from(after) <= most, "{before} to {after}: {window:?}");
            prop_assert!(others[0] <= after, "slower: {others:?} {after} {window:?}");
            prop_assert!(others[1] <= after, "refused: {others:?} {after} {window:?}");
            prop_assert!(law.baseline().is_none_or(|baseline| baseline > Duration::ZERO));
        }
    }

    /// Held back by the chance of the formula, never where it has none, and never above the most.
    #[test]
    fn a_call_is_held_back_by_the_formula_alone(
        ratio in 1.0..4.0_f64,
        in_flight in 0..30_u32,
        most in 0.0..=1.0_f64,
        seed in any::<u64>(),
        steps in prop::collection::vec((readings(), 1..60_u32, 0..=4_u32), 1..40),
    ) {
        let throttle = ClientThrottle::new(ratio).unwrap().in_flight(in_flight);
        let throttle = throttle.window(Duration::from_millis(8)).unwrap();
        let throttle = throttle.held_back_max(most).unwrap().seeded(seed);
        for (now_ns, calls, accepts) in steps {
            for call in 0..calls {
                let (requests, accepted) = throttle.counts(now_ns);
                let over = requests as f64 - ratio * accepted as f64 - f64::from(in_flight);
                let chance = (over / (requests as f64 + 1.0)).min(most);
                match throttle.try_send(now_ns) {
                    Ok(()) => prop_assert!(chance < 1.0),
                    Err(held) => {
                        prop_assert!(over > 0.0 && held.chance <= most);
                        prop_assert!((held.chance - chance).abs() < 1e-9, "{held:?} {chance}");
                    }
                }
                // What is held back is a request too.
                prop_assert_eq!(throttle.counts(now_ns).0, requests + 1);
                if call % 4 < accepts {
                    throttle.accepted(now_ns);
                }
            }
        }
    }
}
