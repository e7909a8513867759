//! How often one call may step over the sender at the front of a full ring.

use core::mem;

use super::SLACK;

/// What is left of it. Bounds a call: senders that undid each other's claims would never end.
pub(crate) struct StepOvers {
    /// Once where that makes room.
    for_room: bool,
    /// Where more is inside than the capacity, so that one is not enough: as often as there are
    /// slots for it.
    beyond: usize,
}

impl StepOvers {
    pub(crate) const fn new() -> Self {
        Self {
            for_room: true,
            beyond: SLACK,
        }
    }

    /// Whether it may do so now.
    pub(super) fn take(&mut self, is_beyond: bool) -> bool {
        if is_beyond && self.beyond > 0 {
            self.beyond -= 1;
            return true;
        }
        mem::take(&mut self.for_room)
    }
}
