//! A task that waits.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::sync::chaos::{Point, point};

use super::WaitQueue;
use super::list::Node;

/// The waiting part of a future. Pinned with it; see [`TaskWaiter::poll`].
///
/// Forgetting a pinned future is memory-safe (its memory is never reused, so the node stays
/// valid), but its node stays in the queue and swallows the first wake that reaches it.
pub(crate) struct TaskWaiter {
    /// There from the moment of linking until the owner has seen the wake.
    node: Option<Node>,
}

impl fmt::Debug for TaskWaiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskWaiter")
            .field("linked", &self.node.is_some())
            .finish()
    }
}

// SAFETY: the node's links are only touched under the queue's lock, whichever thread polls or
// drops the future, and a `Waker` may be sent and shared.
unsafe impl Send for TaskWaiter {}

// SAFETY: a shared `&TaskWaiter` offers nothing but `Debug`, which reads whether a node is there.
unsafe impl Sync for TaskWaiter {}

impl TaskWaiter {
    /// Not waiting yet.
    pub(crate) const fn new() -> Self {
        Self { node: None }
    }

    /// Whether the task is in the queue, or was woken and has not been polled since.
    pub(crate) const fn is_linked(&self) -> bool {
        self.node.is_some()
    }

    /// Asks `ready`; if it has nothing, puts the task into `queue` and asks once more.
    ///
    /// `ready` must look by read-modify-write (see the page of this module). A second poll keeps
    /// the task's place and takes over the newest waker. Allocates nothing itself.
    ///
    /// # Safety
    /// Every call on one `TaskWaiter` gets the same `queue`, the queue outlives it, and its owner
    /// calls [`release`](Self::release) before its memory goes (in `Drop`).
    pub(crate) unsafe fn poll<R>(
        mut self: Pin<&mut Self>,
        queue: &WaitQueue,
        cx: &mut Context<'_>,
        mut ready: impl FnMut() -> Option<R>,
    ) -> Poll<R> {
        let woken = match &self.node {
            None => false,
            Some(node) => node.is_notified(),
        };
        if woken {
            point(Point::WakeRunning);
            queue.go_on();
        }
        if let Some(result) = ready() {
            if woken {
                self.clear(); // the wake is used up by this result
            } else {
                // SAFETY: forwarded from the caller.
                unsafe { self.release(queue) };
            }
            return Poll::Ready(result);
        }
        // SAFETY: the node, if any, was linked into this queue by an earlier call.
        if !woken && unsafe { self.keep(queue, cx.waker()) } {
            return Poll::Pending;
        }
        let again = self.is_linked();
        let node = Node::task(cx.waker().clone());
        // SAFETY: pinned, so the node stays in place; an old node was popped and is nobody's.
        let node = unsafe { self.as_mut().get_unchecked_mut() }
            .node
            .insert(node);
        // SAFETY: fresh node, pinned, and the owner releases it before it goes.
        unsafe { queue.link(node, again) };
        match ready() {
            None => Poll::Pending,
            Some(result) => {
                // SAFETY: forwarded from the caller.
                unsafe { self.release(queue) };
                Poll::Ready(result)
            }
        }
    }

    /// Takes the task out of the queue and passes on a wake that it did not use.
    ///
    /// # Safety
    /// `queue` is the one given to [`poll`](Self::poll).
    pub(crate) unsafe fn release(mut self: Pin<&mut Self>, queue: &WaitQueue) {
        if let Some(node) = &self.node {
            // SAFETY: linked into this queue by `poll`.
            unsafe { queue.leave(node) };
            self.as_mut().clear();
        }
    }

    /// Stays in place with the newest waker; false if there is no linked node.
    ///
    /// # Safety
    /// As for [`release`](Self::release).
    unsafe fn keep(self: &Pin<&mut Self>, queue: &WaitQueue, waker: &Waker) -> bool {
        let Some(node) = &self.node else {
            return false;
        };
        // SAFETY: linked into this queue by `poll`; the list is lent under its lock.
        let known = queue.with_list(|list| unsafe { list.is_waiting_with(node, waker) });
        let Some(same) = known else {
            return false;
        };
        if same {
            return true;
        }
        let fresh = waker.clone();
        // SAFETY: as above.
        let (linked, old) = queue.with_list(|list| unsafe { list.replace(node, fresh) });
        drop(old);
        linked
    }

    /// Forgets a node that is not linked any more.
    fn clear(self: Pin<&mut Self>) {
        if let Some(node) = &self.node {
            // SAFETY: unlinked, as below.
            unsafe { node.retire() };
        }
        // SAFETY: the node is unlinked (popped or removed), so nobody holds its address and it
        // may be dropped in place; nothing is moved.
        unsafe { self.get_unchecked_mut() }.node = None;
    }
}

impl Drop for TaskWaiter {
    fn drop(&mut self) {
        debug_assert!(self.node.is_none(), "released by its owner");
    }
}
