//! How far the trial has come, for a person who waits.

use std::io::{IsTerminal, Write};

/// Counts blocks on standard error if that is a terminal; silent otherwise.
#[derive(Debug)]
pub(super) struct Progress {
    blocks: usize,
    shown: bool,
}

impl Progress {
    pub(super) fn new(wanted: bool, blocks: usize) -> Self {
        Self {
            blocks,
            shown: wanted && std::io::stderr().is_terminal(),
        }
    }

    pub(super) fn step(&self, done: usize) {
        if self.shown {
            let end = if done == self.blocks { "\n" } else { "" };
            // Nobody is told if it cannot be shown: the trial goes on.
            let _unseen = write!(std::io::stderr(), "\rblock {done} of {}{end}", self.blocks);
        }
    }
}
