//! The future of a receive from lanes.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::RecvError;
use super::super::in_line::InLine;
use super::core::Core;
use super::in_line::Line;

/// Waits for the next message of any lane. Made by
/// [`LanesReceiver::recv_async`](super::LanesReceiver::recv_async).
///
/// Polled again after it completed, it waits for another message.
///
/// # Cancel safety
/// Holds no message at any time, so dropping it loses none; a wake it had been given goes on to
/// another waiter.
///
/// # Examples
/// See [`LanesReceiver::recv_async`](super::LanesReceiver::recv_async).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LaneRecvFuture<'a, T> {
    inner: InLine<&'a Core<T>>,
}

impl<'a, T> LaneRecvFuture<'a, T> {
    pub(super) const fn new(core: &'a Core<T>) -> Self {
        let inner = InLine::new(core, Line::Message, ());
        Self { inner }
    }
}

impl<T> Future for LaneRecvFuture<'_, T> {
    type Output = Result<(usize, T), RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        inner.poll(cx, |core, ()| core.recv_ready())
    }
}

impl<T> fmt::Debug for LaneRecvFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneRecvFuture")
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
