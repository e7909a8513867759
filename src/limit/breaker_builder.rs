//! What a breaker is built from.

use core::time::Duration;

use super::breaker::{Breaker, Rules, WHOLE};
use super::error::ConfigError;
use super::phase::COUNT_MASK;
use super::span_ns;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const WINDOW_LEAST: Duration = Duration::from_millis(8);
const REST_LEAST: Duration = Duration::from_millis(1);

/// As many calls as a bucket holds whatever came into it: what fills it is halved.
const CALLS_MOST: u32 = 2_048;

/// Settings of a [`Breaker`]: plain data, of which [`build`](Self::build) allocates nothing either.
/// For an example see there.
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct BreakerBuilder {
    pub(crate) failure_rate: f64,
    pub(crate) slow: Option<(Duration, f64)>,
    pub(crate) window: Duration,
    pub(crate) calls: u32,
    pub(crate) rest: Duration,
    pub(crate) probes: u32,
}

impl BreakerBuilder {
    pub(super) const fn new() -> Self {
        Self {
            failure_rate: 0.5,
            slow: None,
            window: Duration::from_secs(10),
            calls: 20,
            rest: Duration::from_secs(5),
            probes: 1,
        }
    }

    /// Opens when this part of the calls failed, above 0 and at most 1. Else 0.5.
    /// For an example see [`build`](Self::build).
    pub const fn failure_rate(mut self, rate: f64) -> Self {
        self.failure_rate = rate;
        self
    }

    /// Opens when this part of the calls took `slow` or longer. Else no call is slow.
    /// For an example see [`build`](Self::build).
    pub const fn slow_rate(mut self, slow: Duration, rate: f64) -> Self {
        self.slow = Some((slow, rate));
        self
    }

    /// The time over which calls count, 8 ms to a day. Else 10 s.
    /// For an example see [`build`](Self::build).
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How many calls in the window a verdict rests on, 1 to 2 048. Else 20.
    /// For an example see [`Breaker`].
    pub const fn calls(mut self, calls: u32) -> Self {
        self.calls = calls;
        self
    }

    /// How long no call is made, in whole milliseconds of the clock, 1 ms to a day. Else 5 s.
    /// For an example see [`Breaker`].
    pub const fn rest(mut self, rest: Duration) -> Self {
        self.rest = rest;
        self
    }

    /// How many probes are made after it, which must all be good; 1 to 255. Else one.
    /// For an example see [`build`](Self::build).
    pub const fn probes(mut self, probes: u32) -> Self {
        self.probes = probes;
        self
    }

    /// The breaker, closed.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that is out of its range.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::limit::{Breaker, ConfigError};
    ///
    /// let slow = Breaker::builder().slow_rate(Duration::from_millis(300), 0.8);
    /// let slow = slow.window(Duration::from_secs(30)).probes(3);
    /// assert!(slow.build().is_ok());
    /// assert_eq!(slow.failure_rate(1.5).build().unwrap_err(), ConfigError::Rate);
    /// ```
    pub fn build(self) -> Result<Breaker, ConfigError> {
        let (slow, slow_rate) = match self.slow {
            Some((slow, rate)) => (span_ns(slow), parts(rate)?),
            // No part of the calls reaches it.
            None => (u64::MAX, WHOLE + 1),
        };
        let rules = Rules {
            failure_rate: parts(self.failure_rate)?,
            slow_rate,
            slow_ns: slow,
            calls: u64::from(self.calls),
            rest_ms: self.rest.as_millis() as u64,
            probes: u64::from(self.probes),
        };
        if !(WINDOW_LEAST..=DAY).contains(&self.window) {
            return Err(ConfigError::Window);
        }
        if !(REST_LEAST..=DAY).contains(&self.rest) {
            return Err(ConfigError::Rest);
        }
        if !(1..=CALLS_MOST).contains(&self.calls) {
            return Err(ConfigError::Calls);
        }
        if !(1..=COUNT_MASK).contains(&rules.probes) {
            return Err(ConfigError::Probes);
        }
        Ok(Breaker::new(rules, span_ns(self.window)))
    }
}

fn parts(rate: f64) -> Result<u64, ConfigError> {
    match rate > 0.0 && rate <= 1.0 {
        true => Ok(((rate * WHOLE as f64) as u64).max(1)),
        false => Err(ConfigError::Rate),
    }
}
