//! Sends and receives at a channel without room. The whole of it is off the way of the others: a
//! ring of capacity zero is full for each send and empty for each receive.

use crate::sync::{Panics, Parker};
use crate::time::Deadline;
use crate::wait::{Handle, Node, time_left};

use super::super::rendezvous::{Meeting, Standing, Table, Taken};
use super::super::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use super::{Shared, may_spin};

/// Takes a thread's sender out of the line on every way out, unwinding included, and what is left
/// in its node back into the slot from where it came.
struct InLine<'a, T> {
    meeting: &'a Meeting<T>,
    node: &'a Standing<T>,
    slot: &'a mut Option<T>,
}

impl<T> Drop for InLine<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the node stands in this line or in none.
        unsafe { self.node.leave(self.meeting) };
        // SAFETY: out of line, so its owner's alone.
        *self.slot = unsafe { self.node.cargo(Option::take) };
    }
}

/// A thread that waits for a message, counted as one that will take it; on every way out not any
/// more.
struct Counted<'a, T> {
    meeting: &'a Meeting<T>,
    is_counted: bool,
    /// Whether it is in the queue of receivers, or about to be.
    is_queued: bool,
}

impl<T> Counted<'_, T> {
    fn set(&mut self, table: &mut Table<T>, is_counted: bool) {
        match (self.is_counted, is_counted) {
            (false, true) => table.add_thread(),
            (true, false) => table.remove_thread(),
            _ => {}
        }
        self.is_counted = is_counted;
    }
}

impl<T> Drop for Counted<'_, T> {
    fn drop(&mut self) {
        if self.is_counted || self.is_queued {
            self.meeting.with(|table| {
                self.set(table, false);
                if self.is_queued {
                    table.set_queued(false);
                }
            });
        }
    }
}

impl<T> Shared<T> {
    pub(in crate::channel) fn meeting(&self) -> Option<&Meeting<T>> {
        self.meeting.as_deref()
    }

    /// For a send that does not wait.
    #[cold]
    pub(super) fn try_meet(&self, meeting: &Meeting<T>, value: T) -> Result<(), TrySendError<T>> {
        let mut slot = Some(value);
        match self.try_meet_from(meeting, &mut slot) {
            None => Err(match slot {
                Some(value) => TrySendError::Full(value),
                None => unreachable!("a value leaves its slot with an answer only"),
            }),
            Some(sent) => sent.map_err(|SendError(value)| TrySendError::Closed(value)),
        }
    }

    /// The same; the value stays in `slot` if nobody waits for it.
    pub(super) fn try_meet_from(
        &self,
        meeting: &Meeting<T>,
        slot: &mut Option<T>,
    ) -> Option<Result<(), SendError<T>>> {
        // While another thread has the lock it is as if nobody waited.
        meeting.try_with(|table| self.hand_in(table, slot));
        self.handed_in(meeting, slot)
    }

    /// For a sender that waits without standing in line: that it is done, or nothing.
    pub(super) fn meet_ready(
        &self,
        meeting: &Meeting<T>,
        slot: &mut Option<T>,
    ) -> Option<Result<(), SendError<T>>> {
        if slot.is_none() {
            return None;
        }
        meeting.with(|table| self.hand_in(table, slot));
        self.handed_in(meeting, slot)
    }

    fn hand_in(&self, table: &mut Table<T>, slot: &mut Option<T>) {
        if !self.ring.is_closed() {
            table.accept(slot, table.receivers(self.receivers_waiting.waiting()));
        }
    }

    /// Wakes whom that concerns. What is still in `slot` was not accepted; if closed it comes back.
    fn handed_in(
        &self,
        meeting: &Meeting<T>,
        slot: &mut Option<T>,
    ) -> Option<Result<(), SendError<T>>> {
        if slot.is_none() {
            self.receivers_waiting.notify_one();
            return Some(Ok(()));
        }
        if self.ring.is_closed() {
            self.pass_on_closed();
            return slot.take().map(|value| Err(SendError(value)));
        }
        self.pass_on_met(meeting);
        None
    }

