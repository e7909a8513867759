//! Room that is held for a message to come, under the rules of wakes that sends follow.

use crate::ring::PushError;
use crate::sync::Panics;
use crate::time::Deadline;
use crate::wait::TimedOut;

use super::super::{Permit, ReserveError, ReserveTimeoutError, SendError, TryReserveError};
use super::Shared;

impl<T> Shared<T> {
    pub(in crate::channel) fn try_reserve(&self) -> Result<Permit<'_, T>, TryReserveError> {
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
                // Nobody waits for room where there is none.
                if self.meeting.is_some() || self.ring.is_out_of_reservations() {
                    return Err(TryReserveError::TooMany(()));
                }
                Err(TryReserveError::Full(()))
            }
            Err(PushError::Closed(())) => {
                self.pass_on_closed();
                Err(TryReserveError::Closed(()))
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
        let mut panics = Panics::default();
        let opened = || {
            panics.catch(|| self.senders_waiting.notify_one());
        };
        let pushed = self.ring.push_reserved(value, opened);
        if pushed.is_ok() {
            panics.catch(|| self.sent());
        }
        panics.resume();
        match pushed {
            Ok(()) => Ok(()),
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
                Err(TryReserveError::Closed(())) => return Some(Err(ReserveError::Closed(()))),
                // Not waited for: a wake that is for room would end here, while others could use
                // the room. One that brought us here goes on to them.
                Err(TryReserveError::TooMany(())) => {
                    if self.senders_waiting.has_waiters() {
                        self.pass_on_send();
                    }
                    return Some(Err(ReserveError::TooMany(())));
                }
                Err(TryReserveError::Full(())) => {}
            }
            if !self.may_push() {
                return None;
            }
        }
    }

    /// Blocks the thread until there is room for a permit.
    pub(in crate::channel) fn reserve(&self) -> Result<Permit<'_, T>, ReserveError> {
        self.reserve_until(Deadline::NEVER)
            .map_err(|why| match why {
                ReserveTimeoutError::TooMany => ReserveError::TooMany(()),
                ReserveTimeoutError::Closed => ReserveError::Closed(()),
                ReserveTimeoutError::Timeout => unreachable!("the deadline never comes"),
            })
    }

    /// Blocks the thread until there is room for a permit, or until `deadline`.
    pub(in crate::channel) fn reserve_until(
        &self,
        deadline: Deadline,
    ) -> Result<Permit<'_, T>, ReserveTimeoutError> {
        match self.try_reserve() {
            Ok(permit) => Ok(permit),
            Err(TryReserveError::TooMany(())) => Err(ReserveTimeoutError::TooMany),
            Err(TryReserveError::Closed(())) => Err(ReserveTimeoutError::Closed),
            Err(TryReserveError::Full(())) => self.reserve_waiting(deadline),
        }
    }

    #[cold]
    fn reserve_waiting(&self, deadline: Deadline) -> Result<Permit<'_, T>, ReserveTimeoutError> {
        match self.senders_waiting.wait(deadline, || self.reserve_ready()) {
            Ok(reserved) => reserved.map_err(ReserveTimeoutError::from),
            Err(TimedOut) => Err(ReserveTimeoutError::Timeout),
        }
    }
}
