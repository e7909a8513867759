//! What both ends share: the ring, a waiter queue for each side, and who is left.

mod leave;
mod many;
mod meet;
mod meet_many;
mod offer;
mod permit;

use core::time::Duration;

use crate::ring::{Claimed, PopError, PushError, Ring};
use crate::sync::chaos::{Point, point};
use crate::sync::{MODEL, Panics};
use crate::time::{Deadline, now_ns};
use crate::wait::{Spin, TimedOut, WaitQueue};

use super::handles::Handles;
use super::overflow::Overflow;
use super::rendezvous::Meeting;
use super::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, Stats, TryRecvError, TrySendError,
};
pub(super) use offer::take_behind;

/// Waiters on each side that no stalled thread can hold up; the next ones share a lock. Models of
/// the channel have the list alone, but for those that say otherwise: `crate::wait` has both.
const CELLS: usize = if MODEL { 0 } else { 32 };

/// A wait with less time than this left does not spin: it would come back late.
const SPIN_BEFORE: Duration = Duration::from_micros(200);

/// One channel. The queues are woken by these rules:
///
/// - who sends wakes a receiver, and one more sender if there is still room;
/// - who receives wakes a sender, and one more receiver if there is still a message;
/// - who finds no room wakes a receiver if there is a message, who finds no message a sender if
///   there is room;
/// - who closes wakes everybody; who finds the channel closed wakes one of each queue, who finds
///   it closed too: should the closer have lost its processor, nobody sleeps on.
///
/// The second half of the first two is a net, and so is the third: they pick up what a swallowed
/// wake left lying.
#[derive(Debug)]
pub(super) struct Shared<T> {
    pub(super) ring: Ring<T>,
    /// Receivers that wait for a message.
    pub(super) receivers_waiting: WaitQueue,
    /// Senders that wait for room.
    pub(super) senders_waiting: WaitQueue,
    /// Tasks that wait for the close.
    pub(super) closed_waiting: WaitQueue,
    pub(super) senders: Handles,
    pub(super) receivers: Handles,
    /// How long threads look again before they sleep, on either side.
    recv_spin: Spin,
    send_spin: Spin,
    overflow: Overflow,
    /// Where the two sides meet if there is no room: with a capacity of zero only.
    meeting: Option<Box<Meeting<T>>>,
}

impl<T> Shared<T> {
    /// A channel over `ring` with one sender and one receiver.
    pub(super) fn with(ring: Ring<T>) -> Self {
        Self::with_cells(ring, CELLS)
    }

    pub(super) fn with_cells(ring: Ring<T>, cells: usize) -> Self {
        let capacity = ring.capacity();
        Self {
            ring,
            receivers_waiting: WaitQueue::with_cells(cells),
            senders_waiting: WaitQueue::with_cells(cells),
            closed_waiting: WaitQueue::with_cells(cells),
            senders: Handles::one(),
            receivers: Handles::one(),
            recv_spin: Spin::new(capacity),
            send_spin: Spin::new(capacity),
            overflow: Overflow::default(),
            meeting: (capacity == 0).then(|| Box::new(Meeting::new())),
        }
    }

