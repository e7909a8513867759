//! The waiter queue: threads and tasks that sleep until somebody notifies them.
//!
//! One queue holds both kinds. The first to come wait in cells ([`cell`]), where nobody waits for
//! anybody; those for whom no cell is free wait in a list under a lock. A list's node lies on the
//! blocking caller's stack or inside the pinned future. So waiting allocates nothing.
//!
//! # The sleeper pays
//! A notifier that finds nobody waiting has paid one relaxed load ([`WaitQueue::has_waiters`]).
//! For that the two sides must meet on a word:
//!
//! - The notifier makes its change by a read-modify-write on a word `w` (AcqRel), then calls
//!   `notify_*`.
//! - The waiter's `ready` closure, which runs after the node is linked, looks at the change by a
//!   read-modify-write on `w` (adding zero will do, AcqRel), or by taking the lock under which
//!   the change is made.
//!
//! Whichever of the two comes first on `w`, either the closure sees the change or the notifier
//! sees the waiter. A plain load in the closure loses wake-ups.
//!
//! # Who wakes whom
//! First come, first woken: cells before the list, by ticket, and who comes while somebody is in
//! the list goes there too. A waiter that was woken in vain keeps its place. Wakers are cloned,
//! woken and dropped outside the lock. A wake that reached a waiter which no longer needs it
//! (cancelled, timed out, done by itself) is passed on to the next.
//!
//! A notifier that loses its processor before its wake keeps nobody asleep: the next notifier
//! that finds nobody else to wake makes that wake too, once it has taken twenty microseconds.
//!
//! # The list
//! A notifier never waits for its lock: if it is taken, the notifier adds to `pending` and the
//! holder serves it after unlocking. One call wakes sixteen waiters at most, and leaves what
//! others asked for beyond that to those sixteen, who go on when they run. It takes another round
//! only for requests that were made while it held the lock. `notify_all` goes on to the end by
//! itself if it finds the lock free.
//!
//! The lock is taken by linking, unlinking, and the poll or drop of a linked future. If its holder
//! loses its processor they wait until it runs, and so do the wakes that it was asked for. The
//! unlock wakes the next of them by a futex call of the standard library's mutex, which
//! `wake_calls` does not count.

mod batch;
mod cell;
mod cells;
mod list;
mod listed;
#[cfg(all(test, shorttail_loom))]
mod models;
mod spin;
mod task;
mod task_node;
#[cfg(all(test, not(shorttail_loom)))]
mod tests;
mod thread;

use core::{fmt, mem};

use crate::sync::Lock;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::chaos::{Point, point};

use batch::Batch;
use cells::{Cells, Place, Waiting};
pub(crate) use list::{List, Node, Wake};

pub(crate) use cell::Handle;
pub(crate) use listed::Listed;
pub(crate) use spin::Spin;
pub(crate) use task::TaskWaiter;
pub(crate) use task_node::TaskNode;
pub(crate) use thread::{TimedOut, time_left};

/// A request to wake everybody: more than any queue can hold.
const ALL: u64 = 1 << 32;

/// Set by a waiter that goes on with what its notifier left, should that one still hold the lock.
const NUDGE: u64 = 1 << 63;

/// Threads and tasks that wait for one kind of event.
pub(crate) struct WaitQueue {
    /// Where the first to come wait.
    cells: Cells,
    /// Nodes in the list. Written under the lock, read without it; may lag.
    linked: AtomicUsize,
    /// Wakes asked for and not yet handed out, by notifiers that may have found the lock taken.
    pending: AtomicU64,
    list: Lock<List>,
}

impl fmt::Debug for WaitQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitQueue")
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

impl WaitQueue {
    /// An empty queue without cells. Allocates nothing.
    pub(crate) fn new() -> Self {
        Self::with_cells(0)
    }

    /// An empty queue with cells for the first `count` to come. Allocates these.
    pub(crate) fn with_cells(count: usize) -> Self {
        Self {
            cells: Cells::new(count),
            linked: AtomicUsize::new(0),
            pending: AtomicU64::new(0),
            list: Lock::new(List::new()),
        }
    }

    /// Whether anybody may have to be woken. One relaxed load.
    #[inline]
    pub(crate) fn has_waiters(&self) -> bool {
        self.cells.waiting().any()
    }

    /// Waiters, those included that were woken in a cell and have not run yet; exact when nobody
    /// comes or goes.
    pub(crate) fn waiting(&self) -> usize {
        // Relaxed: a statistic. [wait-1]
        self.cells.used() + self.linked.load(Ordering::Relaxed)
    }

