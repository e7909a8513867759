//! What a thread must look at after it has said that it will sleep, and before it does.
//!
//! Each look adds zero to a word that the other side changes by read-modify-write. Of two such
//! operations on one word one comes first: ours, and then the other side sees that we wait; or
//! theirs, and then we see what they did. Plain loads here lose wake-ups.

use crate::sync::atomic::Ordering;

use super::Ring;
use super::word::{Pos, State, View, is_closed};

impl<T> Ring<T> {
    /// For a receiver that is about to sleep: whether there is a value, or the ring is closed.
    #[cold]
    pub(crate) fn settle_pop(&self) -> bool {
        // AcqRel: a claim or close before this is seen, one after it sees our waiter. [ring-6]
        let tail = self.tail.fetch_add(0, Ordering::AcqRel);
        // Acquire: an old head only makes the walk longer. [ring-4]
        let head = Pos::of(self.head.load(Ordering::Acquire));
        is_closed(tail)
            || self
                .between(head, Pos::of(tail))
                .any(|pos| self.settle_slot(pos))
    }

    /// Whether `pos` holds a value; if its sender is in the window, it will see our waiter.
    fn settle_slot(&self, pos: Pos) -> bool {
        match self.view(pos) {
            View::Full => true,
            View::Free => {
                // AcqRel: a publish before this is seen, one after it sees our waiter. [ring-6]
                let seen = self.slot(pos).state.fetch_add(0, Ordering::AcqRel);
                State(seen) == State::full(pos)
            }
            View::Dead | View::Held | View::Abandoned | View::Early => false,
        }
    }

    /// For a sender that is about to sleep: whether there is room, or the ring is closed.
    #[cold]
    pub(crate) fn settle_push(&self) -> bool {
        // AcqRel: a receive before this is seen, one after it sees our waiter. [ring-6]
        let head = Pos::of(self.head.fetch_add(0, Ordering::AcqRel));
        // AcqRel: a close before this is seen, one after it sees our waiter. [ring-6]
        let tail = self.tail.fetch_add(0, Ordering::AcqRel);
        if is_closed(tail) || self.has_room(tail, head) {
            return true;
        }
        let ahead = Pos::of(tail).since(head);
        match self.view(head) {
            // A sender in its window at the front is stepped over by the push that follows, unless
            // that could not help or there is none, since reservations hold all the room;
            View::Free => ahead > 0 && !self.is_all_reserved(tail),
            // and a dead front passed.
            View::Dead => ahead > 0,
            View::Full | View::Held | View::Abandoned | View::Early => false,
        }
    }

    /// For a task that is about to sleep until the close: whether the ring is closed.
    #[cold]
    pub(crate) fn settle_closed(&self) -> bool {
        // AcqRel: a close before this is seen, one after it sees our waiter. [ring-6]
        is_closed(self.tail.fetch_add(0, Ordering::AcqRel))
    }
}
