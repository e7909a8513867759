//! The future of a send into a lane.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::SendError;
use super::super::in_line::InLine;
use super::core::Core;
use super::in_line::Line;

/// Waits for room in a lane and sends. Made by [`Lane::send_async`](super::Lane::send_async).
///
/// # Cancel safety
/// Owns the value until it is sent: dropping the future drops it, [`cancel`](Self::cancel) hands
/// it back. Either passes on a wake that the future had been given.
///
/// # Examples
/// See [`Lane::send_async`](super::Lane::send_async).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LaneSendFuture<'a, T> {
    lane: usize,
    /// With the value until it is sent or handed back.
    inner: InLine<&'a Core<T>, Option<T>>,
}

impl<'a, T> LaneSendFuture<'a, T> {
    pub(super) const fn new(core: &'a Core<T>, lane: usize, value: T) -> Self {
        let inner = InLine::new(core, Line::Room(lane), Some(value));
        Self { lane, inner }
    }

    /// Gives up and hands the value back; none if it was sent or handed back before.
    ///
    /// Leaves the queue at once, and passes on a wake that it had been given.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::FutureExt;
    ///
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(1).try_send(1)?;
    /// let mut send = pin!(tx.lane(1).send_async(2));
    /// assert!(send.as_mut().now_or_never().is_none()); // no room
    /// assert_eq!(send.cancel(), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "the value that was not sent"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        let mut inner = self.inner();
        inner.as_mut().leave();
        inner.carried_mut().take()
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut InLine<&'a Core<T>, Option<T>>> {
        // SAFETY: `inner` is pinned whenever the whole is; nothing moves it out.
        unsafe { self.map_unchecked_mut(|this| &mut this.inner) }
    }
}

impl<T> Future for LaneSendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let lane = self.lane;
        assert!(
            self.inner.carried().is_some(),
            "a LaneSendFuture was polled after it had completed or was cancelled"
        );
        let send = |core: &&Core<T>, value: &mut Option<T>| core.send_ready(lane, value);
        self.inner().poll(cx, send)
    }
}

impl<T> fmt::Debug for LaneSendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneSendFuture")
            .field("lane", &self.lane)
            .field("unsent", &self.inner.carried().is_some())
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
