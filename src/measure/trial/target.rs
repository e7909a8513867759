//! What a percentile may be at most, in time: the promise itself, beside the ratio to a base.

use core::fmt;

use super::error::ConfigError;
use super::report::ArmReport;
use super::stats::supported;
use super::text::micros;
use super::verdict::Verdict;
use crate::measure::histogram::buckets::Layout;
use crate::measure::{STANDARD, Snapshot, percent};

/// A share of all requests, and the time within which they are answered.
///
/// One list of targets serves a [trial](super::Trial::target) before the change ships and the
/// [alert rules](super::alert_rules) after it.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::Target;
///
/// const CHECKOUT: Target = Target::new(0.99, 250_000_000);
/// assert_eq!(CHECKOUT.to_string(), "p99 within 250000 µs");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Target {
    /// The share, between 0 and 1.
    pub q: f64,
    /// The time.
    pub max_ns: u64,
}

impl Target {
    /// A share `q` of all requests within `max_ns`; for an example see [`Target`].
    #[must_use]
    pub const fn new(q: f64, max_ns: u64) -> Self {
        Self { q, max_ns }
    }

    pub(super) fn check(self) -> Result<(), ConfigError> {
        let sound = self.q > 0.0 && self.q < 1.0 && self.max_ns > 0;
        sound
            .then_some(())
            .ok_or(ConfigError::Target(self.q, self.max_ns))
    }

    /// Whether the share is within the time: for certain, for certain not, or neither. The values
    /// at both [ends](Snapshot::quantile_ends) of the percentile must agree.
    pub(super) fn judge(self, seen: &Snapshot) -> Verdict {
        match seen.quantile_ends(self.q) {
            Some([low, _]) if least(low) > self.max_ns => Verdict::Regression,
            Some([_, high]) if high > self.max_ns => Verdict::Inconclusive,
            Some(_) => Verdict::Pass,
            None => Verdict::Invalid("no requests".to_owned()),
        }
    }
}

/// The least that a value may have been which a snapshot tells as `ns`: the other edge of its
/// bucket.
fn least(ns: u64) -> u64 {
    type Buckets = Layout<STANDARD>;
    Buckets::lower_edge(Buckets::index_of(ns))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p, most) = (percent(self.q), micros(self.max_ns));
        write!(f, "p{p} within {most} µs")
    }
}

/// Why nothing can be said about percentile `q` of any of `seen`, if it cannot.
pub(super) fn too_few(q: f64, seen: &[&Snapshot]) -> Option<Verdict> {
    let short = seen.iter().find(|seen| supported(seen, q).is_none())?;
    Some(Verdict::Invalid(format!(
        "fewer than 100 samples beyond p{}: {} requests, {:.0} are needed",
        percent(q),
        short.count(),
        100.0 / (1.0 - q)
    )))
}

/// A driver later than this share of the latency has measured itself.
const LAG_SHARE_MAX: u64 = 10;

/// Why the latencies of `arm` at `q` are the driver's own, if they are.
pub(super) fn late(q: f64, arm: &ArmReport) -> Option<Verdict> {
    let lag_ns = arm.send_lag_ns.quantile(q)?;
    let latency_ns = arm.latency_ns.quantile(q)?;
    (lag_ns.saturating_mul(LAG_SHARE_MAX) > latency_ns).then(|| {
        let (name, p) = (&arm.name, percent(q));
        let (lag, latency) = (micros(lag_ns), micros(latency_ns));
        Verdict::Invalid(format!(
            "{name}: the driver was {lag} µs late at p{p}, of {latency} µs; a quieter machine, \
             longer requests, or a limit on the service time"
        ))
    })
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;
    use crate::measure::Histogram;

    /// `slow` of 20 000 requests take 900 ns, the rest 100.
    fn seen(slow: u64) -> Snapshot {
        let mut histogram = Histogram::new();
        histogram.record_n(100, 20_000 - slow);
        histogram.record_n(900, slow);
        histogram.snapshot()
    }

    /// Of 20 000, 200 are beyond p99, give or take 39.
    #[test]
    fn a_target_near_the_percentile_is_inconclusive() {
        let target = Target::new(0.99, 500);
        for (slow, verdict) in [
            (150, Verdict::Pass),
            (190, Verdict::Inconclusive),
            (210, Verdict::Inconclusive),
            (250, Verdict::Regression),
        ] {
            assert_eq!(target.judge(&seen(slow)), verdict, "{slow}");
        }
        assert_eq!(Target::new(0.99, 900).judge(&seen(250)), Verdict::Pass);
        // 900 is told as 911, and may have been 896.
        let inside = Target::new(0.99, 899).judge(&seen(250));
        assert_eq!(inside, Verdict::Inconclusive);
        let none = Target::new(0.99, 900).judge(&Snapshot::new());
        assert!(matches!(none, Verdict::Invalid(_)));
    }
}
