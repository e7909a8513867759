//! The future of a receive.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::RecvError;
use super::in_line::{InLine, Line};
use super::shared::Shared;

/// Waits for the next message. Made by [`Receiver::recv_async`](super::Receiver::recv_async).
///
/// Polled again after it completed, it waits for another message.
///
/// # Cancel safety
/// Holds no message at any time, so dropping it loses none; a wake it had been given goes on to
/// another waiter.
///
/// # Examples
/// See [`Receiver::recv_async`](super::Receiver::recv_async).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvFuture<'a, T> {
    inner: InLine<&'a Shared<T>>,
}

impl<'a, T> RecvFuture<'a, T> {
    pub(super) const fn new(shared: &'a Shared<T>) -> Self {
        let inner = InLine::new(shared, Line::Message, ());
        Self { inner }
    }
}

impl<T> Future for RecvFuture<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        inner.poll(cx, |shared, ()| shared.recv_ready())
    }
}

impl<T> fmt::Debug for RecvFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvFuture")
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
