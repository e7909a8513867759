//! Slots that nobody announces when they come back: they are looked at when one is wanted.

use core::ptr::NonNull;

use crossbeam_utils::CachePadded;

use super::hostages::Hostages;
use crate::slots::SlotSet;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::chaos::{self, Point};
use crate::sync::{UnsafeCell, thread_number};

/// Nobody has the slot in hand; parts of what it stands for may be with others.
const HOME: u32 = 0;
/// Somebody has the slot in hand, or it is among the known.
const TAKEN: u32 = 1;
/// Groups of threads that each begin at a slot of their own.
const DESKS: usize = 16;
/// Looks in vain, one after another, from which on a slot is a hostage.
const HOSTAGE_AFTER: u8 = 2;
/// Slots passed by a call for each look it may take.
const PASSES_PER_LOOK: u32 = 8;

/// A fixed number of slots, each with a master that can tell whether others still have a part of
/// what it stands for.
///
/// Who has a slot in hand has its master alone. It is given back either as lent, and is then looked
/// at by those who want one, or as known to be alone, and is then found without a look.
///
/// # Guarantees
/// [`take`](Self::take) and both ways back never wait: who meets a slot that another thread has in
/// hand passes on. So a thread frozen anywhere in here hides the slot it has in hand and no other.
pub(super) struct LentSlots<M> {
    places: Box<[CachePadded<Place<M>>]>,
    known: SlotSet,
    /// The slot that a thread of the group took last: likely back, and in the cache.
    last: Box<[CachePadded<AtomicU32>]>,
    /// Where the next look is, of ordinary slots and of hostages.
    rounds: [CachePadded<AtomicU32>; 2],
    hostages: Hostages,
    looks: u32,
}

struct Place<M> {
    state: AtomicU32,
    kept: UnsafeCell<Kept<M>>,
}

struct Kept<M> {
    master: M,
    /// Looks in vain since the slot was last found to be back.
    in_vain: u8,
}

/// What came of a look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// It is in the looker's hand now.
    Back,
    /// Others have a part still.
    Lent,
    /// Not to be looked at: somebody has it in hand, or it is known.
    Passed,
}

// SAFETY: `kept` is entered by whoever has the slot in hand only: one thread at a time, each after
// the one before (`look`, `take_elsewhere`). So masters move between threads and are not shared:
// `M: Send` is enough.
unsafe impl<M: Send> Sync for Place<M> {}

