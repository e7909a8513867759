//! A breaker's state, and the word that holds it.

use core::time::Duration;

pub(super) const NS_PER_MS: u64 = 1_000_000;

/// What a breaker is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerState {
    /// Calls are made.
    Closed,
    /// None is.
    Open,
    /// Some are, as probes.
    HalfOpen,
}

/// The word, taken apart: the state and its moment, which no two phases share, and what is counted
/// of probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phase {
    pub(super) state: BreakerState,
    /// Closed: since when. Else until when: the rest, or the wait for the probes.
    pub(super) mark_ms: u64,
    /// Probes that were let through, and that were good.
    pub(super) given: u64,
    pub(super) good: u64,
}

const COUNT_BITS: u32 = 8;
/// The most that a count of probes can be.
pub(super) const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;
const STATE_SHIFT: u32 = 2 * COUNT_BITS;
const MARK_SHIFT: u32 = STATE_SHIFT + 2;
const MARK_MAX: u64 = u64::MAX >> MARK_SHIFT;

impl Phase {
    pub(super) const fn new(state: BreakerState, mark_ms: u64) -> Self {
        Self {
            state,
            mark_ms,
            given: 0,
            good: 0,
        }
    }

    pub(super) const fn unpack(word: u64) -> Self {
        let state = match word >> STATE_SHIFT & 3 {
            0 => BreakerState::Closed,
            1 => BreakerState::Open,
            _ => BreakerState::HalfOpen,
        };
        Self {
            state,
            mark_ms: word >> MARK_SHIFT,
            given: word >> COUNT_BITS & COUNT_MASK,
            good: word & COUNT_MASK,
        }
    }

    pub(super) fn pack(self) -> u64 {
        let state = match self.state {
            BreakerState::Closed => 0,
            BreakerState::Open => 1,
            BreakerState::HalfOpen => 2,
        };
        let mark_ms = self.mark_ms.min(MARK_MAX);
        mark_ms << MARK_SHIFT | state << STATE_SHIFT | self.given << COUNT_BITS | self.good
    }

    /// The same with no probe counted: what a ticket keeps.
    pub(super) fn name(self) -> u64 {
        Self::new(self.state, self.mark_ms).pack()
    }

    /// The next phase, of another name even if it begins in the millisecond of this one.
    pub(super) fn then(self, state: BreakerState, mark_ms: u64) -> Self {
        Self::new(state, mark_ms.max(self.mark_ms + 1))
    }

    pub(super) fn wait(self, now_ns: u64) -> Duration {
        Duration::from_nanos((self.mark_ms * NS_PER_MS).saturating_sub(now_ns))
    }
}
