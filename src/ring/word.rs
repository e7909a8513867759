//! Positions and slot words: arithmetic without memory.

/// Positions are the upper bits of a word; the lower ones are free for tags and counts.
const SHIFT: u32 = 14;
const STEP: u64 = 1 << SHIFT;
const TAG: u64 = STEP - 1;

/// An absolute position in the ring's history. Wraps after 2⁵⁰ sends; compare by difference only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pos(u64);

impl Pos {
    /// The position `count` sends after the first.
    #[cfg(test)]
    pub(super) const fn at(count: u64) -> Self {
        Self(count.wrapping_mul(STEP))
    }

    pub(super) const ZERO: Self = Self(0);

    /// The position in a head or tail word.
    pub(super) const fn of(word: u64) -> Self {
        Self(word & !TAG)
    }

    pub(super) const fn word(self) -> u64 {
        self.0
    }

    pub(super) const fn next(self) -> Self {
        self.plus(1)
    }

    pub(super) const fn plus(self, count: u64) -> Self {
        Self(self.0.wrapping_add(count.wrapping_mul(STEP)))
    }

    pub(super) const fn minus(self, count: u64) -> Self {
        Self(self.0.wrapping_sub(count.wrapping_mul(STEP)))
    }

    /// How many positions `self` is after `earlier`; negative if it is before.
    #[allow(clippy::cast_possible_wrap, reason = "the sign is the answer")]
    pub(super) const fn since(self, earlier: Self) -> i64 {
        (self.0.wrapping_sub(earlier.0) as i64) >> SHIFT
    }

    /// The slot of this position; `mask` is the number of slots less one.
    #[allow(clippy::cast_possible_truncation, reason = "the mask fits a usize")]
    pub(super) const fn index(self, mask: u64) -> usize {
        ((self.0 >> SHIFT) & mask) as usize
    }
}

/// Set in the tail word: no position is claimed any more.
pub(super) const CLOSED: u64 = 1;

/// One reservation in the tail word. It counts them, so that a claim's CAS sees them.
pub(super) const RESERVED: u64 = 2;

/// As many reservations as the tail word can count.
pub(super) const RESERVED_MAX: i64 = 4095;

/// The reservations that a tail word counts.
pub(super) const fn reserved(tail: u64) -> i64 {
    ((tail / RESERVED) as i64) & RESERVED_MAX
}

pub(super) const fn is_closed(tail: u64) -> bool {
    tail & CLOSED != 0
}

/// Whether a tail word holds more than its position.
pub(super) const fn has_marks(tail: u64) -> bool {
    tail & TAG != 0
}

/// The tail word one position later.
pub(super) const fn advanced(tail: u64) -> u64 {
    advanced_by(tail, 1)
}

/// The tail word `count` positions later.
pub(super) const fn advanced_by(tail: u64, count: u64) -> u64 {
    tail.wrapping_add(count.wrapping_mul(STEP))
}

/// A slot's state word: a position and what the slot is at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(pub(super) u64);

/// What a slot is to somebody who stands at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The sender that claims the position, or has, may write.
    Free,
    /// The position's value is inside.
    Full,
    /// The position carries nothing and never will; step over it.
    Dead,
    /// A slow receiver of an earlier lap still copies out of it.
    Held,
    /// Stepped over in an earlier lap; a stalled thread still owns the memory.
    Abandoned,
    /// A sender of an earlier lap is still in its window.
    Early,
}

impl State {
    const FREE: u64 = 0;
    const FULL: u64 = 1;
    const HOLE: u64 = 2;

    /// Writable for the sender of `pos`.
    pub(super) const fn free(pos: Pos) -> Self {
        Self(pos.0 | Self::FREE)
    }

    /// Carries the value of `pos`.
    pub(super) const fn full(pos: Pos) -> Self {
        Self(pos.0 | Self::FULL)
    }

    /// Carries nothing at `pos` or before; a stalled thread owns the memory.
    pub(super) const fn hole(pos: Pos) -> Self {
        Self(pos.0 | Self::HOLE)
    }

    pub(super) const fn pos(self) -> Pos {
        Pos::of(self.0)
    }

    /// The slot as seen from `pos`.
    pub(super) fn seen_from(self, pos: Pos) -> View {
        let ahead = self.pos().since(pos);
        match (ahead.signum(), self.0 & TAG) {
            (0, Self::FREE) => View::Free,
            (0, Self::FULL) => View::Full,
            (0 | 1, _) => View::Dead,
            (_, Self::FULL) => View::Held,
            (_, Self::HOLE) => View::Abandoned,
            _ => View::Early,
        }
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::{CLOSED, Pos, RESERVED, State, View, advanced, is_closed, reserved};

    #[test]
    fn positions_compare_across_the_wrap() {
        let last = Pos::at((1 << 50) - 1);
        assert_eq!(last.next(), Pos::ZERO);
        assert_eq!(last.next().since(last), 1);
        assert_eq!(last.since(last.plus(5)), -5);
        assert_eq!(last.index(7), 7);
    }

    #[test]
    fn a_tail_word_holds_position_reservations_and_close() {
        let last = Pos::at((1 << 50) - 1);
        let full = last.word() + 4095 * RESERVED;
        assert_eq!((Pos::of(full), reserved(full)), (last, 4095));
        let next = advanced(full | CLOSED);
        assert_eq!((Pos::of(next), reserved(next)), (Pos::ZERO, 4095));
        assert!(is_closed(next) && !is_closed(next - CLOSED));
    }

    #[test]
    fn a_slot_is_read_relative_to_where_one_stands() {
        let pos = Pos::at(8);
        assert_eq!(State::free(pos).seen_from(pos), View::Free);
        assert_eq!(State::full(pos).seen_from(pos), View::Full);
        assert_eq!(State::hole(pos).seen_from(pos), View::Dead);
        assert_eq!(State::free(pos.plus(8)).seen_from(pos), View::Dead);
        assert_eq!(State::full(pos).seen_from(pos.plus(8)), View::Held);
        assert_eq!(State::hole(pos).seen_from(pos.plus(8)), View::Abandoned);
        assert_eq!(State::free(pos).seen_from(pos.plus(8)), View::Early);
    }
}
