//! The receiving end that tells the age.

use core::fmt;
use core::time::Duration;

use crate::time::{Deadline, now_ns};

use super::super::{Receiver, RecvError, RecvTimeoutError, TryRecvError};
use super::{Aged, Stamped, StampedRecvFuture, Stamps};

/// The receiving end of a channel whose messages know their age. Made by
/// [`stamped`](super::stamped).
///
/// The calls are those of [`Receiver`], with its guarantees, bounds and wakes; beside them each
/// message that is received costs one reading of the clock. What is not here is on the
/// [plain](Self::plain) channel beneath, at no cost: `close`, `len`, iterators, weak handles,
/// `stats`, and the [`case`](Receiver::case) of a select, whose message then tells its age by
/// [`into_aged`](super::Stamped::into_aged) or [`into_fresh`](super::Stamped::into_fresh).
///
/// # Examples
/// ```
/// use shorttail::{channel, time::StdClock};
///
/// let (tx, rx) = channel::stamped(8, StdClock);
/// tx.send("x")?;
/// let aged = rx.recv()?;
/// assert_eq!((aged.value, aged.waited_for_room.is_zero()), ("x", true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StampedReceiver<T, C: Stamps> {
    pub(super) inner: Receiver<Stamped<T, C>>,
    pub(super) clock: C,
}

impl<T, C: Stamps> StampedReceiver<T, C> {
    /// Tells the age of what comes out of the channel of `receiver`, whose senders stamp with the
    /// same `clock`: see [`StampedSender::over`](super::StampedSender::over).
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{self, StampedReceiver};
    /// use shorttail::time::StdClock;
    ///
    /// let (tx, rx) = channel::stamped(1, StdClock);
    /// let weak = rx.plain().downgrade();
    /// let another = StampedReceiver::over(weak.upgrade().expect("there are receivers"), StdClock);
    /// tx.send(1)?;
    /// assert_eq!(another.recv()?.value, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn over(receiver: Receiver<Stamped<T, C>>, clock: C) -> Self {
        Self {
            inner: receiver,
            clock,
        }
    }

    /// The channel beneath, for what needs no age. A message that is received there tells it by
    /// [`Stamped::into_aged`].
    ///
    /// # Examples
    /// ```
    /// use shorttail::{channel, time::StdClock};
    ///
    /// let (tx, rx) = channel::stamped(2, StdClock);
    /// (0..2).try_for_each(|n| tx.send(n))?;
    /// let aged = rx.plain().try_iter().map(|stamped| stamped.into_aged(&StdClock));
    /// assert_eq!(aged.map(|aged| aged.value).sum::<i32>(), 1);
    /// assert!(rx.plain().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn plain(&self) -> &Receiver<Stamped<T, C>> {
        &self.inner
    }

    /// As [`Receiver::try_recv`].
    ///
    /// # Errors
    /// [`TryRecvError`].
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// assert!(rx.try_recv().unwrap_err().is_empty());
    /// tx.send(1)?;
    /// assert_eq!(rx.try_recv()?.value, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "a received message is in the result"]
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_recv(&self) -> Result<Aged<T>, TryRecvError> {
        self.inner.try_recv().map(|stamped| self.aged(stamped))
    }

    /// As [`Receiver::recv`].
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// std::thread::spawn(move || tx.send(9));
    /// assert_eq!(rx.recv()?.value, 9);
    /// assert!(rx.recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv(&self) -> Result<Aged<T>, RecvError> {
        self.inner.recv().map(|stamped| self.aged(stamped))
    }

    /// As [`Receiver::recv_timeout`]: the timeout is on [`StdClock`](crate::time::StdClock),
    /// whatever clock stamps.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send(1)?;
    /// assert_eq!(rx.recv_timeout(std::time::Duration::ZERO)?.value, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Aged<T>, RecvTimeoutError> {
        self.recv_deadline(Deadline::after(now_ns(), timeout))
    }

    /// As [`Receiver::recv_deadline`].
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send(1)?;
    /// let past = shorttail::time::Deadline::at(0);
    /// assert_eq!(rx.recv_deadline(past)?.value, 1); // it was there
    /// assert!(rx.recv_deadline(past).unwrap_err().is_timeout());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_deadline(&self, deadline: Deadline) -> Result<Aged<T>, RecvTimeoutError> {
        let received = self.inner.recv_deadline(deadline);
        received.map(|stamped| self.aged(stamped))
    }

    /// As [`Receiver::recv_async`].
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has taken no message, and a wake it had been given
    /// goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send_async(5).await?;
    /// assert_eq!(rx.recv_async().await?.value, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn recv_async(&self) -> StampedRecvFuture<'_, T, C> {
        StampedRecvFuture::new(self.inner.recv_async(), &self.clock)
    }

    #[inline]
    pub(super) fn aged(&self, stamped: Stamped<T, C>) -> Aged<T> {
        stamped.into_aged(&self.clock)
    }
}

impl<T, C: Stamps + Clone> Clone for StampedReceiver<T, C> {
    fn clone(&self) -> Self {
        Self::over(self.inner.clone(), self.clock.clone())
    }
}

impl<T, C: Stamps> fmt::Debug for StampedReceiver<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StampedReceiver").field(&self.inner).finish()
    }
}
