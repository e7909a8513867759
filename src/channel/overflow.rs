//! What is done with a message that finds no room, and the counts of what was dropped.

use crate::sync::Tally;

use super::{DropReason, Offered, OnFull, Stats, TrySendError};

/// The policy, and counts that are touched when something is dropped or handed back, by nothing
/// else. Small and of no alignment of its own: it lies behind what every message reads, and moves
/// none of that.
#[derive(Debug, Default)]
pub(super) struct Overflow {
    policy: OnFull,
    rejected: Tally,
    evicted: Tally,
    shed: Tally,
    expired: Tally,
    overload: Tally,
}

impl Overflow {
    pub(super) const fn set_policy(&mut self, policy: OnFull) {
        self.policy = policy;
    }

    /// Whether an offer waits for room.
    pub(super) fn waits(&self) -> bool {
        self.policy == OnFull::Wait
    }

    /// Whether the oldest message makes way.
    pub(super) fn drops_oldest(&self) -> bool {
        self.policy == OnFull::DropOldest
    }

    /// The answer to an offer: what a try has `told`, and what the policy does with a refusal; it
    /// rejects where it would wait.
    #[inline]
    pub(super) fn answer<T>(
        &self,
        told: Result<Option<T>, TrySendError<T>>,
    ) -> Result<Offered<T>, TrySendError<T>> {
        match told {
            Ok(None) => Ok(Offered::Sent),
            Ok(Some(oldest)) => Ok(Offered::Evicted(oldest)),
            Err(TrySendError::Full(value)) => self.refuse(value),
            Err(closed) => Err(closed),
        }
    }

    #[cold]
    fn refuse<T>(&self, value: T) -> Result<Offered<T>, TrySendError<T>> {
        if self.policy == OnFull::Shed {
            // Before the drop, which is the caller's code and may panic.
            self.shed.add(1);
            drop(value);
            return Ok(Offered::Shed);
        }
        self.rejected.add(1);
        Err(TrySendError::Full(value))
    }

    /// Counts a message that made way.
    pub(super) fn count_evicted(&self) {
        self.evicted.add(1);
    }

    /// Counts a message that a receive drops.
    #[cold]
    pub(super) fn count_dropped(&self, why: DropReason) {
        match why {
            DropReason::Expired => self.expired.add(1),
            DropReason::Overload => self.overload.add(1),
        }
    }

    /// These counts; zero for all others.
    pub(super) fn counts(&self) -> Stats {
        Stats {
            rejected: self.rejected.get(),
            evicted: self.evicted.get(),
            shed: self.shed.get(),
            dropped_expired: self.expired.get(),
            dropped_overload: self.overload.get(),
            ..Stats::default()
        }
    }
}
