//! The future of a receive.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::TaskWaiter;

use super::RecvError;
use super::shared::Shared;

/// Waits for the next message. Made by [`Receiver::recv_async`](super::Receiver::recv_async).
///
/// Polled again after it completed, it waits for another message.
///
/// # Cancel safety
/// Holds no message at any time, so dropping it loses none; a wake it had been given goes on to
/// another waiter.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvFuture<'a, T> {
    shared: &'a Shared<T>,
    waiter: TaskWaiter,
}

impl<'a, T> RecvFuture<'a, T> {
    pub(super) const fn new(shared: &'a Shared<T>) -> Self {
        let waiter = TaskWaiter::new();
        Self { shared, waiter }
    }

    fn parts(self: Pin<&mut Self>) -> (&'a Shared<T>, Pin<&mut TaskWaiter>) {
        // SAFETY: `waiter` is pinned whenever the future is: it is never moved out, the future is
        // `!Unpin` through it, and `drop` treats it as pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (this.shared, waiter)
    }
}

impl<T> Future for RecvFuture<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (shared, waiter) = self.parts();
        let queue = &shared.receivers_waiting;
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || shared.recv_ready()) }
    }
}

impl<T> Drop for RecvFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        let (shared, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&shared.receivers_waiting) };
    }
}

impl<T> fmt::Debug for RecvFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvFuture")
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
