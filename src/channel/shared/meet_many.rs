//! Several messages in one call at a channel without room: one after the other.

use std::collections::VecDeque;

use crate::time::Deadline;

use super::super::rendezvous::Meeting;
use super::super::{SendError, SendTimeoutError, TrySendError};
use super::Shared;

/// The first of a batch, which goes back to the front if it was not sent, also in an unwinding.
struct Front<'a, T> {
    values: &'a mut VecDeque<T>,
    slot: Option<T>,
}

impl<'a, T> Front<'a, T> {
    /// None of an empty batch.
    fn of(values: &'a mut VecDeque<T>) -> Option<Self> {
        let first = values.pop_front()?;
        Some(Self {
            values,
            slot: Some(first),
        })
    }
}

impl<T> Drop for Front<'_, T> {
    fn drop(&mut self) {
        // There was room for it.
        self.slot
            .take()
            .into_iter()
            .for_each(|first| self.values.push_front(first));
    }
}

impl<T> Shared<T> {
    /// That no message is in line, where there is no room; not while another thread has the lock.
    pub(super) fn nothing_met(&self) -> bool {
        self.meeting().is_none_or(|meeting| {
            let on_the_way = meeting.try_with(|table| table.on_the_way());
            on_the_way == Some(0)
        })
    }

    /// Hands the first of `values` to a receiver that waits, where there is no room.
    pub(super) fn front_met(
        &self,
        values: &mut VecDeque<T>,
    ) -> Option<Result<(), TrySendError<()>>> {
        let meeting = self.meeting()?;
        let mut front = Front::of(values)?;
        let met = self.try_meet_from(meeting, &mut front.slot)?;
        Some(met.map_err(|SendError(back)| {
            front.slot = Some(back);
            TrySendError::Closed(())
        }))
    }

    /// For a sender that waits without standing in line: that all is sent, or the channel closed.
    pub(super) fn meet_many_ready(
        &self,
        meeting: &Meeting<T>,
        values: &mut VecDeque<T>,
    ) -> Option<Result<(), SendError<()>>> {
        while let Some(mut front) = Front::of(values) {
            if let Err(SendError(back)) = self.meet_ready(meeting, &mut front.slot)? {
                front.slot = Some(back);
                return Some(Err(SendError(())));
            }
        }
        Some(Ok(()))
    }

    /// Blocks the thread until receivers have all of `values`, or until `deadline`.
    pub(super) fn send_many_meeting(
        &self,
        meeting: &Meeting<T>,
        values: &mut VecDeque<T>,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<()>> {
        while let Some(mut front) = Front::of(values) {
            self.send_meeting_from(meeting, &mut front.slot, deadline)?;
        }
        Ok(())
    }

    /// The first message into `buf`, and those that come with it; how many.
    pub(super) fn gather<U>(
        &self,
        first: T,
        buf: &mut Vec<U>,
        limit: usize,
        each: impl Fn(T) -> U,
    ) -> usize {
        buf.push(each(first));
        let mut gathered = 1;
        while gathered < limit && buf.len() < buf.capacity() {
            let Ok(next) = self.try_recv() else { break };
            buf.push(each(next));
            gathered += 1;
        }
        gathered
    }
}
