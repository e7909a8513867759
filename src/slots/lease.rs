//! Slots with memory behind them: the last holder, pool or borrower, frees it.

use core::fmt;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;

use crossbeam_utils::CachePadded;

use super::SlotSet;
use super::line::Line;
use crate::sync::Panics;
use crate::sync::atomic::{AtomicUsize, Ordering, fence};
use crate::sync::chaos::{self, Point};

/// What a pool and its borrowers keep alive together.
///
/// Kept alive by holds, one for each lease and one for the owner, counted on the line of the
/// slot's word: a borrower touches no line that is not its own already. `open_lines` counts the
/// lines with holds on them; whoever takes it to zero frees the rest.
struct Shared<T, P> {
    open_lines: AtomicUsize,
    set: SlotSet,
    /// On lines of their own: neighboring slots are other threads'.
    places: Box<[CachePadded<Place<T, P>>]>,
    /// Those who wait for a slot.
    line: Line<T, P>,
    value: T,
}

/// What belongs to one slot.
struct Place<T, P> {
    payload: P,
    slot: u32,
    shared: NonNull<Shared<T, P>>,
}

/// The pool's side of a value `T` with a payload `P` for each slot.
pub(crate) struct Owner<T, P> {
    shared: NonNull<Shared<T, P>>,
}

/// One slot, held. Gives it back on drop, from any thread, also after the owner is gone.
///
/// One pointer wide. Forgetting it loses the slot and keeps the memory: no more.
pub(crate) struct Lease<T, P> {
    place: NonNull<Place<T, P>>,
}

// SAFETY: an `Owner` gives `&T` on any thread, and the last holder drops `T` and every `P`
// wherever it is: `T: Send + Sync` and `P: Send`. `P: Sync`, since a payload may be seen through
// `&Lease` on two threads in turn.
unsafe impl<T: Send + Sync, P: Send + Sync> Send for Owner<T, P> {}
// SAFETY: as for `Send`; `try_lease` takes `&self` and hands out leases by atomic steps only.
unsafe impl<T: Send + Sync, P: Send + Sync> Sync for Owner<T, P> {}
// SAFETY: as for `Owner`: a lease gives `&T` and `&P` and may be the last holder.
unsafe impl<T: Send + Sync, P: Send + Sync> Send for Lease<T, P> {}
// SAFETY: a shared lease gives `&T` and `&P` only, which `T: Sync` and `P: Sync` allow.
unsafe impl<T: Send + Sync, P: Send + Sync> Sync for Lease<T, P> {}

impl<T, P> Owner<T, P> {
    /// Takes all the memory there will be: `value`, and a slot for each of `payloads`.
    pub(crate) fn new(value: T, payloads: Vec<P>) -> Self {
        Self::with_set(SlotSet::new(payloads.len()), value, payloads)
    }

    pub(super) fn with_set(set: SlotSet, value: T, payloads: Vec<P>) -> Self {
        let room: Box<MaybeUninit<Shared<T, P>>> = Box::new_uninit();
        let room = NonNull::from(Box::leak(room)).cast::<Shared<T, P>>();
        let place = |(slot, payload)| {
            CachePadded::new(Place {
                payload,
                slot,
                shared: room,
            })
        };
        let shared = Shared {
            open_lines: AtomicUsize::new(set.lines().len()),
            places: (0..).zip(payloads).map(place).collect(),
            set,
            line: Line::new(),
            value,
        };
        // SAFETY: `room` came from a box of this type just now and nothing else knows it yet;
        // the pointers to it inside `shared` are not followed before this write.
        unsafe { room.write(shared) };
        Self { shared: room }
    }

    #[inline]
    pub(crate) fn value(&self) -> &T {
        &self.shared().value
    }

    /// A free slot, if there is one. Never waits, never allocates; see [`SlotSet::claim`].
    #[inline]
    pub(crate) fn try_lease(&self) -> Option<Lease<T, P>> {
        let shared = self.shared();
        let slot = shared.set.claim()?;
        Some(shared.lease(slot))
    }

    /// The same, without counting a refusal.
    pub(super) fn try_lease_quietly(&self) -> Option<Lease<T, P>> {
        self.shared().lease_quietly()
    }

    /// For who has joined the line: a slot from any word, by a read-modify-write on each.
    pub(super) fn settle(&self) -> Option<Lease<T, P>> {
        let shared = self.shared();
        shared.set.settle().map(|slot| shared.lease(slot))
    }

    pub(super) fn line(&self) -> &Line<T, P> {
        &self.shared().line
    }

    pub(crate) fn set(&self) -> &SlotSet {
        &self.shared().set
    }

    fn shared(&self) -> &Shared<T, P> {
        // SAFETY: the owner has a hold on every line until its drop, so `open_lines` is above
        // zero and nobody frees. Only shared references to it are ever made before that.
        unsafe { self.shared.as_ref() }
    }
}

