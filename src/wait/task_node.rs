//! A task's place in a list, with what it brings there or gets there.

use core::fmt;
use core::pin::Pin;
use core::task::Waker;

use crate::sync::chaos::{Point, point};

use super::cell::Handle;
use super::list::Node;
use super::listed::Listed;

/// A node in a future, pinned with it, and what it carries while it is in a list.
///
/// Its owner leaves the list before the memory goes (in `Drop`). Forgotten after it was pinned, it
/// stays in the list until it is popped, which is memory-safe: that memory is never used again.
pub(crate) struct TaskNode<T> {
    /// There from the moment of waiting until its owner has seen what came of it.
    node: Option<Node<Option<T>>>,
}

// SAFETY: the node's links and what it carries are touched under the lock of the list alone while
// it is in there, and by its owner alone after that, whichever thread polls or drops the future.
// What it carries may be taken or put there by another thread, so `T: Send`; so may a `Waker`.
unsafe impl<T: Send> Send for TaskNode<T> {}

// SAFETY: a shared reference offers whether it is there, and leads to a node that the lock guards;
// who takes anything out has it by `Pin<&mut Self>`.
unsafe impl<T: Send> Sync for TaskNode<T> {}

impl<T> TaskNode<T> {
    pub(crate) const fn new() -> Self {
        Self { node: None }
    }

    /// Whether it is in a list, or was and its owner has not looked since.
    pub(crate) const fn is_placed(&self) -> bool {
        self.node.is_some()
    }

    /// A fresh node, to be put into a list.
    pub(crate) fn place(
        self: Pin<&mut Self>,
        waker: Waker,
        carried: Option<T>,
    ) -> &Node<Option<T>> {
        assert!(!self.is_placed(), "in one list at a time");
        // SAFETY: nothing is moved: there is no node yet.
        let place = &mut unsafe { self.get_unchecked_mut() }.node;
        place.insert(Node::new(Handle::Task(waker), carried))
    }

    /// Stays in the list with the newest waker; false if it is out of it.
    ///
    /// # Safety
    /// The node was put into this list, or into none.
    pub(crate) unsafe fn stays(&self, list: &impl Listed<Option<T>>, waker: &Waker) -> bool {
        let Some(node) = &self.node else {
            return false;
        };
        if node.is_notified() {
            point(Point::WakeRunning);
            return false;
        }
        // SAFETY: forwarded from the caller.
        unsafe { node.keep(list, waker) }
    }

    /// Leaves the list, and gives out what the node carries.
    ///
    /// # Safety
    /// As for [`stays`](Self::stays).
    pub(crate) unsafe fn leave(self: Pin<&mut Self>, list: &impl Listed<Option<T>>) -> Option<T> {
        if let Some(node) = &self.node {
            // SAFETY: forwarded from the caller.
            unsafe { node.leave(list) };
        }
        // SAFETY: popped, or taken out just now.
        unsafe { self.take() }
    }

    /// What a node carries that is out of the list; it is gone then.
    ///
    /// # Safety
    /// The node is in no list.
    pub(crate) unsafe fn take(self: Pin<&mut Self>) -> Option<T> {
        // SAFETY: out of the list nobody holds the node's address; until then nothing is moved.
        let place = &mut unsafe { self.get_unchecked_mut() }.node;
        let carried = place
            .as_ref()
            // SAFETY: forwarded from the caller: its owner's alone.
            .and_then(|node| unsafe { node.cargo(Option::take) });
        *place = None;
        carried
    }
}

impl<T> Drop for TaskNode<T> {
    fn drop(&mut self) {
        let panicking = crate::sync::global::panicking();
        debug_assert!(self.node.is_none() || panicking, "left by its owner");
    }
}

impl<T> fmt::Debug for TaskNode<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TaskNode").field(&self.is_placed()).finish()
    }
}
