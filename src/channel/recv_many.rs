//! Several messages received in one call.

use core::convert::identity;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use crate::time::{Deadline, now_ns};

use super::in_line::{InLine, Line};
use super::shared::Shared;
use super::{Receiver, RecvError, RecvTimeoutError, TryRecvError};

/// Waits for the next message and takes more with it. Made by [`Receiver::recv_many_async`].
///
/// Polled again after it completed, it waits for further messages.
///
/// # Cancel safety
/// Holds no message at any time: while it waits it has put none into the caller's Vec. A wake
/// that it had been given goes on to another.
///
/// # Examples
/// See [`Receiver::recv_many_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvManyFuture<'a, T> {
    /// With the buffer and the limit.
    inner: InLine<&'a Shared<T>, (&'a mut Vec<T>, usize)>,
}

impl<T> Receiver<T> {
    /// Moves up to `limit` messages that are there to the end of `buf`; how many.
    ///
    /// Never makes `buf` grow: takes no more than fit into its spare capacity. So make room in it
    /// before each call: `Vec::with_capacity` once, then `clear` or `drain(..)` after each batch.
    /// Without a place for a message, since `limit` or that capacity is zero, `Ok(0)` comes at
    /// once, whatever is inside; a loop that goes on over it spins. `Ok(0)` never comes else.
    ///
    /// # Guarantees
    /// As [`try_recv`](Self::try_recv): never waits, never allocates. The messages come in their
    /// order; with several receivers, others may have taken some between them. Wakes as many
    /// senders as it has made room for, before it copies the messages.
    ///
    /// # Errors
    /// Nothing was received: [`TryRecvError::Empty`] if no send has completed whose message is not
    /// received yet, [`TryRecvError::Closed`] if none will any more. A call without a place for a
    /// message also gets `Closed`, in place of `Ok(0)`, once no message is inside a closed channel;
    /// a send still in progress then it leaves to a call that could take its message.
    ///
    /// # Complexity
    /// Linear in the number received. Up to eight messages share one read-modify-write of the
    /// claim, and each has one of its own: as many as an eighth of the slots that the channel has
    /// beyond its capacity, so eight where the capacity is a power of two from 64 on.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(4);
    /// (0..4).for_each(|n| tx.try_send(n).unwrap());
    /// let mut buf = Vec::with_capacity(3);
    /// assert_eq!(rx.try_recv_many(&mut buf, 2), Ok(2));
    /// assert_eq!(rx.try_recv_many(&mut buf, 2), Ok(1)); // what fitted
    /// assert_eq!(buf, [0, 1, 2]);
    /// ```
    #[must_use = "how many were received is in the result"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_recv_many(&self, buf: &mut Vec<T>, limit: usize) -> Result<usize, TryRecvError> {
        self.shared.try_recv_many(buf, limit, identity)
    }

    /// Parks the thread until there is a message, then does as
    /// [`try_recv_many`](Self::try_recv_many). Waits for the first message only; never allocates.
    ///
    /// `Ok(0)` comes at once if `limit` or the spare capacity of `buf` is zero.
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received; as
    /// [`try_recv_many`](Self::try_recv_many) says, also without a place for a message.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(8);
    /// std::thread::spawn(move || (0..20).try_for_each(|n| tx.send(n)));
    /// let (mut batch, mut sum) = (Vec::with_capacity(16), 0);
    /// while rx.recv_many(&mut batch, 16).is_ok() {
    ///     sum += batch.iter().sum::<i32>();
    ///     batch.clear(); // room for the next ones
    /// }
    /// assert_eq!(sum, 190);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_many(&self, buf: &mut Vec<T>, limit: usize) -> Result<usize, RecvError> {
        self.recv_many_deadline(buf, limit, Deadline::NEVER)
            .map_err(|_| RecvError)
    }

    /// As [`recv_many`](Self::recv_many), for `timeout`. Zero does not sleep; `Duration::MAX` is
    /// forever. Comes back late as [`recv_timeout`](Self::recv_timeout) does.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// tx.send(1).unwrap();
    /// let mut batch = Vec::with_capacity(4);
    /// let time = Duration::from_millis(1);
    /// assert_eq!(rx.recv_many_timeout(&mut batch, 4, time), Ok(1));
    /// assert!(rx.recv_many_timeout(&mut batch, 4, time).unwrap_err().is_timeout());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_many_timeout(
        &self,
        buf: &mut Vec<T>,
        limit: usize,
        timeout: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        self.recv_many_deadline(buf, limit, Deadline::after(now_ns(), timeout))
    }

    /// As [`recv_many`](Self::recv_many), until `deadline` on
    /// [`StdClock`](crate::time::StdClock), no other: see [`recv_deadline`](Self::recv_deadline).
    ///
    /// Messages that come at the last moment win over the timeout.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// A batch that is full, or five milliseconds after its first message:
    /// ```
    /// use std::time::Duration;
    /// use shorttail::channel::{self, Receiver};
    /// use shorttail::time::{Clock, Deadline, StdClock};
    ///
    /// /// False once the channel is closed and empty.
    /// fn fill(rx: &Receiver<u32>, batch: &mut Vec<u32>) -> bool {
    ///     if rx.recv_many(batch, usize::MAX).is_err() {
    ///         return false;
    ///     }
    ///     let flush = Deadline::after(StdClock.now_ns(), Duration::from_millis(5));
    ///     while batch.len() < batch.capacity() {
    ///         if rx.recv_many_deadline(batch, usize::MAX, flush).is_err() {
    ///             break; // time to flush; or closed, which the next call tells again
    ///         }
    ///     }
    ///     true
    /// }
    ///
    /// let (tx, rx) = channel::bounded(8);
    /// std::thread::spawn(move || (0..100).try_for_each(|n| tx.send(n)));
    /// let (mut batch, mut sum) = (Vec::with_capacity(16), 0);
    /// while fill(&rx, &mut batch) {
    ///     sum += batch.drain(..).sum::<u32>();
    /// }
    /// assert_eq!(sum, 4_950);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_many_deadline(
        &self,
        buf: &mut Vec<T>,
        limit: usize,
        deadline: Deadline,
    ) -> Result<usize, RecvTimeoutError> {
        self.shared.recv_many_until(buf, limit, deadline, identity)
    }

    /// Parks the task until there is a message, then does as
    /// [`try_recv_many`](Self::try_recv_many). Waits for the first message only; never allocates.
    ///
    /// `Ok(0)` comes at once if `limit` or the spare capacity of `buf` is zero. The future is not
    /// `Unpin`: `pin!` it to poll it by reference.
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received; as
    /// [`try_recv_many`](Self::try_recv_many) says, also without a place for a message.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has taken no message, and a wake it had been given
    /// goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::bounded(4);
    /// (0..4).for_each(|n| tx.try_send(n).unwrap());
    /// drop(tx);
    /// let (mut batch, mut sum) = (Vec::with_capacity(3), 0);
    /// while rx.recv_many_async(&mut batch, 3).await.is_ok() {
    ///     sum += batch.iter().sum::<i32>();
    ///     batch.clear(); // room for the next ones
    /// }
    /// assert_eq!(sum, 6);
    /// # }).unwrap();
    /// ```
    pub fn recv_many_async<'a>(
        &'a self,
        buf: &'a mut Vec<T>,
        limit: usize,
    ) -> RecvManyFuture<'a, T> {
        let inner = InLine::new(&*self.shared, Line::Message, (buf, limit));
        RecvManyFuture { inner }
    }
}

impl<T> Future for RecvManyFuture<'_, T> {
    type Output = Result<usize, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        inner.poll(cx, |shared, (buf, limit)| {
            shared.recv_many_ready(buf, *limit, identity)
        })
    }
}

impl<T> fmt::Debug for RecvManyFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvManyFuture")
            .field("limit", &self.inner.carried().1)
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
