//! Limiters that begin anew where they are read: a pacer, `CoDel`, a limit that adapts.

use core::time::Duration;

use serde::de::{Deserialize, Deserializer};

use super::{Config, Setting, Wrong, fit, fit_some, needed, read, time, told_time, whole, word};
use crate::limit::{AdaptiveLimit, Codel, ConfigError, Pacer};

/// A [`Pacer`] as a file has it.
#[derive(Default)]
struct Pace {
    interval_ns: Option<u64>,
    rate_per_s: Option<u32>,
    burst: u32,
}

impl Config for Pace {
    const NAME: &'static str = "Pacer";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("interval_ns", |c, n| fit_some(&mut c.interval_ns, n)),
        whole("rate_per_s", |c, n| fit_some(&mut c.rate_per_s, n)),
        whole("burst", |c, n| fit(&mut c.burst, n)),
    ];
    type Built = Pacer;

    fn initial() -> Self {
        Self {
            burst: 1,
            ..Self::default()
        }
    }

    fn built(self) -> Result<Pacer, Wrong> {
        let (setting, pacer) = match (self.rate_per_s, self.interval_ns) {
            (Some(_), Some(_)) => {
                return Err((
                    "rate_per_s",
                    "there is an interval, which says the same".into(),
                ));
            }
            (Some(rate), None) => ("rate_per_s", Pacer::per_second(rate, self.burst)),
            (None, interval_ns) => {
                let interval_ns = needed("interval_ns", interval_ns)?;
                let interval = Duration::from_nanos(interval_ns);
                ("interval_ns", Pacer::new(interval, self.burst))
            }
        };
        pacer.map_err(|error| match error {
            ConfigError::Burst => ("burst", error.to_string()),
            _ => (setting, error.to_string()),
        })
    }
}

/// `interval_ns` or `rate_per_s`, one of which must be there; `burst`, 1 if it is not.
impl<'de> Deserialize<'de> for Pacer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Pace, D>(deserializer)
    }
}

/// A [`Codel`] as a file has it.
struct Delay {
    by_rfc: bool,
    target: Duration,
    interval: Duration,
}

impl Config for Delay {
    const NAME: &'static str = "Codel";
    const SETTINGS: &'static [Setting<Self>] = &[
        word("rule", |c, name| {
            c.by_rfc = match name {
                "folly" => false,
                "rfc8289" => true,
                _ => return None,
            };
            Some(())
        }),
        whole("target_ns", |c, n| time(&mut c.target, n)),
        whole("interval_ns", |c, n| time(&mut c.interval, n)),
    ];
    type Built = Codel;

    fn initial() -> Self {
        Self {
            by_rfc: false,
            target: Codel::TARGET,
            interval: Codel::INTERVAL,
        }
    }

    fn built(self) -> Result<Codel, Wrong> {
        Ok(match self.by_rfc {
            true => Codel::rfc8289(self.target, self.interval),
            false => Codel::folly(self.target, self.interval),
        })
    }
}

/// `rule` (`folly` if it is not there, `rfc8289`), `target_ns`, `interval_ns`; the rest is as of
/// [`Codel::default`].
impl<'de> Deserialize<'de> for Codel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Delay, D>(deserializer)
    }
}

/// An [`AdaptiveLimit`] as a file has it.
#[derive(Default)]
struct Adapts {
    initial: Option<u32>,
    min: u32,
    max: Option<u32>,
    target_ns: Option<u64>,
}

impl Config for Adapts {
    const NAME: &'static str = "AdaptiveLimit";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("initial", |c, n| fit_some(&mut c.initial, n)),
        whole("min", |c, n| fit(&mut c.min, n)),
        whole("max", |c, n| fit_some(&mut c.max, n)),
        whole("target_ns", |c, n| fit_some(&mut c.target_ns, n)),
    ];
    type Built = AdaptiveLimit;

    fn initial() -> Self {
        Self {
            min: 1,
            ..Self::default()
        }
    }

    fn built(self) -> Result<AdaptiveLimit, Wrong> {
        let (initial, max) = (needed("initial", self.initial)?, needed("max", self.max)?);
        let limit = AdaptiveLimit::new(initial, self.min..=max);
        let limit = limit.map_err(|error| {
            let setting = match initial {
                _ if self.min == 0 => "min",
                _ if max > 8_191 || max < self.min => "max",
                _ => "initial",
            };
            (setting, error.to_string())
        })?;
        Ok(told_time(limit, self.target_ns, AdaptiveLimit::target))
    }
}

/// `initial` and `max`, which must be there; `min`, 1 if it is not; `target_ns`, if there is one.
impl<'de> Deserialize<'de> for AdaptiveLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Adapts, D>(deserializer)
    }
}
