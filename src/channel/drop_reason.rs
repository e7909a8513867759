//! Why a receive takes a message out and does not deliver it.

/// Why a receive did not deliver a message; for an example see [`Freshness`](super::Freshness).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// Its deadline had passed.
    Expired,
    /// It was late in a queue that stands: [`Codel`](crate::limit::Codel) shed it. Counted in
    /// `dropped_overload`; what is counted in `shed` was offered to a full channel.
    Overload,
}
