//! Decisions about calls, refusals included.

use std::time::Duration;

use shorttail::control::{Cancel, Decision, Failure, HedgePolicy, RetryBudget, RetryPolicy};
use shorttail::measure::Histogram;
use shorttail::time::Deadline;

use crate::realtime::nonblocking;

#[test]
fn retries() {
    let budget = RetryBudget::new(0.1).unwrap().floor(1);
    let policy = RetryPolicy::builder().budget(budget).build().unwrap();
    nonblocking(|| {
        policy.start_unmarked(Deadline::NEVER, 0).succeeded();
        policy.start_nested(Deadline::NEVER).cancelled();
        let mut attempts = policy.start_unchecked(Deadline::after(0, Duration::from_secs(9)), 0);
        assert!(matches!(
            attempts.failed(Failure::transient(), 0),
            Decision::Retry { .. }
        ));
        assert!(matches!(
            attempts.failed(Failure::transient(), 0),
            Decision::Stop(_)
        ));
    });
}

#[test]
fn hedges() {
    let policy = HedgePolicy::new(0.9, RetryBudget::new(0.1).unwrap()).unwrap();
    let mut latency_ns = Histogram::new();
    latency_ns.record(1_000);
    policy.update(&latency_ns.snapshot());
    nonblocking(|| {
        policy.start(Deadline::NEVER, 0).answered(5);
        assert!(policy.start(Deadline::NEVER, 0).try_hedge(5_000));
    });
}

#[test]
fn cancels() {
    let cancel = Cancel::new();
    nonblocking(|| assert!(!cancel.is_cancelled()));
    cancel.cancel();
    nonblocking(|| assert!(cancel.is_cancelled()));
}
