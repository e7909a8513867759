//! What becomes of a message that finds no room.

/// What [`Sender::offer`](super::Sender::offer) does when there is no room. Chosen with
/// [`Builder::on_full`](super::Builder::on_full).
///
/// | policy | the new message | the messages inside | for |
/// |---|---|---|---|
/// | `Wait` | waits for room | stay | work that must be done, from senders that may be slowed |
/// | `Reject` | comes back | stay | requests: the caller answers 503 at once |
/// | `DropOldest` | goes in | the oldest comes back | readings and ticks: the newest counts |
/// | `Shed` | is dropped | stay | samples and log lines: nobody asks for a lost one |
///
/// None of them keeps what is inside from growing old, `Reject` least of all: for that there is
/// [`recv_fresh`](super::StampedReceiver::recv_fresh) on the other end.
///
/// Each is counted in [`Stats`](super::Stats). The other sends do as their names say, whatever the
/// policy is.
///
/// There is no newest-first policy. A ring gives out its slots in the order of its positions; to
/// receive from the other end it would have to hand the last position back, which another sender
/// may be publishing right now. A queue under a lock could, at the price of the lock; to serve some
/// work first, give it a lane of its own: [`Lanes`](super::Lanes).
///
/// # Examples
/// See [`Builder::on_full`](super::Builder::on_full).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFull {
    /// Waits for room, as [`send`](super::Sender::send) does.
    #[default]
    Wait,
    /// Hands the new message back.
    Reject,
    /// Puts the new message in and hands the oldest back, as
    /// [`force_send`](super::Sender::force_send) does: for a moment the channel holds one message
    /// more than its capacity, and where permits hold all the room the new message comes back.
    DropOldest,
    /// Drops the new message and says so.
    Shed,
}

/// What became of a message that was [offered](super::Sender::offer).
///
/// # Examples
/// See [`Builder::on_full`](super::Builder::on_full).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an evicted message is inside"]
pub enum Offered<T> {
    /// It is in.
    Sent,
    /// It is in; this one, the oldest, made way. Of several calls at once one may get another
    /// call's new message, or its own.
    Evicted(T),
    /// It was dropped.
    Shed,
}

impl<T> Offered<T> {
    /// The message that made way, if one did.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Builder, OnFull};
    ///
    /// let (tx, _rx) = Builder::new(1).on_full(OnFull::DropOldest).build()?;
    /// assert_eq!(tx.offer(1)?.evicted(), None);
    /// assert_eq!(tx.offer(2)?.evicted(), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "the evicted message"]
    pub fn evicted(self) -> Option<T> {
        match self {
            Self::Evicted(oldest) => Some(oldest),
            Self::Sent | Self::Shed => None,
        }
    }

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Offered<U> {
        match self {
            Self::Sent => Offered::Sent,
            Self::Evicted(oldest) => Offered::Evicted(change(oldest)),
            Self::Shed => Offered::Shed,
        }
    }
}
