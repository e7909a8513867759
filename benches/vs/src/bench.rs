//! What a block's cells are run with: how thoroughly, and where the numbers go.

use crate::others::{self, Others};
use crate::sheet::Sheet;

/// How many rounds, and how long a contender's turn in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounds {
    pub(crate) rounds: usize,
    pub(crate) turn_ns: u64,
}

/// Which kinds of cells are run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kinds {
    /// One thread.
    pub(crate) solo: bool,
    /// Several threads, closed loop.
    pub(crate) team: bool,
    /// Open loop.
    pub(crate) trial: bool,
}

/// How thoroughly each kind of cell is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// One thread.
    pub(crate) solo: Rounds,
    /// Several threads.
    pub(crate) team: Rounds,
    /// A schedule's threads, each round a turn.
    pub(crate) open: Rounds,
    /// Pairs of an open-loop trial.
    pub(crate) pairs: usize,
    /// All contended cells, or the chosen few.
    pub(crate) is_full: bool,
    pub(crate) kinds: Kinds,
    /// Whether a cell waits until nothing else runs.
    pub(crate) waits: bool,
}

impl Effort {
    pub(crate) const QUICK: Self = Self {
        solo: Rounds {
            rounds: 11,
            turn_ns: 5_000_000,
        },
        team: Rounds {
            rounds: 7,
            turn_ns: 20_000_000,
        },
        open: Rounds {
            rounds: 2,
            turn_ns: 50_000_000,
        },
        pairs: 6,
        is_full: false,
        kinds: Kinds {
            solo: true,
            team: true,
            trial: false,
        },
        waits: false,
    };
    pub(crate) const FULL: Self = Self {
        solo: Rounds {
            rounds: 41,
            turn_ns: 15_000_000,
        },
        team: Rounds {
            rounds: 15,
            turn_ns: 40_000_000,
        },
        open: Rounds {
            rounds: 5,
            turn_ns: 260_000_000,
        },
        pairs: 10,
        is_full: true,
        kinds: Kinds {
            solo: true,
            team: true,
            trial: true,
        },
        waits: false,
    };
}

/// One run of the package.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) effort: Effort,
    /// What the name of a cell must hold to be run.
    pub(crate) only: String,
    pub(crate) sheet: Sheet,
}

impl Bench {
    /// Whether the cell is to be run.
    pub(crate) fn takes(&self, cell: &str) -> bool {
        cell.contains(&self.only)
    }

    /// Called before a cell's measurement; what it returns is ended after it.
    pub(crate) fn begin(&self) -> Others {
        if self.effort.waits {
            others::wait_for_quiet();
        }
        Others::start()
    }
}

/// Every contender's turn in every round, forward and backward in turn, so that drift falls on all
/// alike.
pub(crate) fn in_turn<C>(rounds: usize, contenders: &mut [C], mut turn: impl FnMut(&mut C, usize)) {
    for round in 0..rounds {
        if round % 2 == 0 {
            contenders.iter_mut().for_each(|who| turn(who, round));
        } else {
            contenders.iter_mut().rev().for_each(|who| turn(who, round));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_turns_round_each_round() {
        let mut order = Vec::new();
        in_turn(3, &mut ["a", "b"], |who, round| order.push((*who, round)));
        let expected = [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)];
        assert_eq!(order, expected);
    }
}
