//! What is done with a message that finds no room, and the counts of what was dropped.

use crossbeam_utils::CachePadded;

use crate::sync::Tally;
use crate::time::Deadline;

use super::super::{DropReason, Offered, OnFull, Stats, TrySendError};
use super::Shared;

/// The policy, and counts that are touched when something is dropped or handed back, by nothing
/// else: they share no cache line with what every message reads.
#[derive(Debug, Default)]
pub(super) struct Overflow(CachePadded<Counted>);

#[derive(Debug, Default)]
struct Counted {
    policy: OnFull,
    rejected: Tally,
    evicted: Tally,
    shed: Tally,
    expired: Tally,
    overload: Tally,
}

impl Overflow {
    /// These counts; zero for all others.
    pub(super) fn counts(&self) -> Stats {
        Stats {
            rejected: self.0.rejected.get(),
            evicted: self.0.evicted.get(),
            shed: self.0.shed.get(),
            dropped_expired: self.0.expired.get(),
            dropped_overload: self.0.overload.get(),
            ..Stats::default()
        }
    }
}

impl<T> Shared<T> {
    /// With this policy.
    pub(in crate::channel) fn on_full(mut self, policy: OnFull) -> Self {
        self.overflow.0.policy = policy;
        self
    }

    /// Whether an offer waits for room.
    pub(in crate::channel) fn waits_on_full(&self) -> bool {
        self.overflow.0.policy == OnFull::Wait
    }

    /// As the policy says; where it waits, `again` gets the value before each further attempt.
    #[inline]
    pub(in crate::channel) fn offer(
        &self,
        value: T,
        again: impl Fn(&mut T),
    ) -> Result<Offered<T>, TrySendError<T>> {
        if self.waits_on_full() {
            let sent = self.send_until_with(value, Deadline::NEVER, again);
            return match sent {
                Ok(()) => Ok(Offered::Sent),
                Err(closed) => Err(TrySendError::Closed(closed.into_inner())),
            };
        }
        self.offer_now(value)
    }

    /// As the policy says, if it does not wait; as if it were to reject, if it does.
    #[inline]
    pub(in crate::channel) fn offer_now(&self, value: T) -> Result<Offered<T>, TrySendError<T>> {
        let told = if self.overflow.0.policy == OnFull::DropOldest {
            self.force_send(value)
        } else {
            self.try_send(value).map(|()| None)
        };
        match told {
            Ok(None) => Ok(Offered::Sent),
            Ok(Some(oldest)) => {
                self.overflow.0.evicted.add(1);
                Ok(Offered::Evicted(oldest))
            }
            Err(TrySendError::Full(value)) => self.refuse(value),
            Err(closed) => Err(closed),
        }
    }

    #[cold]
    fn refuse(&self, value: T) -> Result<Offered<T>, TrySendError<T>> {
        if self.overflow.0.policy == OnFull::Shed {
            // Before the drop, which is the caller's code and may panic.
            self.overflow.0.shed.add(1);
            drop(value);
            return Ok(Offered::Shed);
        }
        self.overflow.0.rejected.add(1);
        Err(TrySendError::Full(value))
    }

    /// Counts a message that a receive drops.
    #[cold]
    pub(in crate::channel) fn count_dropped(&self, why: DropReason) {
        match why {
            DropReason::Expired => self.overflow.0.expired.add(1),
            DropReason::Overload => self.overflow.0.overload.add(1),
        }
    }
}

/// No policy and no age costs a slot anything.
const _: () = {
    use super::super::{NoClock, Stamped};
    assert!(size_of::<Stamped<u64, NoClock>>() == size_of::<u64>());
};
