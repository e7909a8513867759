//! What an offer does where there is no room.

use crate::ring::Claimed;
use crate::sync::Panics;
use crate::time::Deadline;

use super::super::{DropReason, Offered, OnFull, TrySendError};
use super::Shared;

impl<T> Shared<T> {
    /// With this policy.
    pub(in crate::channel) fn on_full(mut self, policy: OnFull) -> Self {
        self.overflow.set_policy(policy);
        self
    }

    /// Whether an offer waits for room.
    pub(in crate::channel) fn waits_on_full(&self) -> bool {
        self.overflow.waits()
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
        self.overflow.answer(if self.overflow.drops_oldest() {
            self.force_send_with(value, || self.overflow.count_evicted())
        } else {
            self.try_send(value).map(|()| None)
        })
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
            Err(refused) => self.refused(refused).map(|()| None),
        }
    }

    /// Counts a message that a receive drops.
    pub(in crate::channel) fn count_dropped(&self, why: DropReason) {
        self.overflow.count_dropped(why);
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