    /// Wakes made in all.
    pub(crate) fn wakes(&self) -> u64 {
        self.cells.wakes.get()
    }

    /// Waiters that nobody has woken yet.
    pub(crate) fn asleep(&self) -> usize {
        // Relaxed: a statistic. [wait-1]
        self.cells.waiting().cells() + self.linked.load(Ordering::Relaxed)
    }

    /// Wakes the waiter at the front, if any. Never waits; one system call if it is a thread.
    #[inline]
    pub(crate) fn notify_one(&self) {
        self.notify_many(1);
    }

    /// Wakes up to `count` waiters from the front.
    #[inline]
    pub(crate) fn notify_many(&self, count: usize) {
        let waiting = self.cells.waiting();
        if waiting.any() {
            self.wake_many(waiting, count);
        }
    }

    /// Wakes the waiter at the front; false if nobody in a cell was asleep, so that it is for
    /// another queue to wake somebody.
    #[inline]
    pub(crate) fn try_notify_one(&self) -> bool {
        let waiting = self.cells.waiting();
        waiting.any() && self.wake_one(waiting)
    }

    /// Who waits in the list is woken too, and nothing is said of it: the lock's holder may be the
    /// one that does.
    #[cold]
    fn wake_one(&self, waiting: Waiting) -> bool {
        let woken = self.cells.notify_one(waiting.listed());
        if !woken && waiting.listed() {
            self.request(1);
        }
        woken
    }

    #[cold]
    fn wake_many(&self, waiting: Waiting, count: usize) {
        let mut rest = Rest {
            queue: self,
            listed: waiting.listed(),
            all: false,
            left: count,
        };
        rest.run();
    }

    /// Wakes every waiter there is now; where another thread holds the list's lock, that thread
    /// and those whom it wakes do.
    #[inline]
    pub(crate) fn notify_all(&self) {
        let waiting = self.cells.waiting();
        if waiting.any() {
            self.wake_all(waiting);
        }
    }

    #[cold]
    fn wake_all(&self, waiting: Waiting) {
        let mut rest = Rest {
            queue: self,
            listed: waiting.listed(),
            all: true,
            left: 1,
        };
        rest.run();
    }

    fn request(&self, count: u64) {
        // AcqRel: pairs with the read-modify-write in `unlocked`: either the holder of the lock
        // sees this request after its unlock, or we see its unlock. [wait-2]
        self.pending.fetch_add(count, Ordering::AcqRel);
        self.serve(count == ALL);
    }

    /// Hands out pending wakes, unless another thread holds the lock and will: a batch, or all.
    fn serve(&self, all: bool) {
        let mut batch = Batch::new();
        while let Some(mut list) = self.list.try_lock() {
            let left = self.pop_pending(&mut list, &mut batch);
            drop(list);
            // More than was left: requests and nudges whose makers found the lock taken by us.
            // Less: another holder of the lock has taken over.
            if self.unlocked() <= left && !(all && left > 0) {
                break;
            }
            if batch.room() == 0 {
                wake(mem::replace(&mut batch, Batch::new()));
            }
        }
        wake(batch);
    }

    /// Moves as many waiters as are asked for and fit into `batch`; how many are left to them.
    fn pop_pending(&self, list: &mut List, batch: &mut Batch) -> u64 {
        point(Point::WaitLocked);
        // AcqRel: takes over what notifiers asked for; partner of `request`. [wait-2]
        let wanted = self.pending.swap(0, Ordering::AcqRel) & !NUDGE;
        let taken = wanted.min(batch.room() as u64);
        let mut left = wanted - taken;
        if left > 0 {
            // AcqRel: gives back what does not fit, before those who shall go on are marked as
            // woken: they look at it after that. [wait-2]
            left += self.pending.fetch_add(left, Ordering::AcqRel) & !NUDGE;
        }
        for _ in 0..taken {
            let Some(wake) = list.pop_front() else {
                break;
            };
            batch.push(wake);
            self.cells.wakes.add(1);
        }
        if left > 0 && list.len() == 0 {
            // AcqRel: nobody is left to wake; who links after this sees what they made. [wait-2]
            self.pending.swap(0, Ordering::AcqRel);
            left = 0;
        }
        self.count(list);
        left
    }

    /// Wakes asked for and not handed out; to be asked after every unlock.
    fn unlocked(&self) -> u64 {
        // AcqRel: adding zero orders this after the unlock for the next notifier; see
        // `request`. [wait-2]
        self.pending.fetch_add(0, Ordering::AcqRel)
    }

