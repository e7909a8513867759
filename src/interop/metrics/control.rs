//! Gates and retries: counts by reason.

use super::Export;
use crate::control::{GateStats, Reason, RetryStats, StopReason, Tier};

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
