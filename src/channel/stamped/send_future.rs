//! The futures of sends that stamp.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::super::{OfferFuture, Offered, SendError, SendFuture, TrySendError};
use super::{Aged, Stamped, StampedSender, Stamps};

/// Waits for room and sends. Made by [`StampedSender::send_async`].
///
/// # Cancel safety
/// As [`SendFuture`].
///
/// # Examples
/// See [`StampedSender::send_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct StampedSendFuture<'a, T, C: Stamps> {
    send: SendFuture<'a, Stamped<T, C>>,
    clock: &'a C,
    /// Whether it was polled and found no room.
    waited: bool,
}

type SendParts<'a, 'f, T, C> = (
    Pin<&'f mut SendFuture<'a, Stamped<T, C>>>,
    &'a C,
    &'f mut bool,
);

impl<'a, T, C: Stamps> StampedSendFuture<'a, T, C> {
    pub(super) const fn new(send: SendFuture<'a, Stamped<T, C>>, clock: &'a C) -> Self {
        let waited = false;
        Self {
            send,
            clock,
            waited,
        }
    }

    /// Gives up and hands the value back; none if it was sent or handed back before. As
    /// [`SendFuture::cancel`].
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    ///
    /// let (tx, _rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// assert_eq!(pin!(tx.send_async(2)).cancel(), Some(2));
    /// ```
    #[must_use = "the value that was not sent"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        self.parts().0.cancel().map(Stamped::into_inner)
    }

    fn parts<'f>(self: Pin<&'f mut Self>) -> SendParts<'a, 'f, T, C> {
        // SAFETY: `send` is pinned whenever this future is: it is never moved out, and there is no
        // `drop` here that could. The others are never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let send = unsafe { Pin::new_unchecked(&mut this.send) };
        (send, this.clock, &mut this.waited)
    }
}

impl<T, C: Stamps> Future for StampedSendFuture<'_, T, C> {
    type Output = Result<(), SendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (mut send, clock, waited) = self.parts();
        if *waited {
            send.as_mut()
                .unsent()
                .into_iter()
                .for_each(|m| m.retry(clock));
        }
        *waited = true;
        let sent = send.poll(cx);
        sent.map_err(|SendError(back)| SendError(back.into_inner()))
    }
}

impl<T, C: Stamps> fmt::Debug for StampedSendFuture<'_, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut future = f.debug_tuple("StampedSendFuture");
        future.field(&self.send).finish()
    }
}

/// Offers a message. Made by [`StampedSender::offer_async`].
///
/// # Cancel safety
/// As [`OfferFuture`].
///
/// # Examples
/// See [`StampedSender::offer_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct StampedOfferFuture<'a, T, C: Stamps> {
    offer: OfferFuture<'a, Stamped<T, C>>,
    sender: &'a StampedSender<T, C>,
    /// Whether it was polled and found no room.
    waited: bool,
}

type OfferParts<'a, 'f, T, C> = (
    Pin<&'f mut OfferFuture<'a, Stamped<T, C>>>,
    &'a StampedSender<T, C>,
    &'f mut bool,
);

impl<'a, T, C: Stamps> StampedOfferFuture<'a, T, C> {
    pub(super) const fn new(
        offer: OfferFuture<'a, Stamped<T, C>>,
        sender: &'a StampedSender<T, C>,
    ) -> Self {
        let waited = false;
        Self {
            offer,
            sender,
            waited,
        }
    }

    /// Gives up and hands the value back; none if it is gone. As [`OfferFuture::cancel`].
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    ///
    /// let (tx, _rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// assert_eq!(pin!(tx.offer_async(2)).cancel(), Some(2));
    /// ```
    #[must_use = "the value that was not sent"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        self.parts().0.cancel().map(Stamped::into_inner)
    }

    fn parts<'f>(self: Pin<&'f mut Self>) -> OfferParts<'a, 'f, T, C> {
        // SAFETY: `offer` is pinned whenever this future is: it is never moved out, and there is no
        // `drop` here that could. The others are never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let offer = unsafe { Pin::new_unchecked(&mut this.offer) };
        (offer, this.sender, &mut this.waited)
    }
}

impl<T, C: Stamps> Future for StampedOfferFuture<'_, T, C> {
    type Output = Result<Offered<Aged<T>>, TrySendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (mut offer, sender, waited) = self.parts();
        if *waited {
            let unsent = offer.as_mut().unsent();
            unsent.into_iter().for_each(|m| m.retry(sender.clock()));
        }
        *waited = true;
        offer.poll(cx).map(|told| sender.offered(told))
    }
}

impl<T, C: Stamps> fmt::Debug for StampedOfferFuture<'_, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut future = f.debug_tuple("StampedOfferFuture");
        future.field(&self.offer).finish()
    }
}
