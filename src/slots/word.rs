//! One word of a set: which of its slots are free, and what whoever gives one back has to do.
//!
//! A slot that is not free keeps its word, and the memory of the whole set, alive: so neither a
//! claim nor a give-back counts anything. In ordinary times a give-back is one step, after which
//! it touches nothing that might be gone. If something is left to do after it (list the word, serve
//! who waits), it says so in the same step by a hold, and ends that when it is done.
//!
//! | bits | |
//! |---|---|
//! | 0..32 | a free slot each |
//! | `UNLISTED` | the summary may not list the word: who gives a slot back lists it |
//! | `AGAIN` | unlisted while somebody had a hold: the last hold's end is no proof of a listing |
//! | `WAITED` | somebody waits, or has waited once: who gives a slot back looks at the line |
//! | `CLOSED` | the owner is gone: who leaves the word last closes it |
//! | 40..64 | holds |

use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::sync::chaos::{self, Point};

/// Slots of a word at most.
pub(super) const WORD_SLOTS: usize = 32;

const SLOTS: u64 = (1 << WORD_SLOTS) - 1;
const UNLISTED: u64 = 1 << 32;
const AGAIN: u64 = 1 << 33;
const WAITED: u64 = 1 << 34;
const CLOSED: u64 = 1 << 35;
/// No slot.
const NONE: u32 = u32::MAX;
/// One hold. A thread has one at most, and there is room for 16 million.
const HOLD: u64 = 1 << 40;
const HOLDS: u64 = !(HOLD - 1);

#[derive(Debug)]
pub(super) struct Word {
    state: AtomicU64,
    /// The slot that came back last, until somebody asks for it; or `NONE`.
    last: AtomicU32,
    /// All its slots.
    all: u64,
}

/// A word's bits, seen by who may be the last at them: no reference to anything that may be freed
/// while it stands but to atomic integers, for which that is allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<'a> {
    bits: &'a AtomicU64,
    last: &'a AtomicU32,
    all: u64,
}

/// What a give-back leaves to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GivenBack {
    /// Nothing.
    Done,
    /// To list the word, to look at the line of waiters, and then [`State::end_hold`].
    Held,
    /// It was free already; nothing was changed.
    Twice,
}

impl Word {
    /// A word of so many free slots, listed by its summary.
    pub(super) fn new(slots: usize) -> Self {
        debug_assert!(slots <= WORD_SLOTS);
        let all = (1 << slots) - 1;
        Self {
            state: AtomicU64::new(all),
            last: AtomicU32::new(NONE),
            all,
        }
    }

    /// How many are free.
    pub(super) fn free(&self) -> u32 {
        // Relaxed: a statistic; publishes nothing. [slots-7]
        (self.state.load(Ordering::Relaxed) & SLOTS).count_ones()
    }

    /// Takes the slot that came back last if it is free still, and any if not; its bit.
    ///
    /// The last one without a look at the word before: a thread that has just given it back would
    /// wait with its look until that step is through, and then only take its next.
    #[inline]
    pub(super) fn take_last(&self) -> Option<u32> {
        // Relaxed: a hint; the read-modify-write decides. [slots-3]
        let last = self.last.load(Ordering::Relaxed);
        if last < WORD_SLOTS as u32 {
            // Relaxed: as above: whoever else has read it takes a step in vain. [slots-3]
            self.last.store(NONE, Ordering::Relaxed);
            if self.take_bit(last) {
                return Some(last);
            }
        }
        self.take()
    }

    /// Takes a free slot, if there is one; its bit.
    #[inline]
    pub(super) fn take(&self) -> Option<u32> {
        loop {
            // Relaxed: a hint; the read-modify-write below decides. [slots-3]
            let seen = self.state.load(Ordering::Relaxed) & SLOTS;
            if seen == 0 {
                return None;
            }
            let bit = seen.trailing_zeros();
            if self.take_bit(bit) {
                return Some(bit);
            }
        }
    }

    /// Takes this slot if it is free. The mask of one bit makes it one instruction.
    #[inline]
    fn take_bit(&self, bit: u32) -> bool {
        let mask = 1 << bit;
        // AcqRel: shows whoever sees the word emptied what was released before. [slots-2]
        // Acquire: pairs with the Release of the give-back; the last holder is done. [slots-6]
        self.state.fetch_and(!mask, Ordering::AcqRel) & mask != 0
    }

