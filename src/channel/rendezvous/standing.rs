//! A task's place in the line of senders.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::sync::chaos::{Point, point};
use crate::wait::{Handle, Node};

use super::super::SendError;
use super::super::shared::Shared;
use super::{Meeting, Standing};

/// The place of a send's future in the line of senders of a channel without room.
///
/// Dropped, it leaves the line first. Forgotten after it was pinned, it stands there with its value
/// until a receiver takes that.
pub(in crate::channel) struct StandingTask<'a, T> {
    shared: &'a Shared<T>,
    /// There until the future has seen what came of it.
    node: Option<Standing<T>>,
}

// SAFETY: the node's links and its value are touched under the lock of the line alone while it is
// in line, and by its owner alone after that, whichever thread polls or drops the future. A value
// may be taken by another thread, so `T: Send`; so may a `Waker`.
unsafe impl<T: Send> Send for StandingTask<'_, T> {}

// SAFETY: a shared reference offers only whether it stands in line; `Debug` reads no more.
unsafe impl<T: Send> Sync for StandingTask<'_, T> {}

impl<'a, T> StandingTask<'a, T> {
    pub(in crate::channel) const fn new(shared: &'a Shared<T>) -> Self {
        Self { shared, node: None }
    }

    /// Whether it is in line, or was and has not been polled since.
    pub(in crate::channel) const fn is_standing(&self) -> bool {
        self.node.is_some()
    }

    /// Hands `value` to a thread that waits, or stands in line with it until it was taken.
    pub(in crate::channel) fn poll(
        mut self: Pin<&mut Self>,
        meeting: &Meeting<T>,
        cx: &mut Context<'_>,
        value: &mut Option<T>,
    ) -> Poll<Result<(), SendError<T>>> {
        let stands = match &self.node {
            None => self.as_mut().stand(meeting, cx.waker(), value),
            Some(node) if node.is_notified() => {
                point(Point::WakeRunning);
                false
            }
            // SAFETY: put into this line by `stand`, an earlier time.
            Some(node) => unsafe { keep(meeting, node, cx.waker()) },
        };
        if stands {
            return Poll::Pending;
        }
        Poll::Ready(match self.as_mut().take() {
            None => Ok(()),
            Some(value) => {
                self.shared.pass_on_closed();
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
        let waker = Handle::Task(waker.clone());
        // SAFETY: nothing is moved: there is no node yet.
        let place = &mut unsafe { self.get_unchecked_mut() }.node;
        let node = place.insert(Node::new(waker, value.take()));
        // SAFETY: fresh, pinned, and taken out of line by `leave` before it goes.
        unsafe { shared.stand(meeting, node) }
    }

    /// Leaves the line; the value, unless it was taken.
    ///
    /// Of a closed channel the next in line is turned away: this one's turn may have been the wake
    /// that was to go on to it.
    pub(in crate::channel) fn leave(self: Pin<&mut Self>) -> Option<T> {
        let shared = self.shared;
        if let (Some(node), Some(meeting)) = (&self.node, self.shared.meeting()) {
            if !node.is_notified() {
                // SAFETY: put into this line by `stand`, or into none.
                meeting.with(|table| unsafe { table.leave(node) });
            }
        }
        let value = self.take();
        if value.is_some() && shared.ring.is_closed() {
            shared.pass_on_closed();
        }
        value
    }

    /// What is left in a node that is out of line, which is dropped.
    fn take(self: Pin<&mut Self>) -> Option<T> {
        // SAFETY: out of line, nobody holds the node's address; nothing is moved while it is in.
        let place = &mut unsafe { self.get_unchecked_mut() }.node;
        let value = place
            .as_ref()
            // SAFETY: out of line, so its owner's alone.
            .and_then(|node| unsafe { node.cargo(Option::take) });
        *place = None;
        value
    }
}

/// Stays in line with the newest waker; false if it is out of line.
///
/// # Safety
/// `node` is in the line of this meeting, or in none.
unsafe fn keep<T>(meeting: &Meeting<T>, node: &Standing<T>, waker: &Waker) -> bool {
    // SAFETY: forwarded from the caller.
    let same = meeting.with(|table| unsafe { table.is_waiting_with(node, waker) });
    match same {
        None => false,
        Some(true) => true,
        Some(false) => {
            let fresh = waker.clone();
            // SAFETY: forwarded from the caller. The old one is dropped outside the lock.
            let (stands, _old) = meeting.with(|table| unsafe { table.replace(node, fresh) });
            stands
        }
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
