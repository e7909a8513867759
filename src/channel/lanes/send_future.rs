//! The future of a send into a lane.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::{TaskWaiter, WaitQueue};

use super::super::SendError;
use super::core::Core;

/// Waits for room in a lane and sends. Made by [`Lane::send_async`](super::Lane::send_async).
///
/// # Cancel safety
/// Owns the value until it is sent: dropping the future drops it, [`cancel`](Self::cancel) hands
/// it back. Either passes on a wake that the future had been given.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LaneSendFuture<'a, T> {
    core: &'a Core<T>,
    lane: usize,
    /// There until it is sent or handed back.
    value: Option<T>,
    waiter: TaskWaiter,
}

/// What a poll needs, and the queue of this lane's senders.
struct Parts<'a, 'f, T> {
    core: &'a Core<T>,
    lane: usize,
    queue: &'a WaitQueue,
    value: &'f mut Option<T>,
    waiter: Pin<&'f mut TaskWaiter>,
}

impl<'a, T> LaneSendFuture<'a, T> {
    pub(super) const fn new(core: &'a Core<T>, lane: usize, value: T) -> Self {
        Self {
            core,
            lane,
            value: Some(value),
            waiter: TaskWaiter::new(),
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
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(1).try_send(1)?;
    /// let mut send = pin!(tx.lane(1).send_async(2));
    /// assert!(send.as_mut().now_or_never().is_none()); // no room
    /// assert_eq!(send.cancel(), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "the value that was not sent"]
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        let parts = self.parts();
        // SAFETY: the queue given to `poll`.
        unsafe { parts.waiter.release(parts.queue) };
        parts.value.take()
    }

    fn parts<'f>(self: Pin<&'f mut Self>) -> Parts<'a, 'f, T> {
        // SAFETY: `waiter` is pinned whenever the future is: it is never moved out, the future is
        // `!Unpin` through it, and `drop` treats it as pinned. `value` is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        Parts {
            core: this.core,
            lane: this.lane,
            queue: &this.core.tracks()[this.lane].senders_waiting,
            value: &mut this.value,
            waiter,
        }
    }
}

impl<T> Future for LaneSendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    /// # Panics
    /// If polled after it completed or was cancelled: there is nothing left to send.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Parts {
            core,
            lane,
            queue,
            value,
            waiter,
        } = self.parts();
        assert!(value.is_some(), "polled after the value was gone");
        // SAFETY: always this queue, which the future borrows, and `drop` releases the waiter.
        unsafe { waiter.poll(queue, cx, || core.send_ready(lane, value)) }
    }
}

impl<T> Drop for LaneSendFuture<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the future is not moved any more.
        drop(unsafe { Pin::new_unchecked(self) }.cancel());
    }
}

impl<T> fmt::Debug for LaneSendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneSendFuture")
            .field("lane", &self.lane)
            .field("unsent", &self.value.is_some())
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
