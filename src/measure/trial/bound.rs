//! What a percentile of a trial may rise to.

use core::fmt;

use super::text::micros;

/// What a judged percentile is held to.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::Bound;
/// assert_eq!(Bound::Ratio(1.1).to_string(), "1.1 times the base's");
/// assert_eq!(Bound::Ns(1_500).to_string(), "1.50 µs");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Bound {
    /// The candidate's by the base's.
    Ratio(f64),
    /// The candidate's, whatever the base's is.
    Ns(u64),
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(ratio) => write!(f, "{ratio} times the base's"),
            Self::Ns(ns) => write!(f, "{} µs", micros(*ns)),
        }
    }
}
