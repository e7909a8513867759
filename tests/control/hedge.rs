//! When a second request is sent, and that hedging ends by itself.

use std::sync::Arc;
use std::time::Duration;

use shorttail::control::{ConfigError, Decision, Failure, HedgePolicy, RetryBudget, RetryPolicy};
use shorttail::measure::{Histogram, Snapshot};
use shorttail::time::Deadline;

fn latencies(ns: u64) -> Snapshot {
    let mut histogram = Histogram::new();
    histogram.record_n(ns, 100);
    histogram.snapshot()
}

fn policy(floor: u32) -> HedgePolicy {
    let policy = HedgePolicy::new(0.95, RetryBudget::new(0.1).unwrap().floor(floor)).unwrap();
    policy.update(&latencies(1_000));
    policy
}

#[test]
fn nothing_is_hedged_before_there_is_a_measurement() {
    let policy = HedgePolicy::new(0.95, RetryBudget::new(0.1).unwrap()).unwrap();
    assert_eq!(policy.delay(), None);
    policy.update(&Snapshot::new());
    let call = policy.start_unchecked(Deadline::NEVER, 0);
    assert_eq!(call.due_ns(), None);
    assert!(!call.try_hedge(u64::MAX - 1));
}

#[test]
fn a_hedge_is_due_after_the_delay_and_before_the_deadline() {
    let policy = policy(10);
    assert_eq!(policy.delay(), Some(Duration::from_nanos(1_000)));
    let call = |deadline_ns| policy.start_unchecked(Deadline::at(deadline_ns), 500);
    assert_eq!(call(9_000).due_ns(), Some(1_500));
    assert_eq!(call(1_500).due_ns(), None);
    assert!(!call(9_000).try_hedge(1_499));
    assert!(call(9_000).try_hedge(1_500));
    assert!(
        !call(1_500).try_hedge(1_500),
        "it would come after the deadline"
    );
    assert!(!call(9_000).try_hedge(9_000));
}

#[test]
fn hedges_are_a_tenth_of_the_calls_answered_in_time() {
    let policy = policy(0);
    let mut hedged = 0;
    // The last deposit is worth the last hedge, which none of these calls asks for.
    for call in 0..=10_000 {
        let hedge = policy.start_unchecked(Deadline::NEVER, 0);
        if call % 4 == 0 {
            hedged += u32::from(hedge.try_hedge(2_000));
        } else {
            hedge.answered(900);
        }
    }
    assert_eq!(hedged, 750, "of 7 500 in time");
}

/// A dependency in trouble: not one hedge beyond what was saved up.
#[test]
fn when_every_call_is_slow_hedging_ends() {
    let policy = policy(5);
    let slow = (0..1_000).filter(|_| policy.start_unchecked(Deadline::NEVER, 0).try_hedge(50_000));
    assert_eq!(slow.count(), 5);
    for _ in 0..1_000 {
        policy.start_unchecked(Deadline::NEVER, 0).answered(50_000);
    }
    assert!(
        !policy.start_unchecked(Deadline::NEVER, 0).try_hedge(50_000),
        "late answers deposit nothing"
    );
}

/// Each call goes through both: it pays once, whichever policy was built first.
#[test]
fn retries_and_hedges_on_one_budget_are_within_its_ratio_together() {
    for hedges_first in [true, false] {
        let budget = Arc::new(RetryBudget::new(0.25).unwrap().floor(2));
        let retries = || {
            let built = RetryPolicy::builder().budget(budget.clone());
            built.build().unwrap()
        };
        let hedges = || HedgePolicy::new(0.95, budget.clone()).unwrap();
        let (hedging, retrying) = match hedges_first {
            true => {
                let hedging = hedges();
                (hedging, retries())
            }
            false => {
                let retrying = retries();
                (hedges(), retrying)
            }
        };
        hedging.update(&latencies(1_000));
        let mut more = 0;
        // The last deposit is worth the last retry or hedge.
        for call in 0..=4_000 {
            let mut attempts = retrying.start_unchecked(Deadline::NEVER, 0);
            let hedge = hedging.start_unchecked(Deadline::NEVER, 0);
            match call % 4 {
                0 => more += u32::from(hedge.try_hedge(2_000)),
                1 => {
                    hedge.answered(900);
                    let failed = attempts.failed(Failure::transient(), 900);
                    more += u32::from(matches!(failed, Decision::Retry { .. }));
                }
                _ => hedge.answered(900),
            }
        }
        assert_eq!(more, 1_000 + 2);
        assert_eq!(budget.available(), 0);
    }
}

#[test]
fn quantiles_out_of_range() {
    for quantile in [0.0, 1.0, -0.5, f64::NAN] {
        let built = HedgePolicy::new(quantile, RetryBudget::new(0.1).unwrap());
        assert_eq!(built.unwrap_err(), ConfigError::Quantile);
    }
}
