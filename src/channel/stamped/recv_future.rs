//! The future of a receive that tells the age.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::{RecvError, RecvFuture};
use super::{Aged, Stamped, Stamps};

/// Waits for the next message. Made by [`StampedReceiver::recv_async`](super::StampedReceiver).
///
/// Polled again after it completed, it waits for another message.
///
/// # Cancel safety
/// As [`RecvFuture`]: it holds no message at any time.
///
/// # Examples
/// See [`StampedReceiver::recv_async`](super::StampedReceiver::recv_async).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct StampedRecvFuture<'a, T, C: Stamps> {
    recv: RecvFuture<'a, Stamped<T, C>>,
    clock: &'a C,
}

impl<'a, T, C: Stamps> StampedRecvFuture<'a, T, C> {
    pub(super) const fn new(recv: RecvFuture<'a, Stamped<T, C>>, clock: &'a C) -> Self {
        Self { recv, clock }
    }
}

impl<T, C: Stamps> Future for StampedRecvFuture<'_, T, C> {
    type Output = Result<Aged<T>, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let clock = self.clock;
        // SAFETY: `recv` is pinned whenever this future is: it is never moved out, and there is no
        // `drop` here that could.
        let recv = unsafe { self.map_unchecked_mut(|this| &mut this.recv) };
        recv.poll(cx).map_ok(|stamped| stamped.into_aged(clock))
    }
}

impl<T, C: Stamps> fmt::Debug for StampedRecvFuture<'_, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut future = f.debug_tuple("StampedRecvFuture");
        future.field(&self.recv).finish()
    }
}
