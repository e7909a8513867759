//! Slots with memory behind them: the last holder, pool or borrower, frees it.

use core::alloc::Layout;
use core::fmt;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;
use std::alloc::alloc;

use crossbeam_utils::CachePadded;

use super::line::Line;
use super::set::{SlotSet, released_twice};
use super::word::GivenBack;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::chaos::{self, Point};
use crate::sync::{Panics, growth_call};

/// The number of a place outside the set: no slot has it, as there are at most so many.
const OUTSIDE: u32 = u32::MAX;

/// What a pool and its borrowers keep alive together.
///
/// A word of the set is *open* while the owner is there, a slot of it is out, or somebody who gave
/// one back is not done yet: a borrower touches no line that is not its own already. `open_words`
/// counts them, what is lent outside the set, and those who hand a slot over; whoever takes it to
/// zero frees the rest.
struct Shared<T, P> {
    open_words: AtomicUsize,
    set: SlotSet,
    /// On lines of their own: neighboring slots are other threads'.
    places: Box<[CachePadded<Place<T, P>>]>,
    /// Those who wait for a slot.
    line: Line<Lease<T, P>>,
    value: T,
}

/// What belongs to one slot, or to one place on the heap: then it is boxed, and `slot` is
/// `OUTSIDE`.
#[repr(C)]
struct Place<T, P> {
    shared: NonNull<Shared<T, P>>,
    slot: u32,
    /// Last: what of it every call needs may lie on the line of what is above.
    payload: P,
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
            open_words: AtomicUsize::new(set.words()),
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

    /// A lease on something that is none of the slots, and goes when the lease does: its `payload`
    /// on the heap. `None`, and the payload dropped, if the heap refuses.
    #[cold]
    pub(crate) fn lease_outside(&self, payload: P) -> Option<Lease<T, P>> {
        let layout = Layout::new::<Place<T, P>>();
        // SAFETY: a place is not of zero size: it has a pointer.
        let place = NonNull::new(unsafe { alloc(layout) })?.cast::<Place<T, P>>();
        let fresh = Place {
            payload,
            slot: OUTSIDE,
            shared: self.shared,
        };
        // SAFETY: allocated for this type just now, and nothing else knows it.
        unsafe { place.write(fresh) };
        // Relaxed: the owner keeps every word open during this. [slots-8]
        self.shared().open_words.fetch_add(1, Ordering::Relaxed);
        Some(Lease { place })
    }

    /// The same as `try_lease`, without counting a refusal.
    pub(super) fn try_lease_quietly(&self) -> Option<Lease<T, P>> {
        self.shared().lease_quietly()
    }

    /// For who has joined the line: a slot from any word, by a read-modify-write on each.
    pub(super) fn settle(&self) -> Option<Lease<T, P>> {
        let shared = self.shared();
        shared.set.settle().map(|slot| shared.lease(slot))
    }

    pub(super) fn line(&self) -> &Line<Lease<T, P>> {
        &self.shared().line
    }

    pub(crate) fn set(&self) -> &SlotSet {
        &self.shared().set
    }

    fn shared(&self) -> &Shared<T, P> {
        // SAFETY: the owner keeps every word open until its drop, so `open_words` is above
        // zero and nobody frees. Only shared references to it are ever made before that.
        unsafe { self.shared.as_ref() }
    }
}

impl<T, P> Shared<T, P> {
    /// For a slot that the caller has claimed: so its word is open.
    #[inline]
    fn lease(&self, slot: u32) -> Lease<T, P> {
        chaos::point(Point::PoolClaimed);
        Lease {
            place: NonNull::from(&*self.places[slot as usize]),
        }
    }

    fn lease_quietly(&self) -> Option<Lease<T, P>> {
        self.set.claim_quietly().map(|slot| self.lease(slot))
    }
}

impl<T, P> Drop for Owner<T, P> {
    fn drop(&mut self) {
        for word in 0..self.set().words() {
            // SAFETY: the owner keeps this word and those after it open, so the memory is there.
            let state = unsafe { self.shared.as_ref() }.set.word(word);
            if state.close() {
                close_word(self.shared);
            }
        }
    }
}

impl<T, P> Lease<T, P> {
    /// The slot's number; one that is too high for any if there is none.
    pub(crate) fn slot(&self) -> u32 {
        self.place().slot
    }

    /// Whether it is on something from the heap.
    pub(crate) fn is_outside(&self) -> bool {
        self.slot() == OUTSIDE
    }

    /// What belongs to this slot. Shared: exclusive use is the caller's to keep.
    #[inline]
    pub(crate) fn payload(&self) -> &P {
        &self.place().payload
    }

