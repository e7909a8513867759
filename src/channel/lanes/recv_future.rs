//! The future of a receive from lanes.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::TaskWaiter;

use super::super::RecvError;
use super::core::Core;

/// Waits for the next message of any lane. Made by
/// [`LanesReceiver::recv_async`](super::LanesReceiver::recv_async).
///
/// Polled again after it completed, it waits for another message.
///
/// # Cancel safety
/// Holds no message at any time, so dropping it loses none; a wake it had been given goes on to
/// another waiter.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LaneRecvFuture<'a, T> {
    core: &'a Core<T>,
    waiter: TaskWaiter,
}

impl<'a, T> LaneRecvFuture<'a, T> {
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

impl<T> Future for LaneRecvFuture<'_, T> {
    type Output = Result<(usize, T), RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (core, waiter) = self.parts();
        let queue = &core.receivers_waiting;
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || core.recv_ready()) }
    }
}

impl<T> Drop for LaneRecvFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        let (core, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&core.receivers_waiting) };
    }
}

impl<T> fmt::Debug for LaneRecvFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneRecvFuture")
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
