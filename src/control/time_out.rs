//! A time-out from what calls take.

use core::time::Duration;

use crate::measure::Snapshot;

/// The time-out that cuts off at most `false_rate` of the calls that would have been answered.
///
/// This is how to choose one: not by feeling, but by the share of good calls that may be lost. With
/// 0.001 it is p99.9 of the latencies, as the upper edge of its bucket (3 % wide at most). `None`
/// if the rate is not above 0 and below 1, or if fewer than ten calls lie beyond the quantile, that
/// is with fewer than `10 / false_rate` of them: a time-out from the slowest of a few calls would
/// be chance.
///
/// Latencies are in nanoseconds and of calls that were answered; a call that was cut off must not
/// be counted, or each time-out would lower the next. A few passes over the buckets, no allocation.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::time_out;
/// use shorttail::measure::Histogram;
///
/// let mut latency_ns = Histogram::new();
/// latency_ns.record_n(1_000, 9_980);
/// latency_ns.record_n(500_000, 20);
/// let latency_ns = latency_ns.snapshot();
/// assert!(time_out(&latency_ns, 0.001) >= Some(Duration::from_micros(500)));
/// assert!(time_out(&latency_ns, 0.01) < Some(Duration::from_micros(2)));
/// assert_eq!(time_out(&latency_ns, 0.0001), None); // one call of 10 000 lies beyond
/// ```
///
/// # Sources
/// Marc Brooker, "Timeouts, retries and backoff with jitter", Amazon Builders' Library, 2019.
#[must_use]
pub fn time_out(latency_ns: &Snapshot, false_rate: f64) -> Option<Duration> {
    const BEYOND_MIN: f64 = 10.0;
    let valid = false_rate > 0.0 && false_rate < 1.0;
    if !valid || (latency_ns.count() as f64) * false_rate < BEYOND_MIN {
        return None;
    }
    latency_ns
        .quantile(1.0 - false_rate)
        .map(Duration::from_nanos)
}
