//! Gates, retries and their budgets.

use core::time::Duration;

use serde::de::{Deserialize, Deserializer};

use super::{Access, Config, Setting, Wrong, read};
use crate::control::{
    ConfigError, Gate, GateBuilder, RetryBudget, RetryPolicy, RetryPolicyBuilder,
};

impl Config for GateBuilder {
    const NAME: &'static str = "Gate";
    const SETTINGS: &'static [Setting<Self>] = &[
        (
            "limit",
            Access::Whole(|_| None, |c, n| count(&mut c.limit, n)),
        ),
        (
            "normal_share",
            Access::Part(|_| None, |c, share| c.shares.0 = share),
        ),
        (
            "sheddable_share",
            Access::Part(|_| None, |c, share| c.shares.1 = share),
        ),
        (
            "waiters_max",
            Access::Whole(|_| None, |c, n| count(&mut c.waiters_max, n)),
        ),
        (
            "window_ns",
            Access::Whole(
                |_| None,
                |c, n| {
                    c.window = Duration::from_nanos(n);
                    Some(())
                },
            ),
        ),
        (
            "recorders",
            Access::Whole(|_| None, |c, n| count(&mut c.recorders, n)),
        ),
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

fn count<N: TryFrom<u64>>(place: &mut N, number: u64) -> Option<()> {
    *place = number.try_into().ok()?;
    Some(())
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
        (
            "attempts_max",
            Access::Whole(|_| None, |c, n| count(&mut c.attempts_max, n)),
        ),
        (
            "attempt_limit_ns",
            Access::Whole(
                |_| None,
                |c, n| {
                    c.attempt_limit_ns = Some(n);
                    Some(())
                },
            ),
        ),
        (
            "margin_ns",
            Access::Whole(|_| None, |c, n| count(&mut c.margin_ns, n)),
        ),
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
            let limit = self.attempt_limit_ns.map(Duration::from_nanos);
            match limit {
                Some(limit) => builder.attempt_limit(limit),
                None => builder,
            }
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
struct Budget {
    ratio: f64,
    floor: Option<u32>,
    floor_per_second: Option<u32>,
    saved_max: Option<u32>,
}

impl Config for Budget {
    const NAME: &'static str = "RetryBudget";
    const SETTINGS: &'static [Setting<Self>] = &[
        ("ratio", Access::Part(|_| None, |c, ratio| c.ratio = ratio)),
        (
            "floor",
            Access::Whole(|_| None, |c, n| some(&mut c.floor, n)),
        ),
        (
            "floor_per_second",
            Access::Whole(|_| None, |c, n| some(&mut c.floor_per_second, n)),
        ),
        (
            "saved_max",
            Access::Whole(|_| None, |c, n| some(&mut c.saved_max, n)),
        ),
    ];
    type Built = RetryBudget;

    fn initial() -> Self {
        Self {
            ratio: 0.0,
            floor: None,
            floor_per_second: None,
            saved_max: None,
        }
    }

    fn built(self) -> Result<RetryBudget, Wrong> {
        let budget = RetryBudget::new(self.ratio);
        let budget = budget.map_err(|error| ("ratio", error.to_string()))?;
        let budget = set(budget, self.floor, RetryBudget::floor);
        let budget = set(budget, self.floor_per_second, RetryBudget::floor_per_second);
        Ok(set(budget, self.saved_max, RetryBudget::saved_max))
    }
}

fn set(
    budget: RetryBudget,
    number: Option<u32>,
    set: fn(RetryBudget, u32) -> RetryBudget,
) -> RetryBudget {
    match number {
        Some(number) => set(budget, number),
        None => budget,
    }
}

fn some(place: &mut Option<u32>, number: u64) -> Option<()> {
    *place = Some(number.try_into().ok()?);
    Some(())
}

/// `ratio`, which must be there; `floor`, `floor_per_second`, `saved_max`, as far as they are
/// there.
impl<'de> Deserialize<'de> for RetryBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Budget, D>(deserializer)
    }
}
