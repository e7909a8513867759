//! The future of a send.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::SendError;
use super::in_line::{InLine, Line};
use super::shared::Shared;
use super::standing::StandingTask;

/// Waits for room and sends. Made by [`Sender::send_async`](super::Sender::send_async).
///
/// # Cancel safety
/// Owns the value until it is sent: dropping the future drops it, [`cancel`](Self::cancel) hands
/// it back. Either passes on a wake that the future had been given.
///
/// # Examples
/// See [`Sender::send_async`](super::Sender::send_async).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SendFuture<'a, T> {
    /// With the value until it is sent or handed back, or stands in line.
    inner: InLine<&'a Shared<T>, Option<T>>,
    /// In the line of a channel without room.
    standing: StandingTask<'a, T>,
}

type Parts<'f, 'a, T> = (
    Pin<&'f mut InLine<&'a Shared<T>, Option<T>>>,
    Pin<&'f mut StandingTask<'a, T>>,
);

impl<'a, T> SendFuture<'a, T> {
    pub(super) const fn new(shared: &'a Shared<T>, value: T) -> Self {
        Self {
            inner: InLine::new(shared, Line::Room, Some(value)),
            standing: StandingTask::new(shared),
        }
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
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// let mut send = pin!(tx.send_async(2));
    /// assert!(send.as_mut().now_or_never().is_none()); // no room
    /// assert_eq!(send.cancel(), Some(2));
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1]);
    /// ```
    #[must_use = "the value that was not sent"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        let (mut inner, standing) = self.parts();
        inner.as_mut().leave();
        let carried = inner.carried_mut().take();
        carried.or_else(|| standing.leave())
    }

    /// The value while it waits for room; none while it stands in line.
    pub(super) fn unsent(self: Pin<&mut Self>) -> Option<&mut T> {
        self.parts().0.carried_mut().as_mut()
    }

    /// Whether the value is here still, carried or in line.
    fn has_value(&self) -> bool {
        self.inner.carried().is_some() || self.standing.is_standing()
    }

    fn parts(self: Pin<&mut Self>) -> Parts<'_, 'a, T> {
        // SAFETY: both fields are pinned whenever the whole is; nothing moves them out.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let inner = unsafe { Pin::new_unchecked(&mut this.inner) };
        // SAFETY: as above.
        (inner, unsafe { Pin::new_unchecked(&mut this.standing) })
    }
}

impl<T> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            self.has_value(),
            "a SendFuture was polled after it had completed or was cancelled"
        );
        let (inner, standing) = self.parts();
        let meeting = inner.way().and_then(|shared| shared.meeting());
        if let Some(meeting) = meeting {
            return standing.poll(meeting, cx, inner.carried_mut());
        }
        inner.poll(cx, |shared, value| shared.send_ready(value))
    }
}

impl<T> fmt::Debug for SendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture")
            .field("unsent", &self.has_value())
            .field(
                "waiting",
                &(self.inner.is_waiting() || self.standing.is_standing()),
            )
            .finish_non_exhaustive()
    }
}
