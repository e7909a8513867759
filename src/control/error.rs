//! What is wrong with a policy's configuration.

use core::fmt;

/// Why a policy cannot be built.
///
/// # Examples
/// ```
/// use shorttail::control::{ConfigError, RetryPolicy};
///
/// let policy = RetryPolicy::builder().attempts_max(0).build();
/// assert_eq!(policy.unwrap_err(), ConfigError::Attempts);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The ratio of a budget is not from 0.001 to 1 000.
    Ratio,
    /// No attempt at all.
    Attempts,
    /// An attempt may take no time.
    AttemptLimit,
    /// The quantile of a hedge is not above 0 and below 1.
    Quantile,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ratio => "a budget's ratio is from 0.001 to 1000",
            Self::Attempts => "a call has at least one attempt",
            Self::AttemptLimit => "an attempt may take no time",
            Self::Quantile => "a hedge's quantile is above 0 and below 1",
        })
    }
}

impl std::error::Error for ConfigError {}
