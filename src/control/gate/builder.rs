//! What a gate is built of.

use core::time::Duration;

use super::Gate;
use super::class::Shares;
use super::word::{LIMIT_MAX, WAITERS_MAX};
use crate::control::ConfigError;
use crate::limit::AdaptiveLimit;
use crate::sync::cpus;

/// A gate has at most so many shards for the threads that finish calls.
const RECORDERS_MAX: usize = 1 << 10;

/// Collects what a [`Gate`] is built of. Setters only store; [`build`](Self::build) allocates, and
/// nothing waits.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::Gate;
/// use shorttail::limit::AdaptiveLimit;
///
/// let limit = AdaptiveLimit::new(64, 8..=512).unwrap().target(Duration::from_millis(50));
/// let gate = Gate::builder(64)
///     .adaptive(limit)
///     .shares(0.9, 0.6)
///     .waiters_max(100)
///     .window(Duration::from_millis(100))
///     .recorders(4)
///     .build()?;
/// assert_eq!(gate.stats().limit, 64);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct GateBuilder {
    pub(crate) limit: u32,
    adaptive: Option<AdaptiveLimit>,
    pub(crate) shares: (f64, f64),
    pub(crate) waiters_max: u32,
    pub(crate) window: Duration,
    pub(crate) recorders: usize,
}

impl GateBuilder {
    pub(super) fn new(limit: u32) -> Self {
        Self {
            limit,
            adaptive: None,
            shares: (0.9, 0.7),
            waiters_max: 0,
            window: Duration::from_millis(100),
            recorders: cpus().min(RECORDERS_MAX),
        }
    }

    /// Begins with this limit and moves it once a window; without, it stays as it is
    /// [set](Gate::set_limit). For an example see [`GateBuilder`].
    pub fn adaptive(mut self, limit: AdaptiveLimit) -> Self {
        self.limit = limit.limit();
        self.adaptive = Some(limit);
        self
    }

    /// The shares of the limit up to which requests of the tiers normal and sheddable may fill it,
    /// whoever is in there; 0.9 and 0.7 unless this says otherwise. Critical ones fill it all.
    ///
    /// Within a tier the [cohorts](super::Class::sticky) are spread from the share of the tier
    /// below to its own, those of the last tier from the half of its own.
    ///
    /// For an example see [`GateBuilder`].
    pub const fn shares(mut self, normal: f64, sheddable: f64) -> Self {
        self.shares = (normal, sheddable);
        self
    }

    /// How many may wait in [`enter_async`](Gate::enter_async): of the first tier so many, of the
    /// others and of cohorts the share of it that they may fill of the limit; none unless this says
    /// otherwise, and 255 at most. For an example see [`GateBuilder`].
    pub const fn waiters_max(mut self, waiters: u32) -> Self {
        self.waiters_max = waiters;
        self
    }

    /// How long calls are gathered before forecast and limit move; 100 ms unless this says
    /// otherwise. A window with fewer than sixteen calls goes on.
    ///
    /// For an example see [`GateBuilder`].
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// For how many threads that finish calls there are counters of their own; as many as there are
    /// processors unless this says otherwise. 4.4 KiB each where they are a power of two, up to 7
    /// else; more threads share.
    ///
    /// For an example see [`GateBuilder`].
    pub const fn recorders(mut self, threads: usize) -> Self {
        self.recorders = threads;
        self
    }

    /// Builds the gate. All that it will need is allocated here.
    ///
    /// For an example see [`GateBuilder`].
    ///
    /// # Errors
    /// [`ConfigError::Limit`] for a limit of zero or above 8 191, [`ConfigError::Shares`] unless
    /// 1 ≥ normal ≥ sheddable > 0, [`ConfigError::Waiters`] above 255, [`ConfigError::Window`]
    /// below 1 ms or above an hour, [`ConfigError::Recorders`] for none or above 1 024.
    pub fn build(self) -> Result<Gate, ConfigError> {
        let (normal, sheddable) = self.shares;
        let shares = Shares::new(normal, sheddable).ok_or(ConfigError::Shares)?;
        if self.limit == 0 || self.limit > LIMIT_MAX {
            return Err(ConfigError::Limit);
        }
        if self.waiters_max > WAITERS_MAX {
            return Err(ConfigError::Waiters);
        }
        let windows = Duration::from_millis(1)..=Duration::from_secs(3_600);
        if !windows.contains(&self.window) {
            return Err(ConfigError::Window);
        }
        if self.recorders == 0 || self.recorders > RECORDERS_MAX {
            return Err(ConfigError::Recorders);
        }
        let window_ns = self.window.as_nanos() as u64;
        let target_ns = self.adaptive.as_ref().and_then(AdaptiveLimit::target_ns);
        Ok(Gate::from_parts(
            super::room::Room::new(self.limit, shares, self.waiters_max),
            super::forecast::Forecast::new(window_ns, self.recorders, self.adaptive),
            target_ns,
        ))
    }
}
