//! The future of an offer into a lane.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::{Offered, TrySendError};
use super::LaneSendFuture;
use super::core::Core;

/// Offers a message to a lane. Made by [`Lane::offer_async`](super::Lane::offer_async).
///
/// # Cancel safety
/// Owns the value until it is sent or refused: dropping the future drops it,
/// [`cancel`](Self::cancel) hands it back. Either passes on a wake that the future had been given.
///
/// # Examples
/// See [`Lane::offer_async`](super::Lane::offer_async).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LaneOfferFuture<'a, T> {
    core: &'a Core<T>,
    lane: usize,
    send: LaneSendFuture<'a, T>,
}

impl<'a, T> LaneOfferFuture<'a, T> {
    pub(super) const fn new(core: &'a Core<T>, lane: usize, value: T) -> Self {
        let send = LaneSendFuture::new(core, lane, value);
        Self { core, lane, send }
    }

    /// Gives up and hands the value back; none if it is gone.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    ///
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// assert_eq!(pin!(tx.lane(1).offer_async(2)).cancel(), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "the value that was not sent"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        self.send().cancel()
    }

    fn send(self: Pin<&mut Self>) -> Pin<&mut LaneSendFuture<'a, T>> {
        // SAFETY: `send` is pinned whenever this future is: it is never moved out, and there is no
        // `drop` here that could.
        unsafe { self.map_unchecked_mut(|this| &mut this.send) }
    }
}

impl<T> Future for LaneOfferFuture<'_, T> {
    type Output = Result<Offered<T>, TrySendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (core, lane) = (self.core, self.lane);
        if core.waits_on_full(lane) {
            let sent = self.send().poll(cx).map_err(TrySendError::from);
            return sent.map_ok(|()| Offered::Sent);
        }
        // Never polled, so in no queue: this only takes the value out.
        let value = self
            .send()
            .cancel()
            .expect("a LaneOfferFuture was polled after it had completed or was cancelled");
        Poll::Ready(core.offer_now(lane, value))
    }
}

impl<T> fmt::Debug for LaneOfferFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LaneOfferFuture").field(&self.send).finish()
    }
}
