//! The sequential rules: what one call may be told by a channel in a given state.

use super::history::Did;
use super::search::Rules;

/// A bounded queue, its close, and the senders that are left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    capacity: usize,
    inside: Vec<u8>,
    closed: bool,
    senders: usize,
}

impl State {
    pub(super) const fn new(capacity: usize, senders: usize) -> Self {
        Self {
            capacity,
            inside: Vec::new(),
            closed: false,
            senders,
        }
    }
}

impl Rules for State {
    type Did = Did;

    /// The sends of others that are going on, whose message is not inside, may take room already.
    fn after(&self, did: Did, beside: &[Did]) -> Option<Self> {
        let in_progress = beside.iter().filter(|did| did.is_send()).count();
        let mut next = self.clone();
        let allowed = match did {
            Did::Sent(message) => {
                next.inside.push(message);
                !self.closed && next.inside.len() <= self.capacity
            }
            Did::SendFull(_) => !self.closed && self.may_look_full(in_progress),
            Did::SendClosed(_) => self.closed,
            Did::Received(message) => {
                let is_first = self.inside.first() == Some(&message);
                next.inside.drain(..usize::from(is_first));
                is_first
            }
            Did::RecvEmpty => !self.closed && self.inside.is_empty(),
            Did::RecvClosed => self.closed && self.inside.is_empty(),
            Did::Closed(first) => {
                next.closed = true;
                first != self.closed
            }
            Did::SenderLeft => {
                next.senders = self.senders.checked_sub(1)?;
                next.closed |= next.senders == 0;
                true
            }
        };
        allowed.then_some(next)
    }
}

impl State {
    /// "The capacity is taken by messages and sends in progress, with a completed message at the
    /// front." Without a send in progress that is: as many messages as the capacity.
    fn may_look_full(&self, in_progress: usize) -> bool {
        !self.inside.is_empty() && self.inside.len() + in_progress >= self.capacity
    }
}
