//! One waiter cell: a place to wait at which nobody waits for anybody else.
//!
//! ```text
//!                  ┌────────── looked in vain ──────────┐
//!                  ▼                                    │
//! LEFT ── arm, ▶ ARMED ── a notifier's CAS ──▶ NOTIFIED ┘
//!  ▲ claimed       │                              │
//!  └───────────────┴────── the owner leaves ──────┘
//! ```
//!
//! A notifier pins the cell in the CAS that notifies it, wakes the owner, and unpins. The owner
//! never waits for that: it leaves the cell, and the last to unpin frees it. So what a notifier
//! reads stays in place, and one that loses its processor in the middle costs a cell. The owner
//! stays in sight of other notifiers, who wake it in place of one that takes long.

use core::task::Waker;
use core::time::Duration;

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{MODEL, Parker, UnsafeCell, thread_number};
use crate::time::now_ns;

/// How long a notifier may take for a wake before the next one makes it too.
const PATIENCE_NS: u64 = 20_000;

const ARMED: u64 = 1;
const NOTIFIED: u64 = 2;
const LEFT: u64 = 3;
/// No thread's number.
const NOBODY: u64 = u64::MAX;

const STATE: u64 = 3;
const PIN: u64 = 4;
/// Enough for as many notifiers at one cell as Linux can have threads. The bits above hold the
/// ticket.
const PINS: u64 = (1 << 24) - PIN;
const TICKET: u64 = PINS + PIN;

/// How to wake a waiter.
pub(crate) enum Handle {
    Thread(Parker),
    Task(Waker),
}

pub(super) struct Cell {
    /// State, pins and ticket. Changed by read-modify-writes only.
    word: AtomicU64,
    /// When the last wake of the owner was begun, if that is a thread, and by which thread.
    notified_ns: AtomicU64,
    notifier: AtomicU64,
    /// Written by the owner in LEFT; read by the owner and by those who pin the cell.
    handle: UnsafeCell<Option<Handle>>,
}

// SAFETY: the handle is written only by the one owner of a cell that is LEFT and unpinned, and
// taken only by the one who made it so; those who read it in between pin it, or own it. The word
// orders all of that. A `Waker` may be sent and shared; a `Parker` may be notified by anyone.
unsafe impl Sync for Cell {}

/// What a notifier has seen of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen(u64);

impl Seen {
    pub(super) fn is_armed(self) -> bool {
        self.0 & STATE == ARMED
    }

    fn is_notified(self) -> bool {
        self.0 & STATE == NOTIFIED
    }

    /// Whether a notifier stands between its claim on the owner and the end of the wake.
    pub(super) fn is_being_woken(self) -> bool {
        self.is_notified() && self.0 & PINS != 0
    }

    /// Whether its owner came before that of `other`.
    #[allow(clippy::cast_possible_wrap, reason = "the sign is the answer")]
    pub(super) fn is_before(self, other: Self) -> bool {
        ((self.0 / TICKET * TICKET).wrapping_sub(other.0 / TICKET * TICKET) as i64) < 0
    }
}

impl Cell {
    pub(super) fn new() -> Self {
        Self {
            word: AtomicU64::new(LEFT),
            notified_ns: AtomicU64::new(0),
            notifier: AtomicU64::new(NOBODY),
            handle: UnsafeCell::new(None),
        }
    }

    pub(super) fn seen(&self) -> Seen {
        // Acquire: a hint for the CAS that follows. [wait-5]
        Seen(self.word.load(Ordering::Acquire))
    }

    /// Lets notifiers at the cell; `ticket` is the place in the order.
    ///
    /// # Safety
    /// The caller owns the cell, and it is LEFT, unpinned and empty: claimed, or taken back by
    /// [`try_take_back`](Self::try_take_back).
    pub(super) unsafe fn arm(&self, ticket: u64, handle: Handle) {
        let old = self.handle.with_mut(|slot| {
            // SAFETY: unpinned and owned: nobody reads or writes the handle but the caller.
            unsafe { slot.as_mut() }.and_then(|slot| slot.replace(handle))
        });
        debug_assert!(old.is_none(), "freed cells are empty");
        self.forget_notifier();
        // AcqRel: shows the handle to who pins. [wait-5]
        self.word
            .swap(ticket.wrapping_mul(TICKET) | ARMED, Ordering::AcqRel);
        drop(old);
    }

