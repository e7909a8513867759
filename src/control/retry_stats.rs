//! What became of the calls of a policy.

use super::attempts::StopReason;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Attempts that are told apart; more are counted as so many.
const ATTEMPTS: usize = 8;

const REASONS: usize = StopReason::ALL.len();

/// How the calls of a [`RetryPolicy`](super::RetryPolicy) ended so far, and after how many
/// attempts. A call under way is in none of the counts.
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

/// Relaxed counters behind [`RetryStats`]: one for each number of attempts and each end, so that a
/// call pays for one addition.
#[derive(Debug)]
pub(super) struct Counters {
    calls: [[AtomicU64; ENDS]; ATTEMPTS],
    /// Attempts beyond `ATTEMPTS` of the calls that had as many.
    more: AtomicU64,
}

impl Counters {
    pub(super) fn new() -> Self {
        let calls = || core::array::from_fn(|_| AtomicU64::new(0));
        Self {
            calls: core::array::from_fn(|_| calls()),
            more: AtomicU64::new(0),
        }
    }

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
            add(&self.more, u64::from(made) - ATTEMPTS as u64);
        }
        add(&self.calls[place][end], 1);
    }

    pub(super) fn read(&self) -> RetryStats {
        let mut stats = RetryStats {
            sends: get(&self.more),
            ..RetryStats::default()
        };
        for (place, ends) in self.calls.iter().enumerate() {
            for (end, calls) in ends.iter().enumerate() {
                let calls = get(calls);
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

fn add(counter: &AtomicU64, count: u64) {
    // Relaxed: a statistic; the read-modify-write alone keeps every call. [control-2]
    counter.fetch_add(count, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    // Relaxed: a reading for people. [control-2]
    counter.load(Ordering::Relaxed)
}
