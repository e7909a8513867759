//! From pairs of blocks to a verdict.

use core::fmt;

use super::stats::{Interval, bootstrap_median, noise_of_median};

/// What a trial says.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::Verdict;
/// assert_eq!(Verdict::Invalid("client late".into()).to_string(), "invalid: client late");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// No judged percentile rose beyond its limit, and the interval excludes that it did.
    Pass,
    /// The whole interval of a judged percentile's ratio lies beyond the limit and the noise.
    Regression,
    /// The interval reaches over the limit: more pairs, or a quieter machine, would tell.
    Inconclusive,
    /// The run cannot be judged, and why.
    Invalid(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => f.write_str("pass"),
            Self::Regression => f.write_str("regression"),
            Self::Inconclusive => f.write_str("inconclusive"),
            Self::Invalid(why) => write!(f, "invalid: {why}"),
        }
    }
}

/// One percentile of the candidate by the base's, paired block by block.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct QuantileRatio {
    /// The percentile, in 0 to 1.
    pub q: f64,
    /// Median over the pairs; above one the candidate is slower.
    pub ratio: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Pairs behind the ratio.
    pub pairs: usize,
    /// How far from one the median of as many pairs of the base with itself strays in 95 of 100
    /// cases, from the spread of the A/A pairs; as a ratio ≥ 1.
    pub noise_floor: f64,
}

impl QuantileRatio {
    /// From natural logarithms of paired ratios; `None` if there are none of a kind.
    pub(super) fn of(q: f64, pairs: &[f64], same: &[f64], seed: u64) -> Option<Self> {
        let Interval { median, low, high } = bootstrap_median(pairs, seed)?;
        let noise = noise_of_median(same, pairs.len(), seed ^ 0xAA)?;
        Some(Self {
            q,
            ratio: median.exp(),
            low: low.exp(),
            high: high.exp(),
            pairs: pairs.len(),
            noise_floor: noise.exp(),
        })
    }

    /// The verdict on this percentile alone: may it rise to `limit` times the base's?
    #[must_use]
    pub fn judge(&self, limit: f64) -> Verdict {
        if self.low > limit.max(self.noise_floor) {
            Verdict::Regression
        } else if self.high > limit {
            // Also where the noise is above the limit: nothing was excluded then.
            Verdict::Inconclusive
        } else {
            Verdict::Pass
        }
    }
}

/// The worst of the verdicts; without any there is nothing to stand on.
pub(super) fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Pass => 0,
        Verdict::Inconclusive => 1,
        Verdict::Regression => 2,
        Verdict::Invalid(_) => 3,
    };
    let none = || Verdict::Invalid("too few samples for any judged percentile".to_owned());
    verdicts.max_by_key(rank).unwrap_or_else(none)
}
