//! What is done with a message that finds no room in its lane.

use crate::time::Deadline;

use super::super::super::{Offered, TrySendError};
use super::Core;

impl<T> Core<T> {
    #[inline]
    pub(in super::super) fn waits_on_full(&self, lane: usize) -> bool {
        self.tracks[lane].overflow.waits()
    }

    /// As the policy of `lane` says.
    pub(in super::super) fn offer(
        &self,
        lane: usize,
        value: T,
    ) -> Result<Offered<T>, TrySendError<T>> {
        if !self.waits_on_full(lane) {
            return self.offer_now(lane, value);
        }
        match self.send_until(lane, value, Deadline::NEVER) {
            Ok(()) => Ok(Offered::Sent),
            Err(closed) => Err(TrySendError::Closed(closed.into_inner())),
        }
    }

    /// As the policy says, if it does not wait; as if it were to reject, if it does.
    pub(in super::super) fn offer_now(
        &self,
        lane: usize,
        value: T,
    ) -> Result<Offered<T>, TrySendError<T>> {
        let overflow = &self.tracks[lane].overflow;
        overflow.answer(if overflow.drops_oldest() {
            self.force_send(lane, value)
        } else {
            self.try_send(lane, value).map(|()| None)
        })
    }
}
