//! Several messages received in one call.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::TaskWaiter;

use super::shared::Shared;
use super::{Receiver, RecvError, TryRecvError};

/// Waits for the next message and takes more with it. Made by [`Receiver::recv_many_async`].
///
/// Polled again after it completed, it waits for further messages.
///
/// # Cancel safety
/// Holds no message at any time: while it waits it has put none into the caller's Vec. A wake
/// that it had been given goes on to another.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvManyFuture<'a, T> {
    shared: &'a Shared<T>,
    buf: &'a mut Vec<T>,
    limit: usize,
    waiter: TaskWaiter,
}

type Parts<'a, 'f, T> = (
    &'a Shared<T>,
    (&'f mut Vec<T>, usize),
    Pin<&'f mut TaskWaiter>,
);

impl<T> Receiver<T> {
    /// Moves up to `limit` messages that are there to the end of `buf`; how many.
    ///
    /// Never makes `buf` grow: takes no more than fit into its spare capacity. So `Ok(0)` comes
    /// only if `limit` or that capacity is zero: make room in it before each call.
    ///
    /// # Guarantees
    /// As [`try_recv`](Self::try_recv): never waits, never allocates. The messages come in their
    /// order; with several receivers, others may have taken some between them. Wakes as many
    /// senders as it has made room for, before it copies the messages.
    ///
    /// # Errors
    /// Nothing was received: [`TryRecvError::Empty`] if no send has completed whose message is not
    /// received yet, [`TryRecvError::Closed`] if none will any more.
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
        self.shared.try_recv_many(buf, limit)
    }

    /// Parks the thread until there is a message, then does as
    /// [`try_recv_many`](Self::try_recv_many). Waits for the first message only; never allocates.
    ///
    /// `Ok(0)` comes at once if `limit` or the spare capacity of `buf` is zero.
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(8);
    /// std::thread::spawn(move || (0..20).try_for_each(|n| tx.send(n)));
    /// let (mut batch, mut sum) = (Vec::with_capacity(16), 0);
    /// while rx.recv_many(&mut batch, 16).is_ok() {
    ///     sum += batch.drain(..).sum::<i32>();
    /// }
    /// assert_eq!(sum, 190);
    /// ```
    pub fn recv_many(&self, buf: &mut Vec<T>, limit: usize) -> Result<usize, RecvError> {
        self.shared.recv_many(buf, limit)
    }

    /// Parks the task until there is a message, then does as
    /// [`try_recv_many`](Self::try_recv_many). Waits for the first message only; never allocates.
    ///
    /// `Ok(0)` comes at once if `limit` or the spare capacity of `buf` is zero.
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has taken no message, and a wake it had been given
    /// goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::bounded(4);
    /// tx.try_send(5).unwrap();
    /// let mut buf = Vec::with_capacity(4);
    /// assert_eq!(rx.recv_many_async(&mut buf, 4).await, Ok(1));
    /// # }).unwrap();
    /// ```
    pub fn recv_many_async<'a>(
        &'a self,
        buf: &'a mut Vec<T>,
        limit: usize,
    ) -> RecvManyFuture<'a, T> {
        RecvManyFuture {
            shared: &self.shared,
            buf,
            limit,
            waiter: TaskWaiter::new(),
        }
    }
}

impl<'a, T> RecvManyFuture<'a, T> {
    fn parts<'f>(self: Pin<&'f mut Self>) -> Parts<'a, 'f, T> {
        // SAFETY: `waiter` is pinned whenever the future is: it is never moved out, the future is
        // `!Unpin` through it, and `drop` treats it as pinned. `buf` is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (this.shared, (this.buf, this.limit), waiter)
    }
}

impl<T> Future for RecvManyFuture<'_, T> {
    type Output = Result<usize, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (shared, (buf, limit), waiter) = self.parts();
        let queue = &shared.receivers_waiting;
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || shared.recv_many_ready(buf, limit)) }
    }
}

impl<T> Drop for RecvManyFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        let (shared, _, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&shared.receivers_waiting) };
    }
}

impl<T> fmt::Debug for RecvManyFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvManyFuture")
            .field("limit", &self.limit)
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
