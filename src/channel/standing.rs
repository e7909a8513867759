//! A task's place in the line of senders of a channel without room.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::wait::TaskNode;

use super::SendError;
use super::rendezvous::Meeting;
use super::shared::Shared;

/// The place of a send's future in the line of senders of a channel without room.
///
/// Dropped, it leaves the line first. Forgotten after it was pinned, it stands there with its value
/// until a receiver takes that.
pub(super) struct StandingTask<'a, T> {
    shared: &'a Shared<T>,
    /// With the value until that was taken.
    node: TaskNode<T>,
}

impl<'a, T> StandingTask<'a, T> {
    pub(super) const fn new(shared: &'a Shared<T>) -> Self {
        let node = TaskNode::new();
        Self { shared, node }
    }

    /// Whether it is in line, or was and has not been polled since.
    pub(super) const fn is_standing(&self) -> bool {
        self.node.is_placed()
    }

    /// Hands `value` to a thread that waits, or stands in line with it until it was taken.
    pub(super) fn poll(
        mut self: Pin<&mut Self>,
        meeting: &Meeting<T>,
        cx: &mut Context<'_>,
        value: &mut Option<T>,
    ) -> Poll<Result<(), SendError<T>>> {
        let stands = if self.is_standing() {
            // SAFETY: put into this line by `stand`, an earlier time.
            unsafe { self.node.stays(meeting, cx.waker()) }
        } else {
            self.as_mut().stand(meeting, cx.waker(), value)
        };
        if stands {
            return Poll::Pending;
        }
        let shared = self.shared;
        // SAFETY: it stands in line no more.
        Poll::Ready(match unsafe { self.node().take() } {
            None => Ok(()),
            Some(value) => {
                shared.pass_on_closed();
                Err(SendError(value))
            }
        })
    }

    /// Whether it stands in line then.
    fn stand(
        self: Pin<&mut Self>,
        meeting: &Meeting<T>,
        waker: &Waker,
        value: &mut Option<T>,
    ) -> bool {
        let shared = self.shared;
        // Before the value is taken: a clone may panic.
        let waker = waker.clone();
        let node = self.node().place(waker, value.take());
        // SAFETY: fresh, pinned, and taken out of line by `leave` before it goes.
        unsafe { shared.stand(meeting, node) }
    }

    /// Leaves the line; the value, unless it was taken.
    ///
    /// Of a closed channel the next in line is turned away: this one's turn may have been the wake
    /// that was to go on to it.
    pub(super) fn leave(self: Pin<&mut Self>) -> Option<T> {
        let shared = self.shared;
        // SAFETY: put into this line by `stand`, or into none.
        let value = unsafe { self.node().leave(shared.meeting()?) };
        if value.is_some() && shared.ring.is_closed() {
            shared.pass_on_closed();
        }
        value
    }

    fn node(self: Pin<&mut Self>) -> Pin<&mut TaskNode<T>> {
        // SAFETY: `node` is pinned whenever the whole is; nothing moves it out.
        unsafe { self.map_unchecked_mut(|this| &mut this.node) }
    }
}

impl<T> Drop for StandingTask<'_, T> {
    fn drop(&mut self) {
        // SAFETY: it is not moved any more.
        drop(unsafe { Pin::new_unchecked(self) }.leave());
    }
}

impl<T> fmt::Debug for StandingTask<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StandingTask")
            .field(&self.is_standing())
            .finish()
    }
}
