//! Breakers.

use core::time::Duration;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::{Access, Config, Setting, Wrong, fit, read, time, write};
use crate::limit::{Breaker, BreakerBuilder, ConfigError};

fn ns(time: Duration) -> Option<u64> {
    u64::try_from(time.as_nanos()).ok()
}

impl Config for BreakerBuilder {
    const NAME: &'static str = "Breaker";
    const SETTINGS: &'static [Setting<Self>] = &[
        (
            "failure_rate",
            Access::Part(|c| Some(c.failure_rate), |c, rate| c.failure_rate = rate),
        ),
        (
            "slow_ns",
            Access::Whole(
                |c| ns(c.slow?.0),
                |c, n| {
                    let rate = c.slow.map_or(f64::NAN, |(_, rate)| rate);
                    c.slow = Some((Duration::from_nanos(n), rate));
                    Some(())
                },
            ),
        ),
        (
            "slow_rate",
            Access::Part(
                |c| Some(c.slow?.1),
                |c, rate| {
                    let slow = c.slow.map_or(Duration::MAX, |(slow, _)| slow);
                    c.slow = Some((slow, rate));
                },
            ),
        ),
        (
            "window_ns",
            Access::Whole(|c| ns(c.window), |c, n| time(&mut c.window, n)),
        ),
        (
            "calls",
            Access::Whole(|c| Some(c.calls.into()), |c, n| fit(&mut c.calls, n)),
        ),
        (
            "rest_ns",
            Access::Whole(|c| ns(c.rest), |c, n| time(&mut c.rest, n)),
        ),
        (
            "probes",
            Access::Whole(|c| Some(c.probes.into()), |c, n| fit(&mut c.probes, n)),
        ),
    ];
    type Built = Self;

    fn initial() -> Self {
        Breaker::builder()
    }

    fn built(self) -> Result<Self, Wrong> {
        if self.slow.is_some_and(|(slow, _)| slow == Duration::MAX) {
            return Err((
                "slow_ns",
                "a rate of slow calls is of those above a time".into(),
            ));
        }
        let Err(error) = self.build() else {
            return Ok(self);
        };
        let setting = match error {
            ConfigError::Window => "window_ns",
            ConfigError::Rest => "rest_ns",
            ConfigError::Calls => "calls",
            ConfigError::Probes => "probes",
            // The one rate or the other: it is the first unless it is sound.
            _ if self.failure_rate > 0.0 && self.failure_rate <= 1.0 => "slow_rate",
            _ => "failure_rate",
        };
        Err((setting, error.to_string()))
    }
}

/// `failure_rate`, `slow_ns` with `slow_rate`, `window_ns`, `calls`, `rest_ns`, `probes`, as far as
/// they are there; the rest is as of [`Breaker::builder`].
impl<'de> Deserialize<'de> for BreakerBuilder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Self, D>(deserializer)
    }
}

/// All settings, as they are read.
impl Serialize for BreakerBuilder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self, serializer)
    }
}
