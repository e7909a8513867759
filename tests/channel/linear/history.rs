//! What threads did and were told.

use super::calls;

pub(super) type Call = calls::Call<Did>;

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
