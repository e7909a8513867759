//! A task that waits.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::sync::chaos::{Point, point};

use super::WaitQueue;
use super::cell::Handle;
use super::cells::Place;
use super::list::Node;

/// The waiting part of a future. Pinned with it; see [`TaskWaiter::poll`].
///
/// Forgetting a pinned future is memory-safe (its memory is never reused, so a node stays valid),
/// but it swallows the first wake that reaches it, and its cell stays taken.
pub(crate) struct TaskWaiter {
    /// There from the moment of waiting until the owner has seen the wake.
    held: Option<Held>,
}

/// Where a task waits.
enum Held {
    Cell(Place),
    /// In the list, where no cell was free.
    Node(Node),
}

enum Waits {
    /// As before: what has come since has woken it.
    On,
    /// It must look once more; with what it had as a handle before.
    Anew(Option<Handle>),
}

impl fmt::Debug for TaskWaiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskWaiter")
            .field("linked", &self.held.is_some())
            .finish()
    }
}

// SAFETY: the node's links are only touched under the queue's lock, whichever thread polls or
// drops the future, and a `Waker` may be sent and shared.
unsafe impl Send for TaskWaiter {}

// SAFETY: a shared `&TaskWaiter` offers nothing but `Debug`, which reads whether it waits.
unsafe impl Sync for TaskWaiter {}

impl TaskWaiter {
    /// Not waiting yet.
    pub(crate) const fn new() -> Self {
        Self { held: None }
    }

    /// Whether the task is in the queue, or was woken and has not been polled since.
    pub(crate) const fn is_linked(&self) -> bool {
        self.held.is_some()
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
        let woken = match &self.held {
            None => false,
            Some(Held::Cell(place)) => queue.cells.runs_if_notified(*place),
            Some(Held::Node(node)) => node.is_notified(),
        };
        if woken {
            point(Point::WakeRunning);
            queue.go_on();
        }
        if let Some(result) = ready() {
            // SAFETY: forwarded from the caller. A wake that we saw is used up by this result.
            unsafe { self.go(queue, woken) };
            return Poll::Ready(result);
        }
        // SAFETY: forwarded from the caller.
        let waits = unsafe { self.as_mut().wait(queue, cx.waker(), woken) };
        // What it brings is dropped after the look, which a panicking drop shall not keep from us.
        let Waits::Anew(_replaced) = waits else {
            return Poll::Pending;
        };
        match ready() {
            None => Poll::Pending,
            Some(result) => {
                // SAFETY: forwarded from the caller.
                unsafe { self.go(queue, false) };
                Poll::Ready(result)
            }
        }
    }

    /// Takes the task out of the queue and passes on a wake that it did not use.
    ///
    /// # Safety
    /// `queue` is the one given to [`poll`](Self::poll).
    pub(crate) unsafe fn release(self: Pin<&mut Self>, queue: &WaitQueue) {
        // SAFETY: forwarded from the caller.
        unsafe { self.go(queue, false) };
    }

    /// As [`release`](Self::release); a wake that was `used` is not passed on.
    ///
    /// # Safety
    /// As for `release`; for a node, `used` says that it was woken.
    unsafe fn go(mut self: Pin<&mut Self>, queue: &WaitQueue, used: bool) {
        match &self.held {
            None => {}
            Some(Held::Cell(place)) => {
                let place = *place;
                // Forgotten first: a waker of others may panic, and our drop must not leave twice.
                self.as_mut().clear();
                // SAFETY: entered in this queue by `wait`, and forgotten.
                unsafe { queue.leave_cell(place, used) };
            }
            Some(Held::Node(node)) => {
                // SAFETY: linked into this queue by `wait`.
                let unused = !used && unsafe { queue.unlink(node) };
                self.as_mut().clear();
                if unused {
                    queue.pass_on();
                }
            }
        }
    }

    /// Waits in a cell, in the list, or where it waits already.
    ///
    /// # Safety
    /// As for [`poll`](Self::poll); `woken` is what it saw.
    unsafe fn wait(
        mut self: Pin<&mut Self>,
        queue: &WaitQueue,
        waker: &Waker,
        woken: bool,
    ) -> Waits {
        let task = || Handle::Task(waker.clone());
        let mut old = None;
        let (entered, again) = match &self.held {
            None => (queue.cells.enter(task()), false),
            Some(Held::Node(node)) => {
                // SAFETY: the node was linked into this queue by an earlier call.
                if !woken && unsafe { node.keep(queue, waker) } {
                    return Waits::On;
                }
                (Err(task()), true)
            }
            Some(Held::Cell(place)) => {
                let place = *place;
                let cell = queue.cells.cell(place);
                if cell.is_waiting_with(waker) {
                    if !woken {
                        return Waits::On;
                    }
                    queue.cells.arm_again(place);
                    return Waits::Anew(None);
                }
                let task = task();
                // Forgotten first: a waker's drop may panic.
                self.as_mut().clear();
                // SAFETY: ours, and forgotten.
                let (entered, replaced) = unsafe { queue.cells.replace(place, task) };
                old = replaced;
                (entered, true)
            }
        };
        // SAFETY: nothing is moved: a node that is overwritten was popped and is nobody's.
        let held = &mut unsafe { self.as_mut().get_unchecked_mut() }.held;
        match entered {
            Ok(place) => *held = Some(Held::Cell(place)),
            Err(handle) => {
                let fresh = held.insert(Held::Node(Node::new(handle, ())));
                if let Held::Node(node) = fresh {
                    // SAFETY: fresh node, pinned, and the owner releases it before it goes.
                    unsafe { queue.link(node, again) };
                }
            }
        }
        Waits::Anew(old)
    }

    /// Forgets a place that is not ours any more.
    fn clear(self: Pin<&mut Self>) {
        if let Some(Held::Node(node)) = &self.held {
            // SAFETY: unlinked, as below.
            unsafe { node.retire() };
        }
        // SAFETY: a node is unlinked (popped or removed), so nobody holds its address and it may
        // be dropped in place; nothing is moved.
        unsafe { self.get_unchecked_mut() }.held = None;
    }
}

impl Drop for TaskWaiter {
    fn drop(&mut self) {
        let panicking = crate::sync::global::panicking();
        debug_assert!(self.held.is_none() || panicking, "released by its owner");
    }
}
