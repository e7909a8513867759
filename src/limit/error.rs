//! Why a limiter cannot be built, and why a pacer refuses.

use core::fmt;
use core::time::Duration;

/// What is wrong with the configuration of a limiter.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::limit::{ConfigError, Pacer};
///
/// assert_eq!(Pacer::new(Duration::ZERO, 1).unwrap_err(), ConfigError::Interval);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The interval of a pacer is zero, or its burst takes more than 36 years.
    Interval,
    /// A burst of nothing.
    Burst,
    /// A rate of failures or of slow calls that is no part from 0 to 1, or is 0.
    Rate,
    /// A window below 8 ms or above a day.
    Window,
    /// No call, or more than 2 048, for a verdict to rest on.
    Calls,
    /// A rest below 1 ms or above a day.
    Rest,
    /// No probe, or more than 255.
    Probes,
    /// The range of a limit is empty, begins at zero, ends above 8 191 or lacks the first limit.
    Limit,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interval => "the interval is zero, or the burst takes more than 36 years",
            Self::Burst => "a burst is of at least one",
            Self::Rate => "a rate is above 0 and at most 1",
            Self::Window => "a window is from 8 ms to a day",
            Self::Calls => "a verdict rests on 1 to 2048 calls",
            Self::Rest => "a rest is from 1 ms to a day",
            Self::Probes => "from 1 to 255 probes",
            Self::Limit => "a limit begins within its range, of 1 to 8191 at most",
        })
    }
}

impl std::error::Error for ConfigError {}

/// A pacer's refusal. It has taken nothing. For an example see [`Pacer`](super::Pacer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TooEarly {
    /// It would pass after this wait, if nobody else passes before.
    Wait(Duration),
    /// More than a burst was asked for at once: it never passes.
    AboveBurst {
        /// What was asked for.
        asked: u32,
        /// What there is at most.
        burst: u32,
    },
}

impl fmt::Display for TooEarly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(wait) => write!(f, "too early by {wait:?}"),
            Self::AboveBurst { asked, burst } => {
                write!(f, "{asked} at once, where a burst is {burst}")
            }
        }
    }
}

impl std::error::Error for TooEarly {}
