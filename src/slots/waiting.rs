//! Waiting for a slot: a thread or a task.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::line::Waiter;
use super::{Lease, Owner};
use crate::sync::Parker;
use crate::sync::chaos::{self, Point};
use crate::time::Deadline;
use crate::wait::{Handle, List, Listed, Node, TaskNode, TimedOut, time_left};

impl<T, P> Owner<T, P> {
    /// Waiters without a slot. One load.
    pub(crate) fn waiting(&self) -> usize {
        self.line().waiting()
    }

    /// A slot; parks the thread until one is granted, or until `deadline`. What is granted at the
    /// last moment wins. Allocates nothing.
    pub(crate) fn lease_until(&self, deadline: Deadline) -> Result<Lease<T, P>, TimedOut> {
        self.try_lease_quietly()
            .map_or_else(|| self.wait(deadline), Ok)
    }

    #[cold]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    fn wait(&self, deadline: Deadline) -> Result<Lease<T, P>, TimedOut> {
        let node = Node::new(Handle::Thread(Parker::new()), None);
        // Before the join, which may unwind with the node in line: it wakes others too.
        let in_line = InLine {
            owner: self,
            node: &node,
        };
        // SAFETY: fresh and not moved; `in_line` takes it out before it goes.
        unsafe { self.join(&node) };
        if node.park(time_left(deadline)) {
            chaos::point(Point::WakeRunning);
        }
        drop(in_line);
        // SAFETY: out of line, so its owner's alone.
        unsafe { node.cargo(Option::take) }.ok_or(TimedOut)
    }

    /// # Safety
    /// As for [`Line::join`](super::line::Line::join).
    unsafe fn join(&self, node: &Waiter<Lease<T, P>>) {
        // SAFETY: forwarded from the caller.
        unsafe {
            self.line()
                .join(node, || self.settle(), || self.try_lease_quietly());
        }
    }
}

// SAFETY: there is one line, which lends its list under its lock.
unsafe impl<T, P> Listed<Option<Lease<T, P>>> for Owner<T, P> {
    fn with_list<R>(&self, change: impl FnOnce(&mut List<Option<Lease<T, P>>>) -> R) -> R {
        self.line().with(change, || self.try_lease_quietly())
    }
}

/// Takes a thread out of line on every way out, unwinding included.
struct InLine<'a, T, P> {
    owner: &'a Owner<T, P>,
    node: &'a Waiter<Lease<T, P>>,
}

impl<T, P> Drop for InLine<'_, T, P> {
    fn drop(&mut self) {
        // SAFETY: `wait` joined this owner's line with it, or none.
        unsafe { self.node.leave(self.owner) };
    }
}

/// A task's wait for a slot. Dropped, it leaves the line, and gives a slot that it was granted to
/// the next.
pub(crate) struct LeaseWait<'a, T, P> {
    owner: &'a Owner<T, P>,
    /// With the slot, once that has been granted.
    node: TaskNode<Lease<T, P>>,
}

impl<'a, T, P> LeaseWait<'a, T, P> {
    pub(crate) const fn new(owner: &'a Owner<T, P>) -> Self {
        let node = TaskNode::new();
        Self { owner, node }
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.node.is_placed()
    }

    /// A slot. Polled again after that, it waits for another.
    pub(crate) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Lease<T, P>> {
        let owner = self.owner;
        let waits = if self.is_waiting() {
            // SAFETY: in this owner's line since `join`, an earlier time.
            unsafe { self.node.stays(owner, cx.waker()) }
        } else {
            match owner.try_lease_quietly() {
                Some(lease) => return Poll::Ready(lease),
                None => self.as_mut().join(cx.waker()),
            }
        };
        if waits {
            return Poll::Pending;
        }
        // SAFETY: it is out of line.
        match unsafe { self.node().take() } {
            Some(lease) => Poll::Ready(lease),
            None => unreachable!("who leaves the line unasked has a slot"),
        }
    }

    /// Whether it waits then.
    fn join(self: Pin<&mut Self>, waker: &Waker) -> bool {
        let owner = self.owner;
        let node = self.node().place(waker.clone(), None);
        // SAFETY: fresh, pinned, and taken out of line by `drop` before it goes.
        unsafe { owner.join(node) };
        !node.is_notified()
    }

    fn node(self: Pin<&mut Self>) -> Pin<&mut TaskNode<Lease<T, P>>> {
        // SAFETY: `node` is pinned whenever the whole is; nothing moves it out.
        unsafe { self.map_unchecked_mut(|this| &mut this.node) }
    }
}

impl<T, P> Drop for LeaseWait<'_, T, P> {
    fn drop(&mut self) {
        let owner = self.owner;
        // SAFETY: it is not moved any more.
        let node = unsafe { Pin::new_unchecked(self) }.node();
        // SAFETY: in this owner's line since `join`, or in none.
        drop(unsafe { node.leave(owner) });
    }
}

impl<T, P> fmt::Debug for LeaseWait<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LeaseWait")
            .field(&self.is_waiting())
            .finish()
    }
}
