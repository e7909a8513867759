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
/// [plain](Self::plain) channel beneath: `close`, `len`, batches, iterators, weak handles, `stats`.
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
    #[must_use]
    pub const fn over(receiver: Receiver<Stamped<T, C>>, clock: C) -> Self {
        Self {
            inner: receiver,
            clock,
        }
    }

    /// The channel beneath, for what needs no age. A message that is received there tells it by
    /// [`Stamped::into_aged`].
    #[must_use]
    pub const fn plain(&self) -> &Receiver<Stamped<T, C>> {
        &self.inner
    }

    /// As [`Receiver::try_recv`].
    ///
    /// # Errors
    /// [`TryRecvError`].
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
    pub fn recv(&self) -> Result<Aged<T>, RecvError> {
        self.inner.recv().map(|stamped| self.aged(stamped))
    }

    /// As [`Receiver::recv_timeout`]: the timeout is on [`StdClock`](crate::time::StdClock),
    /// whatever clock stamps.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Aged<T>, RecvTimeoutError> {
        self.recv_deadline(Deadline::after(now_ns(), timeout))
    }

    /// As [`Receiver::recv_deadline`].
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    pub fn recv_deadline(&self, deadline: Deadline) -> Result<Aged<T>, RecvTimeoutError> {
        let received = self.inner.recv_deadline(deadline);
        received.map(|stamped| self.aged(stamped))
    }

    /// As [`Receiver::recv_async`].
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has taken no message, and a wake it had been given
    /// goes on to another.
    pub fn recv_async(&self) -> StampedRecvFuture<'_, T, C> {
        StampedRecvFuture::new(self.inner.recv_async(), &self.clock)
    }

    #[inline]
    fn aged(&self, stamped: Stamped<T, C>) -> Aged<T> {
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