    /// Marks the word as unlisted, if no slot is free; whether it did. By a read-modify-write, so
    /// that it stands before or after each give-back into the word: before, and that one sees the
    /// mark; after, and nothing is marked.
    #[cold]
    pub(super) fn mark_unlisted(&self) -> bool {
        // Relaxed: the step below decides. [slots-3]
        let seen = self.state.load(Ordering::Relaxed);
        let mark = match seen & HOLDS {
            0 => UNLISTED,
            // Who has that hold may have listed it before it was taken off the list.
            _ => UNLISTED | AGAIN,
        };
        if seen & SLOTS != 0 {
            return false;
        }
        // AcqRel: the Release shows the unlisting to the give-backs that follow [slots-1]; the
        // Acquire shows the claim that emptied the word, and all before it. [slots-2]
        let marked =
            self.state
                .compare_exchange(seen, seen | mark, Ordering::AcqRel, Ordering::Relaxed);
        marked.is_ok()
    }

    /// Tells all give-backs from now on to look at the line of waiters; whether a slot is free.
    #[cold]
    pub(super) fn mark_waited(&self) -> bool {
        // AcqRel: a give-back before this is seen; one after it sees who waits. [slots-10]
        self.state.fetch_or(WAITED, Ordering::AcqRel) & SLOTS != 0
    }

    /// What the functions below are for.
    #[inline]
    pub(super) const fn state(&self) -> State<'_> {
        State {
            bits: &self.state,
            last: &self.last,
            all: self.all,
        }
    }
}

impl State<'_> {
    /// Gives the slot of `mask` back. After [`GivenBack::Done`] the memory may be gone.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub(super) fn give_back(self, mask: u64) -> GivenBack {
        // Relaxed: a hint; before the step, after which the memory may be gone. [slots-3]
        self.last.store(mask.trailing_zeros(), Ordering::Relaxed);
        // Relaxed: the step below decides. [slots-3]
        let mut seen = self.bits.load(Ordering::Relaxed);
        loop {
            if seen & mask != 0 {
                return GivenBack::Twice;
            }
            let is_quiet = seen & (UNLISTED | WAITED | CLOSED) == 0;
            let next = (seen | mask) + if is_quiet { 0 } else { HOLD };
            // The Release hands the slot's memory to the Acquire in `take`. [slots-6]
            // The Acquire shows the unlisting [slots-1], and who waits [slots-10], whose steps
            // stand before this in the word's order.
            match step(self.bits, seen, next) {
                Ok(_) => {
                    chaos::point(Point::SlotReturned);
                    return match is_quiet {
                        true => GivenBack::Done,
                        false => GivenBack::Held,
                    };
                }
                Err(now) => seen = now,
            }
        }
    }

    /// Ends the hold of a give-back, by whom the word was listed since. Whether it was the last to
    /// leave a word whose owner is gone: if not, the memory may be gone.
    #[cold]
    pub(super) fn end_hold(self) -> bool {
        // Relaxed: the step below decides. [slots-3]
        let mut seen = self.bits.load(Ordering::Relaxed);
        loop {
            let mut next = seen - HOLD;
            if next & HOLDS == 0 {
                next &= if seen & AGAIN == 0 { !UNLISTED } else { !AGAIN };
            }
            // The Release shows the listing to who finds the word marked as listed [slots-1], and
            // what this holder did to who frees, whose Acquire it is too. [slots-9]
            match step(self.bits, seen, next) {
                Ok(_) => return next & CLOSED != 0 && self.is_left(next),
                Err(now) => seen = now,
            }
        }
    }

    /// The owner leaves. Whether nobody else is there: if not, the memory may be gone.
    #[cold]
    pub(super) fn close(self) -> bool {
        // AcqRel: what each holder did comes before the freeing by who leaves last. [slots-9]
        let before = self.bits.fetch_or(CLOSED, Ordering::AcqRel);
        self.is_left(before)
    }

    /// No slot is out and nobody has a hold.
    const fn is_left(self, bits: u64) -> bool {
        bits & (SLOTS | HOLDS) == self.all
    }
}

fn step(bits: &AtomicU64, seen: u64, next: u64) -> Result<u64, u64> {
    // AcqRel: as said at each step. Relaxed on failure: nothing was done. [slots-3]
    bits.compare_exchange(seen, next, Ordering::AcqRel, Ordering::Relaxed)
}