    /// For a waiter that was woken: goes on with what its notifier left.
    fn go_on(&self) {
        // Acquire: the notifier left it before it marked us as woken. [wait-2]
        if self.pending.load(Ordering::Acquire) > 0 {
            // AcqRel: as in `request`, without asking for more. [wait-2]
            self.pending.fetch_or(NUDGE, Ordering::AcqRel);
            self.serve(false);
        }
    }

    /// For a waiter from the list that does not use its wake: others do, and what its notifier
    /// left to it.
    fn pass_on(&self) {
        self.go_on();
        self.notify_one();
    }

    /// Publishes the list's length to notifiers; called with the lock held.
    fn count(&self, list: &List) {
        // Relaxed: written under the lock only. [wait-1]
        let before = self.linked.load(Ordering::Relaxed);
        // Relaxed: the waiter's read-modify-write on the shared word publishes it. [wait-1]
        self.linked.store(list.len(), Ordering::Relaxed);
        if (before > 0) != (list.len() > 0) {
            self.cells.set_listed(list.len() > 0);
        }
    }

    /// Links `node`, in front of the others if it was woken in vain before.
    ///
    /// # Safety
    /// `node` must be unlinked, must stay at its address, and must live until it was popped
    /// ([`Node::is_notified`]) or [`unlink`](Self::unlink) returned.
    unsafe fn link(&self, node: &Node, again: bool) {
        point(Point::WaitLink);
        self.with_list(|list| {
            // SAFETY: the caller keeps the node unlinked before and alive and in place after;
            // the list is only touched under its lock, which we hold.
            unsafe { list.push(node, again) };
        });
    }

    /// Takes `node` out of the queue; true if a wake had already been given to it.
    ///
    /// # Safety
    /// `node` must have been linked into this very queue by [`link`](Self::link), or nowhere.
    unsafe fn unlink(&self, node: &Node) -> bool {
        // SAFETY: forwarded from the caller.
        !unsafe { node.leave(self) }
    }

    /// Gives a cell up and passes on a wake that it had been given and that was not `used`.
    ///
    /// # Safety
    /// `place` is the caller's, in this queue, and not used after this.
    unsafe fn leave_cell(&self, place: Place, used: bool) {
        // Dropped at the end, also in an unwinding: a waker's drop may panic.
        // SAFETY: forwarded from the caller.
        let (notified, _handle) = unsafe { self.cells.leave(place) };
        if notified && !used {
            self.notify_one();
        }
    }

    /// Takes `node` out and passes on a wake that it had already been given.
    ///
    /// # Safety
    /// As for [`unlink`](Self::unlink).
    unsafe fn leave(&self, node: &Node) {
        // SAFETY: forwarded from the caller.
        if unsafe { self.unlink(node) } {
            self.pass_on();
        }
    }
}

// SAFETY: there is one list, lent here under its lock.
unsafe impl Listed<()> for WaitQueue {
    /// Serves after that what notifiers left meanwhile.
    fn with_list<R>(&self, change: impl FnOnce(&mut List) -> R) -> R {
        let result = {
            let mut list = self.list.lock();
            point(Point::WaitLocked);
            let result = change(&mut list);
            self.count(&list);
            result
        };
        if self.unlocked() > 0 {
            self.serve(false);
        }
        result
    }
}

/// Wakes what was taken out, outside the lock.
fn wake(batch: Batch) {
    if !batch.is_empty() {
        point(Point::WakePopped);
    }
    batch.wake();
}

/// The wakes of one call. Dropped in an unwinding it makes the rest, so that a panicking waker
/// loses none of them.
struct Rest<'a> {
    queue: &'a WaitQueue,
    listed: bool,
    all: bool,
    /// Wakes to be made; of `all`, whether the round through the cells is.
    left: usize,
}

impl Rest<'_> {
    fn run(&mut self) {
        while self.left > 0 {
            self.left -= 1;
            if self.all {
                self.queue.cells.notify_all();
            } else if !self.queue.cells.notify_one(self.listed) {
                self.left += 1;
                break;
            }
        }
        if core::mem::take(&mut self.listed) && (self.all || self.left > 0) {
            let count = if self.all { ALL } else { self.left as u64 };
            self.left = 0;
            self.queue.request(count);
        }
    }
}

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        if crate::sync::global::panicking() {
            self.left += usize::from(self.all);
            self.run();
        }
    }
}
