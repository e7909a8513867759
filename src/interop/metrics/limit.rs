//! Limiters: what they are about.

use super::Export;
use crate::limit::{AdaptiveLimit, Breaker, BreakerState, Codel};

/// A limit that adapts: `shorttail_adaptive_limit_now`, calls at once; `…_baseline_ns` once it is
/// known what calls take without a queue, and `…_target_ns` if there is one.
///
/// One that a [gate](crate::control::GateBuilder::adaptive) owns is in the gate's own metrics:
/// `shorttail_gate_limit`.
///
/// # Examples
/// ```
/// let limit = shorttail::limit::AdaptiveLimit::new(20, 1..=200)?;
/// shorttail::interop::metrics::adaptive_limit("origin", &limit);
/// # Ok::<(), shorttail::limit::ConfigError>(())
/// ```
pub fn adaptive_limit(name: &'static str, limit: &AdaptiveLimit) {
    let export = Export::of("adaptive_limit", name);
    export.gauge("now", u64::from(limit.limit()));
    if let Some(baseline) = limit.baseline() {
        export.gauge("baseline_ns", baseline.as_nanos() as u64);
    }
    if let Some(target_ns) = limit.target_ns() {
        export.gauge("target_ns", target_ns);
    }
}

/// A breaker: `shorttail_breaker_opened_total`, and `shorttail_breaker_state`, 1 for the one that
/// it is in at `now_ns` and 0 for the others, by the label `state` (`closed`, `open`, `half_open`).
///
/// # Examples
/// ```
/// let breaker = shorttail::limit::Breaker::builder().build()?;
/// shorttail::interop::metrics::breaker("origin", &breaker, 0);
/// # Ok::<(), shorttail::limit::ConfigError>(())
/// ```
pub fn breaker(name: &'static str, breaker: &Breaker, now_ns: u64) {
    let export = Export::of("breaker", name);
    export.counter("opened", breaker.opened());
    let all = [
        ("closed", BreakerState::Closed),
        ("open", BreakerState::Open),
        ("half_open", BreakerState::HalfOpen),
    ];
    export.states("state", all, breaker.state(now_ns));
}

/// A queue's `CoDel`: `shorttail_codel_overloaded`, 1 while late messages are shed. How many were,
/// the queue counts.
///
/// # Examples
/// ```
/// let codel = shorttail::limit::Codel::default();
/// shorttail::interop::metrics::codel("jobs", &codel);
/// ```
pub fn codel(name: &'static str, codel: &Codel) {
    let overloaded = u64::from(codel.is_overloaded());
    Export::of("codel", name).gauge("overloaded", overloaded);
}
