//! What a client does of itself: hedges, and calls that it holds back.

use core::time::Duration;

use serde::de::{Deserialize, Deserializer};

use super::control::Budget;
use super::{Config, Setting, Wrong, fit_some, part, read, told, whole};
use crate::control::{ClientThrottle, ConfigError, HedgePolicy};

/// A [`HedgePolicy`] as a file has it.
#[derive(Default)]
struct Hedges {
    quantile: f64,
    budget: Budget,
}

impl Config for Hedges {
    const NAME: &'static str = "HedgePolicy";
    const SETTINGS: &'static [Setting<Self>] = &[
        part("quantile", |c, quantile| c.quantile = quantile),
        part("ratio", |c, ratio| c.budget.ratio = ratio),
        whole("floor", |c, n| fit_some(&mut c.budget.floor, n)),
        whole("floor_per_second", |c, n| {
            fit_some(&mut c.budget.floor_per_second, n)
        }),
        whole("saved_max", |c, n| fit_some(&mut c.budget.saved_max, n)),
    ];
    type Built = HedgePolicy;

    fn initial() -> Self {
        Self::default()
    }

    fn built(self) -> Result<HedgePolicy, Wrong> {
        let policy = HedgePolicy::new(self.quantile, self.budget.built()?);
        policy.map_err(|error| ("quantile", error.to_string()))
    }
}

/// `quantile`, and the settings of a [`RetryBudget`](crate::control::RetryBudget) of its own:
/// `ratio`, `floor`, `floor_per_second`, `saved_max`. A budget that it shares with retries is the
/// code's to give: [`HedgePolicy::new`].
impl<'de> Deserialize<'de> for HedgePolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Hedges, D>(deserializer)
    }
}

/// A [`ClientThrottle`] as a file has it.
#[derive(Default)]
struct HeldBack {
    ratio: f64,
    window_ns: Option<u64>,
    in_flight: Option<u32>,
    held_back_max: Option<f64>,
}

impl HeldBack {
    fn throttle(&self) -> Result<ClientThrottle, ConfigError> {
        let mut throttle = ClientThrottle::new(self.ratio)?;
        if let Some(ns) = self.window_ns {
            throttle = throttle.window(Duration::from_nanos(ns))?;
        }
        if let Some(share) = self.held_back_max {
            throttle = throttle.held_back_max(share)?;
        }
        Ok(told(throttle, self.in_flight, ClientThrottle::in_flight))
    }
}

impl Config for HeldBack {
    const NAME: &'static str = "ClientThrottle";
    const SETTINGS: &'static [Setting<Self>] = &[
        part("ratio", |c, ratio| c.ratio = ratio),
        whole("window_ns", |c, n| fit_some(&mut c.window_ns, n)),
        whole("in_flight", |c, n| fit_some(&mut c.in_flight, n)),
        part("held_back_max", |c, share| c.held_back_max = Some(share)),
    ];
    type Built = ClientThrottle;

    fn initial() -> Self {
        Self::default()
    }

    fn built(self) -> Result<ClientThrottle, Wrong> {
        self.throttle().map_err(|error| {
            let setting = match error {
                ConfigError::ThrottleWindow => "window_ns",
                ConfigError::HeldBack => "held_back_max",
                _ => "ratio",
            };
            (setting, error.to_string())
        })
    }
}

/// `ratio`, which must be there; `window_ns`, `in_flight`, `held_back_max`, as far as they are
/// there, the rest as of [`ClientThrottle::new`].
impl<'de> Deserialize<'de> for ClientThrottle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<HeldBack, D>(deserializer)
    }
}
