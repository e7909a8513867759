//! Sends into one lane.

use crate::ring::PushError;
use crate::sync::chaos::{Point, point};
use crate::time::Deadline;
use crate::wait::TimedOut;

use super::super::super::shared::{may_spin, take_behind};
use super::super::super::{SendError, SendTimeoutError, TrySendError};
use super::Core;

impl<T> Core<T> {
    #[inline]
    pub(in super::super) fn try_send(&self, lane: usize, value: T) -> Result<(), TrySendError<T>> {
        match self.tracks[lane].ring.try_push(value) {
            Ok(()) => {
                self.sent(lane);
                Ok(())
            }
            Err(refused) => Err(self.refused(lane, refused)),
        }
    }

    /// Sends in any case; the lane's oldest message comes out if there was no room.
    pub(in super::super) fn force_send(
        &self,
        lane: usize,
        value: T,
    ) -> Result<Option<T>, TrySendError<T>> {
        match self.tracks[lane].ring.force_push(value) {
            Ok(None) => {
                self.sent(lane);
                Ok(None)
            }
            Ok(Some(oldest)) => {
                // Before the wakes, which are code of others and may panic.
                self.tracks[lane].overflow.count_evicted();
                Ok(Some(take_behind(oldest, || self.sent(lane))))
            }
            Err(refused) => Err(self.refused(lane, refused)),
        }
    }

    #[inline]
    fn sent(&self, lane: usize) {
        point(Point::LanePublished);
        self.marks.set(lane);
        let track = &self.tracks[lane];
        self.wake_receiver(track);
        if track.senders_waiting.has_waiters() {
            self.pass_on_send(track);
        }
    }

    #[cold]
    fn refused(&self, lane: usize, refused: PushError<T>) -> TrySendError<T> {
        match refused {
            PushError::Full(value) => {
                self.found_full(lane);
                TrySendError::Full(value)
            }
            PushError::Closed(value) => {
                self.found_closed();
                TrySendError::Closed(value)
            }
        }
    }

    /// Its senders may stand between publish and mark, and those who got the wakes may not run.
    fn found_full(&self, lane: usize) {
        self.marks.set(lane);
        self.tracks[lane].own_waiting.notify_one();
        if self.receivers_waiting.has_waiters() {
            self.pass_on_receive();
        }
    }

    /// For a sender that waits: sends if there is room, tells if closed, or nothing.
    ///
    /// Keeps the value in `slot` until it is sent; takes it out to hand it back if closed.
    pub(in super::super) fn send_ready(
        &self,
        lane: usize,
        slot: &mut Option<T>,
    ) -> Option<Result<(), SendError<T>>> {
        while self.may_push(lane) {
            if let Some(sent) = self.send_from(lane, slot) {
                return Some(sent);
            }
        }
        None
    }

    /// For a sender that waits: whether it is worth trying. If not, it goes to sleep.
    fn may_push(&self, lane: usize) -> bool {
        let may = self.tracks[lane].ring.settle_push();
        if !may {
            self.found_full(lane);
        }
        may
    }

    /// Tries to send what is in `slot`; nothing if there is no room, or no value.
    fn send_from(&self, lane: usize, slot: &mut Option<T>) -> Option<Result<(), SendError<T>>> {
        match self.try_send(lane, slot.take()?) {
            Ok(()) => Some(Ok(())),
            Err(TrySendError::Closed(value)) => Some(Err(SendError(value))),
            Err(TrySendError::Full(value)) => {
                *slot = Some(value);
                None
            }
        }
    }

    /// Blocks the thread until the value is in, or until `deadline`.
    pub(in super::super) fn send_until(
        &self,
        lane: usize,
        value: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        match self.try_send(lane, value) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(value)) => Err(SendTimeoutError::Closed(value)),
            Err(TrySendError::Full(value)) => self.send_waiting(lane, value, deadline),
        }
    }

    #[cold]
    fn send_waiting(
        &self,
        lane: usize,
        value: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        let track = &self.tracks[lane];
        let mut slot = Some(value);
        if may_spin(deadline) {
            let look = || (!track.ring.is_full()).then(|| self.send_from(lane, &mut slot))?;
            if let Some(sent) = track.send_spin.until(self.awake(), look) {
                return sent.map_err(SendTimeoutError::from);
            }
        }
        let ready = || self.send_ready(lane, &mut slot);
        match track.senders_waiting.wait(deadline, ready) {
            Ok(sent) => sent.map_err(SendTimeoutError::from),
            Err(TimedOut) => match slot {
                Some(value) => Err(SendTimeoutError::Timeout(value)),
                None => unreachable!("a value leaves its slot with an answer only"),
            },
        }
    }
}