impl<T, P> Shared<T, P> {
    /// For a slot that the caller has claimed, while there is a hold of the owner's or of its own.
    #[inline]
    fn lease(&self, slot: u32) -> Lease<T, P> {
        // Relaxed: another hold keeps the count of open lines above zero during this. [slots-8]
        self.set.line(slot).holds.fetch_add(1, Ordering::Relaxed);
        chaos::point(Point::PoolClaimed);
        Lease {
            place: NonNull::from(&*self.places[slot as usize]),
        }
    }

    fn lease_quietly(&self) -> Option<Lease<T, P>> {
        self.set.claim_quietly().map(|slot| self.lease(slot))
    }

    /// Gives what is in the bitmap to those who wait; what their wakers panicked with.
    #[cold]
    fn serve(&self) -> Panics {
        let mut panics = Panics::default();
        panics.catch(|| self.line.serve(|| self.lease_quietly()));
        panics
    }
}

impl<T, P> Drop for Owner<T, P> {
    fn drop(&mut self) {
        let lines = self.set().lines().len();
        for line in 0..lines {
            // SAFETY: this owner's hold on `line` and on the lines after it is still there, so
            // the memory is; the projection makes no reference to the whole.
            let holds = unsafe { &self.shared.as_ref().set.lines()[line].holds };
            let _freed = let_go(self.shared, holds);
        }
    }
}

impl<T, P> Lease<T, P> {
    pub(crate) fn slot(&self) -> u32 {
        self.place().slot
    }

    /// What belongs to this slot. Shared: exclusive use is the caller's to keep.
    #[inline]
    pub(crate) fn payload(&self) -> &P {
        &self.place().payload
    }

    #[inline]
    pub(crate) fn value(&self) -> &T {
        // SAFETY: this lease's hold keeps `shared` alive, and only shared references to it are
        // made while any hold is left.
        unsafe { &(*self.place().shared.as_ptr()).value }
    }

    #[inline]
    fn place(&self) -> &Place<T, P> {
        // SAFETY: the places live in `Shared`, which this lease's hold keeps alive; nothing ever
        // takes a mutable reference to a place.
        unsafe { self.place.as_ref() }
    }
}

impl<T, P> Drop for Lease<T, P> {
    #[inline]
    fn drop(&mut self) {
        let slot = self.slot();
        let pointer = self.place().shared;
        chaos::point(Point::PoolRelease);
        // SAFETY: the hold of this lease is given up only by `let_go` below.
        let shared = unsafe { pointer.as_ref() };
        if shared.line.waiting() > 0 && self.hand_over(shared) {
            return;
        }
        shared.set.release(slot);
        // Again: who joined the line before the release may not have found the slot.
        let panics = match shared.line.waiting() {
            0 => None,
            _ => Some(shared.serve()),
        };
        let _freed = let_go(pointer, &shared.set.line(slot).holds);
        if let Some(panics) = panics {
            panics.resume();
        }
    }
}

impl<T, P> Lease<T, P> {
    /// Gives the slot and its hold to the first who waits; whether there was one.
    #[cold]
    fn hand_over(&self, shared: &Shared<T, P>) -> bool {
        let ours = Self { place: self.place };
        let left = shared.line.hand_over(ours, || shared.lease_quietly());
        let given = left.is_none();
        // Still ours: it is given back by the drop that we are in.
        mem::forget(left);
        given
    }
}

/// Gives up one hold; frees everything if it was the last. `true` if it freed.
///
/// The caller must not touch `shared` afterwards.
#[inline]
fn let_go<T, P>(shared: NonNull<Shared<T, P>>, holds: &AtomicUsize) -> bool {
    // Release: what this holder did comes before the freeing. [slots-9]
    if holds.fetch_sub(1, Ordering::Release) != 1 {
        return false;
    }
    close_line(shared)
}

#[cold]
#[inline(never)]
fn close_line<T, P>(shared: NonNull<Shared<T, P>>) -> bool {
    // Acquire: all that other holders of this line did comes before what follows. [slots-9]
    fence(Ordering::Acquire);
    // SAFETY: a line with no holds left closes once, so this line is still counted in
    // `open_lines` and nobody frees before the step below.
    let open_lines = unsafe { &(*shared.as_ptr()).open_lines };
    // AcqRel: each closer's line comes before the freeing by the last closer. [slots-9]
    if open_lines.fetch_sub(1, Ordering::AcqRel) != 1 {
        return false;
    }
    // SAFETY: `shared` came from a leaked box in `with_set`. The count went from one to zero
    // here, which happens once, and no hold is left through which anybody could reach it.
    drop(unsafe { Box::from_raw(shared.as_ptr()) });
    true
}

impl<T, P> fmt::Debug for Owner<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Owner").field(self.set()).finish()
    }
}

impl<T, P> fmt::Debug for Lease<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&self.slot()).finish()
    }
}
