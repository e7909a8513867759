//! Whose turn it is where several lanes hold messages.

use crossbeam_utils::CachePadded;

use crate::sync::atomic::{AtomicU64, Ordering};

/// Numbers the receives that find more than one lane with messages; every so many of them is aged.
#[derive(Debug)]
pub(super) struct Turns {
    /// Each so many-th turn is aged; none if zero.
    every: u64,
    taken: CachePadded<AtomicU64>,
}

/// The number of a receive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    number: u64,
    pub(super) is_aged: bool,
}

/// When a lane was last served, in turns.
#[derive(Debug, Default)]
pub(super) struct Served(AtomicU64);

impl Turns {
    pub(super) fn new(every: u32) -> Self {
        Self {
            every: u64::from(every),
            taken: CachePadded::new(AtomicU64::new(0)),
        }
    }

    /// The next turn; none where no turn is ever aged, so that they need no numbers.
    pub(super) fn next(&self) -> Option<Turn> {
        if self.every == 0 {
            return None;
        }
        // Relaxed: a number; of `every` in a row exactly one is aged, whoever gets it. [lanes-2]
        let number = 1 + self.taken.fetch_add(1, Ordering::Relaxed);
        let is_aged = number % self.every == 0;
        Some(Turn { number, is_aged })
    }
}

impl Served {
    pub(super) fn at(&self, turn: Turn) {
        // Relaxed: an old number brings the lane one aged turn too early. [lanes-2]
        self.0.store(turn.number, Ordering::Relaxed);
    }

    pub(super) fn number(&self) -> u64 {
        // Relaxed: as above. [lanes-2]
        self.0.load(Ordering::Relaxed)
    }
}