    #[inline]
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        match self.ring.try_push(value) {
            Ok(()) => {
                self.sent();
                Ok(())
            }
            Err(refused) => self.refused(refused),
        }
    }

    #[cold]
    fn refused(&self, refused: PushError<T>) -> Result<(), TrySendError<T>> {
        match (refused, self.meeting()) {
            (PushError::Full(value), Some(meeting)) => self.try_meet(meeting, value),
            (PushError::Full(value), None) => {
                self.found_full();
                Err(TrySendError::Full(value))
            }
            (PushError::Closed(value), _) => {
                self.pass_on_closed();
                Err(TrySendError::Closed(value))
            }
        }
    }

    /// Sends in any case; the oldest message comes out if there was no room.
    pub(super) fn force_send(&self, value: T) -> Result<Option<T>, TrySendError<T>> {
        self.force_send_with(value, || {})
    }

    #[inline]
    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.claim() {
            Ok(claimed) => Ok(claimed.take()),
            Err(why) => self.met(why),
        }
    }

    /// Wins a message and wakes whom that concerns, all before the copy: a thread may lose its
    /// processor there, and nobody shall sleep behind it.
    #[inline]
    pub(super) fn claim(&self) -> Result<Claimed<'_, T>, TryRecvError> {
        match self.ring.try_claim() {
            Ok(claimed) => {
                self.senders_waiting.notify_one();
                if self.receivers_waiting.has_waiters() {
                    self.pass_on_receive();
                }
                Ok(claimed)
            }
            Err(why) => Err(self.found_none(why)),
        }
    }

    /// Nothing was claimed: who else may go on because of what was found is woken.
    #[inline]
    fn found_none(&self, why: PopError) -> TryRecvError {
        match why {
            PopError::Empty => {
                self.found_empty();
                TryRecvError::Empty
            }
            PopError::Closed => {
                self.pass_on_closed();
                TryRecvError::Closed
            }
        }
    }

    #[inline]
    fn sent(&self) {
        self.receivers_waiting.notify_one();
        if self.senders_waiting.has_waiters() {
            self.pass_on_send();
        }
    }

    /// On the way head may have moved over dead positions, or a sender was passed over.
    #[inline]
    fn found_empty(&self) {
        if self.senders_waiting.has_waiters() {
            self.pass_on_send();
        }
    }

    /// A receiver that sleeps though the channel is full was passed over: those who got the wakes
    /// for these messages do not run.
    #[inline]
    fn found_full(&self) {
        if self.receivers_waiting.has_waiters() {
            self.pass_on_receive();
        }
    }

    #[cold]
    fn pass_on_send(&self) {
        if self.ring.is_closed() || self.ring.looks_open() {
            self.senders_waiting.notify_one();
        }
    }

    #[cold]
    fn pass_on_receive(&self) {
        if self.ring.is_closed() || self.ring.looks_filled() {
            self.receivers_waiting.notify_one();
        }
    }

    #[cold]
    pub(super) fn pass_on_closed(&self) {
        let mut panics = Panics::default();
        if let Some(meeting) = self.meeting() {
            panics.catch(|| self.turn_one_away(meeting));
        }
        panics.catch(|| self.each_queue(WaitQueue::notify_one));
        panics.resume();
    }

    /// A waker that panics keeps no wake from the other queues.
    fn each_queue(&self, notify: impl Fn(&WaitQueue)) {
        let mut panics = Panics::default();
        for queue in self.queues() {
            panics.catch(|| notify(queue));
        }
        panics.resume();
    }

    fn queues(&self) -> [&WaitQueue; 3] {
        [
            &self.receivers_waiting,
            &self.senders_waiting,
            &self.closed_waiting,
        ]
    }

    /// For a sender that waits: sends if there is room, tells if closed, or nothing.
    ///
    /// Keeps the value in `slot` until it is sent; takes it out to hand it back if closed.
    pub(super) fn send_ready(&self, slot: &mut Option<T>) -> Option<Result<(), SendError<T>>> {
        self.send_ready_with(slot, |_| {})
    }

    /// The same; `again` gets the value before each attempt.
    fn send_ready_with(
        &self,
        slot: &mut Option<T>,
        again: impl Fn(&mut T),
    ) -> Option<Result<(), SendError<T>>> {
        if let Some(meeting) = self.meeting() {
            return self.meet_ready(meeting, slot);
        }
        while self.may_push() {
            slot.as_mut().map(&again);
            if let Some(sent) = self.send_from(slot) {
                return Some(sent);
            }
        }
        None
    }

    /// For a sender that waits: whether it is worth trying. If not, it goes to sleep.
    fn may_push(&self) -> bool {
        let may = self.ring.settle_push();
        if !may {
            self.found_full();
        }
        may
    }

    /// Tries to send what is in `slot`; nothing if there is no room, or no value.
    pub(super) fn send_from(&self, slot: &mut Option<T>) -> Option<Result<(), SendError<T>>> {
        match self.try_send(slot.take()?) {
            Ok(()) => Some(Ok(())),
            Err(TrySendError::Closed(value)) => Some(Err(SendError(value))),
            Err(TrySendError::Full(value)) => {
                *slot = Some(value);
                None
            }
        }
    }

    /// For a receiver that waits: a message, or that none will come, or nothing.
    pub(super) fn recv_ready(&self) -> Option<Result<T, RecvError>> {
        if let Some(meeting) = self.meeting() {
            return self.recv_met_ready(meeting);
        }
        while self.may_pop() {
            if let Some(received) = self.recv_now() {
                return Some(received);
            }
        }
        None
    }

    /// As [`may_push`](Self::may_push), for a receiver.
    fn may_pop(&self) -> bool {
        let may = self.ring.settle_pop();
        if !may {
            self.found_empty();
        }
        may
    }

    /// Tries to receive; nothing if the channel is empty.
    pub(super) fn recv_now(&self) -> Option<Result<T, RecvError>> {
        match self.try_recv() {
            Ok(value) => Some(Ok(value)),
            Err(TryRecvError::Closed) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// For a task that waits for the close: that it has come, or nothing.
    pub(super) fn closed_ready(&self) -> Option<()> {
        let closed = self.ring.settle_closed();
        if closed {
            self.pass_on_closed();
        }
        closed.then_some(())
    }

    /// Blocks the thread until the value is in, or until `deadline`.
    pub(super) fn send_until(
        &self,
        value: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        self.send_until_with(value, deadline, |_| {})
    }

    /// The same; `again` gets the value before each attempt after the first.
    #[inline]
    pub(super) fn send_until_with(
        &self,
        value: T,
        deadline: Deadline,
        again: impl Fn(&mut T),
    ) -> Result<(), SendTimeoutError<T>> {
        match self.ring.try_push(value) {
            Ok(()) => {
                self.sent();
                Ok(())
            }
            Err(PushError::Full(value)) => self.send_waiting(value, deadline, again),
            Err(PushError::Closed(value)) => {
                self.pass_on_closed();
                Err(SendTimeoutError::Closed(value))
            }
        }
    }

    #[cold]
    fn send_waiting(
        &self,
        value: T,
        deadline: Deadline,
        again: impl Fn(&mut T),
    ) -> Result<(), SendTimeoutError<T>> {
        if let Some(meeting) = self.meeting() {
            return self.send_meeting(meeting, value, deadline);
        }
        self.found_full();
        let mut slot = Some(value);
        if may_spin(deadline) {
            let mut attempt = || {
                slot.as_mut().map(&again);
                self.send_from(&mut slot)
            };
            let look = || (!self.ring.is_full()).then(&mut attempt)?;
            if let Some(sent) = self.send_spin.until(self.awake(), look) {
                return sent.map_err(SendTimeoutError::from);
            }
        }
        let ready = || self.send_ready_with(&mut slot, &again);
        match self.senders_waiting.wait(deadline, ready) {
            Ok(sent) => sent.map_err(SendTimeoutError::from),
            Err(TimedOut) => match slot {
                Some(value) => Err(SendTimeoutError::Timeout(value)),
                None => unreachable!("a value leaves its slot with an answer only"),
            },
        }
    }

    /// Blocks the thread until there is a message, or until `deadline`.
    pub(super) fn recv_until(&self, deadline: Deadline) -> Result<T, RecvTimeoutError> {
        match self.claim() {
            Ok(claimed) => Ok(claimed.take()),
            Err(TryRecvError::Closed) if self.meeting.is_none() => Err(RecvTimeoutError::Closed),
            Err(_) => self.recv_waiting(deadline),
        }
    }

    #[cold]
    fn recv_waiting(&self, deadline: Deadline) -> Result<T, RecvTimeoutError> {
        if let Some(meeting) = self.meeting() {
            return self.recv_meeting(meeting, deadline);
        }
        if may_spin(deadline) {
            let look = || self.ring.is_ready().then(|| self.recv_now())?;
            if let Some(received) = self.recv_spin.until(self.awake(), look) {
                return received.map_err(RecvTimeoutError::from);
            }
        }
        match self.receivers_waiting.wait(deadline, || self.recv_ready()) {
            Ok(received) => received.map_err(RecvTimeoutError::from),
            Err(TimedOut) => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Threads with a handle of this channel that do not sleep in it; a guess for the spin.
    pub(super) fn awake(&self) -> usize {
        let handles = self.senders.count() + self.receivers.count();
        let waiting = self.senders_waiting.asleep() + self.receivers_waiting.asleep();
        handles.saturating_sub(waiting + self.in_line())
    }

    /// Senders that wait for room, or for a receiver where there is none.
    pub(super) fn senders_waiting(&self) -> usize {
        self.senders_waiting.waiting() + self.in_line()
    }

    fn in_line(&self) -> usize {
        self.meeting().map_or(0, Meeting::in_line)
    }

    /// Messages that are there to be received; at a rendezvous those in line, too. A hint.
    pub(super) fn messages(&self) -> usize {
        self.meeting()
            .map_or_else(|| self.ring.len(), Meeting::messages)
    }

    /// Whether a receive may succeed; a hint, of two or three loads.
    pub(super) fn is_ready(&self) -> bool {
        self.ring.is_ready() || self.meeting().is_some_and(Meeting::has_messages)
    }

    /// Whether a send may succeed; a hint, of two or three loads.
    pub(super) fn looks_open(&self) -> bool {
        !self.ring.is_full() || self.meeting.is_some() && self.receivers_waiting.has_waiters()
    }

    /// Closes the channel; true for the call that did it.
    pub(super) fn close(&self) -> bool {
        let first = self.ring.close();
        point(Point::CloseMiddle);
        let mut panics = Panics::default();
        if let Some(meeting) = self.meeting() {
            // Before the others are woken: who finds the lock free after this sees the close, and
            // who had it before is seen to wait.
            panics.catch(|| self.turn_all_away(meeting));
        }
        panics.catch(|| self.each_queue(WaitQueue::notify_all));
        panics.resume();
        first
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            stepped_over: self.ring.stepped_over(),
            wakes: self.queues().map(WaitQueue::wakes).iter().sum::<u64>() + self.wakes_in_line(),
            waits_spared: self.recv_spin.found() + self.send_spin.found(),
            ..self.overflow.counts()
        }
    }

    fn wakes_in_line(&self) -> u64 {
        self.meeting().map_or(0, |meeting| meeting.wakes.get())
    }
}

/// Whether there is time to look again; with little left the wait itself keeps the deadline.
pub(super) fn may_spin(deadline: Deadline) -> bool {
    deadline == Deadline::NEVER || deadline.remaining(now_ns()) > SPIN_BEFORE
}
