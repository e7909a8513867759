//! Configurations come from a file as their constructors take them, or with the setting's name and
//! the reason.

use std::fmt::Debug;
use std::time::Duration;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use shorttail::control::{Class, GateBuilder, RetryBudget, RetryPolicyBuilder, Share};
use shorttail::http1::LimitsBuilder;
use shorttail::limit::{Backoff, Breaker, BreakerBuilder, Jitter};
use shorttail::time::Deadline;

/// What is said of a text that is no configuration.
#[track_caller]
fn wrong<C: DeserializeOwned + Debug>(json: &str) -> String {
    serde_json::from_str::<C>(json).unwrap_err().to_string()
}

/// Of each text that is said.
#[track_caller]
pub(super) fn assert_wrong<C: DeserializeOwned + Debug>(cases: &[(&str, &str)]) {
    for (json, said) in cases {
        let error = wrong::<C>(json);
        assert!(error.starts_with(said), "{json}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn a_breaker_comes_back(
        failure_rate in 0.001..=1.0_f64,
        slow in prop::option::of((0_u64..1 << 40, 0.001..=1.0_f64)),
        window_ms in 8_u64..86_400_000,
        calls in 1_u32..=2_048,
        rest_ms in 1_u64..86_400_000,
        probes in 1_u32..=255,
    ) {
        let ms = Duration::from_millis;
        let mut settings = Breaker::builder()
            .failure_rate(failure_rate)
            .window(ms(window_ms))
            .calls(calls)
            .rest(ms(rest_ms))
            .probes(probes);
        if let Some((slow_ns, rate)) = slow {
            settings = settings.slow_rate(Duration::from_nanos(slow_ns), rate);
        }
        let json = serde_json::to_value(settings).unwrap();
        prop_assert_eq!(json.get("slow_ns").is_some(), slow.is_some());
        let back: BreakerBuilder = serde_json::from_value(json).unwrap();
        prop_assert_eq!(format!("{back:?}"), format!("{settings:?}"));
    }

    #[test]
    fn delays_come_back(
        curve in 0..4_usize,
        jitter in 0..4_usize,
        base_ns in 0_u64..1 << 50,
        cap_ns in 0_u64..1 << 50,
    ) {
        let (base, cap) = (Duration::from_nanos(base_ns), Duration::from_nanos(cap_ns));
        let curves = [
            Backoff::fixed(base),
            Backoff::linear(base, cap),
            Backoff::logarithmic(base, cap),
            Backoff::exponential(base, cap),
        ];
        let jitters = [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];
        let backoff = curves[curve].jitter(jitters[jitter]).seeded(7);
        let json = serde_json::to_string(&backoff).unwrap();
        let back: Backoff = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(format!("{:?}", back.seeded(7)), format!("{backoff:?}"));
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), json);
    }

    #[test]
    fn a_share_comes_back(points in 0..=10_000_u32) {
        let share = Share::from_basis_points(points).unwrap();
        let json = serde_json::to_string(&share).unwrap();
        prop_assert_eq!(&json, &format!("\"{share}\""));
        prop_assert_eq!(serde_json::from_str::<Share>(&json).unwrap(), share);
    }
}

#[test]
fn what_is_left_out_is_as_the_constructor_has_it() {
    let breaker: BreakerBuilder = serde_json::from_str("{}").unwrap();
    assert_eq!(format!("{breaker:?}"), format!("{:?}", Breaker::builder()));
    let limits: LimitsBuilder = serde_json::from_str("{}").unwrap();
    assert_eq!(limits.build(), Ok(shorttail::http1::Limits::default()));
    let limits: LimitsBuilder = serde_json::from_str(
        r#"{"fields":7,"head_bytes":9000,"line_bytes":800,"target_bytes":70,"trailers_bytes":60,
            "body_bytes":50,"drain_bytes":40}"#,
    )
    .unwrap();
    let limits = limits.build().unwrap();
    assert_eq!(
        (limits.fields(), limits.head(), limits.line()),
        (7, 9_000, 800)
    );
    assert_eq!((limits.target(), limits.trailers()), (70, 60));
    assert_eq!((limits.body(), limits.drain()), (50, 40));
    let backoff: Backoff = serde_json::from_str(r#"{"base_ns":5,"cap_ns":12}"#).unwrap();
    let delays = [1, 2, 3].map(|retry| backoff.delay(retry).as_nanos());
    assert_eq!(delays, [5, 10, 12]);
}

