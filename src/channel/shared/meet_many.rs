//! Several messages in one call at a channel without room: one after the other.

use std::collections::VecDeque;

use crate::time::Deadline;

use super::super::rendezvous::Meeting;
use super::super::{SendError, SendTimeoutError, TrySendError};
use super::Shared;

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
        let met = self.try_meet(meeting, values.pop_front()?);
        let Err(refused) = met else {
            return Some(Ok(()));
        };
        let is_closed = refused.is_closed();
        values.push_front(refused.into_inner());
        is_closed.then_some(Err(TrySendError::Closed(())))
    }

    /// For a sender that waits without standing in line: that all is sent, or the channel closed.
    pub(super) fn meet_many_ready(
        &self,
        meeting: &Meeting<T>,
        values: &mut VecDeque<T>,
    ) -> Option<Result<(), SendError<()>>> {
        while let Some(value) = values.pop_front() {
            let mut slot = Some(value);
            let met = self.meet_ready(meeting, &mut slot);
            let closed = match met {
                Some(Ok(())) => continue,
                Some(Err(SendError(value))) => {
                    slot = Some(value);
                    Some(Err(SendError(())))
                }
                None => None,
            };
            slot.into_iter().for_each(|value| values.push_front(value));
            return closed;
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
        while let Some(value) = values.pop_front() {
            if let Err(refused) = self.send_meeting(meeting, value, deadline) {
                let is_timeout = refused.is_timeout();
                values.push_front(refused.into_inner());
                return Err(match is_timeout {
                    true => SendTimeoutError::Timeout(()),
                    false => SendTimeoutError::Closed(()),
                });
            }
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
