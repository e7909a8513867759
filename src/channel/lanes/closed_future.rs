//! The future of the close of all lanes.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::TaskWaiter;

use super::core::Core;

/// Waits until every lane is closed. Made by
/// [`LanesSender::closed_async`](super::LanesSender::closed_async) and
/// [`LanesReceiver::closed_async`](super::LanesReceiver::closed_async).
///
/// Polled again after it completed, it completes again.
///
/// # Cancel safety
/// Dropped before completion, it has changed nothing; a wake it had been given goes on to another.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LanesClosedFuture<'a, T> {
    core: &'a Core<T>,
    waiter: TaskWaiter,
}

impl<'a, T> LanesClosedFuture<'a, T> {
    pub(super) const fn new(core: &'a Core<T>) -> Self {
        let waiter = TaskWaiter::new();
        Self { core, waiter }
    }

    fn parts(self: Pin<&mut Self>) -> (&'a Core<T>, Pin<&mut TaskWaiter>) {
        // SAFETY: `waiter` is pinned whenever the future is: it is never moved out, the future is
        // `!Unpin` through it, and `drop` treats it as pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (this.core, waiter)
    }
}

impl<T> Future for LanesClosedFuture<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (core, waiter) = self.parts();
        let queue = &core.closed_waiting;
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || core.closed_ready()) }
    }
}

impl<T> Drop for LanesClosedFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        let (core, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&core.closed_waiting) };
    }
}

impl<T> fmt::Debug for LanesClosedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LanesClosedFuture")
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
