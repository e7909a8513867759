//! What became of those who came to a gate.

use core::time::Duration;

use super::class::Tier;
use super::refused::Reason;

/// A gate at one moment, and its refusals so far: plain numbers, copied.
///
/// # Examples
/// ```
/// use shorttail::control::{Class, Gate, Reason, Tier};
/// use shorttail::time::Deadline;
///
/// let gate = Gate::builder(10).shares(0.9, 0.1).build()?;
/// let batch = || gate.try_enter(Class::SHEDDABLE, Deadline::NEVER, 0);
/// let _held = batch().unwrap();
/// assert_eq!(batch().unwrap_err().reason, Reason::Share);
/// let stats = gate.stats();
/// assert_eq!((stats.in_flight, stats.limit), (1, 10));
/// assert_eq!(stats.refused(Reason::Share, Tier::Sheddable), 1);
/// assert_eq!(stats.refused_of(Tier::Sheddable), 1);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateStats {
    /// How many may be in flight.
    pub limit: u32,
    /// How many are.
    pub in_flight: u32,
    /// How many wait.
    pub waiting: u32,
    /// Calls that were finished so far, and those that were cut off and slow; those whose permit
    /// was dropped are not counted.
    pub finished: u64,
    /// Calls that were refused by who was called.
    pub overloaded: u64,
    /// Half of the calls of late took no longer; zero while that is not known.
    pub typical: Duration,
    /// Permits that were given before [`older_than_ns`](Self::older_than_ns) and are still out.
    ///
    /// That moment moves on by a second and more, whenever there are none. Where it stands still,
    /// and this does, permits leak: as many as this, and those that leaked since, which are not
    /// told apart from the ones in use. Whoever looks compares it with the clock.
    pub older: u32,
    /// See [`older`](Self::older); in the clock's nanoseconds.
    pub older_than_ns: u64,
    pub(super) refused: [[u64; Tier::ALL.len()]; Reason::COUNT],
}

impl GateStats {
    /// Refusals for this reason, of this tier; for an example see [`GateStats`].
    #[must_use]
    pub const fn refused(&self, reason: Reason, tier: Tier) -> u64 {
        self.refused[reason as usize][tier as usize]
    }

    /// All refusals of a tier; for an example see [`GateStats`].
    #[must_use]
    pub fn refused_of(&self, tier: Tier) -> u64 {
        self.refused.iter().map(|tiers| tiers[tier as usize]).sum()
    }
}
