//! Which lanes may hold a message: a hint that is never wrong about an empty lane.
//!
//! A lane is marked while a completed send's message is in it, at least. The sender sees to that
//! after its publish, by one load where the mark is there. A receiver that found the lane empty
//! takes the mark away and puts a doubt in its place, in one step; looks at the lane once more; and
//! takes the doubt away. One of two things comes first on the words that the sender changes by
//! read-modify-write and the look adds zero to: the look, and then the sender sees that the mark is
//! gone; or the sender, and then the look sees the message. So nobody who reads both in one load
//! passes over a message, also while that receiver stands still.
//!
//! Where another receiver's doubt stands already, the mark stays: two of them would end each
//! other's.

use crossbeam_utils::CachePadded;

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::chaos::{Point, point};

/// Lanes that one word has a mark and a doubt for.
pub(super) const MOST: usize = 32;

/// Marks are the lower half of the word, doubts the upper.
#[derive(Debug)]
pub(super) struct Marks(CachePadded<AtomicU64>);

/// A set of lanes, the first of them first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LaneSet(u32);

impl LaneSet {
    #[inline]
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The lane, if it is the only one.
    #[inline]
    pub(super) const fn only(self) -> Option<usize> {
        if self.0.is_power_of_two() {
            Some(self.0.trailing_zeros() as usize)
        } else {
            None
        }
    }

    /// Without lane 0.
    pub(super) const fn below_the_first(self) -> Self {
        Self(self.0 & !1)
    }

    pub(super) const fn without(self, lane: usize) -> Self {
        Self(self.0 & !(1 << lane))
    }
}

impl Iterator for LaneSet {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let lane = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(lane)
    }
}

const fn mark(lane: usize) -> u64 {
    1 << lane
}

const fn doubt(lane: usize) -> u64 {
    1 << (lane + MOST)
}

impl Marks {
    pub(super) fn new() -> Self {
        Self(CachePadded::new(AtomicU64::new(0)))
    }

    /// The lanes that are marked or in doubt. All others held no completed send's message when this
    /// was read. One load.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "each half is meant")]
    pub(super) fn get(&self) -> LaneSet {
        // Acquire: looks at lanes after this come after it, those before it before. [lanes-1]
        let word = self.0.load(Ordering::Acquire);
        LaneSet(word as u32 | (word >> MOST) as u32)
    }

    /// Marks `lane`. One load if it is marked.
    #[inline]
    pub(super) fn set(&self, lane: usize) {
        // Relaxed: carried by the read-modify-write of the publish and of the look. [lanes-1]
        if self.0.load(Ordering::Relaxed) & mark(lane) == 0 {
            self.set_anew(lane);
        }
    }

    #[cold]
    fn set_anew(&self, lane: usize) {
        // AcqRel: who sees the mark sees the message. [lanes-1]
        self.0.fetch_or(mark(lane), Ordering::AcqRel);
    }

    /// For a receiver that found `lane` empty: takes its mark away, unless `looks_filled` sees
    /// something in it after that, by read-modify-write.
    #[cold]
    pub(super) fn clear(&self, lane: usize, looks_filled: impl FnOnce() -> bool) {
        // Relaxed: the step below decides. [lanes-1]
        let now = self.0.load(Ordering::Relaxed);
        if now & (mark(lane) | doubt(lane)) != mark(lane) {
            return;
        }
        let next = now ^ (mark(lane) | doubt(lane));
        // AcqRel: before the look that follows; see the page. A failure leaves the mark to the next
        // who finds the lane empty. [lanes-1]
        let swap = self
            .0
            .compare_exchange(now, next, Ordering::AcqRel, Ordering::Relaxed);
        if swap.is_err() {
            return;
        }
        point(Point::LaneDoubted);
        if looks_filled() {
            self.set(lane);
        }
        // AcqRel: after the look, and after the mark that it may have set. [lanes-1]
        self.0.fetch_and(!doubt(lane), Ordering::AcqRel);
    }

    /// Takes the mark of a lane away in which nothing is and nothing will be.
    #[cold]
    pub(super) fn end(&self, lane: usize) {
        // AcqRel: as above; no sender of this lane has a message inside. [lanes-1]
        self.0.fetch_and(!mark(lane), Ordering::AcqRel);
    }
}
