//! A breaker's state, and the word that holds it.

use core::time::Duration;

use super::OLD_NS;

pub(super) const NS_PER_MS: u64 = 1_000_000;

/// What a breaker is about; for an example see [`Breaker`](super::Breaker).
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
    /// Open: until when. Else since when.
    pub(super) mark_ms: u64,
    /// How many rests a half-open phase has lasted, in `ROUND_BITS`: each lets new probes through.
    pub(super) round: u64,
    /// Probes that were let through in this round, and that were good in all.
    pub(super) given: u64,
    pub(super) good: u64,
}

const COUNT_BITS: u32 = 8;
/// The most that a count of probes can be.
pub(super) const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;
const ROUND_BITS: u32 = 3;
const ROUND_MASK: u64 = (1 << ROUND_BITS) - 1;
const ROUND_SHIFT: u32 = 2 * COUNT_BITS;
const STATE_SHIFT: u32 = ROUND_SHIFT + ROUND_BITS;
const MARK_SHIFT: u32 = STATE_SHIFT + 2;
const OLD_MS: u64 = OLD_NS / NS_PER_MS;

/// 279 years of milliseconds.
const MARK_MAX: u64 = u64::MAX >> MARK_SHIFT;

impl Phase {
    pub(super) const fn new(state: BreakerState, mark_ms: u64) -> Self {
        Self {
            state,
            mark_ms,
            round: 0,
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
            round: word >> ROUND_SHIFT & ROUND_MASK,
            given: word >> COUNT_BITS & COUNT_MASK,
            good: word & COUNT_MASK,
        }
    }

    pub(super) const fn pack(self) -> u64 {
        let state = match self.state {
            BreakerState::Closed => 0,
            BreakerState::Open => 1,
            BreakerState::HalfOpen => 2,
        };
        let mark_ms = if self.mark_ms < MARK_MAX {
            self.mark_ms
        } else {
            MARK_MAX
        };
        let probes = self.round << ROUND_SHIFT | self.given << COUNT_BITS | self.good;
        mark_ms << MARK_SHIFT | state << STATE_SHIFT | probes
    }

    /// The same with no probe counted: what a ticket keeps.
    pub(super) const fn name(self) -> u64 {
        Self::new(self.state, self.mark_ms).pack()
    }

    /// The open phase behind this one, of a moment of its own: a half-open one of this millisecond
    /// has that name for good.
    pub(super) fn opened(self, now_ms: u64, rest_ms: u64) -> Self {
        let until_ms = match self.is_of_the_future(now_ms, rest_ms) {
            true => now_ms + rest_ms,
            false => (now_ms + rest_ms).max(self.mark_ms + 1),
        };
        Self::new(BreakerState::Open, until_ms)
    }

    /// Whether its moment lies further ahead than a sound reading can have set it.
    pub(super) const fn is_of_the_future(self, now_ms: u64, rest_ms: u64) -> bool {
        let ahead_max_ms = match self.state {
            BreakerState::Open => rest_ms + OLD_MS,
            BreakerState::Closed | BreakerState::HalfOpen => OLD_MS,
        };
        self.mark_ms.saturating_sub(now_ms) > ahead_max_ms
    }

    /// Whether the rest of an open phase is over.
    pub(super) const fn is_over(self, now_ms: u64, rest_ms: u64) -> bool {
        now_ms >= self.mark_ms || self.is_of_the_future(now_ms, rest_ms)
    }

    /// A half-open phase as it is at `now_ms`: in a round of which nobody has asked, no probe was
    /// let through. Who asks eight rounds later finds the old one, and waits for the next. One of
    /// the future begins anew.
    pub(super) fn at(self, now_ms: u64, rest_ms: u64) -> Self {
        if self.state == BreakerState::HalfOpen && self.is_of_the_future(now_ms, rest_ms) {
            return Self::new(BreakerState::HalfOpen, now_ms);
        }
        let round = (now_ms.saturating_sub(self.mark_ms) / rest_ms) & ROUND_MASK;
        if round == self.round {
            return self;
        }
        Self {
            round,
            given: 0,
            ..self
        }
    }

    /// How long from `now_ns` until an open phase ends, or a half-open one lets new probes through.
    pub(super) fn wait(self, now_ns: u64, rest_ms: u64) -> Duration {
        let next_ms = match self.state {
            BreakerState::HalfOpen => {
                let rounds = (now_ns / NS_PER_MS).saturating_sub(self.mark_ms) / rest_ms;
                self.mark_ms + (rounds + 1) * rest_ms
            }
            _ => self.mark_ms,
        };
        Duration::from_nanos(next_ms.saturating_mul(NS_PER_MS).saturating_sub(now_ns))
    }
}
