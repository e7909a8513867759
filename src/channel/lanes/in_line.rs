//! Where the tasks of a channel with lanes wait.

use crate::wait::WaitQueue;

use super::super::in_line::Queues;
use super::core::Core;

/// What a task waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// A message in any lane.
    Message,
    /// Room in the lane of this number.
    Room(usize),
    /// The close of all lanes.
    Close,
}

// SAFETY: what a reference leads to neither changes nor moves, nor do its lanes.
unsafe impl<T> Queues for &Core<T> {
    type Line = Line;

    fn queue(&self, line: Line) -> &WaitQueue {
        match line {
            Line::Message => &self.receivers_waiting,
            Line::Room(lane) => &self.tracks()[lane].senders_waiting,
            Line::Close => &self.closed_waiting,
        }
    }
}