    /// Those who were woken for what is there may not run.
    fn pass_on_met(&self, meeting: &Meeting<T>) {
        if meeting.has_messages() {
            self.receivers_waiting.notify_one();
        }
    }

    /// Hands the value in `node` to a thread that waits, or puts the node in line; whether it
    /// stands there. If not, what is in the node comes back from a closed channel.
    ///
    /// # Safety
    /// `node` is in no line, stays in place and lives until it is out of line.
    pub(in crate::channel) unsafe fn stand(
        &self,
        meeting: &Meeting<T>,
        node: &Standing<T>,
    ) -> bool {
        let stands = meeting.with(|table| {
            if self.ring.is_closed() {
                return false;
            }
            let threads = table.threads();
            // SAFETY: not in line yet, so the caller's alone.
            if unsafe { node.cargo(|slot| table.accept(slot, threads)) } {
                return false;
            }
            // SAFETY: forwarded from the caller.
            unsafe { table.stand(node) };
            true
        });
        self.receivers_waiting.notify_one();
        stands
    }

    /// Blocks the thread until a receiver has its value, or until `deadline`.
    pub(super) fn send_meeting(
        &self,
        meeting: &Meeting<T>,
        value: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        let mut slot = Some(value);
        let sent = self.send_meeting_from(meeting, &mut slot, deadline);
        match (sent, slot) {
            (Ok(()), _) | (_, None) => Ok(()),
            (Err(SendTimeoutError::Closed(())), Some(value)) => {
                Err(SendTimeoutError::Closed(value))
            }
            (Err(SendTimeoutError::Timeout(())), Some(value)) => {
                Err(SendTimeoutError::Timeout(value))
            }
        }
    }

