//! The future of the close of all lanes.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::in_line::InLine;
use super::core::Core;
use super::in_line::Line;

/// Waits until every lane is closed. Made by
/// [`LanesSender::closed_async`](super::LanesSender::closed_async) and
/// [`LanesReceiver::closed_async`](super::LanesReceiver::closed_async).
///
/// Polled again after it completed, it completes again.
///
/// # Cancel safety
/// Dropped before completion, it has changed nothing; a wake it had been given goes on to another.
///
/// # Examples
/// See [`LanesSender::closed_async`](super::LanesSender::closed_async).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LanesClosedFuture<'a, T> {
    inner: InLine<&'a Core<T>>,
}

impl<'a, T> LanesClosedFuture<'a, T> {
    pub(super) const fn new(core: &'a Core<T>) -> Self {
        let inner = InLine::new(core, Line::Close, ());
        Self { inner }
    }
}

impl<T> Future for LanesClosedFuture<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        inner.poll(cx, |core, ()| core.closed_ready())
    }
}

impl<T> fmt::Debug for LanesClosedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LanesClosedFuture")
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
