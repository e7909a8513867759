//! Room that is held for a message to come, under the rules of wakes that sends follow.

use crate::ring::PushError;
use crate::time::Deadline;

use super::super::{Permit, ReserveError, SendError, TrySendError};
use super::Shared;

impl<T> Shared<T> {
    pub(in crate::channel) fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        match self.ring.try_reserve() {
            Ok(()) => {
                // Made at once: a waker that panics on the way out gives the room back.
                let permit = Permit::new(self);
                // The net under swallowed wakes: there may be room for another.
                if self.senders_waiting.has_waiters() {
                    self.pass_on_send();
                }
                Ok(permit)
            }
            Err(PushError::Full(())) => {
                self.found_full();
                Err(TrySendError::Full(()))
            }
            Err(PushError::Closed(())) => {
                self.pass_on_closed();
                Err(TrySendError::Closed(()))
            }
        }
    }

    /// Gives the room of a permit back.
    pub(in crate::channel) fn unreserve(&self) {
        self.ring.unreserve();
        self.senders_waiting.notify_one();
    }

    /// Sends for a permit, which is gone then.
    pub(in crate::channel) fn send_reserved(&self, value: T) -> Result<(), SendError<T>> {
        match self.ring.push_reserved(value) {
            Ok(()) => {
                self.sent();
                Ok(())
            }
            Err(PushError::Closed(value)) => {
                self.pass_on_closed();
                Err(SendError(value))
            }
            Err(PushError::Full(value)) => self.send_without_slot(value),
        }
    }

    /// Waits, as a send does, where threads that stand still leave no slot for a permit's message.
    #[cold]
    fn send_without_slot(&self, value: T) -> Result<(), SendError<T>> {
        self.send_until(value, Deadline::NEVER)
            .map_err(|error| SendError(error.into_inner()))
    }

    /// For a sender that waits for a permit: that it has one, or will get none, or nothing.
    pub(in crate::channel) fn reserve_ready(&self) -> Option<Result<Permit<'_, T>, ReserveError>> {
        loop {
            match self.try_reserve() {
                Ok(permit) => return Some(Ok(permit)),
                Err(TrySendError::Closed(())) => return Some(Err(ReserveError::Closed)),
                // Not waited for: a wake that is for room would end here, while others could use
                // the room. One that brought us here goes on to them.
                Err(TrySendError::Full(())) if self.ring.is_out_of_reservations() => {
                    if self.senders_waiting.has_waiters() {
                        self.pass_on_send();
                    }
                    return Some(Err(ReserveError::TooMany));
                }
                Err(TrySendError::Full(())) => {}
            }
            if !self.ring.settle_push() {
                return None;
            }
        }
    }

    /// Blocks the thread until there is room for a permit.
    pub(in crate::channel) fn reserve(&self) -> Result<Permit<'_, T>, ReserveError> {
        match self.try_reserve() {
            Ok(permit) => Ok(permit),
            Err(TrySendError::Closed(())) => Err(ReserveError::Closed),
            Err(TrySendError::Full(())) => self.reserve_waiting(),
        }
    }

    #[cold]
    fn reserve_waiting(&self) -> Result<Permit<'_, T>, ReserveError> {
        let ready = || self.reserve_ready();
        let Ok(reserved) = self.senders_waiting.wait(Deadline::NEVER, ready) else {
            unreachable!("the deadline never comes");
        };
        reserved
    }
}
