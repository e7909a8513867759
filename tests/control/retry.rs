//! When a call is made again, and why not.

use std::time::Duration;

use shorttail::control::{
    Attempts, ConfigError, Decision, Failure, Idempotent, RetryBudget, RetryPolicy, StopReason,
};
use shorttail::limit::{Backoff, Jitter};
use shorttail::time::Deadline;

const MS: Duration = Duration::from_millis(1);
const MS_NS: u64 = 1_000_000;

fn policy() -> RetryPolicy {
    let backoff = Backoff::exponential(10 * MS, 60 * MS).jitter(Jitter::None);
    let built = RetryPolicy::builder()
        .attempts_max(4)
        .backoff(backoff)
        .margin(5 * MS);
    built.attempt_limit(50 * MS).build().unwrap()
}

fn stops(mut attempts: Attempts<'_>, failure: Failure) -> StopReason {
    match attempts.failed(failure, 0) {
        Decision::Stop(reason) => reason,
        retry @ Decision::Retry { .. } => panic!("{retry:?}"),
    }
}

#[test]
fn delays_follow_the_curve_and_attempts_end() {
    let policy = policy();
    let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
    for (attempt, after) in [(2, 10 * MS), (3, 20 * MS), (4, 40 * MS)] {
        let told = attempts.failed(Failure::transient(), 0);
        assert_eq!(told, Decision::Retry { after, attempt });
        assert_eq!(attempts.made(), attempt);
    }
    let over = Decision::Stop(StopReason::Attempts);
    assert_eq!(attempts.failed(Failure::transient(), 0), over);
    assert_eq!(
        attempts.failed(Failure::transient(), 0),
        over,
        "and says so again"
    );
    drop(attempts);
    let stats = policy.stats();
    assert_eq!((stats.calls(), stats.sends(), stats.cancelled), (1, 4, 0));
    assert_eq!(stats.stopped(StopReason::Attempts), 1);
}

struct Get;
impl Idempotent for Get {}

#[test]
fn what_may_be_made_twice() {
    let policy = policy();
    let retried = |mut attempts: Attempts<'_>, failure| {
        matches!(attempts.failed(failure, 0), Decision::Retry { .. })
    };
    let never = Deadline::NEVER;
    for failure in [Failure::transient(), Failure::unsent()] {
        assert!(retried(policy.start(&Get, never, 0), failure));
        assert!(retried(policy.start(&&Get, never, 0), failure));
        assert!(retried(policy.start_unchecked(never, 0), failure));
        let nested = policy.start_nested(never);
        assert_eq!(stops(nested, failure), StopReason::OtherLayer);
    }
    assert!(retried(policy.start_unmarked(never, 0), Failure::unsent()));
    let sent = stops(policy.start_unmarked(never, 0), Failure::transient());
    assert_eq!(sent, StopReason::NotIdempotent);
    for (failure, reason) in [
        (Failure::permanent(), StopReason::Permanent),
        (Failure::refused(), StopReason::Refused),
    ] {
        assert_eq!(stops(policy.start(&Get, never, 0), failure), reason);
        assert_eq!(stops(policy.start_nested(never), failure), reason);
    }
}

#[test]
fn a_retry_fits_into_the_deadline_less_the_margin() {
    let policy = policy();
    // 10 ms of delay and 5 ms of margin: at 15 ms nothing would be left for the attempt.
    let left = |ms: u32| policy.start_unchecked(Deadline::after(0, ms * MS), 0);
    assert_eq!(stops(left(15), Failure::transient()), StopReason::Deadline);
    let mut attempts = left(16);
    let retry = attempts.failed(Failure::transient(), 0);
    assert_eq!(
        retry,
        Decision::Retry {
            after: 10 * MS,
            attempt: 2
        }
    );
    assert_eq!(attempts.limit(10 * MS_NS), MS);
    assert_eq!(attempts.limit(12 * MS_NS), Duration::ZERO);
    assert_eq!(left(500).limit(0), 50 * MS, "an attempt's own limit");
    assert_eq!(
        policy.start_unchecked(Deadline::NEVER, 0).limit(u64::MAX),
        50 * MS
    );
    assert_eq!(stops(left(0), Failure::unsent()), StopReason::Deadline);
}

#[test]
fn a_hint_clamps_and_never_shortens() {
    let policy = policy();
    let after = |hint: Duration| {
        let mut attempts = policy.start_unchecked(Deadline::after(0, 200 * MS), 0);
        attempts.failed(Failure::transient().not_before(hint), 0)
    };
    let retry = |after| Decision::Retry { after, attempt: 2 };
    assert_eq!(after(MS), retry(10 * MS));
    assert_eq!(after(100 * MS), retry(100 * MS), "beyond the cap too");
    assert_eq!(after(195 * MS), Decision::Stop(StopReason::Deadline));
    assert_eq!(after(Duration::MAX), Decision::Stop(StopReason::Deadline));
}

