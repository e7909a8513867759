//! Several messages sent in one call.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;

use crate::wait::TaskWaiter;

use super::shared::Shared;
use super::{SendError, Sender, TrySendError};

/// Waits until all of a batch is sent. Made by [`Sender::send_many_async`].
///
/// Polled again after it completed, it completes again, with nothing left to send.
///
/// # Cancel safety
/// Holds no message at any time: dropped before completion, what is not sent is still in the
/// caller's deque. A wake that it had been given goes on to another.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SendManyFuture<'a, T> {
    shared: &'a Shared<T>,
    values: &'a mut VecDeque<T>,
    waiter: TaskWaiter,
}

type Parts<'a, 'f, T> = (&'a Shared<T>, &'f mut VecDeque<T>, Pin<&'f mut TaskWaiter>);

impl<T> Sender<T> {
    /// Puts in as many messages from the front of `values` as there is room for; how many.
    ///
    /// What is not sent stays in `values`, in order. `Ok` with fewer than there were says that the
    /// room has run out, or that the channel was closed meanwhile: the next call tells which.
    /// `Ok(0)` comes only if there was nothing to send.
    ///
    /// # Guarantees
    /// As [`try_send`](Self::try_send): never waits, never allocates. The messages keep their
    /// order; those of other senders may come between them. Others may receive the first ones
    /// before the last are in. Wakes as many receivers as it has put messages in.
    ///
    /// # Errors
    /// Nothing was sent: [`TrySendError::Full`] without room, [`TrySendError::Closed`] after close.
    ///
    /// # Complexity
    /// Linear in the number sent. Up to eight messages share one read-modify-write of the claim,
    /// and each has one of its own: as many as an eighth of the slots that the channel has beyond
    /// its capacity, so eight where the capacity is a power of two from 64 on. Where there is room
    /// for one only, or positions that were stepped over lie between the messages, it goes one at a
    /// time, at the price of as many `try_send`s.
    ///
    /// # Examples
    /// ```
    /// use std::collections::VecDeque;
    ///
    /// let (tx, rx) = shorttail::channel::bounded(3);
    /// let mut values = VecDeque::from([1, 2, 3, 4]);
    /// assert_eq!(tx.try_send_many(&mut values), Ok(3));
    /// assert_eq!(values, [4]); // no room: still here
    /// assert!(tx.try_send_many(&mut values).unwrap_err().is_full());
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    #[must_use = "how many were sent is in the result"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_send_many(&self, values: &mut VecDeque<T>) -> Result<usize, TrySendError<()>> {
        self.shared.try_send_many(values)
    }

    /// Sends all of `values`, and parks the thread whenever there is no room. Never allocates.
    ///
    /// Costs what [`try_send_many`](Self::try_send_many) does while there is room.
    ///
    /// # Errors
    /// [`SendError`] if the channel is or gets closed; what was not sent is still in `values`.
    ///
    /// # Examples
    /// ```
    /// use std::collections::VecDeque;
    ///
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// let sender = std::thread::spawn(move || tx.send_many(&mut VecDeque::from([1, 2, 3, 4])));
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2, 3, 4]);
    /// assert_eq!(sender.join().unwrap(), Ok(()));
    /// ```
    pub fn send_many(&self, values: &mut VecDeque<T>) -> Result<(), SendError<()>> {
        self.shared.send_many(values)
    }

    /// Sends all of `values`, and parks the task whenever there is no room. Never allocates.
    ///
    /// # Errors
    /// [`SendError`] if the channel is or gets closed; what was not sent is still in `values`.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has sent some of the messages, from the front, and
    /// left the others in `values`. A wake it had been given goes on to another.
    ///
    /// # Examples
    /// ```
    /// use std::collections::VecDeque;
    /// use futures_util::FutureExt;
    ///
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// let mut values = VecDeque::from([1, 2, 3]);
    /// assert_eq!(tx.send_many_async(&mut values).now_or_never(), None); // given up
    /// assert_eq!(values, [3]);
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2]);
    /// assert_eq!(tx.send_many_async(&mut values).now_or_never(), Some(Ok(())));
    /// ```
    pub fn send_many_async<'a>(&'a self, values: &'a mut VecDeque<T>) -> SendManyFuture<'a, T> {
        SendManyFuture {
            shared: &self.shared,
            values,
            waiter: TaskWaiter::new(),
        }
    }
}

impl<'a, T> SendManyFuture<'a, T> {
    fn parts<'f>(self: Pin<&'f mut Self>) -> Parts<'a, 'f, T> {
        // SAFETY: `waiter` is pinned whenever the future is: it is never moved out, the future is
        // `!Unpin` through it, and `drop` treats it as pinned. `values` is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (this.shared, this.values, waiter)
    }
}

impl<T> Future for SendManyFuture<'_, T> {
    type Output = Result<(), SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (shared, values, waiter) = self.parts();
        let queue = &shared.senders_waiting;
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || shared.send_many_ready(values)) }
    }
}

impl<T> Drop for SendManyFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        let (shared, _, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&shared.senders_waiting) };
    }
}

impl<T> fmt::Debug for SendManyFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendManyFuture")
            .field("unsent", &self.values.len())
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