    /// The same; the value is in `slot` still if it was not sent, also in an unwinding.
    pub(super) fn send_meeting_from(
        &self,
        meeting: &Meeting<T>,
        slot: &mut Option<T>,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<()>> {
        // Before this thread stands in line, where it would count as asleep.
        let awake = self.awake();
        let node = Node::new(Handle::Thread(Parker::new()), slot.take());
        // Before it stands there, which may unwind: it is woken for others.
        let in_line = InLine {
            meeting,
            node: &node,
            slot: &mut *slot,
        };
        // SAFETY: fresh and not moved; `in_line` takes it out of line before it goes.
        let in_time = if unsafe { self.stand(meeting, &node) } {
            let look = || node.is_notified().then_some(());
            let spins = may_spin(deadline);
            let seen = spins.then(|| self.send_spin.until(awake, look));
            seen.flatten().is_some() || node.park(time_left(deadline))
        } else {
            true
        };
        drop(in_line);
        if slot.is_none() {
            return Ok(());
        }
        if self.ring.is_closed() {
            self.pass_on_closed();
        }
        Err(match in_time {
            true => SendTimeoutError::Closed(()),
            false => SendTimeoutError::Timeout(()),
        })
    }

    /// A message, or that none will come, or nothing.
    fn find(&self, table: &mut Table<T>) -> Option<Result<Taken<T>, RecvError>> {
        if let Some(taken) = table.take() {
            return Some(Ok(taken));
        }
        self.ring.is_closed().then_some(Err(RecvError))
    }

    /// Wakes whom that concerns.
    fn found(
        &self,
        meeting: &Meeting<T>,
        found: Result<Taken<T>, RecvError>,
    ) -> Result<T, RecvError> {
        match found {
            Ok(Taken { value, sender }) => {
                let mut panics = Panics::default();
                panics.catch(|| meeting.wake(sender));
                panics.catch(|| self.pass_on_met(meeting));
                panics.resume();
                Ok(value)
            }
            Err(closed) => {
                self.pass_on_closed();
                Err(closed)
            }
        }
    }

    /// For a receive that does not wait: what it finds in line, where there is no room, or that it
    /// has found nothing in the ring.
    #[cold]
    pub(super) fn met(&self, nothing: TryRecvError) -> Result<T, TryRecvError> {
        match self.meeting() {
            Some(meeting) => self.try_recv_met(meeting),
            None => Err(nothing),
        }
    }

    fn try_recv_met(&self, meeting: &Meeting<T>) -> Result<T, TryRecvError> {
        // While another thread has the lock it is as if nobody waited.
        match meeting.try_with(|table| self.find(table)).flatten() {
            None => Err(TryRecvError::Empty),
            Some(found) => self
                .found(meeting, found)
                .map_err(|RecvError| TryRecvError::Closed),
        }
    }

    /// For a receiver that waits in the queue: a message, or that none will come, or nothing.
    pub(super) fn recv_met_ready(&self, meeting: &Meeting<T>) -> Option<Result<T, RecvError>> {
        let found = meeting.with(|table| self.find(table));
        self.found_by_waiter(meeting, found)
    }

    fn found_by_waiter(
        &self,
        meeting: &Meeting<T>,
        found: Option<Result<Taken<T>, RecvError>>,
    ) -> Option<Result<T, RecvError>> {
        let Some(found) = found else {
            // Who does not stand in line can hand its value in now.
            self.senders_waiting.notify_one();
            return None;
        };
        Some(self.found(meeting, found))
    }

    /// Blocks the thread until there is a message, or until `deadline`.
    pub(super) fn recv_meeting(
        &self,
        meeting: &Meeting<T>,
        deadline: Deadline,
    ) -> Result<T, RecvTimeoutError> {
        let mut counted = Counted {
            meeting,
            is_counted: false,
            is_queued: false,
        };
        if let Some(received) = self.look_counted(meeting, &mut counted) {
            return received.map_err(RecvTimeoutError::from);
        }
        if may_spin(deadline) {
            let mut look = || self.look_counted(meeting, &mut counted);
            let look = || meeting.has_messages().then(&mut look)?;
            if let Some(received) = self.recv_spin.until(self.awake(), look) {
                return received.map_err(RecvTimeoutError::from);
            }
        }
        meeting.with(|table| table.set_queued(true));
        counted.is_queued = true;
        let received = self.wait_counted(meeting, &mut counted, deadline);
        drop(counted);
        // Until now it stood for another who waits, and who may be sent to by who does not stand in
        // line.
        if self.senders_waiting.has_waiters() {
            self.senders_waiting.notify_one();
        }
        match received {
            Some(received) => received.map_err(RecvTimeoutError::from),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// In the queue, until there is something; nothing at `deadline`.
    fn wait_counted(
        &self,
        meeting: &Meeting<T>,
        counted: &mut Counted<'_, T>,
        deadline: Deadline,
    ) -> Option<Result<T, RecvError>> {
        let ready = || self.look_counted(meeting, counted);
        if let Ok(received) = self.receivers_waiting.wait(deadline, ready) {
            return Some(received);
        }
        // What was handed in for this thread it takes, until it counts no more.
        let found = meeting.with(|table| {
            counted.set(table, false);
            self.find(table)
        });
        found.map(|found| self.found(meeting, found))
    }

    /// A look of a thread, which counts from then on if it finds nothing.
    fn look_counted(
        &self,
        meeting: &Meeting<T>,
        counted: &mut Counted<'_, T>,
    ) -> Option<Result<T, RecvError>> {
        let found = meeting.with(|table| {
            let found = self.find(table);
            counted.set(table, found.is_none());
            found
        });
        self.found_by_waiter(meeting, found)
    }

    /// Turns one sender in line away, if the lock is free: the channel is closed.
    pub(super) fn turn_one_away(&self, meeting: &Meeting<T>) {
        let sender = meeting.try_with(Table::turn_away).flatten();
        meeting.wake(sender);
    }

    /// Turns all senders in line away, on closing; none comes after them.
    pub(super) fn turn_all_away(&self, meeting: &Meeting<T>) {
        let mut panics = Panics::default();
        while let Some(sender) = meeting.with(Table::turn_away) {
            panics.catch(|| meeting.wake(Some(sender)));
        }
        panics.resume();
    }
}
