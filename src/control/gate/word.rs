//! All that admission decides by, in one word.
//!
//! ```text
//! bits  0 … 12   permits of the generation 0
//!      13 … 25   permits of the generation 1
//!      26 … 38   limit
//!      39 … 62   waiters of the three tiers, eight bits each
//!           63   generation of the permits that are given now
//! ```
//! A generation ends when none of the one before is out any more. So what is out of the older one
//! was given before a known moment, and permits that nobody gives back are seen, at no cost for
//! those that come and go.

use super::class::Tier;

const COUNT_BITS: u32 = 13;
const LINE_BITS: u32 = 8;
const LIMIT_SHIFT: u32 = 2 * COUNT_BITS;
const LINES_SHIFT: u32 = 3 * COUNT_BITS;
const GENERATION_SHIFT: u32 = LINES_SHIFT + 3 * LINE_BITS;

/// The highest limit.
pub(super) const LIMIT_MAX: u32 = (1 << COUNT_BITS) - 1;

/// Most waiters of a tier.
pub(super) const WAITERS_MAX: u32 = (1 << LINE_BITS) - 1;

/// As the word was at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u64);

impl Word {
    pub(super) const fn new(limit: u32) -> Self {
        Self((limit as u64) << LIMIT_SHIFT)
    }

    const fn field(self, shift: u32, bits: u32) -> u32 {
        (self.0 >> shift & ((1 << bits) - 1)) as u32
    }

    pub(super) const fn limit(self) -> u32 {
        self.field(LIMIT_SHIFT, COUNT_BITS)
    }

    pub(super) const fn with_limit(self, limit: u32) -> Self {
        let others = self.0 & !((LIMIT_MAX as u64) << LIMIT_SHIFT);
        Self(others | (limit as u64) << LIMIT_SHIFT)
    }

    /// Permits that are out.
    #[inline]
    pub(super) const fn in_flight(self) -> u32 {
        self.field(0, COUNT_BITS) + self.field(COUNT_BITS, COUNT_BITS)
    }

    /// Those of them that were given before the generation of now began.
    pub(super) const fn older(self) -> u32 {
        match self.generation() {
            0 => self.field(COUNT_BITS, COUNT_BITS),
            _ => self.field(0, COUNT_BITS),
        }
    }

    #[inline]
    pub(super) const fn generation(self) -> u64 {
        self.0 >> GENERATION_SHIFT & 1
    }

    /// The next generation; only where no permit is [`older`](Self::older).
    pub(super) const fn turned(self) -> Self {
        Self(self.0 ^ 1 << GENERATION_SHIFT)
    }

    /// Waiters of all tiers.
    #[inline]
    pub(super) const fn waiting(self) -> u32 {
        self.ahead_of(Tier::Sheddable)
    }

    /// Waiters before whom nobody of `tier` may come who has not waited: its own and those above.
    #[inline]
    pub(super) const fn ahead_of(self, tier: Tier) -> u32 {
        let normal = match tier {
            Tier::Critical => 0,
            Tier::Normal | Tier::Sheddable => self.in_line_of(Tier::Normal),
        };
        let sheddable = match tier {
            Tier::Critical | Tier::Normal => 0,
            Tier::Sheddable => self.in_line_of(Tier::Sheddable),
        };
        self.in_line_of(Tier::Critical) + normal + sheddable
    }

    #[inline]
    pub(super) const fn in_line_of(self, tier: Tier) -> u32 {
        self.field(LINES_SHIFT + LINE_BITS * tier as u32, LINE_BITS)
    }

    /// Whether one who comes now may enter: each who waits has a place kept.
    #[inline]
    pub(super) const fn admits(self, tier: Tier, room: u32) -> bool {
        self.in_flight() + self.ahead_of(tier) < room
    }

    /// Whether one who waits may enter; one that has just come, behind all others of its line.
    pub(super) const fn admits_waiter(self, tier: Tier, room: u32, last: bool) -> bool {
        let before = match last {
            true => self.ahead_of(tier) - 1,
            false => self.ahead_of(tier) - self.in_line_of(tier),
        };
        self.in_flight() + before < room
    }

    #[inline]
    pub(super) const fn and_permit(self) -> Self {
        Self(self.0 + permit(self.generation()))
    }
}

/// One permit of a generation.
#[inline]
pub(super) const fn permit(generation: u64) -> u64 {
    1 << (COUNT_BITS * generation as u32)
}

/// One waiter of a tier.
pub(super) const fn waiter(tier: Tier) -> u64 {
    1 << (LINES_SHIFT + LINE_BITS * tier as u32)
}
