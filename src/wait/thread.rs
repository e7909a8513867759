//! A thread that waits.

use core::mem;
use core::time::Duration;

use crate::sync::Parker;
use crate::sync::chaos::{Point, point};
use crate::time::{Deadline, now_ns};

use super::WaitQueue;
use super::cell::Handle;
use super::cells::Place;
use super::list::Node;

/// The deadline came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimedOut;

/// Unlinks a stack node on every way out, unwinding included.
struct Linked<'a> {
    queue: &'a WaitQueue,
    node: &'a Node,
}

impl Drop for Linked<'_> {
    fn drop(&mut self) {
        // SAFETY: `wait` links the node into this queue or, unwinding, nowhere.
        unsafe { self.queue.leave(self.node) };
    }
}

/// Gives a thread's cell up on every way out, unwinding included.
struct InCell<'a> {
    queue: &'a WaitQueue,
    place: Place,
    /// The wake that it has been given is used up.
    used: bool,
}

impl Drop for InCell<'_> {
    fn drop(&mut self) {
        // SAFETY: `wait` entered this place, and this is the only way out of it.
        unsafe { self.queue.leave_cell(self.place, self.used) };
    }
}

impl WaitQueue {
    /// Blocks the calling thread until `ready` returns something, or until `deadline`.
    ///
    /// `ready` runs after the thread can be seen to wait and after each wake, and must look by
    /// read-modify-write (see the page). After the deadline it is asked once more, so that what
    /// came at the last moment wins over [`TimedOut`]. Allocates nothing.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub(crate) fn wait<R>(
        &self,
        deadline: Deadline,
        ready: impl FnMut() -> Option<R>,
    ) -> Result<R, TimedOut> {
        match self.cells.enter(Handle::Thread(Parker::new())) {
            Ok(place) => self.wait_in_cell(place, deadline, ready),
            Err(_) => self.wait_in_list(deadline, ready),
        }
    }

    fn wait_in_cell<R>(
        &self,
        place: Place,
        deadline: Deadline,
        mut ready: impl FnMut() -> Option<R>,
    ) -> Result<R, TimedOut> {
        let mut waiting = InCell {
            queue: self,
            place,
            used: false,
        };
        let cell = self.cells.cell(place);
        loop {
            if let Some(result) = ready() {
                return Ok(result);
            }
            if !cell.park(time_left(deadline)) {
                drop(waiting);
                return ready().ok_or(TimedOut);
            }
            point(Point::WakeRunning);
            let woken = self.cells.runs_if_notified(place);
            if let Some(result) = ready() {
                waiting.used = woken;
                return Ok(result);
            }
            self.cells.arm_again(place);
        }
    }

    fn wait_in_list<R>(
        &self,
        deadline: Deadline,
        mut ready: impl FnMut() -> Option<R>,
    ) -> Result<R, TimedOut> {
        let mut again = false;
        loop {
            let node = Node::new(Handle::Thread(Parker::new()), ());
            // Before the link, which may unwind with the node in the list: it serves others.
            let linked = Linked {
                queue: self,
                node: &node,
            };
            // SAFETY: the node is fresh and not moved again; `linked` takes it out before it goes.
            unsafe { self.link(&node, again) };
            if let Some(result) = ready() {
                return Ok(result);
            }
            if !node.park(time_left(deadline)) {
                drop(linked);
                return ready().ok_or(TimedOut);
            }
            point(Point::WakeRunning);
            self.go_on();
            let result = ready();
            // SAFETY: popped, so not linked.
            unsafe { node.retire() };
            // The wake is used up: by `result`, or because there was nothing left for it.
            mem::forget(linked);
            if let Some(result) = result {
                return Ok(result);
            }
            again = true;
        }
    }
}

/// What is left until `deadline`; none if it never comes.
pub(crate) fn time_left(deadline: Deadline) -> Option<Duration> {
    (deadline != Deadline::NEVER).then(|| deadline.remaining(now_ns()))
}