#[test]
fn a_gate_and_retries_do_as_the_file_says() {
    let gate: GateBuilder = serde_json::from_str(
        r#"{"limit":4,"normal_share":0.5,"sheddable_share":0.25,"waiters_max":3,
            "window_ns":1000000,"recorders":2}"#,
    )
    .unwrap();
    let text = format!("{gate:?}");
    for part in [
        "waiters_max: 3",
        "window: 1ms",
        "recorders: 2",
        "(0.5, 0.25)",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let gate = gate.build().unwrap();
    let enter = || gate.try_enter(Class::NORMAL, Deadline::NEVER, 0);
    let (_one, _two) = (enter().unwrap(), enter().unwrap());
    assert!(enter().is_err()); // half of four

    let budget: RetryBudget =
        serde_json::from_str(r#"{"ratio":0.5,"floor":2,"saved_max":3}"#).unwrap();
    assert_eq!(budget.available(), 2);
    (0..10).for_each(|_| budget.deposit(0));
    assert_eq!(budget.available(), 3);
    let each: RetryBudget =
        serde_json::from_str(r#"{"ratio":0.5,"floor":0,"floor_per_second":1}"#).unwrap();
    assert!(!each.try_withdraw(1_000_000) && each.try_withdraw(1_001_000_000));

    let retries: RetryPolicyBuilder =
        serde_json::from_str(r#"{"attempts_max":2,"attempt_limit_ns":9,"margin_ns":3}"#).unwrap();
    let policy = retries.budget(budget).build().unwrap();
    let attempts = policy.start_unchecked(Deadline::at(10), 0);
    assert_eq!(attempts.limit(0).as_nanos(), 7);
    assert_eq!(
        policy
            .start_unchecked(Deadline::at(100), 0)
            .limit(0)
            .as_nanos(),
        9
    );
}

#[test]
fn what_a_constructor_refuses_is_told_of_limits() {
    assert_wrong::<BreakerBuilder>(&[
        (
            r#"{"failure_rate":1.5}"#,
            "`failure_rate`: a rate is above 0 and at most 1",
        ),
        (
            r#"{"slow_ns":5,"slow_rate":0}"#,
            "`slow_rate`: a rate is above 0",
        ),
        (r#"{"slow_ns":5}"#, "`slow_rate`: a rate is above 0"),
        (r#"{"slow_rate":0.5}"#, "`slow_ns`: a rate of slow calls"),
        (
            r#"{"window_ns":7}"#,
            "`window_ns`: a window is from 8 ms to a day",
        ),
        (
            r#"{"calls":0}"#,
            "`calls`: a verdict rests on 1 to 2048 calls",
        ),
        (
            r#"{"calls":4294967296}"#,
            "`calls`: 4294967296 is too large",
        ),
        (
            r#"{"rest_ns":0}"#,
            "`rest_ns`: a rest is from 1 ms to a day",
        ),
        (r#"{"probes":256}"#, "`probes`: from 1 to 255 probes"),
    ]);
    assert_wrong::<LimitsBuilder>(&[
        (
            r#"{"fields":0}"#,
            "`fields`: the field limit must be 1 to 255",
        ),
        (r#"{"fields":70000}"#, "`fields`: 70000 is too large"),
        (
            r#"{"head_bytes":1}"#,
            "`head_bytes`: the head limit must exceed",
        ),
        (
            r#"{"line_bytes":1}"#,
            "`line_bytes`: the line limit must exceed",
        ),
        (
            r#"{"target_bytes":0}"#,
            "`target_bytes`: the target limit must be",
        ),
        (
            r#"{"trailers_bytes":1}"#,
            "`trailers_bytes`: the trailer limit must be",
        ),
    ]);
}

#[test]
fn what_a_constructor_refuses_is_told_of_delays_and_shares() {
    assert_wrong::<Backoff>(&[
        ("{}", "`base_ns`: this curve has none without it"),
        (
            r#"{"base_ns":5}"#,
            "`cap_ns`: this curve has none without it",
        ),
        (
            r#"{"curve":"fixed","base_ns":5,"cap_ns":6}"#,
            "`cap_ns`: a fixed delay has no cap",
        ),
        (
            r#"{"curve":"cubic"}"#,
            "`curve`: `cubic` is none of its words",
        ),
        (
            r#"{"jitter":"some"}"#,
            "`jitter`: `some` is none of its words",
        ),
    ]);
    assert_wrong::<Share>(&[
        (r#""101%""#, "a share is at most 100%"),
        (r#""half""#, "a share is `on`, `off` or a percentage"),
        (
            "0.5",
            "invalid type: floating point `0.5`, expected a share as text",
        ),
    ]);
}

#[test]
fn what_a_constructor_refuses_is_told_of_policies() {
    assert_wrong::<GateBuilder>(&[
        ("{}", "`limit`: a limit is from 1 to 8191"),
        (r#"{"limit":9000}"#, "`limit`: a limit is from 1 to 8191"),
        (
            r#"{"limit":4,"normal_share":1.5}"#,
            "`normal_share`: shares fall",
        ),
        (
            r#"{"limit":4,"sheddable_share":0.95}"#,
            "`sheddable_share`: shares fall",
        ),
        (
            r#"{"limit":4,"waiters_max":256}"#,
            "`waiters_max`: at most 255 wait",
        ),
        (
            r#"{"limit":4,"window_ns":1}"#,
            "`window_ns`: a gate's window",
        ),
        (
            r#"{"limit":4,"recorders":0}"#,
            "`recorders`: counters are for",
        ),
    ]);
    assert_wrong::<RetryPolicyBuilder>(&[
        (
            r#"{"attempts_max":0}"#,
            "`attempts_max`: a call has at least one attempt",
        ),
        (
            r#"{"attempt_limit_ns":0}"#,
            "`attempt_limit_ns`: an attempt may take no time",
        ),
    ]);
    assert_wrong::<RetryBudget>(&[
        ("{}", "`ratio`: a ratio is from 0.001 to 1000"),
        (
            r#"{"ratio":2000}"#,
            "`ratio`: a ratio is from 0.001 to 1000",
        ),
    ]);
}

#[test]
fn what_is_no_setting_is_told() {
    assert_wrong::<RetryBudget>(&[
        (
            r#"{"ration":0.1}"#,
            "`ration`: RetryBudget has ratio, floor, floor_per_second, saved_max",
        ),
        (r#"{"ratio":0.1,"ratio":0.2}"#, "duplicate field `ratio`"),
        (
            r#"{"ratio":"a"}"#,
            "`ratio`: invalid type: string \"a\", expected f64",
        ),
        (
            r#"{"floor":-1}"#,
            "`floor`: invalid value: integer `-1`, expected u64",
        ),
        (
            "7",
            "invalid type: integer `7`, expected a map of the settings of RetryBudget",
        ),
        (
            "[0.1]",
            "invalid type: sequence, expected a map of the settings of RetryBudget",
        ),
    ]);
}
