//! The future of a close.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::in_line::{InLine, Line};
use super::shared::Shared;

/// Waits until the channel is closed. Made by [`Sender::closed_async`](super::Sender::closed_async)
/// and [`Receiver::closed_async`](super::Receiver::closed_async).
///
/// Polled again after it completed, it completes again.
///
/// # Cancel safety
/// Dropped before completion, it has changed nothing; a wake it had been given goes on to another.
///
/// # Examples
/// See [`Sender::closed_async`](super::Sender::closed_async).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ClosedFuture<'a, T> {
    inner: InLine<&'a Shared<T>>,
}

impl<'a, T> ClosedFuture<'a, T> {
    pub(super) const fn new(shared: &'a Shared<T>) -> Self {
        let inner = InLine::new(shared, Line::Close, ());
        Self { inner }
    }
}

impl<T> Future for ClosedFuture<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        inner.poll(cx, |shared, ()| shared.closed_ready())
    }
}

impl<T> fmt::Debug for ClosedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosedFuture")
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
