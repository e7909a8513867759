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
    /// A ratio is not from 0.001 to 1 000.
    Ratio,
    /// No attempt at all.
    Attempts,
    /// An attempt may take no time.
    AttemptLimit,
    /// A quantile is not above 0 and below 1.
    Quantile,
    /// A limit of nobody, or above 8 191.
    Limit,
    /// The shares of a gate's tiers do not fall from 1 to above 0.
    Shares,
    /// More than 255 may wait at a gate.
    Waiters,
    /// A gate's window is below 1 ms or above an hour.
    Window,
    /// A budget without a target.
    Targets,
    /// A budget's unit of time is nothing, or above an hour.
    Unit,
    /// A budget's level is not above 0 and below 1.
    Level,
    /// No counters, or for more than 1 024 threads.
    Recorders,
    /// The ratio of a client's throttle is not from 1 to 1 000.
    ThrottleRatio,
    /// The window of a client's throttle is below 8 ms or above an hour.
    ThrottleWindow,
    /// What a client holds back at most is no share from 0 to 1.
    HeldBack,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ratio => "a ratio is from 0.001 to 1000",
            Self::Attempts => "a call has at least one attempt",
            Self::AttemptLimit => "an attempt may take no time",
            Self::Quantile => "a quantile is above 0 and below 1",
            Self::Limit => "a limit is from 1 to 8191",
            Self::Shares => "shares fall from tier to tier, from 1 to above 0",
            Self::Waiters => "at most 255 wait",
            Self::Window => "a gate's window is from 1 ms to an hour",
            Self::Targets => "a budget has a p95 or a p99",
            Self::Unit => "a budget's unit is above nothing and at most an hour",
            Self::Level => "a budget's level is above 0 and below 1",
            Self::Recorders => "counters are for 1 to 1024 threads",
            Self::ThrottleRatio => "a throttle's ratio is from 1 to 1000",
            Self::ThrottleWindow => "a throttle's window is from 8 ms to an hour",
            Self::HeldBack => "what is held back is a share from 0 to 1",
        })
    }
}

impl std::error::Error for ConfigError {}
