//! What is done with a message that finds no room, and the counts of what was dropped.

use crate::ring::{Claimed, PushError};
use crate::sync::{Panics, Tally};
use crate::time::Deadline;

use super::super::{DropReason, Offered, OnFull, Stats, TrySendError};
use super::Shared;

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

impl<T> Shared<T> {
    /// With this policy.
    pub(in crate::channel) fn on_full(mut self, policy: OnFull) -> Self {
        self.overflow.policy = policy;
        self
    }

    /// Whether an offer waits for room.
    pub(in crate::channel) fn waits_on_full(&self) -> bool {
        self.overflow.policy == OnFull::Wait
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
        let told = if self.overflow.policy == OnFull::DropOldest {
            self.force_send_with(value, || self.overflow.evicted.add(1))
        } else {
            self.try_send(value).map(|()| None)
        };
        match told {
            Ok(None) => Ok(Offered::Sent),
            Ok(Some(oldest)) => Ok(Offered::Evicted(oldest)),
            Err(TrySendError::Full(value)) => self.refuse(value),
            Err(closed) => Err(closed),
        }
    }

    /// Sends in any case. If the oldest message comes out for it `evicts` is called, before any
    /// code of others is.
    pub(super) fn force_send_with(
        &self,
        value: T,
        evicts: impl FnOnce(),
    ) -> Result<Option<T>, TrySendError<T>> {
        match self.ring.force_push(value) {
            Ok(None) => {
                self.sent();
                Ok(None)
            }
            Ok(Some(oldest)) => {
                evicts();
                Ok(Some(take_behind(oldest, || self.sent())))
            }
            Err(PushError::Full(value)) => {
                self.found_full();
                Err(TrySendError::Full(value))
            }
            Err(PushError::Closed(value)) => {
                self.pass_on_closed();
                Err(TrySendError::Closed(value))
            }
        }
    }

    #[cold]
    fn refuse(&self, value: T) -> Result<Offered<T>, TrySendError<T>> {
        if self.overflow.policy == OnFull::Shed {
            // Before the drop, which is the caller's code and may panic.
            self.overflow.shed.add(1);
            drop(value);
            return Ok(Offered::Shed);
        }
        self.overflow.rejected.add(1);
        Err(TrySendError::Full(value))
    }

    /// Counts a message that a receive drops.
    #[cold]
    pub(in crate::channel) fn count_dropped(&self, why: DropReason) {
        match why {
            DropReason::Expired => self.overflow.expired.add(1),
            DropReason::Overload => self.overflow.overload.add(1),
        }
    }
}

/// Makes the wakes for a message that took the place of `oldest`, then takes that out: a thread may
/// lose its processor in the copy, and nobody shall sleep behind it.
///
/// If a waker panics there is no answer to hand `oldest` back in: it is dropped, and a panic of
/// that drop does not meet the first one.
pub(in crate::channel) fn take_behind<T>(oldest: Claimed<'_, T>, wakes: impl FnOnce()) -> T {
    let mut panics = Panics::default();
    if !panics.catch(wakes) {
        return oldest.take();
    }
    panics.catch(|| drop(oldest));
    panics.resume();
    unreachable!("a panic was kept")
}

/// No policy and no age costs a slot anything.
const _: () = {
    use super::super::{NoClock, Stamped};
    assert!(size_of::<Stamped<u64, NoClock>>() == size_of::<u64>());
};
