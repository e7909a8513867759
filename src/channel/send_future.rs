//! The future of a send.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::SendError;
use super::in_line::{InLine, Line};
use super::shared::Shared;

/// Waits for room and sends. Made by [`Sender::send_async`](super::Sender::send_async).
///
/// # Cancel safety
/// Owns the value until it is sent: dropping the future drops it, [`cancel`](Self::cancel) hands
/// it back. Either passes on a wake that the future had been given.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SendFuture<'a, T> {
    /// With the value until it is sent or handed back.
    inner: InLine<&'a Shared<T>, Option<T>>,
}

impl<'a, T> SendFuture<'a, T> {
    pub(super) const fn new(shared: &'a Shared<T>, value: T) -> Self {
        let inner = InLine::new(shared, Line::Room, Some(value));
        Self { inner }
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
        let mut inner = self.inner();
        inner.as_mut().leave();
        inner.carried_mut().take()
    }

    /// The value while it waits.
    pub(super) fn unsent(self: Pin<&mut Self>) -> Option<&mut T> {
        self.inner().carried_mut().as_mut()
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut InLine<&'a Shared<T>, Option<T>>> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        unsafe { self.map_unchecked_mut(|this| &mut this.inner) }
    }
}

impl<T> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            self.inner.carried().is_some(),
            "a SendFuture was polled after it had completed or was cancelled"
        );
        self.inner()
            .poll(cx, |shared, value| shared.send_ready(value))
    }
}

impl<T> fmt::Debug for SendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture")
            .field("unsent", &self.inner.carried().is_some())
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
