//! What a receive takes from: one channel, or all lanes of one.

use crate::wait::WaitQueue;

use super::{Receiver, RecvError};

/// A receiving end, as far as a wait for several of them goes.
pub(super) trait Source {
    type Message;

    /// Tries to receive; nothing if nothing is there.
    fn recv_now(&self) -> Option<Result<Self::Message, RecvError>>;
    /// Whether a receive may succeed; a hint, of a few loads.
    fn is_ready(&self) -> bool;
    /// For who waits in the queue: a message, or that none will come, or nothing.
    fn recv_ready(&self) -> Option<Result<Self::Message, RecvError>>;
    /// Where receivers wait; always the same.
    fn receivers_waiting(&self) -> &WaitQueue;
    /// Threads with a handle that do not sleep; a guess.
    fn awake(&self) -> usize;
}

impl<T> Source for Receiver<T> {
    type Message = T;

    fn recv_now(&self) -> Option<Result<T, RecvError>> {
        self.shared.recv_now()
    }

    fn is_ready(&self) -> bool {
        self.shared.is_ready()
    }

    fn recv_ready(&self) -> Option<Result<T, RecvError>> {
        self.shared.recv_ready()
    }

    fn receivers_waiting(&self) -> &WaitQueue {
        &self.shared.receivers_waiting
    }

    fn awake(&self) -> usize {
        self.shared.awake()
    }
}
