//! Why there is no permit. Errors of owned permits hand the sender back.

use core::error::Error;
use core::fmt;

/// Why [`Sender::try_reserve`](super::Sender::try_reserve) got no permit.
///
/// That of [`Sender::try_reserve_owned`](super::Sender::try_reserve_owned) carries the sender.
///
/// # Examples
/// See [`is_full`](Self::is_full).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TryReserveError<S = ()> {
    /// No room.
    Full(S),
    /// As many permits are out as a channel can count: 4095. There may be room for sends. Also of a
    /// channel without room, which has none to give.
    TooMany(S),
    /// Closed: there will never be room again.
    Closed(S),
}

/// Why [`Sender::reserve`](super::Sender::reserve) got no permit.
///
/// Those of [`Sender::reserve_owned`](super::Sender::reserve_owned) and
/// [`Sender::reserve_owned_async`](super::Sender::reserve_owned_async) carry the sender.
///
/// # Examples
/// See [`is_closed`](Self::is_closed).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ReserveError<S = ()> {
    /// As many permits are out as a channel can count: 4095. There may be room for sends. Also of a
    /// channel without room, which has none to give.
    TooMany(S),
    /// Closed: there will never be room again.
    Closed(S),
}

/// Why [`Sender::reserve_timeout`](super::Sender::reserve_timeout) got no permit.
///
/// # Examples
/// See [`is_timeout`](Self::is_timeout).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReserveTimeoutError {
    /// No room came in time.
    Timeout,
    /// As many permits are out as a channel can count: 4095. There may be room for sends. Also of a
    /// channel without room, which has none to give.
    TooMany,
    /// Closed: there will never be room again.
    Closed,
}

const CLOSED: &str = "channel closed";
const FULL: &str = "channel full";
const TOO_MANY: &str = "4095 permits are out, the most that a channel can count, or it has no room";
const NO_ROOM: &str = "timed out waiting for room";

impl<S> TryReserveError<S> {
    pub(super) fn with<R>(self, sender: R) -> TryReserveError<R> {
        match self {
            Self::Full(_) => TryReserveError::Full(sender),
            Self::TooMany(_) => TryReserveError::TooMany(sender),
            Self::Closed(_) => TryReserveError::Closed(sender),
        }
    }

    /// The sender that got no permit.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// let tx = tx.try_reserve_owned().unwrap_err().into_inner();
    /// assert!(tx.is_full());
    /// ```
    pub fn into_inner(self) -> S {
        match self {
            Self::Full(sender) | Self::TooMany(sender) | Self::Closed(sender) => sender,
        }
    }

    /// Whether waiting may help.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// assert!(tx.try_reserve().unwrap_err().is_full());
    /// ```
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether there are too many permits.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(5_000);
    /// let _permits: Vec<_> = (0..4095).map(|_| tx.try_reserve().unwrap()).collect();
    /// assert!(tx.try_reserve().unwrap_err().is_too_many());
    /// tx.try_send(1).unwrap(); // there is room, though
    /// ```
    pub const fn is_too_many(&self) -> bool {
        matches!(self, Self::TooMany(_))
    }

    /// Whether the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// tx.close();
    /// assert!(tx.try_reserve().unwrap_err().is_closed());
    /// ```
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<S> ReserveError<S> {
    pub(super) fn with<R>(self, sender: R) -> ReserveError<R> {
        match self {
            Self::TooMany(_) => ReserveError::TooMany(sender),
            Self::Closed(_) => ReserveError::Closed(sender),
        }
    }

    /// The sender that got no permit.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// tx.close();
    /// let tx = tx.reserve_owned().unwrap_err().into_inner();
    /// assert!(tx.is_closed());
    /// ```
    pub fn into_inner(self) -> S {
        match self {
            Self::TooMany(sender) | Self::Closed(sender) => sender,
        }
    }

    /// Whether there are too many permits.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(5_000);
    /// let permits: Vec<_> = (0..4095).map(|_| tx.reserve().unwrap()).collect();
    /// assert!(tx.reserve().unwrap_err().is_too_many());
    /// drop(permits);
    /// assert!(tx.reserve().is_ok());
    /// ```
    pub const fn is_too_many(&self) -> bool {
        matches!(self, Self::TooMany(_))
    }

    /// Whether the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// tx.close();
    /// assert!(tx.reserve().unwrap_err().is_closed());
    /// ```
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl ReserveTimeoutError {
    /// Whether the time ran out.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// let refused = tx.reserve_timeout(std::time::Duration::ZERO);
    /// assert!(refused.unwrap_err().is_timeout());
    /// ```
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// Whether there are too many permits.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(5_000);
    /// let _permits: Vec<_> = (0..4095).map(|_| tx.reserve().unwrap()).collect();
    /// assert!(tx.reserve_timeout(Duration::MAX).unwrap_err().is_too_many());
    /// ```
    #[must_use]
    pub const fn is_too_many(&self) -> bool {
        matches!(self, Self::TooMany)
    }

    /// Whether the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// tx.close();
    /// let refused = tx.reserve_timeout(std::time::Duration::ZERO);
    /// assert!(refused.unwrap_err().is_closed());
    /// ```
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl<S> From<ReserveError<S>> for TryReserveError<S> {
    fn from(error: ReserveError<S>) -> Self {
        match error {
            ReserveError::TooMany(sender) => Self::TooMany(sender),
            ReserveError::Closed(sender) => Self::Closed(sender),
        }
    }
}

impl From<ReserveError> for ReserveTimeoutError {
    fn from(error: ReserveError) -> Self {
        match error {
            ReserveError::TooMany(()) => Self::TooMany,
            ReserveError::Closed(()) => Self::Closed,
        }
    }
}

impl<S> fmt::Debug for TryReserveError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::TooMany(_) => "TooMany(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<S> fmt::Debug for ReserveError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMany(_) => "TooMany(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<S> fmt::Display for TryReserveError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => FULL,
            Self::TooMany(_) => TOO_MANY,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<S> fmt::Display for ReserveError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMany(_) => TOO_MANY,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl fmt::Display for ReserveTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => NO_ROOM,
            Self::TooMany => TOO_MANY,
            Self::Closed => CLOSED,
        })
    }
}

impl<S> Error for TryReserveError<S> {}
impl<S> Error for ReserveError<S> {}
impl Error for ReserveTimeoutError {}