#[test]
fn what_is_not_retried_takes_nothing_from_the_budget() {
    let budget = std::sync::Arc::new(RetryBudget::new(0.001).unwrap().floor(1));
    let backoff = Backoff::fixed(10 * MS).jitter(Jitter::None);
    let built = RetryPolicy::builder()
        .backoff(backoff)
        .budget(budget.clone());
    let policy = built.build().unwrap();
    let soon = Deadline::after(0, 10 * MS);
    assert_eq!(
        stops(policy.start_unchecked(soon, 0), Failure::transient()),
        StopReason::Deadline
    );
    let permanent = policy.start_unchecked(Deadline::NEVER, 0);
    assert_eq!(
        stops(permanent, Failure::permanent()),
        StopReason::Permanent
    );
    assert_eq!(budget.available(), 1);
    let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
    assert!(matches!(
        attempts.failed(Failure::transient(), 0),
        Decision::Retry { .. }
    ));
    let spent = Decision::Stop(StopReason::Budget);
    assert_eq!(attempts.failed(Failure::transient(), 0), spent);
}

/// What comes back meanwhile, tokens or time, is not for a call that was given up.
#[test]
fn a_call_that_was_given_up_stays_so() {
    let budget = std::sync::Arc::new(RetryBudget::new(1.0).unwrap().floor(0));
    let backoff = Backoff::fixed(MS).jitter(Jitter::None);
    let built = RetryPolicy::builder()
        .backoff(backoff)
        .budget(budget.clone());
    let policy = built.build().unwrap();
    let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
    assert!(budget.try_withdraw(0));
    let spent = Decision::Stop(StopReason::Budget);
    assert_eq!(attempts.failed(Failure::transient(), 0), spent);
    budget.deposit(0);
    assert_eq!(attempts.failed(Failure::transient(), 0), spent);
    assert_eq!(budget.available(), 1);
    attempts.succeeded();
    let stats = policy.stats();
    assert_eq!((stats.calls(), stats.sends(), stats.succeeded), (1, 1, 0));
}

#[test]
fn a_nested_call_deposits_nothing() {
    let policy = RetryPolicy::builder().budget(RetryBudget::new(1.0).unwrap().floor(0));
    let policy = policy.build().unwrap();
    for _ in 0..10 {
        policy.start_nested(Deadline::NEVER).succeeded();
    }
    let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
    assert!(matches!(
        attempts.failed(Failure::transient(), 0),
        Decision::Retry { .. }
    ));
    let spent = Decision::Stop(StopReason::Budget);
    assert_eq!(attempts.failed(Failure::transient(), 0), spent);
}

#[test]
fn every_call_ends_in_one_count() {
    let backoff = Backoff::fixed(Duration::ZERO);
    let policy = RetryPolicy::builder()
        .attempts_max(20)
        .backoff(backoff)
        .build()
        .unwrap();
    for failures in 0..12 {
        let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
        for _ in 0..failures {
            assert!(matches!(
                attempts.failed(Failure::transient(), 0),
                Decision::Retry { .. }
            ));
        }
        match failures % 3 {
            0 => attempts.succeeded(),
            1 => attempts.cancelled(),
            _ => drop(attempts.failed(Failure::permanent(), 0)),
        }
    }
    let stats = policy.stats();
    assert_eq!(stats.attempts, [1, 1, 1, 1, 1, 1, 1, 5]);
    assert_eq!((stats.calls(), stats.sends()), (12, (1..=12).sum()));
    assert_eq!((stats.succeeded, stats.cancelled), (4, 4));
    assert_eq!(stats.stopped(StopReason::Permanent), 4);
}

#[test]
fn a_call_that_is_dropped_counts_as_cancelled() {
    let policy = policy();
    drop(policy.start_unchecked(Deadline::NEVER, 0));
    assert_eq!((policy.stats().cancelled, policy.stats().sends()), (1, 1));
}

#[test]
fn what_is_no_policy() {
    let built = RetryPolicy::builder().attempts_max(0).build();
    assert_eq!(built.unwrap_err(), ConfigError::Attempts);
    let built = RetryPolicy::builder().attempt_limit(Duration::ZERO).build();
    assert_eq!(built.unwrap_err(), ConfigError::AttemptLimit);
}