    /// The owner takes the cell out of sight to arm it anew; none while somebody pins it.
    ///
    /// A notifier that comes meanwhile passes it over: the owner must look after arming.
    pub(super) fn try_take_back(&self) -> Option<Option<Handle>> {
        // Relaxed: only the owner changes the state of what it sees here. [wait-5]
        let seen = self.word.load(Ordering::Relaxed);
        // AcqRel: ours again; what those who pinned it read is over. [wait-5]
        let swap = self.word.compare_exchange(
            seen & !PINS,
            seen & !PINS | LEFT,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        swap.ok().map(|_| self.take_handle())
    }

    /// Whether the owner has been given a wake since it armed the cell.
    pub(super) fn is_notified(&self) -> bool {
        self.seen().is_notified()
    }

    /// The owner was woken in vain, or without reason: it waits on, at its old place.
    pub(super) fn arm_again(&self) {
        self.with_handle(|handle| match handle {
            Handle::Thread(parker) => parker.reset(),
            Handle::Task(_) => {}
        });
        // AcqRel: adds zero. A notifier before this is seen; one after it sees the reset, and its
        // wake outlives that. No model shows it: only a wake that was made twice brings the owner
        // here in ARMED, and models know none. [wait-5]
        let seen = self.word.fetch_add(0, Ordering::AcqRel);
        if Seen(seen).is_notified() {
            self.forget_notifier();
            // AcqRel: NOTIFIED to ARMED, the pins untouched; from NOTIFIED only the owner goes on.
            // [wait-5]
            self.word.fetch_sub(NOTIFIED - ARMED, Ordering::AcqRel);
        }
    }

    /// Sleeps until woken or until `timeout` has passed; whether it was woken, perhaps without
    /// reason.
    pub(super) fn park(&self, timeout: Option<Duration>) -> bool {
        self.with_handle(|handle| match handle {
            Handle::Thread(parker) => parker.park(timeout),
            Handle::Task(_) => unreachable!("a task is never parked"),
        })
    }

    /// Whether the owner's handle wakes the same task as `waker`.
    pub(super) fn is_waiting_with(&self, waker: &Waker) -> bool {
        self.with_handle(|handle| match handle {
            Handle::Thread(_) => false,
            Handle::Task(known) => known.will_wake(waker),
        })
    }

    /// The owner goes. If nobody pins the cell, the caller is to free it.
    pub(super) fn leave(&self) -> Left {
        // AcqRel: after this nobody pins it anew. [wait-5]
        let seen = self.word.fetch_or(LEFT, Ordering::AcqRel);
        Left {
            notified: Seen(seen).is_notified(),
            is_last: seen & PINS == 0,
        }
    }

    /// Gives the owner a wake, if the cell is as `seen`, and pins it.
    pub(super) fn try_notify(&self, seen: Seen) -> bool {
        let next = seen.0 & !STATE | NOTIFIED;
        // AcqRel: decides between notifiers, and between us and the owner that leaves; shows us
        // the handle. [wait-5]
        let swap =
            self.word
                .compare_exchange(seen.0, next + PIN, Ordering::AcqRel, Ordering::Relaxed);
        swap.is_ok()
    }

    /// Whether the wake of a pinned cell takes another thread long: it may have lost the processor.
    pub(super) fn is_overdue(&self) -> bool {
        // Relaxed: an old time causes a wake too many. Time does not pass in a model. [wait-6]
        let since = self.notified_ns.load(Ordering::Relaxed);
        !MODEL && now_ns().saturating_sub(since) > PATIENCE_NS && self.is_woken_by_another()
    }

    /// Whether another thread makes the wake of a pinned cell: a waker of ours may call us.
    pub(super) fn is_woken_by_another(&self) -> bool {
        // Relaxed: our own store is seen; another's only says that it is not ours. [wait-6]
        !MODEL && self.notifier.load(Ordering::Relaxed) != thread_number() as u64
    }

    /// Before arming: the next notifier may stall before it leaves its number.
    fn forget_notifier(&self) {
        if !MODEL {
            // Relaxed: the arming that follows publishes it. [wait-6]
            self.notifier.store(NOBODY, Ordering::Relaxed);
            // Relaxed: as above. [wait-6]
            self.notified_ns.store(0, Ordering::Relaxed);
        }
    }

    /// Wakes the owner. For who pins the cell.
    pub(super) fn wake(&self) {
        if !MODEL {
            // Relaxed: see `is_woken_by_another`. [wait-6]
            self.notifier
                .store(thread_number() as u64, Ordering::Relaxed);
        }
        self.with_handle(|handle| match handle {
            Handle::Thread(parker) => {
                self.stamp();
                parker.notify();
                parker.unparker().wake();
            }
            // Without a stamp, and so overdue at once: a second wake of a task costs less than the
            // time would.
            Handle::Task(waker) => waker.wake_by_ref(),
        });
    }

    fn stamp(&self) {
        if !MODEL {
            // Relaxed: see `is_overdue`. [wait-6]
            self.notified_ns.store(now_ns(), Ordering::Relaxed);
        }
    }

    /// Ends a pin; true if the owner has left and the caller is to free the cell.
    pub(super) fn unpin(&self) -> bool {
        // AcqRel: our reading of the handle comes before its end. [wait-5]
        let seen = self.word.fetch_sub(PIN, Ordering::AcqRel);
        seen & (PINS | STATE) == PIN | LEFT
    }

    /// Empties a cell that is LEFT and that nobody pins. Its bit may be given away after this.
    ///
    /// # Safety
    /// The caller got `is_last` from `leave`, or true from `unpin`: it is the only one.
    pub(super) unsafe fn free(&self) -> Option<Handle> {
        self.take_handle()
    }

    fn take_handle(&self) -> Option<Handle> {
        self.handle.with_mut(|slot| {
            // SAFETY: LEFT and unpinned, and the caller is the one who made it so.
            unsafe { slot.as_mut() }.and_then(Option::take)
        })
    }

    /// Lends the handle to its owner, or to who pins the cell.
    fn with_handle<R>(&self, read: impl FnOnce(&Handle) -> R) -> R {
        self.handle.with(|slot| {
            // SAFETY: while the cell is owned and armed, or pinned, nobody writes the handle.
            match unsafe { slot.as_ref() } {
                Some(Some(handle)) => read(handle),
                _ => unreachable!("an armed cell has a handle"),
            }
        })
    }
}

/// How the owner left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) notified: bool,
    pub(super) is_last: bool,
}
