//! Receivers of one lane alone, who wait in a queue of that lane.
//!
//! A message is told to one of them if one sleeps, else to those who receive from all lanes. So
//! one of two things holds for each message of the lane: one of its own receivers was woken for it,
//! or none of them slept when it came, and then each looks at the lane before it sleeps.
//!
//! A wake that one of its own receivers had no use for goes on to the others, of both kinds: they
//! look at the lane once more when they have left their queue.

use crate::ring::PopError;
use crate::time::Deadline;
use crate::wait::TimedOut;

use super::super::super::shared::may_spin;
use super::super::super::{RecvError, RecvTimeoutError, TryRecvError};
use super::{Core, Track};

impl<T> Core<T> {
    /// Wakes a receiver for a message of `track`.
    #[inline]
    pub(super) fn wake_receiver(&self, track: &Track<T>) {
        if !track.own_waiting.try_notify_one() {
            self.receivers_waiting.notify_one();
        }
    }

    /// Receives from `lane` alone. Its mark stays, for those who receive from all to take away.
    pub(in super::super) fn try_recv_own(&self, lane: usize) -> Result<T, TryRecvError> {
        let track = &self.tracks[lane];
        match track.ring.try_claim() {
            Ok(claimed) => {
                track.senders_waiting.notify_one();
                self.pass_on_own(track);
                Ok(claimed.take())
            }
            Err(PopError::Empty) => {
                if track.senders_waiting.has_waiters() {
                    self.pass_on_send(track);
                }
                Err(TryRecvError::Empty)
            }
            Err(PopError::Closed) => {
                self.found_closed();
                Err(TryRecvError::Closed)
            }
        }
    }

    /// More may be in the lane, whose wake came to one who had no use for it.
    pub(super) fn pass_on_own(&self, track: &Track<T>) {
        let asleep = track.own_waiting.has_waiters() || self.receivers_waiting.has_waiters();
        if asleep && (track.ring.is_closed() || track.ring.looks_filled()) {
            self.wake_receiver(track);
        }
    }

    fn recv_own_now(&self, lane: usize) -> Option<Result<T, RecvError>> {
        match self.try_recv_own(lane) {
            Ok(received) => Some(Ok(received)),
            Err(TryRecvError::Closed) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// For a receiver that waits: a message, or that none will come, or nothing.
    fn recv_own_ready(&self, lane: usize) -> Option<Result<T, RecvError>> {
        while self.tracks[lane].ring.settle_pop() {
            if let Some(received) = self.recv_own_now(lane) {
                return Some(received);
            }
        }
        None
    }

    /// Blocks the thread until there is a message in `lane`, or until `deadline`.
    pub(in super::super) fn recv_own_until(
        &self,
        lane: usize,
        deadline: Deadline,
    ) -> Result<T, RecvTimeoutError> {
        match self.try_recv_own(lane) {
            Ok(received) => Ok(received),
            Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
            Err(TryRecvError::Empty) => self.recv_own_waiting(lane, deadline),
        }
    }

    #[cold]
    fn recv_own_waiting(&self, lane: usize, deadline: Deadline) -> Result<T, RecvTimeoutError> {
        let track = &self.tracks[lane];
        if may_spin(deadline) {
            let look = || track.ring.is_ready().then(|| self.recv_own_now(lane))?;
            if let Some(received) = track.own_spin.until(self.awake_beside(track), look) {
                return received.map_err(RecvTimeoutError::from);
            }
        }
        let waited = track
            .own_waiting
            .wait(deadline, || self.recv_own_ready(lane));
        // Behind the queue: a wake that came after the look is seen here.
        self.pass_on_own(track);
        match waited {
            Ok(received) => received.map_err(RecvTimeoutError::from),
            Err(TimedOut) => Err(RecvTimeoutError::Timeout),
        }
    }
}
