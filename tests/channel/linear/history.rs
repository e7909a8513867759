//! What threads did and were told, and which call returned before which began.

use std::sync::atomic::{AtomicU32, Ordering};

/// What a call did, or what it was told. Numbers are messages; no two sends share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    Sent(u8),
    SendFull(u8),
    SendClosed(u8),
    Received(u8),
    RecvEmpty,
    RecvClosed,
    /// A `close`, and whether it says that it was the one that closed.
    Closed(bool),
    /// The drop of a sender.
    SenderLeft,
}

impl Did {
    pub(super) const fn is_send(self) -> bool {
        matches!(
            self,
            Self::Sent(_) | Self::SendFull(_) | Self::SendClosed(_)
        )
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) invoked: u32,
    pub(super) returned: u32,
    pub(super) did: Did,
}

/// Gives numbers to beginnings and returns, in one order for all threads.
#[derive(Debug, Default)]
pub(super) struct Clock(AtomicU32);

impl Clock {
    pub(super) fn call(&self, call: impl FnOnce() -> Did) -> Call {
        let invoked = self.tick();
        let did = call();
        Call {
            invoked,
            returned: self.tick(),
            did,
        }
    }

    fn tick(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}
