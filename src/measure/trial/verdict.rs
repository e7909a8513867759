//! From groups of blocks to a verdict.

use core::fmt;
use std::process::ExitCode;

use super::bound::Bound;
use super::figure::Figure;
use super::stats::Interval;
use crate::measure::{STANDARD_WIDTH, percent};

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
    /// No judged percentile rose beyond its limit, and the intervals exclude that it did.
    Pass,
    /// A whole interval of a judged percentile's ratio lies beyond the limit and the noise.
    Regression,
    /// An interval reaches over the limit: more pairs, or a quieter machine, would tell.
    Inconclusive,
    /// The run cannot be judged, and why.
    Invalid(String),
}

impl Verdict {
    /// What a process that ran the trial ends with: 0 for a pass and for what is inconclusive, 1
    /// for a regression, 2 for an invalid run.
    ///
    /// What is inconclusive stops nobody: print the verdict, and add pairs.
    ///
    /// # Examples
    /// ```
    /// use shorttail::measure::trial::Verdict;
    /// assert_eq!(Verdict::Regression.status(), 1);
    /// assert_eq!(Verdict::Inconclusive.status(), 0);
    /// ```
    #[must_use]
    pub const fn status(&self) -> u8 {
        match self {
            Self::Pass | Self::Inconclusive => 0,
            Self::Regression => 1,
            Self::Invalid(_) => 2,
        }
    }

    /// [`status`](Self::status), to be returned from `main`;
    /// for an example see `examples/tail_gate.rs`.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.status())
    }
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

/// A ratio of candidate by base, and how sure it is. Above one the candidate is slower.
/// For an example see [`Report`](super::Report).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The ratio.
    pub ratio: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// How far from one it strays in 99 of 100 cases if the base is compared with itself, from
    /// the A/A groups; as a ratio, and at least the 1.032 that a bucket of the histograms is wide.
    pub noise_floor: f64,
}

impl Estimate {
    /// From logarithms.
    pub(super) fn of(interval: Interval, noise: f64) -> Self {
        Self {
            ratio: interval.middle.exp(),
            low: interval.low.exp(),
            high: interval.high.exp(),
            noise_floor: noise.exp().max(STANDARD_WIDTH),
        }
    }

    /// Narrow enough to exclude a rise, whatever the A/A groups say.
    fn is_within(&self, limit: f64) -> bool {
        self.high <= limit
    }
}

/// One percentile of the candidate by the base's, in two ways that see different things;
/// for an example see [`Report`](super::Report).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct QuantileRatio {
    /// The percentile, in 0 to 1.
    pub q: f64,
    /// Groups of blocks behind it.
    pub pairs: usize,
    /// The median over the groups of each group's ratio: sees a small shift that is always there,
    /// and no bad moment. `None` where a group has fewer than five samples beyond the percentile.
    pub typical: Option<Estimate>,
    /// The ratio over all groups merged, its interval from resampling groups: sees what happens
    /// now and then, and every bad moment of the machine.
    pub whole: Estimate,
}

impl QuantileRatio {
    /// The verdict on this percentile alone: may it rise to `limit` times the base's?
    /// For an example see [`Report`](super::Report).
    ///
    /// A regression is a typical ratio whose interval lies beyond the limit and which is itself
    /// beyond the noise, or a whole one whose interval lies beyond both. A pass is within the limit
    /// in both ways.
    #[must_use]
    pub fn judge(&self, limit: f64) -> Verdict {
        let typical = self.typical.as_ref();
        let is_shifted = typical.is_some_and(|it| it.low > limit && it.ratio > it.noise_floor);
        // Wholly beyond the noise: few groups hold the tail, and their spread is not well known.
        let has_tail = self.whole.low > limit.max(self.whole.noise_floor);
        if is_shifted || has_tail {
            Verdict::Regression
        } else if typical
            .into_iter()
            .chain([&self.whole])
            .all(|it| it.is_within(limit))
        {
            Verdict::Pass
        } else {
            Verdict::Inconclusive
        }
    }
}

/// One limit of a trial, and what became of it; for an example see [`Report`](super::Report).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Judged {
    /// Which of a request's two times.
    pub figure: Figure,
    /// The percentile, in 0 to 1.
    pub q: f64,
    /// What it may rise to.
    pub limit: Bound,
    /// Of this limit alone.
    pub verdict: Verdict,
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (figure, p, limit) = (self.figure, percent(self.q), self.limit);
        write!(f, "{figure} p{p} up to {limit}: {}", self.verdict)
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
