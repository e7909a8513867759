//! Why a trial was not begun.

use core::fmt;

/// A trial that cannot be run as it was asked for.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::{Arm, ConfigError, Plan, Trial};
/// use shorttail::time::StdClock;
///
/// let arms = [Arm::inline("a", |_| ()), Arm::inline("b", |_| ())];
/// let error = Trial::new("x", Plan::uniform(0.0)).run(&StdClock, arms).unwrap_err();
/// assert_eq!(error, ConfigError::Plan("a rate is not above zero and up to 1e9"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The plan yields no arrivals, and why.
    Plan(&'static str),
    /// Fewer than six pairs of groups: no interval can be told.
    Pairs(usize),
    /// No worker.
    Workers,
    /// A block without length.
    Block,
    /// A percentile that is not between 0 and 1 (the maximum is never judged), or a limit that is
    /// not a number from one up: both are given.
    Limit(f64, f64),
    /// A target on a percentile that is not between 0 and 1, or of no time: both are given.
    Target(f64, u64),
    /// A name that alert rules cannot have, and why.
    Name(&'static str),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan(why) => write!(f, "the plan cannot be run: {why}"),
            Self::Pairs(pairs) => write!(f, "{pairs} pairs of blocks, at least 6 are needed"),
            Self::Workers => f.write_str("a trial needs at least one worker"),
            Self::Block => f.write_str("a block of no length"),
            Self::Target(q, max_ns) => {
                write!(
                    f,
                    "target {max_ns} ns on percentile {q}: a time on one between 0 and 1"
                )
            }
            Self::Name(why) => write!(f, "no name for alert rules: {why}"),
            Self::Limit(q, limit) => {
                write!(
                    f,
                    "limit {limit} on percentile {q}: a finite ratio >= 1 on one between 0 and 1"
                )
            }
        }
    }
}

impl core::error::Error for ConfigError {}
