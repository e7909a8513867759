//! Why a message was not sent or received. Errors of sends hand the value back.
//!
//! So `?` into a `Box<dyn Error + Send + Sync>` asks the value to be all of that and `'static`.
//! Where it is not, `without_value` leaves it behind.

use core::error::Error;
use core::fmt;

/// The channel is closed; here is the value.
///
/// To put it into a `Box<dyn Error + Send + Sync>`, as `?` does, the value has to be `Send`, `Sync`
/// and `'static`: [`without_value`](Self::without_value) is the error for one that is not.
///
/// # Examples
/// See [`into_inner`](Self::into_inner).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

/// Why [`Sender::try_send`](super::Sender::try_send) refused; the value comes back.
///
/// # Examples
/// See [`is_full`](Self::is_full).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// No room.
    Full(T),
    /// Closed: there will never be room again.
    Closed(T),
}

/// Why a timed send gave up; the value comes back.
///
/// # Examples
/// See [`is_timeout`](Self::is_timeout).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// No room came in time.
    Timeout(T),
    /// Closed: there will never be room again.
    Closed(T),
}

/// The channel is closed and every message was received.
///
/// # Examples
/// ```
/// use shorttail::channel::{RecvError, bounded};
///
/// let (tx, rx) = bounded::<u8>(1);
/// drop(tx);
/// assert_eq!(rx.recv(), Err(RecvError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvError;

/// Why [`Receiver::try_recv`](super::Receiver::try_recv) got nothing.
///
/// # Examples
/// See [`is_empty`](Self::is_empty).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// No message.
    Empty,
    /// Closed, and every message was received.
    Closed,
}

/// Why a timed receive gave up.
///
/// # Examples
/// See [`is_timeout`](Self::is_timeout).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// No message came in time.
    Timeout,
    /// Closed, and every message was received.
    Closed,
}

const CLOSED: &str = "channel closed";
const FULL: &str = "channel full";
const EMPTY: &str = "channel empty";
const NO_ROOM: &str = "timed out waiting for room";
const NO_MESSAGE: &str = "timed out waiting for a message";

impl<T> SendError<T> {
    /// The value that was not sent.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// drop(rx);
    /// assert_eq!(tx.send(7).unwrap_err().into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }

    /// The same error without the value, which is dropped: for `?` where the value borrows, or is
    /// not `Sync`.
    ///
    /// # Examples
    /// ```
    /// use std::cell::Cell;
    /// use std::error::Error;
    ///
    /// type Sender = shorttail::channel::Sender<Cell<u8>>;
    ///
    /// fn start(tx: &Sender) -> Result<(), Box<dyn Error + Send + Sync>> {
    ///     tx.send(Cell::new(1)).map_err(|error| error.without_value())?;
    ///     Ok(())
    /// }
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// drop(rx);
    /// assert_eq!(start(&tx).unwrap_err().to_string(), "channel closed");
    /// ```
    pub fn without_value(self) -> SendError<()> {
        SendError(())
    }
}

impl<T> TrySendError<T> {
    /// The value that was not sent.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(tx.try_send(2).unwrap_err().into_inner(), 2);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(value) | Self::Closed(value) => value,
        }
    }

    /// The same error without the value, which is dropped: for `?` where the value borrows, or is
    /// not `Sync`.
    ///
    /// # Examples
    /// ```
    /// use std::cell::Cell;
    /// use std::error::Error;
    ///
    /// type Sender = shorttail::channel::Sender<Cell<u8>>;
    ///
    /// fn start(tx: &Sender) -> Result<(), Box<dyn Error + Send + Sync>> {
    ///     tx.try_send(Cell::new(1)).map_err(|error| error.without_value())?;
    ///     Ok(())
    /// }
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// drop(rx);
    /// assert_eq!(start(&tx).unwrap_err().to_string(), "channel closed");
    /// ```
    pub fn without_value(self) -> TrySendError<()> {
        match self {
            Self::Full(_) => TrySendError::Full(()),
            Self::Closed(_) => TrySendError::Closed(()),
        }
    }

    /// Whether waiting may help.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// assert!(tx.try_send(2).unwrap_err().is_full());
    /// ```
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.close();
    /// assert!(tx.try_send(1).unwrap_err().is_closed());
    /// ```
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<T> SendTimeoutError<T> {
    /// The value that was not sent.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.close();
    /// let refused = tx.send_timeout(1, std::time::Duration::ZERO);
    /// assert_eq!(refused.unwrap_err().into_inner(), 1);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(value) | Self::Closed(value) => value,
        }
    }

    /// The same error without the value, which is dropped: for `?` where the value borrows, or is
    /// not `Sync`.
    ///
    /// # Examples
    /// ```
    /// use std::cell::Cell;
    /// use std::error::Error;
    ///
    /// type Sender = shorttail::channel::Sender<Cell<u8>>;
    ///
    /// fn start(tx: &Sender) -> Result<(), Box<dyn Error + Send + Sync>> {
    ///     let told = tx.send_timeout(Cell::new(1), std::time::Duration::ZERO);
    ///     told.map_err(|error| error.without_value())?;
    ///     Ok(())
    /// }
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// drop(rx);
    /// assert_eq!(start(&tx).unwrap_err().to_string(), "channel closed");
    /// ```
    pub fn without_value(self) -> SendTimeoutError<()> {
        match self {
            Self::Timeout(_) => SendTimeoutError::Timeout(()),
            Self::Closed(_) => SendTimeoutError::Closed(()),
        }
    }

    /// Whether the time ran out.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// let refused = tx.send_timeout(2, std::time::Duration::ZERO);
    /// assert!(refused.unwrap_err().is_timeout());
    /// ```
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }

    /// Whether the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.close();
    /// let refused = tx.send_timeout(1, std::time::Duration::ZERO);
    /// assert!(refused.unwrap_err().is_closed());
    /// ```
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl TryRecvError {
    /// Whether waiting may help.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// assert!(rx.try_recv().unwrap_err().is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether no message will ever come.
    ///
    /// # Examples
    /// ```
    /// let (_, rx) = shorttail::channel::bounded::<u8>(1);
    /// assert!(rx.try_recv().unwrap_err().is_closed());
    /// ```
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl RecvTimeoutError {
    /// Whether the time ran out.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// assert!(rx.recv_timeout(std::time::Duration::ZERO).unwrap_err().is_timeout());
    /// ```
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// Whether no message will ever come.
    ///
    /// # Examples
    /// ```
    /// let (_, rx) = shorttail::channel::bounded::<u8>(1);
    /// assert!(rx.recv_timeout(std::time::Duration::ZERO).unwrap_err().is_closed());
    /// ```
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl<T> From<SendError<T>> for TrySendError<T> {
    fn from(SendError(value): SendError<T>) -> Self {
        Self::Closed(value)
    }
}

impl<T> From<SendError<T>> for SendTimeoutError<T> {
    fn from(SendError(value): SendError<T>) -> Self {
        Self::Closed(value)
    }
}

impl From<RecvError> for TryRecvError {
    fn from(RecvError: RecvError) -> Self {
        Self::Closed
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(RecvError: RecvError) -> Self {
        Self::Closed
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "Timeout(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => FULL,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => NO_ROOM,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => EMPTY,
            Self::Closed => CLOSED,
        })
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => NO_MESSAGE,
            Self::Closed => CLOSED,
        })
    }
}

impl<T> Error for SendError<T> {}
impl<T> Error for TrySendError<T> {}
impl<T> Error for SendTimeoutError<T> {}
impl Error for RecvError {}
impl Error for TryRecvError {}
impl Error for RecvTimeoutError {}
