//! Gates, retries and their budgets.

use core::time::Duration;

use serde::de::{Deserialize, Deserializer};

use super::{Config, Setting, Wrong, fit, fit_some, part, read, time, told, told_time, whole};
use crate::control::{
    ConfigError, Gate, GateBuilder, RetryBudget, RetryPolicy, RetryPolicyBuilder,
};

impl Config for GateBuilder {
    const NAME: &'static str = "Gate";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("limit", |c, n| fit(&mut c.limit, n)),
        part("normal_share", |c, share| c.shares.0 = share),
        part("sheddable_share", |c, share| c.shares.1 = share),
        whole("waiters_max", |c, n| fit(&mut c.waiters_max, n)),
        whole("window_ns", |c, n| time(&mut c.window, n)),
        whole("recorders", |c, n| fit(&mut c.recorders, n)),
    ];
    type Built = Self;

    fn initial() -> Self {
        Gate::builder(0)
    }

    fn built(self) -> Result<Self, Wrong> {
        let Err(error) = self.clone().build() else {
            return Ok(self);
        };
        let setting = match error {
            ConfigError::Limit => "limit",
            ConfigError::Waiters => "waiters_max",
            ConfigError::Window => "window_ns",
            ConfigError::Recorders => "recorders",
            // The one share or the other: it is the first unless it is sound.
            _ if self.shares.0 > 0.0 && self.shares.0 <= 1.0 => "sheddable_share",
            _ => "normal_share",
        };
        Err((setting, error.to_string()))
    }
}

/// `limit`, which must be there; `normal_share`, `sheddable_share`, `waiters_max`, `window_ns`,
/// `recorders`, as far as they are there, the rest as of [`Gate::builder`]. Builds one to see that
/// it can be built. A limit that adapts is the code's to add.
impl<'de> Deserialize<'de> for GateBuilder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Self, D>(deserializer)
    }
}

/// A [`RetryPolicy`] as a file has it.
struct Retries {
    attempts_max: u32,
    attempt_limit_ns: Option<u64>,
    margin_ns: u64,
}

impl Config for Retries {
    const NAME: &'static str = "RetryPolicy";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("attempts_max", |c, n| fit(&mut c.attempts_max, n)),
        whole("attempt_limit_ns", |c, n| {
            fit_some(&mut c.attempt_limit_ns, n)
        }),
        whole("margin_ns", |c, n| fit(&mut c.margin_ns, n)),
    ];
    type Built = RetryPolicyBuilder;

    fn initial() -> Self {
        Self {
            attempts_max: 3,
            attempt_limit_ns: None,
            margin_ns: 0,
        }
    }

    fn built(self) -> Result<RetryPolicyBuilder, Wrong> {
        let builder = || {
            let builder = RetryPolicy::builder()
                .attempts_max(self.attempts_max)
                .margin(Duration::from_nanos(self.margin_ns));
            told_time(
                builder,
                self.attempt_limit_ns,
                RetryPolicyBuilder::attempt_limit,
            )
        };
        let Err(error) = builder().build() else {
            return Ok(builder());
        };
        let setting = match error {
            ConfigError::AttemptLimit => "attempt_limit_ns",
            _ => "attempts_max",
        };
        Err((setting, error.to_string()))
    }
}

/// `attempts_max`, `attempt_limit_ns`, `margin_ns`, as far as they are there; the rest is as of
/// [`RetryPolicy::builder`]. Delays and budget are values of their own, and the budget is shared:
/// the code puts them in.
impl<'de> Deserialize<'de> for RetryPolicyBuilder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Retries, D>(deserializer)
    }
}

/// A [`RetryBudget`] as a file has it.
#[derive(Default)]
pub(super) struct Budget {
    pub(super) ratio: f64,
    pub(super) floor: Option<u32>,
    pub(super) floor_per_second: Option<u32>,
    pub(super) saved_max: Option<u32>,
}

impl Config for Budget {
    const NAME: &'static str = "RetryBudget";
    const SETTINGS: &'static [Setting<Self>] = &[
        part("ratio", |c, ratio| c.ratio = ratio),
        whole("floor", |c, n| fit_some(&mut c.floor, n)),
        whole("floor_per_second", |c, n| {
            fit_some(&mut c.floor_per_second, n)
        }),
        whole("saved_max", |c, n| fit_some(&mut c.saved_max, n)),
    ];
    type Built = RetryBudget;

    fn initial() -> Self {
        Self::default()
    }

    fn built(self) -> Result<RetryBudget, Wrong> {
        let budget = RetryBudget::new(self.ratio);
        let budget = budget.map_err(|error| ("ratio", error.to_string()))?;
        let budget = told(budget, self.floor, RetryBudget::floor);
        let budget = told(budget, self.floor_per_second, RetryBudget::floor_per_second);
        Ok(told(budget, self.saved_max, RetryBudget::saved_max))
    }
}

/// `ratio`, which must be there; `floor`, `floor_per_second`, `saved_max`, as far as they are
/// there.
impl<'de> Deserialize<'de> for RetryBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Budget, D>(deserializer)
    }
}