impl<M> LentSlots<M> {
    /// Takes all memory there will be. All `masters` are alone, and known to be; a call looks at
    /// `looks` slots. Both are above zero, and there are at most `u32::MAX` masters.
    pub(super) fn new(masters: Vec<M>, looks: u32) -> Self {
        let len = masters.len();
        let place = |master| {
            CachePadded::new(Place {
                state: AtomicU32::new(TAKEN),
                kept: UnsafeCell::new(Kept { master, in_vain: 0 }),
            })
        };
        let word = || CachePadded::new(AtomicU32::new(0));
        Self {
            places: masters.into_iter().map(place).collect(),
            known: SlotSet::new(len),
            last: (0..DESKS).map(|_| word()).collect(),
            rounds: [word(), word()],
            hostages: Hostages::none(len as u32),
            looks,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Slots that are not known to be back. One load for each word of slots.
    pub(super) fn in_use(&self) -> usize {
        self.known.in_use()
    }

    /// Slots looked at in vain, again and again, and not found back since.
    pub(super) fn hostages(&self) -> usize {
        self.hostages.count()
    }

    /// A slot whose master is alone: the caller has it in hand.
    ///
    /// Looks at the slot that this thread, or one of its group, had last; takes one that is known;
    /// looks at ordinary slots in turn, `looks` of them; then at as many hostages: of its own, for
    /// what was looked at in vain just now may have become one, and is looked at again.
    #[inline]
    pub(super) fn take(&self, is_alone: impl Fn(&mut M) -> bool) -> Option<u32> {
        let last = &self.last[thread_number() % DESKS];
        // Relaxed: a hint; the look decides. [pool-9]
        let slot = last.load(Ordering::Relaxed);
        if self.look(slot, &is_alone, 0) == Look::Back {
            return Some(slot);
        }
        let slot = self.take_elsewhere(is_alone)?;
        // Relaxed: as above. [pool-9]
        last.store(slot, Ordering::Relaxed);
        Some(slot)
    }

    /// The master of a slot: to be followed by who has the slot in hand, as long as these live.
    #[inline]
    pub(super) fn master(&self, slot: u32) -> NonNull<M> {
        self.places[slot as usize].kept.with_mut(|kept| {
            // SAFETY: the cell is there, and no reference to what is in it is made here.
            let master = unsafe { &raw mut (*kept).master };
            // SAFETY: a place in a box, which is never null.
            unsafe { NonNull::new_unchecked(master) }
        })
    }

    /// Gives back a slot of which others have a part.
    #[inline]
    pub(super) fn put_lent(&self, slot: u32) {
        chaos::point(Point::PoolRelease);
        // Release: hands the master to the Acquire of `look`. [pool-11]
        self.places[slot as usize]
            .state
            .store(HOME, Ordering::Release);
    }

    /// Gives back a slot of which nobody has a part.
    #[inline]
    pub(super) fn put_known(&self, slot: u32) {
        chaos::point(Point::PoolRelease);
        self.known.release(slot);
    }

    /// Looks at every slot that is lent, and tells `back` of those that are so no more. They are
    /// known then. One look a slot.
    pub(super) fn look_at_all(&self, is_alone: impl Fn(&mut M) -> bool, back: impl Fn(u32)) {
        for slot in 0..self.len() as u32 {
            if self.look(slot, &is_alone, 1) == Look::Back {
                back(slot);
                self.put_known(slot);
            }
        }
    }

    #[cold]
    fn take_elsewhere(&self, is_alone: impl Fn(&mut M) -> bool) -> Option<u32> {
        if let Some(slot) = self.known.claim_quietly() {
            chaos::point(Point::PoolClaimed);
            return Some(slot);
        }
        let found = self.look_around(false, &is_alone);
        found.or_else(|| self.look_around(true, &is_alone))
    }

    /// Looks at slots in turn, at hostages or at all others, until one is back, the looks are used
    /// up, or the round is over.
    fn look_around(&self, hostages: bool, is_alone: &impl Fn(&mut M) -> bool) -> Option<u32> {
        let mut looks = self.looks;
        let len = self.len() as u32;
        let round = &self.rounds[usize::from(hostages)];
        // Relaxed: a hint; it says where to look first. [pool-9]
        let mut at = round.load(Ordering::Relaxed) % len;
        let mut left = len;
        let mut found = None;
        for _ in 0..looks.saturating_mul(PASSES_PER_LOOK) {
            let Some(slot) = self.hostages.next(at, hostages) else {
                break;
            };
            let gone = (slot + len - at) % len + 1;
            if gone > left || looks == 0 {
                break;
            }
            left -= gone;
            at = (slot + 1) % len;
            match self.look(slot, is_alone, 1) {
                Look::Back => {
                    found = Some(slot);
                    break;
                }
                Look::Lent => looks -= 1,
                Look::Passed => {}
            }
        }
        // Relaxed: as above. [pool-9]
        round.store(at, Ordering::Relaxed);
        found
    }

    /// Takes the slot in hand if nobody has it, and keeps it there if the master is alone. A look
    /// in vain counts `counts` times.
    #[inline]
    fn look(&self, slot: u32, is_alone: &impl Fn(&mut M) -> bool, counts: u8) -> Look {
        let Place { state, kept } = &*self.places[slot as usize];
        // Relaxed: a hint; the exchange below decides. [pool-9]
        if state.load(Ordering::Relaxed) != HOME {
            return Look::Passed;
        }
        // Acquire: pairs with the Release by which it came home. Relaxed: a failure. [pool-11]
        let taken = state.compare_exchange(HOME, TAKEN, Ordering::Acquire, Ordering::Relaxed);
        if taken.is_err() {
            return Look::Passed;
        }
        chaos::point(Point::PoolClaimed);
        let (alone, in_vain) = kept.with_mut(|kept| {
            // SAFETY: the exchange took the slot in hand, and all that was done by who had it
            // before came before: nobody else is in the cell until it is given back.
            let kept = unsafe { &mut *kept };
            let alone = is_alone(&mut kept.master);
            let before = kept.in_vain;
            kept.in_vain = if alone {
                0
            } else {
                before.saturating_add(counts)
            };
            (alone, before.max(kept.in_vain))
        });
        if in_vain >= HOSTAGE_AFTER {
            self.hostages.set(slot, !alone);
        }
        if alone {
            return Look::Back;
        }
        // Release: as in `put_lent`. [pool-11]
        state.store(HOME, Ordering::Release);
        Look::Lent
    }
}
