//! The future of a send.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::TaskWaiter;

use super::SendError;
use super::shared::Shared;

/// Waits for room and sends. Made by [`Sender::send_async`](super::Sender::send_async).
///
/// # Cancel safety
/// Owns the value until it is sent: dropping the future drops it, [`cancel`](Self::cancel) hands
/// it back. Either passes on a wake that the future had been given.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SendFuture<'a, T> {
    shared: &'a Shared<T>,
    /// There until it is sent or handed back.
    value: Option<T>,
    waiter: TaskWaiter,
}

type Parts<'a, 'f, T> = (&'a Shared<T>, &'f mut Option<T>, Pin<&'f mut TaskWaiter>);

impl<'a, T> SendFuture<'a, T> {
    pub(super) const fn new(shared: &'a Shared<T>, value: T) -> Self {
        Self {
            shared,
            value: Some(value),
            waiter: TaskWaiter::new(),
        }
    }

    /// Gives up and hands the value back; none if it was sent or handed back before.
    ///
    /// Leaves the queue at once, and passes on a wake that it had been given.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::FutureExt;
    ///
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// let mut send = pin!(tx.send_async(2));
    /// assert!(send.as_mut().now_or_never().is_none()); // no room
    /// assert_eq!(send.cancel(), Some(2));
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1]);
    /// ```
    #[must_use = "the value that was not sent"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        let (shared, value, waiter) = self.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&shared.senders_waiting) };
        value.take()
    }

    /// The value while it waits.
    pub(super) fn unsent(self: Pin<&mut Self>) -> Option<&mut T> {
        self.parts().1.as_mut()
    }

    fn parts<'f>(self: Pin<&'f mut Self>) -> Parts<'a, 'f, T> {
        // SAFETY: `waiter` is pinned whenever the future is: it is never moved out, the future is
        // `!Unpin` through it, and `drop` treats it as pinned. `value` is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (this.shared, &mut this.value, waiter)
    }
}

impl<T> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (shared, value, waiter) = self.parts();
        assert!(value.is_some(), "polled after the value was gone");
        let queue = &shared.senders_waiting;
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || shared.send_ready(value)) }
    }
}

impl<T> Drop for SendFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        drop(unsafe { Pin::new_unchecked(self) }.cancel());
    }
}

impl<T> fmt::Debug for SendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture")
            .field("unsent", &self.value.is_some())
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
