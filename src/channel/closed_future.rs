//! The future of a close.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::TaskWaiter;

use super::shared::Shared;

/// Waits until the channel is closed. Made by [`Sender::closed_async`](super::Sender::closed_async)
/// and [`Receiver::closed_async`](super::Receiver::closed_async).
///
/// Polled again after it completed, it completes again.
///
/// # Cancel safety
/// Dropped before completion, it has changed nothing; a wake it had been given goes on to another.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ClosedFuture<'a, T> {
    shared: &'a Shared<T>,
    waiter: TaskWaiter,
}

impl<'a, T> ClosedFuture<'a, T> {
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

impl<T> Future for ClosedFuture<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (shared, waiter) = self.parts();
        let queue = &shared.closed_waiting;
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || shared.closed_ready()) }
    }
}

impl<T> Drop for ClosedFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        let (shared, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&shared.closed_waiting) };
    }
}

impl<T> fmt::Debug for ClosedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosedFuture")
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
