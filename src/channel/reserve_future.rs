//! The futures of a permit.

use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::TaskWaiter;

use super::shared::Shared;
use super::{OwnedPermit, Permit, ReserveError, Sender};

/// Waits for room and takes it. Made by [`Sender::reserve_async`].
///
/// Polled again after it completed, it takes room for another message.
///
/// # Cancel safety
/// Holds no room at any time: dropped before completion, it has changed nothing; a wake that it
/// had been given goes on to another.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ReserveFuture<'a, T> {
    shared: &'a Shared<T>,
    waiter: TaskWaiter,
}

impl<'a, T> ReserveFuture<'a, T> {
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

impl<'a, T> Future for ReserveFuture<'a, T> {
    type Output = Result<Permit<'a, T>, ReserveError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (shared, waiter) = self.parts();
        let queue = &shared.senders_waiting;
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || shared.reserve_ready()) }
    }
}

impl<T> Drop for ReserveFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        let (shared, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&shared.senders_waiting) };
    }
}

impl<T> fmt::Debug for ReserveFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveFuture")
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}

/// Waits for room and takes it, with a sender of its own. Made by [`Sender::reserve_owned_async`].
///
/// # Cancel safety
/// Holds no room at any time: dropped before completion, it drops its sender; a wake that it had
/// been given goes on to another.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ReserveOwnedFuture<T> {
    /// There until the permit takes it. It keeps the queue alive in which `waiter` may be linked.
    sender: Option<Sender<T>>,
    waiter: TaskWaiter,
}

type Parts<'f, T> = (&'f mut Option<Sender<T>>, Pin<&'f mut TaskWaiter>);

impl<T> ReserveOwnedFuture<T> {
    pub(super) const fn new(sender: Sender<T>) -> Self {
        Self {
            sender: Some(sender),
            waiter: TaskWaiter::new(),
        }
    }

    fn parts(self: Pin<&mut Self>) -> Parts<'_, T> {
        // SAFETY: `waiter` is pinned whenever the future is: it is never moved out, the future is
        // `!Unpin` through it, and `drop` treats it as pinned. `sender` is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (&mut this.sender, waiter)
    }
}

impl<T> Future for ReserveOwnedFuture<T> {
    type Output = Result<OwnedPermit<T>, ReserveError>;

    /// # Panics
    /// If polled after it completed: its sender is gone.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (slot, waiter) = self.parts();
        let Some(sender) = slot else {
            panic!("polled after the sender was gone");
        };
        let shared = &sender.shared;
        let queue = &shared.senders_waiting;
        // SAFETY: always the queue of this sender, which stays here while the waiter is linked:
        // it leaves below, after a result, with which `poll` has unlinked the waiter, and else
        // in `drop`, which releases the waiter first.
        let reserved = unsafe { waiter.poll(queue, cx, || shared.reserve_ready()) };
        let taken = reserved.map_ok(mem::forget);
        taken.map_ok(|()| match slot.take() {
            Some(sender) => OwnedPermit::new(sender),
            None => unreachable!("borrowed above"),
        })
    }
}

impl<T> Drop for ReserveOwnedFuture<T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        let (slot, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        if let Some(sender) = slot {
            // SAFETY: the queue given to `poll`; the sender is dropped after this.
            unsafe { waiter.release(&sender.shared.senders_waiting) };
        }
    }
}

impl<T> fmt::Debug for ReserveOwnedFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveOwnedFuture")
            .field("sender", &self.sender)
            .field("waiting", &self.waiter.is_linked())
            .finish()
    }
}
