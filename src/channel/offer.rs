//! Sends that do with a full channel as its policy says.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::shared::Shared;
use super::{Offered, SendFuture, Sender, TrySendError};

impl<T> Sender<T> {
    /// Puts `value` in; if there is no room, does as the channel's [`OnFull`](super::OnFull) says.
    ///
    /// Never allocates. Parks the thread under [`OnFull::Wait`](super::OnFull::Wait) alone, which
    /// is the policy if none was chosen; under the others the guarantees of
    /// [`try_send`](Self::try_send) hold. Each message that is rejected, evicted or shed is counted
    /// once in [`stats`](Self::stats). If a receiver's waker panics, that unwinds this call and
    /// drops the message that was to come back: an evicted one is counted then, since it is before
    /// the wake, and a refused one is not.
    ///
    /// Under [`OnFull::DropOldest`](super::OnFull::DropOldest) the new message goes in before the
    /// oldest comes out, as [`force_send`](Self::force_send) says: in between the channel holds one
    /// message more than its capacity.
    ///
    /// # Errors
    /// [`TrySendError::Closed`] after close. [`TrySendError::Full`] under
    /// [`OnFull::Reject`](super::OnFull::Reject), and under
    /// [`OnFull::DropOldest`](super::OnFull::DropOldest) when nothing can make way: permits hold
    /// all the room, or threads that are frozen in the middle of calls own every slot. Both hand
    /// `value` back.
    ///
    /// # Complexity
    /// That of [`send`](Self::send), [`try_send`](Self::try_send) or
    /// [`force_send`](Self::force_send), and one look at the policy. A send for the oldest message
    /// takes one position and one message, whatever the others do in between; it does not begin
    /// again when another sender takes the room.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Builder, Offered, OnFull};
    ///
    /// let (tx, _rx) = Builder::new(1).on_full(OnFull::Shed).build()?;
    /// assert_eq!(tx.offer("in")?, Offered::Sent);
    /// assert_eq!(tx.offer("out")?, Offered::Shed);
    /// assert_eq!(tx.stats().shed, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn offer(&self, value: T) -> Result<Offered<T>, TrySendError<T>> {
        self.shared.offer(value, |_| {})
    }

    /// As [`offer`](Self::offer), but [`OnFull::Wait`](super::OnFull::Wait) parks the task. Never
    /// allocates.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has not sent the value and drops it;
    /// [`OfferFuture::cancel`] gives it back instead. Only one that waits can be dropped half-way:
    /// under the other policies the first poll completes.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// use shorttail::channel::{Builder, OnFull};
    ///
    /// let (tx, _rx) = Builder::new(1).on_full(OnFull::Reject).build()?;
    /// assert!(tx.offer_async(1).await.is_ok());
    /// assert_eq!(tx.offer_async(2).await.unwrap_err().into_inner(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn offer_async(&self, value: T) -> OfferFuture<'_, T> {
        OfferFuture {
            shared: &self.shared,
            send: self.send_async(value),
        }
    }
}

/// Offers a message. Made by [`Sender::offer_async`].
///
/// # Cancel safety
/// Owns the value until it is sent or refused: dropping the future drops it,
/// [`cancel`](Self::cancel) hands it back. Either passes on a wake that the future had been given.
///
/// # Examples
/// See [`Sender::offer_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct OfferFuture<'a, T> {
    shared: &'a Shared<T>,
    send: SendFuture<'a, T>,
}

impl<'a, T> OfferFuture<'a, T> {
    /// Gives up and hands the value back; none if it is gone.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// assert_eq!(pin!(tx.offer_async(2)).cancel(), Some(2));
    /// ```
    #[must_use = "the value that was not sent"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        self.parts().1.cancel()
    }

    /// The value while it waits.
    pub(super) fn unsent(self: Pin<&mut Self>) -> Option<&mut T> {
        self.parts().1.unsent()
    }

    fn parts(self: Pin<&mut Self>) -> (&'a Shared<T>, Pin<&mut SendFuture<'a, T>>) {
        // SAFETY: `send` is pinned whenever this future is: it is never moved out, and there is no
        // `drop` here that could.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let send = unsafe { Pin::new_unchecked(&mut this.send) };
        (this.shared, send)
    }
}

impl<T> Future for OfferFuture<'_, T> {
    type Output = Result<Offered<T>, TrySendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (shared, send) = self.parts();
        if shared.waits_on_full() {
            let sent = send.poll(cx).map_err(TrySendError::from);
            return sent.map_ok(|()| Offered::Sent);
        }
        // Never polled, so in no queue: this only takes the value out.
        let value = send
            .cancel()
            .expect("an OfferFuture was polled after it had completed or was cancelled");
        Poll::Ready(shared.offer_now(value))
    }
}

impl<T> fmt::Debug for OfferFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OfferFuture").field(&self.send).finish()
    }
}
