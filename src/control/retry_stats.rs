//! What became of the calls of a policy.

use super::attempts::StopReason;
use crate::sync::Tally;

/// Attempts that are told apart; more are counted as so many.
const ATTEMPTS: usize = 8;

const REASONS: usize = StopReason::ALL.len();

/// How the calls of a [`RetryPolicy`](super::RetryPolicy) ended so far, and after how many
/// attempts. A call under way is in none of the counts, nor is what a
/// [`HedgePolicy`](super::HedgePolicy) sends. Plain numbers: the methods add some of them up.
///
/// # Examples
/// ```
/// use shorttail::control::{Decision, Failure, RetryPolicy, StopReason};
/// use shorttail::time::Deadline;
///
/// let policy = RetryPolicy::builder().attempts_max(2).build()?;
/// policy.start_unchecked(Deadline::NEVER, 0).succeeded();
/// policy.start_unchecked(Deadline::NEVER, 0).cancelled();
/// let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
/// while let Decision::Retry { .. } = attempts.failed(Failure::transient(), 0) {}
/// let stats = policy.stats();
/// assert_eq!((stats.calls(), stats.sends()), (3, 4));
/// assert_eq!((stats.succeeded, stats.cancelled), (1, 1));
/// assert_eq!(stats.stopped(StopReason::Attempts), 1);
/// assert_eq!(stats.attempts, [2, 1, 0, 0, 0, 0, 0, 0]);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryStats {
    /// Calls by the number of their attempts, from 1; the last counts those of 8 and more.
    pub attempts: [u64; ATTEMPTS],
    /// Calls that went well.
    pub succeeded: u64,
    /// Calls that were cancelled, or dropped without a word.
    pub cancelled: u64,
    /// Attempts of all calls.
    sends: u64,
    stopped: [u64; REASONS],
}

impl RetryStats {
    /// Calls that have ended: the sum of [`attempts`](Self::attempts); for an example see
    /// [`RetryStats`].
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.attempts.iter().sum()
    }

    /// Attempts of the calls that have ended, the first of each included; for an example see
    /// [`RetryStats`].
    #[must_use]
    pub const fn sends(&self) -> u64 {
        self.sends
    }

    /// Calls that were given up for this reason; for an example see [`RetryStats`].
    #[must_use]
    pub const fn stopped(&self, reason: StopReason) -> u64 {
        self.stopped[reason as usize]
    }
}

/// How a call ends: for a reason, well, or cancelled.
const SUCCEEDED: usize = REASONS;
const CANCELLED: usize = REASONS + 1;
const ENDS: usize = REASONS + 2;

/// The counts behind [`RetryStats`]: one for each number of attempts and each end, so that a call
/// pays for one addition.
#[derive(Debug, Default)]
pub(super) struct Counters {
    calls: [[Tally; ENDS]; ATTEMPTS],
    /// Attempts beyond `ATTEMPTS` of the calls that had as many.
    more: Tally,
}

impl Counters {
    #[inline]
    pub(super) fn succeeded(&self, made: u32) {
        self.ended(made, SUCCEEDED);
    }

    pub(super) fn cancelled(&self, made: u32) {
        self.ended(made, CANCELLED);
    }

    pub(super) fn stopped(&self, made: u32, reason: StopReason) {
        self.ended(made, reason as usize);
    }

    #[inline]
    fn ended(&self, made: u32, end: usize) {
        let place = (made as usize).clamp(1, ATTEMPTS) - 1;
        if made as usize > ATTEMPTS {
            self.more.add(u64::from(made) - ATTEMPTS as u64);
        }
        self.calls[place][end].add(1);
    }

    pub(super) fn read(&self) -> RetryStats {
        let mut stats = RetryStats {
            sends: self.more.get(),
            ..RetryStats::default()
        };
        for (place, ends) in self.calls.iter().enumerate() {
            for (end, calls) in ends.iter().enumerate() {
                let calls = calls.get();
                stats.attempts[place] += calls;
                stats.sends += calls * (place as u64 + 1);
                match end {
                    SUCCEEDED => stats.succeeded += calls,
                    CANCELLED => stats.cancelled += calls,
                    reason => stats.stopped[reason] += calls,
                }
            }
        }
        stats
    }
}
