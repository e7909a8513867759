//! Gates, retries and hedges: counts by reason, and what is left.

use super::Export;
use crate::control::{
    ClientThrottle, GateStats, HedgePolicy, Reason, RetryBudget, RetryStats, StopReason, Tier,
};

/// A gate's [`stats`](crate::control::Gate::stats): `shorttail_gate_…`, and of the refusals
/// `shorttail_gate_refused_total` with the labels `reason` and `tier`.
///
/// # Examples
/// ```
/// let gate = shorttail::control::Gate::builder(10).build()?;
/// shorttail::interop::metrics::gate("requests", &gate.stats());
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
pub fn gate(name: &'static str, stats: &GateStats) {
    let export = Export::of("gate", name);
    export.rows(stats);
    for reason in Reason::ALL {
        let by_reason = export.and("reason", reason_label(reason));
        for tier in Tier::ALL {
            let by_both = by_reason.and("tier", tier_label(tier));
            by_both.counter("refused", stats.refused(reason, tier));
        }
    }
}

/// A policy's [`stats`](crate::control::RetryPolicy::stats): `shorttail_retry_…`; calls that were
/// given up as `shorttail_retry_stopped_total` with the label `reason`, and calls by the number of
/// their attempts, as `shorttail_retry_attempts_total` with the label `attempts`: the last is 8 and
/// more.
///
/// # Examples
/// ```
/// let policy = shorttail::control::RetryPolicy::builder().build()?;
/// shorttail::interop::metrics::retry("users", &policy.stats());
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
pub fn retry(name: &'static str, stats: &RetryStats) {
    let export = Export::of("retry", name);
    export.rows(stats);
    for reason in StopReason::ALL {
        let by_reason = export.and("reason", stop_label(reason));
        by_reason.counter("stopped", stats.stopped(reason));
    }
    for (attempts, calls) in (1..).zip(stats.attempts) {
        let attempts: u32 = attempts;
        let by_attempts = export.and("attempts", attempts.to_string());
        by_attempts.counter("attempts", calls);
    }
}

/// A budget of retries: `shorttail_retry_budget_available`, whole retries that are left.
///
/// # Examples
/// ```
/// let budget = shorttail::control::RetryBudget::new(0.1)?;
/// shorttail::interop::metrics::retry_budget("users", &budget);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
pub fn retry_budget(name: &'static str, budget: &RetryBudget) {
    let available = u64::from(budget.available());
    Export::of("retry_budget", name).gauge("available", available);
}

/// A policy of hedges: `shorttail_hedge_delay_ns`, once it was [told](HedgePolicy::update) one.
/// What it may still send is its [budget](retry_budget)'s.
///
/// # Examples
/// ```
/// use shorttail::control::{HedgePolicy, RetryBudget};
///
/// let policy = HedgePolicy::new(0.95, RetryBudget::new(0.05)?)?;
/// shorttail::interop::metrics::hedge("prices", &policy);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
pub fn hedge(name: &'static str, policy: &HedgePolicy) {
    if let Some(delay) = policy.delay() {
        Export::of("hedge", name).gauge("delay_ns", delay.as_nanos() as u64);
    }
}

/// A client's throttle, as of `now_ns`: `shorttail_client_throttle_requests` and `…_accepts` of its
/// window. Gauges: a window forgets.
///
/// # Examples
/// ```
/// let throttle = shorttail::control::ClientThrottle::new(2.0)?;
/// shorttail::interop::metrics::client_throttle("users", &throttle, 0);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
pub fn client_throttle(name: &'static str, throttle: &ClientThrottle, now_ns: u64) {
    let export = Export::of("client_throttle", name);
    let (requests, accepts) = throttle.counts(now_ns);
    export.gauge("requests", requests);
    export.gauge("accepts", accepts);
}

const fn reason_label(reason: Reason) -> &'static str {
    match reason {
        Reason::Expired => "expired",
        Reason::TooLate => "too_late",
        Reason::Limit => "limit",
        Reason::Share => "share",
        Reason::Line => "line",
    }
}

const fn tier_label(tier: Tier) -> &'static str {
    match tier {
        Tier::Critical => "critical",
        Tier::Normal => "normal",
        Tier::Sheddable => "sheddable",
    }
}

const fn stop_label(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Permanent => "permanent",
        StopReason::Refused => "refused",
        StopReason::OtherLayer => "other_layer",
        StopReason::NotIdempotent => "not_idempotent",
        StopReason::Attempts => "attempts",
        StopReason::Deadline => "deadline",
        StopReason::Budget => "budget",
    }
}
