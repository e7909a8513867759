//! One waker's place: a count of holders, the runtime's waker, and when it was woken.
//!
//! What a slot holds is written once, by who claimed it and before anybody else can reach it, and
//! taken out once, by who gave up the last hold. In between it is only read, so that wakes need no
//! lock and wait for nobody. A task whose runtime gives it another waker takes another slot. No
//! generation is needed: a slot is not used again while a waker of it is held.

use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use core::task::Waker;

use super::slots::Slab;
use super::waker::raw;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Arc, UnsafeCell};
use crate::time::Clock;

/// A slot of a [`Slab`].
pub(super) struct WakeSlot<C> {
    index: usize,
    /// Wakers of it that are out, and its task.
    holds: AtomicUsize,
    /// When it was woken first since its task looked; zero if it was not.
    woke_at_ns: AtomicU64,
    held: UnsafeCell<Option<Held<C>>>,
}

/// What a slot keeps while it is held.
struct Held<C> {
    waker: Waker,
    /// The slab that the slot is in, so that it is there for as long as any waker.
    slab: Arc<Slab<C>>,
}

// SAFETY: the cell is written by who claimed the slot's bit and emptied by who took the last hold
// away; everybody else only reads it, through `&Waker` and `&Slab`, which are `Sync` if the clock
// is, and what is dropped on the last holder's thread is `Send`. A second writer would break this.
unsafe impl<C: Send + Sync> Sync for WakeSlot<C> {}

// SAFETY: as above; a slot that is moved is not shared, and what it holds is `Send`.
unsafe impl<C: Send + Sync> Send for WakeSlot<C> {}

impl<C> WakeSlot<C> {
    pub(super) fn new(index: usize) -> Self {
        Self {
            index,
            holds: AtomicUsize::new(0),
            woke_at_ns: AtomicU64::new(0),
            held: UnsafeCell::new(None),
        }
    }

    /// One hold more. Only for who has one.
    pub(super) fn hold(&self) {
        // Relaxed: as in `Arc`, the caller's own hold keeps it from zero. [measure-10]
        let before = self.holds.fetch_add(1, Ordering::Relaxed);
        // As in `Arc`: a panic could be caught, and the count go on until it comes round.
        if before > isize::MAX as usize {
            std::process::abort();
        }
    }

    /// Gives up one hold; the last one empties the slot and gives it back.
    ///
    /// # Safety
    /// `slot` is held by the caller, who neither uses nor gives up that hold again.
    pub(super) unsafe fn release(slot: NonNull<Self>) {
        let last = {
            // SAFETY: the caller's hold keeps the slot filled, and with it the slab alive.
            let slot = unsafe { slot.as_ref() };
            // AcqRel: what all holders did comes before the emptying, as in `Arc`. [measure-10]
            if slot.holds.fetch_sub(1, Ordering::AcqRel) != 1 {
                return;
            }
            // SAFETY: that was the last hold, so nobody else reads; the bit is not set, so nobody
            // fills it.
            let held = slot.held.with_mut(|held| unsafe { (*held).take() });
            if let Some(held) = &held {
                held.slab.give_back(slot.index);
            }
            held
        };
        // May free the slab, and the slot with it: nothing of either is used from here on.
        drop(last);
    }
}

impl<C: Clock> WakeSlot<C> {
    /// Notes the time and wakes the task. Only for who has a hold.
    pub(super) fn wake(&self) {
        self.held.with(|held| {
            // SAFETY: while a hold is there, the cell is only read.
            let Some(held) = (unsafe { &*held }) else {
                return;
            };
            // Zero stands for none.
            let now_ns = held.slab.clock.now_ns().max(1);
            // Relaxed: the first wake since the poll stands; it publishes nothing. [measure-11]
            let noted =
                self.woke_at_ns
                    .compare_exchange(0, now_ns, Ordering::Relaxed, Ordering::Relaxed);
            // Else an earlier wake is noted, whose poll has not come yet.
            let _earlier = noted.is_err();
            held.waker.wake_by_ref();
        });
    }
}

/// A task's own hold of a slot.
pub(super) struct Tracked<C: Clock + Send + Sync + 'static> {
    slot: NonNull<WakeSlot<C>>,
}

// SAFETY: a hold may be given up on any thread: what it then drops is `Send`.
unsafe impl<C: Clock + Send + Sync + 'static> Send for Tracked<C> {}

// SAFETY: through a shared hold the slot is only read, and `WakeSlot` is `Sync`.
unsafe impl<C: Clock + Send + Sync + 'static> Sync for Tracked<C> {}

impl<C: Clock + Send + Sync + 'static> Tracked<C> {
    /// Fills a slot of `slab` that the caller has just claimed.
    pub(super) fn fill(slot: &WakeSlot<C>, waker: Waker, slab: Arc<Slab<C>>) -> Self {
        slot.held.with_mut(|held| {
            // SAFETY: the slot's bit is the caller's and nobody holds it: nobody else reads or
            // writes.
            unsafe { *held = Some(Held { waker, slab }) }
        });
        // Relaxed: nobody else has it; clones are handed on by who makes them. [measure-11]
        slot.woke_at_ns.store(0, Ordering::Relaxed);
        // Relaxed: as above. [measure-10]
        slot.holds.store(1, Ordering::Relaxed);
        let slot = NonNull::from(slot);
        Self { slot }
    }

    fn slot(&self) -> &WakeSlot<C> {
        // SAFETY: this hold keeps the slot filled, and what fills it keeps the slab alive.
        unsafe { self.slot.as_ref() }
    }

    /// Whether a wake of this slot wakes the same task as `waker`.
    pub(super) fn is_for(&self, waker: &Waker) -> bool {
        self.slot().held.with(|held| {
            // SAFETY: while a hold is there, the cell is only read.
            let held = unsafe { &*held };
            held.as_ref()
                .is_some_and(|held| held.waker.will_wake(waker))
        })
    }

    /// When it was woken first since the last call, if it was.
    pub(super) fn take_woke_at_ns(&self) -> Option<u64> {
        // Relaxed: each wake is noted for one poll; it publishes nothing. [measure-11]
        let at_ns = self.slot().woke_at_ns.swap(0, Ordering::Relaxed);
        (at_ns != 0).then_some(at_ns)
    }

    /// A waker that borrows this hold: it must not be dropped, its clones may outlive it.
    pub(super) fn waker(&self) -> ManuallyDrop<Waker> {
        // SAFETY: the pointer is to a held slot; clones add holds of their own, and this one is
        // never dropped, so that it gives up none.
        ManuallyDrop::new(unsafe { Waker::from_raw(raw(self.slot)) })
    }
}

impl<C: Clock + Send + Sync + 'static> Drop for Tracked<C> {
    fn drop(&mut self) {
        // SAFETY: this hold is its own and ends here.
        unsafe { WakeSlot::release(self.slot) };
    }
}
