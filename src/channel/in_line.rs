//! A task's place in line, as every future of the channel has one: pinning is dealt with here.

use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::{TaskWaiter, WaitQueue};

use super::shared::Shared;

/// What a task waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    Message,
    Room,
    Close,
}

/// What leads to queues of those who wait.
///
/// # Safety
/// [`queue`](Self::queue) leads for each line to one and the same queue, which stays in place while
/// `self` is there, wherever `self` is moved.
pub(super) unsafe trait Queues {
    type Line: Copy;

    fn queue(&self, line: Self::Line) -> &WaitQueue;
}

// SAFETY: the queues are the channel's own, which stays in place.
unsafe impl<W: Way> Queues for W {
    type Line = Line;

    fn queue(&self, line: Line) -> &WaitQueue {
        let shared = self.shared();
        match line {
            Line::Message => &shared.receivers_waiting,
            Line::Room => &shared.senders_waiting,
            Line::Close => &shared.closed_waiting,
        }
    }
}

/// What leads to a channel: a handle, or a reference.
///
/// # Safety
/// [`shared`](Self::shared) leads to one and the same channel, which stays in place while `self`
/// is there, wherever `self` is moved.
pub(super) unsafe trait Way {
    type Message;

    fn shared(&self) -> &Shared<Self::Message>;
}

// SAFETY: what a reference leads to neither changes nor moves.
unsafe impl<T> Way for &Shared<T> {
    type Message = T;

    fn shared(&self) -> &Shared<T> {
        self
    }
}

/// A place in a line to which `way` leads, and what the future carries beside it.
///
/// Dropped, it leaves the line first.
pub(super) struct InLine<W: Queues, C = ()> {
    /// There until it is taken, which the future's completion may do.
    way: Option<W>,
    line: W::Line,
    /// Never pinned.
    carried: C,
    waiter: TaskWaiter,
}

type Parts<'f, W, C> = (&'f mut Option<W>, &'f mut C, Pin<&'f mut TaskWaiter>);

impl<W: Queues, C> InLine<W, C> {
    pub(super) const fn new(way: W, line: W::Line, carried: C) -> Self {
        Self {
            way: Some(way),
            line,
            carried,
            waiter: TaskWaiter::new(),
        }
    }

    pub(super) const fn way(&self) -> Option<&W> {
        self.way.as_ref()
    }

    pub(super) const fn carried(&self) -> &C {
        &self.carried
    }

    /// Whether the task is in line, or was woken and has not been polled since.
    pub(super) const fn is_waiting(&self) -> bool {
        self.waiter.is_linked()
    }

    pub(super) fn carried_mut(self: Pin<&mut Self>) -> &mut C {
        self.parts().1
    }

    /// Asks `ready`; if it has nothing, waits in line and asks once more.
    pub(super) fn poll<'f, R>(
        self: Pin<&'f mut Self>,
        cx: &mut Context<'_>,
        mut ready: impl FnMut(&'f W, &mut C) -> Option<R>,
    ) -> Poll<R> {
        let line = self.line;
        let (way, carried, waiter) = self.parts();
        let Some(way) = way else {
            unreachable!("who takes the way does not poll after that");
        };
        let queue = way.queue(line);
        // SAFETY: always this queue: `line` never changes, and `way` is the same until it is
        // taken, before which, and in `drop`, the waiter is released. It keeps the queue in place.
        unsafe { waiter.poll(queue, cx, || ready(way, carried)) }
    }

    /// Leaves the line, and passes on a wake that was given.
    pub(super) fn leave(self: Pin<&mut Self>) {
        let line = self.line;
        let (way, _, waiter) = self.parts();
        if let Some(way) = way {
            // SAFETY: the queue given to the waiter's `poll`.
            unsafe { waiter.release(way.queue(line)) };
        }
    }

    /// Leaves the line, for good: there is no way to the channel after this.
    pub(super) fn take(mut self: Pin<&mut Self>) -> Option<W> {
        self.as_mut().leave();
        self.parts().0.take()
    }

    fn parts(self: Pin<&mut Self>) -> Parts<'_, W, C> {
        // SAFETY: `waiter` is pinned whenever the whole is: it is never moved out, the whole is
        // `!Unpin` through it, and `drop` treats it as pinned. The rest is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (&mut this.way, &mut this.carried, waiter)
    }
}

impl<W: Queues, C> Drop for InLine<W, C> {
    fn drop(&mut self) {
        // SAFETY: it is not moved any more.
        unsafe { Pin::new_unchecked(self) }.leave();
    }
}
