//! Waiting for a slot: a thread or a task.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::line::Waiter;
use super::{Lease, Owner};
use crate::sync::Parker;
use crate::sync::chaos::{self, Point};
use crate::time::Deadline;
use crate::wait::{Handle, Node, TimedOut, time_left};

impl<T, P> Owner<T, P> {
    /// Waiters without a slot. One load.
    pub(crate) fn waiting(&self) -> usize {
        self.line().waiting()
    }

    /// A slot; parks the thread until one is granted, or until `deadline`. What is granted at the
    /// last moment wins. Allocates nothing.
    pub(crate) fn lease_until(&self, deadline: Deadline) -> Result<Lease<T, P>, TimedOut> {
        self.try_lease().map_or_else(|| self.wait(deadline), Ok)
    }

    #[cold]
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
    unsafe fn join(&self, node: &Waiter<T, P>) {
        // SAFETY: forwarded from the caller.
        unsafe {
            self.line()
                .join(node, || self.settle(), || self.try_lease_quietly());
        }
    }

    /// Takes a waiter out of line, if it has no slot yet.
    ///
    /// # Safety
    /// `node` is in this line or in none.
    unsafe fn leave(&self, node: &Waiter<T, P>) {
        if !node.is_notified() {
            chaos::point(Point::WaitUnlink);
            // SAFETY: forwarded from the caller.
            let leave = |list: &mut crate::wait::List<_>| unsafe { list.remove(node) };
            self.line().with(leave, || self.try_lease_quietly());
        }
    }

    /// Stays in line with the newest waker; false if a slot was granted.
    ///
    /// # Safety
    /// As for [`leave`](Self::leave).
    unsafe fn keep(&self, node: &Waiter<T, P>, waker: &Waker) -> bool {
        let more = || self.try_lease_quietly();
        // SAFETY: forwarded from the caller.
        let known = |list: &mut crate::wait::List<_>| unsafe { list.is_waiting_with(node, waker) };
        match self.line().with(known, more) {
            None => false,
            Some(true) => true,
            Some(false) => {
                let fresh = waker.clone();
                // SAFETY: forwarded from the caller.
                let replace =
                    |list: &mut crate::wait::List<_>| unsafe { list.replace(node, fresh) };
                // The old waker is dropped outside the lock.
                let (waits, _old) = self.line().with(replace, more);
                waits
            }
        }
    }
}

/// Takes a thread out of line on every way out, unwinding included.
struct InLine<'a, T, P> {
    owner: &'a Owner<T, P>,
    node: &'a Waiter<T, P>,
}

impl<T, P> Drop for InLine<'_, T, P> {
    fn drop(&mut self) {
        // SAFETY: `wait` joined this owner's line with it, or none.
        unsafe { self.owner.leave(self.node) };
    }
}

/// A task's wait for a slot. Dropped, it leaves the line, and gives a slot that it was granted to
/// the next.
pub(crate) struct LeaseWait<'a, T, P> {
    owner: &'a Owner<T, P>,
    /// There while the task waits.
    node: Option<Waiter<T, P>>,
}

// SAFETY: the node's links and its slot are touched under the line's lock alone while it is in
// line, and by its owner alone after that, whichever thread polls or drops it. What it may carry
// is a lease, and it leads to an `Owner`: both may be sent with these bounds.
unsafe impl<T: Send + Sync, P: Send + Sync> Send for LeaseWait<'_, T, P> {}
// SAFETY: a shared reference offers nothing but `Debug`, which reads whether it waits.
unsafe impl<T: Send + Sync, P: Send + Sync> Sync for LeaseWait<'_, T, P> {}

impl<'a, T, P> LeaseWait<'a, T, P> {
    pub(crate) const fn new(owner: &'a Owner<T, P>) -> Self {
        Self { owner, node: None }
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.node.is_some()
    }

    /// A slot. Polled again after that, it waits for another.
    pub(crate) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Lease<T, P>> {
        let owner = self.owner;
        let waits = match &self.node {
            None => match owner.try_lease() {
                Some(lease) => return Poll::Ready(lease),
                None => self.as_mut().join(cx.waker()),
            },
            Some(node) if node.is_notified() => {
                chaos::point(Point::WakeRunning);
                false
            }
            // SAFETY: in this owner's line since `join`, an earlier time.
            Some(node) => unsafe { owner.keep(node, cx.waker()) },
        };
        if waits {
            return Poll::Pending;
        }
        match self.take() {
            Some(lease) => Poll::Ready(lease),
            None => unreachable!("who leaves the line unasked has a slot"),
        }
    }

    /// Whether it waits then.
    fn join(self: Pin<&mut Self>, waker: &Waker) -> bool {
        let owner = self.owner;
        // SAFETY: nothing is moved: there is no node yet.
        let place = &mut unsafe { self.get_unchecked_mut() }.node;
        let node = place.insert(Node::new(Handle::Task(waker.clone()), None));
        // SAFETY: fresh, pinned, and taken out of line by `leave` before it goes.
        unsafe { owner.join(node) };
        !node.is_notified()
    }

    /// Leaves the line; the slot, if one was granted.
    fn leave(self: Pin<&mut Self>) -> Option<Lease<T, P>> {
        if let Some(node) = &self.node {
            // SAFETY: in this owner's line since `join`, or in none.
            unsafe { self.owner.leave(node) };
        }
        self.take()
    }

    /// What a node that is out of line was granted.
    fn take(self: Pin<&mut Self>) -> Option<Lease<T, P>> {
        // SAFETY: out of line, nobody holds the node's address; nothing is moved while it is in.
        let place = &mut unsafe { self.get_unchecked_mut() }.node;
        // SAFETY: out of line, so its owner's alone.
        let granted = place
            .as_ref()
            .and_then(|node| unsafe { node.cargo(Option::take) });
        *place = None;
        granted
    }
}

impl<T, P> Drop for LeaseWait<'_, T, P> {
    fn drop(&mut self) {
        // SAFETY: it is not moved any more.
        drop(unsafe { Pin::new_unchecked(self) }.leave());
    }
}

impl<T, P> fmt::Debug for LeaseWait<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LeaseWait")
            .field(&self.is_waiting())
            .finish()
    }
}