    #[inline]
    pub(crate) fn value(&self) -> &T {
        // SAFETY: the slot, which is out, or the count keeps `shared` alive, and only shared
        // references to it are made while any hold is left.
        unsafe { &(*self.place().shared.as_ptr()).value }
    }

    #[inline]
    fn place(&self) -> &Place<T, P> {
        // SAFETY: the places live in `Shared`, which this lease's slot keeps alive, or, outside,
        // in a box of this lease's; nothing ever takes a mutable reference to a place.
        unsafe { self.place.as_ref() }
    }
}

impl<T, P> Drop for Lease<T, P> {
    #[inline]
    fn drop(&mut self) {
        let slot = self.slot();
        let pointer = self.place().shared;
        chaos::point(Point::PoolRelease);
        // SAFETY: the slot is out until it is given back below, or handed over by who keeps the
        // memory for that time.
        let shared = unsafe { pointer.as_ref() };
        if shared.line.waiting() > 0 && hand_over(pointer, self.place) {
            return;
        }
        if slot == OUTSIDE {
            return end_outside(self.place);
        }
        let (state, mask) = shared.set.state(slot);
        match state.give_back(mask) {
            GivenBack::Done => {}
            GivenBack::Held => finish(pointer, slot),
            GivenBack::Twice => released_twice(slot),
        }
    }
}

/// Gives the slot to the first who waits; whether there was one.
#[cold]
fn hand_over<T, P>(pointer: NonNull<Shared<T, P>>, place: NonNull<Place<T, P>>) -> bool {
    // SAFETY: the slot is out until it is handed over, and then `_kept` keeps the memory.
    let shared = unsafe { pointer.as_ref() };
    let _kept = Kept::new(pointer, shared);
    let ours = Lease { place };
    let left = shared.line.hand_over(ours, || shared.lease_quietly());
    let given = left.is_none();
    // Still ours: it is given back by the drop that we are in.
    mem::forget(left);
    given
}

/// Keeps the memory for who has handed a slot over and is not done: whoever has the slot now may
/// give it back, and the owner be gone, before that.
struct Kept<T, P>(NonNull<Shared<T, P>>);

impl<T, P> Kept<T, P> {
    /// While a slot is out.
    fn new(pointer: NonNull<Shared<T, P>>, shared: &Shared<T, P>) -> Self {
        // Relaxed: the word of the slot that is out keeps the count above zero. [slots-8]
        shared.open_words.fetch_add(1, Ordering::Relaxed);
        Self(pointer)
    }
}

impl<T, P> Drop for Kept<T, P> {
    fn drop(&mut self) {
        close_word(self.0);
    }
}

/// Frees a place that is outside, and leaves. Only for the drop of its lease.
#[cold]
#[inline(never)]
fn end_outside<T, P>(place: NonNull<Place<T, P>>) {
    // SAFETY: `lease_outside` allocated the place for this type, and the one lease on it ends.
    let place = unsafe { Box::from_raw(place.as_ptr()) };
    let shared = place.shared;
    growth_call(|| drop(place));
    close_word(shared);
}

/// What is left to do after a slot was given back, by whom holds its word for that.
#[cold]
#[inline(never)]
fn finish<T, P>(pointer: NonNull<Shared<T, P>>, slot: u32) {
    // SAFETY: the hold keeps the word open until it ends below.
    let shared = unsafe { pointer.as_ref() };
    shared.set.list(slot);
    // Who joined the line before the slot came back may not have found it.
    let mut panics = Panics::default();
    if shared.line.waiting() > 0 {
        panics.catch(|| shared.line.serve(|| shared.lease_quietly()));
    }
    if shared.set.state(slot).0.end_hold() {
        close_word(pointer);
    }
    panics.resume();
}

/// One word is open no more, something outside has ended, or a hand-over is done; frees everything
/// if it was the last.
///
/// The caller must not touch `shared` afterwards.
#[cold]
#[inline(never)]
fn close_word<T, P>(shared: NonNull<Shared<T, P>>) {
    // SAFETY: a word that nobody is left in closes once, as a lease outside and a hand-over end
    // once, so this one is still counted in `open_words` and nobody frees before the step below.
    let open_words = unsafe { &(*shared.as_ptr()).open_words };
    // AcqRel: each closer's word comes before the freeing by the last closer. [slots-9]
    if open_words.fetch_sub(1, Ordering::AcqRel) != 1 {
        return;
    }
    // SAFETY: `shared` came from a leaked box in `with_set`. The count went from one to zero
    // here, which happens once, and nobody is left in any word who could reach it.
    drop(unsafe { Box::from_raw(shared.as_ptr()) });
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
