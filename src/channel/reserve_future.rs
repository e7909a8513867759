//! The futures of a permit.

use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::in_line::{InLine, Line, Way};
use super::shared::Shared;
use super::{OwnedPermit, Permit, ReserveError, Sender};

/// Waits for room and takes it. Made by [`Sender::reserve_async`].
///
/// Polled again after it completed, it takes room for another message.
///
/// # Cancel safety
/// Holds no room at any time: dropped before completion, it has changed nothing; a wake that it
/// had been given goes on to another.
///
/// # Examples
/// See [`Sender::reserve_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ReserveFuture<'a, T> {
    inner: InLine<&'a Shared<T>>,
}

impl<'a, T> ReserveFuture<'a, T> {
    pub(super) const fn new(shared: &'a Shared<T>) -> Self {
        let inner = InLine::new(shared, Line::Room, ());
        Self { inner }
    }
}

impl<'a, T> Future for ReserveFuture<'a, T> {
    type Output = Result<Permit<'a, T>, ReserveError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        inner.poll(cx, |shared, ()| shared.reserve_ready())
    }
}

impl<T> fmt::Debug for ReserveFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveFuture")
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}

// SAFETY: a sender keeps its channel in place by an `Arc` that nothing replaces.
unsafe impl<T> Way for Sender<T> {
    type Message = T;

    fn shared(&self) -> &Shared<T> {
        &self.shared
    }
}

/// Waits for room and takes it, with a sender of its own. Made by [`Sender::reserve_owned_async`].
///
/// # Cancel safety
/// Holds no room at any time: dropped before completion, it drops its sender; a wake that it had
/// been given goes on to another.
///
/// # Examples
/// See [`Sender::reserve_owned_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ReserveOwnedFuture<T> {
    /// With the sender until it completes.
    inner: InLine<Sender<T>>,
}

impl<T> ReserveOwnedFuture<T> {
    pub(super) const fn new(sender: Sender<T>) -> Self {
        let inner = InLine::new(sender, Line::Room, ());
        Self { inner }
    }
}

impl<T> Future for ReserveOwnedFuture<T> {
    type Output = Result<OwnedPermit<T>, ReserveError<Sender<T>>>;

    /// # Panics
    /// If polled after it completed: its sender is gone.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            self.inner.way().is_some(),
            "a ReserveOwnedFuture was polled after it had completed"
        );
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let mut inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        let polled = inner
            .as_mut()
            .poll(cx, |sender, ()| sender.shared.reserve_ready())
            .map_ok(mem::forget);
        let reserved = ready!(polled);
        let Some(sender) = inner.take() else {
            unreachable!("there at the assertion");
        };
        Poll::Ready(match reserved {
            Ok(()) => Ok(OwnedPermit::new(sender)),
            Err(why) => Err(why.with(sender)),
        })
    }
}

impl<T> fmt::Debug for ReserveOwnedFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveOwnedFuture")
            .field("sender", &self.inner.way())
            .field("waiting", &self.inner.is_waiting())
            .finish()
    }
}
