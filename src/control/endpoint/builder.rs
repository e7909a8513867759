//! What an endpoint promises, and how surely it is to be known to break it.

use core::time::Duration;

use super::EndpointBudget;
use super::carried::{Build, Carried, Heritage};
use super::watch::{Rules, Watch};
use crate::control::error::ConfigError;
use crate::time::to_ns;

/// How an [`EndpointBudget`] is to be. Setters only store; [`build`](Self::build) allocates, and
/// nothing waits.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{ConfigError, EndpointBudget};
///
/// let budget = EndpointBudget::builder("GET /cart")
///     .p95(Duration::from_millis(80))
///     .p99(Duration::from_millis(250))
///     .unit(Duration::from_secs(10))
///     .level(1e-6)
///     .requests_min(50)
///     .threads(4)
///     .build(0)?;
/// budget.observe(20_000_000);
/// let none = EndpointBudget::builder("GET /cart").build(0);
/// assert_eq!(none.unwrap_err(), ConfigError::Targets);
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct EndpointBudgetBuilder {
    endpoint: &'static str,
    max_ns: [Option<u64>; 2],
    unit_ns: u64,
    level: f64,
    requests_min: u64,
    threads: usize,
    of_build: Build,
    before: Option<Carried>,
}

impl EndpointBudgetBuilder {
    pub(super) const fn new(endpoint: &'static str) -> Self {
        Self {
            endpoint,
            max_ns: [None; 2],
            unit_ns: 60_000_000_000,
            level: 1e-9,
            requests_min: 100,
            threads: 8,
            of_build: Build::UNNAMED,
            before: None,
        }
    }

    /// At most 5 % of the requests may take longer; for an example see [`EndpointBudgetBuilder`].
    pub fn p95(mut self, max: Duration) -> Self {
        self.max_ns[0] = Some(to_ns(max));
        self
    }

    /// At most 1 % of the requests may take longer; for an example see [`EndpointBudgetBuilder`].
    pub fn p99(mut self, max: Duration) -> Self {
        self.max_ns[1] = Some(to_ns(max));
        self
    }

    /// What windows are made of: a minute, unless this says otherwise. Then they are those of the
    /// SRE Workbook: an hour and 5 minutes, and so on.
    ///
    /// For an example see [`EndpointBudgetBuilder`].
    pub fn unit(mut self, unit: Duration) -> Self {
        self.unit_ns = to_ns(unit);
        self
    }

    /// The chance that a window at the very limit is taken for one beyond it, for requests that do
    /// not depend on each other: 10⁻⁹, unless this says otherwise.
    ///
    /// For an example see [`EndpointBudgetBuilder`].
    pub const fn level(mut self, chance: f64) -> Self {
        self.level = chance;
        self
    }

    /// Windows of fewer requests say nothing: 100, unless this says otherwise.
    ///
    /// For an example see [`EndpointBudgetBuilder`].
    pub const fn requests_min(mut self, requests: u64) -> Self {
        self.requests_min = requests;
        self
    }

    /// How many threads [observe](EndpointBudget::observe) without touching one another's cells:
    /// 8, unless this says otherwise. 128 bytes each.
    ///
    /// For an example see [`EndpointBudgetBuilder`].
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// This build's name, by which what was carried over is known for its own or for another's:
    /// a version, a commit. Without one it is that of the empty name.
    ///
    /// For an example see [`Carried`].
    pub fn of_build(mut self, name: &str) -> Self {
        self.of_build = Build::new(name);
        self
    }

    /// What the process before has [saved](EndpointBudget::save). Is passed over where the targets
    /// are others.
    ///
    /// Of another build: whether this one does worse is told, within its targets or not. Of
    /// [this one](Self::of_build): it goes on, compared with what that was compared with. A build
    /// that hardly served, or of which it was told that it does worse, is no measure for the next,
    /// which is compared with the one before it in turn: what got worse is told again at each
    /// deploy. Whoever wants it to be the measure hands in nothing once.
    ///
    /// For an example see [`Carried::merge`].
    pub const fn baseline(mut self, before: Carried) -> Self {
        self.before = Some(before);
        self
    }

    /// The budget, whose first unit begins at `now_ns`. Takes all its memory: 128 bytes a thread
    /// and 4 KiB. For an example see [`EndpointBudgetBuilder`].
    ///
    /// # Errors
    /// [`ConfigError`]: no target, a unit of nothing or above an hour, a level that is no chance,
    /// or cells for no or more than 1 024 threads.
    pub fn build(self, now_ns: u64) -> Result<EndpointBudget, ConfigError> {
        if self.max_ns == [None; 2] {
            return Err(ConfigError::Targets);
        }
        if !(1..=3_600_000_000_000).contains(&self.unit_ns) {
            return Err(ConfigError::Unit);
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(ConfigError::Level);
        }
        if !(1..=1_024).contains(&self.threads) {
            return Err(ConfigError::Recorders);
        }
        let max_ns = self.max_ns.map(|max| max.unwrap_or(u64::MAX));
        let rules = Rules {
            sure: -self.level.ln(),
            requests_min: self.requests_min.max(1),
            unit_ns: self.unit_ns,
        };
        let watches = [(0, 0.95), (1, 0.99)].map(|(index, q)| Watch::new(index, q, max_ns[index]));
        let carried = self.before.filter(|before| before.max_ns == max_ns);
        let heritage = match carried {
            Some(before) => before.handed_to(&self.of_build, rules.requests_min),
            None => Heritage::none(self.of_build),
        };
        Ok(EndpointBudget::new(
            self.endpoint,
            self.threads,
            rules,
            watches,
            heritage,
            now_ns,
        ))
    }
}
