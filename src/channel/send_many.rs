//! Several messages sent in one call.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::collections::VecDeque;

use crate::time::{Deadline, now_ns};

use super::in_line::{InLine, Line};
use super::shared::Shared;
use super::{SendError, SendTimeoutError, Sender, TrySendError};

/// Waits until all of a batch is sent. Made by [`Sender::send_many_async`].
///
/// Polled again after it completed, it completes again: with `Ok` if nothing is left to send, else
/// with the same error.
///
/// # Cancel safety
/// Holds no message at any time: dropped before completion, what is not sent is still in the
/// caller's deque. A wake that it had been given goes on to another.
///
/// # Examples
/// See [`Sender::send_many_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SendManyFuture<'a, T> {
    inner: InLine<&'a Shared<T>, &'a mut VecDeque<T>>,
}

impl<T> Sender<T> {
    /// Puts in as many messages from the front of `values` as there is room for; how many.
    ///
    /// What is not sent stays in `values`, in order. `Ok` with fewer than there were says that the
    /// room has run out, or that the channel was closed meanwhile: the next call tells which.
    /// `Ok(0)` comes only if there was nothing to send, then also from a closed channel. A `Vec`
    /// becomes a deque by `VecDeque::from`, without an allocation or a copy.
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
    /// Costs what [`try_send_many`](Self::try_send_many) does while there is room. Nothing to send
    /// is `Ok`, also on a closed channel.
    ///
    /// # Errors
    /// [`SendError`] if the channel is or gets closed; what was not sent is still in `values`.
    ///
    /// # Examples
    /// ```
    /// use std::collections::VecDeque;
    ///
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// let sender = std::thread::spawn(move || {
    ///     let mut unsent = VecDeque::from(vec![1, 2, 3, 4]);
    ///     let told = tx.send_many(&mut unsent);
    ///     (told, unsent) // after an error the rest is in the deque
    /// });
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2, 3, 4]);
    /// assert_eq!(sender.join().unwrap(), (Ok(()), VecDeque::new()));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_many(&self, values: &mut VecDeque<T>) -> Result<(), SendError<()>> {
        self.send_many_deadline(values, Deadline::NEVER)
            .map_err(|_| SendError(()))
    }

    /// As [`send_many`](Self::send_many), for `timeout` in all. Zero does not sleep;
    /// `Duration::MAX` is forever. Comes back late as [`send_timeout`](Self::send_timeout) does.
    ///
    /// # Errors
    /// [`SendTimeoutError`] when the time is over or the channel closed; what was not sent is still
    /// in `values`.
    ///
    /// # Examples
    /// ```
    /// use std::collections::VecDeque;
    /// use std::time::Duration;
    ///
    /// let (tx, _rx) = shorttail::channel::bounded(2);
    /// let mut unsent = VecDeque::from([1, 2, 3]);
    /// let told = tx.send_many_timeout(&mut unsent, Duration::from_millis(1));
    /// assert!(told.unwrap_err().is_timeout());
    /// assert_eq!(unsent, [3]);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_many_timeout(
        &self,
        values: &mut VecDeque<T>,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<()>> {
        self.send_many_deadline(values, Deadline::after(now_ns(), timeout))
    }

    /// As [`send_many`](Self::send_many), until `deadline` on
    /// [`StdClock`](crate::time::StdClock), no other: see [`send_deadline`](Self::send_deadline).
    ///
    /// Room that comes at the last moment wins over the timeout.
    ///
    /// # Errors
    /// [`SendTimeoutError`] when the time is over or the channel closed; what was not sent is still
    /// in `values`.
    ///
    /// # Examples
    /// ```
    /// use std::collections::VecDeque;
    /// use std::time::Duration;
    /// use shorttail::time::{Clock, Deadline, StdClock};
    ///
    /// let (tx, _rx) = shorttail::channel::bounded(2);
    /// let request = Deadline::after(StdClock.now_ns(), Duration::from_millis(1));
    /// let mut unsent = VecDeque::from([1, 2, 3]);
    /// assert!(tx.send_many_deadline(&mut unsent, request).unwrap_err().is_timeout());
    /// assert_eq!(unsent, [3]);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_many_deadline(
        &self,
        values: &mut VecDeque<T>,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<()>> {
        self.shared.send_many_until(values, deadline)
    }

    /// Sends all of `values`, and parks the task whenever there is no room. Never allocates.
    ///
    /// Nothing to send is `Ok`, also on a closed channel. The future is not `Unpin`: `pin!` it to
    /// poll it by reference.
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
        let inner = InLine::new(&*self.shared, Line::Room, values);
        SendManyFuture { inner }
    }
}

impl<T> Future for SendManyFuture<'_, T> {
    type Output = Result<(), SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        inner.poll(cx, |shared, values| shared.send_many_ready(values))
    }
}

impl<T> fmt::Debug for SendManyFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendManyFuture")
            .field("unsent", &self.inner.carried().len())
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
