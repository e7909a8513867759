//! Several messages in one call, under the rules of wakes that single ones follow.

use std::collections::VecDeque;

use crate::ring::{ClaimedRun, PushError, StepOvers};
use crate::time::Deadline;
use crate::wait::TimedOut;

use super::super::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use super::Shared;

impl<T> Shared<T> {
    /// Sends from the front of `values` what there is room for; the rest stays in it.
    pub(in crate::channel) fn try_send_many(
        &self,
        values: &mut VecDeque<T>,
    ) -> Result<usize, TrySendError<()>> {
        let mut step_overs = StepOvers::new();
        let mut sent = 0;
        while !values.is_empty() {
            let why = match self.ring.try_push_run(values, &mut step_overs) {
                // Stepped over, whose room goes to the claim that follows.
                Ok(0) => continue,
                Ok(count) => {
                    self.sent_many(count);
                    sent += count;
                    continue;
                }
                Err(PushError::Full(())) => match self.front_met(values) {
                    Some(Ok(())) => {
                        sent += 1;
                        continue;
                    }
                    Some(Err(closed)) => closed,
                    None => {
                        self.found_full();
                        TrySendError::Full(())
                    }
                },
                Err(PushError::Closed(())) => {
                    self.pass_on_closed();
                    TrySendError::Closed(())
                }
            };
            return if sent > 0 { Ok(sent) } else { Err(why) };
        }
        Ok(sent)
    }

    /// Moves up to `limit` messages into the spare capacity of `buf`, as what `each` makes of them.
    pub(in crate::channel) fn try_recv_many<U>(
        &self,
        buf: &mut Vec<U>,
        limit: usize,
        each: impl Fn(T) -> U,
    ) -> Result<usize, TryRecvError> {
        let limit = limit.min(buf.capacity() - buf.len());
        if limit == 0 {
            return self.recv_none();
        }
        let mut received = 0;
        while received < limit {
            match self.claim_many(limit - received) {
                Ok(run) => {
                    received += run.len();
                    // Not `extend`: its work for iterators that lie about their length is for
                    // nothing here, and no push finds the Vec full.
                    for value in run {
                        buf.push(each(value));
                    }
                }
                Err(why) => match self.met(why) {
                    Ok(value) => {
                        buf.push(each(value));
                        received += 1;
                    }
                    Err(_) if received > 0 => break,
                    Err(why) => return Err(why),
                },
            }
        }
        Ok(received)
    }

    /// For a receive that has a place for no message: that none is taken, or that none is inside a
    /// closed channel. A send in progress is left alone, since its message could not be taken.
    #[cold]
    fn recv_none(&self) -> Result<usize, TryRecvError> {
        if self.ring.is_closed() && !self.ring.looks_filled() && self.nothing_met() {
            self.pass_on_closed();
            return Err(TryRecvError::Closed);
        }
        Ok(0)
    }

    /// As [`claim`](Self::claim), for several messages.
    fn claim_many(&self, most: usize) -> Result<ClaimedRun<'_, T>, TryRecvError> {
        match self.ring.try_claim_run(most) {
            Ok(run) => {
                self.senders_waiting.notify_many(run.len());
                if self.receivers_waiting.has_waiters() {
                    self.pass_on_receive();
                }
                Ok(run)
            }
            Err(why) => Err(self.found_none(why)),
        }
    }

    /// As [`sent`](Self::sent), for several messages.
    fn sent_many(&self, count: usize) {
        self.receivers_waiting.notify_many(count);
        if self.senders_waiting.has_waiters() {
            self.pass_on_send();
        }
    }

    /// For a sender that waits: that all is sent, or that the channel is closed, or nothing.
    pub(in crate::channel) fn send_many_ready(
        &self,
        values: &mut VecDeque<T>,
    ) -> Option<Result<(), SendError<()>>> {
        if let Some(meeting) = self.meeting() {
            return self.meet_many_ready(meeting, values);
        }
        while !values.is_empty() {
            if !self.may_push() {
                return None;
            }
            if let Err(TrySendError::Closed(())) = self.try_send_many(values) {
                return Some(Err(SendError(())));
            }
        }
        Some(Ok(()))
    }

    /// For a receiver that waits: how many messages came, or that none will come, or nothing.
    pub(in crate::channel) fn recv_many_ready<U>(
        &self,
        buf: &mut Vec<U>,
        limit: usize,
        each: impl Fn(T) -> U,
    ) -> Option<Result<usize, RecvError>> {
        let has_place = limit > 0 && buf.len() < buf.capacity();
        if let (true, Some(meeting)) = (has_place, self.meeting()) {
            let first = self.recv_met_ready(meeting)?;
            return Some(first.map(|first| self.gather(first, buf, limit, each)));
        }
        while !has_place || self.may_pop() {
            match self.try_recv_many(buf, limit, &each) {
                Ok(received) => return Some(Ok(received)),
                Err(TryRecvError::Closed) => return Some(Err(RecvError)),
                Err(TryRecvError::Empty) => {}
            }
        }
        None
    }

    /// Blocks the thread until all of `values` is sent, or until `deadline`.
    pub(in crate::channel) fn send_many_until(
        &self,
        values: &mut VecDeque<T>,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<()>> {
        if let Some(meeting) = self.meeting() {
            return self.send_many_meeting(meeting, values, deadline);
        }
        while !values.is_empty() {
            match self.try_send_many(values) {
                Ok(_) => {}
                Err(TrySendError::Closed(())) => return Err(SendTimeoutError::Closed(())),
                Err(TrySendError::Full(())) => return self.send_many_waiting(values, deadline),
            }
        }
        Ok(())
    }

    #[cold]
    fn send_many_waiting(
        &self,
        values: &mut VecDeque<T>,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<()>> {
        let ready = || self.send_many_ready(values);
        match self.senders_waiting.wait(deadline, ready) {
            Ok(sent) => sent.map_err(SendTimeoutError::from),
            Err(TimedOut) => Err(SendTimeoutError::Timeout(())),
        }
    }

    /// Blocks the thread until there is a message, or until `deadline`; moves up to `limit` into
    /// `buf`.
    pub(in crate::channel) fn recv_many_until<U>(
        &self,
        buf: &mut Vec<U>,
        limit: usize,
        deadline: Deadline,
        each: impl Fn(T) -> U,
    ) -> Result<usize, RecvTimeoutError> {
        match self.try_recv_many(buf, limit, &each) {
            Ok(received) => Ok(received),
            Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
            Err(TryRecvError::Empty) => self.recv_many_waiting(buf, limit, deadline, each),
        }
    }

    #[cold]
    fn recv_many_waiting<U>(
        &self,
        buf: &mut Vec<U>,
        limit: usize,
        deadline: Deadline,
        each: impl Fn(T) -> U,
    ) -> Result<usize, RecvTimeoutError> {
        if let Some(meeting) = self.meeting() {
            // Empty, so there is a place for a message.
            let first = self.recv_meeting(meeting, deadline)?;
            return Ok(self.gather(first, buf, limit, each));
        }
        let ready = || self.recv_many_ready(buf, limit, &each);
        match self.receivers_waiting.wait(deadline, ready) {
            Ok(received) => received.map_err(RecvTimeoutError::from),
            Err(TimedOut) => Err(RecvTimeoutError::Timeout),
        }
    }
}
