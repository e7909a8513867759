//! Where values come from.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::super::{Value, value};

#[derive(Debug)]
pub(super) struct Origin {
    takes: Duration,
    fails: bool,
    calls: AtomicU64,
}

/// The origin says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the origin failed")
    }
}

impl std::error::Error for Failed {}

impl Origin {
    pub(super) const fn new(takes: Duration, fails: bool) -> Self {
        Self {
            takes,
            fails,
            calls: AtomicU64::new(0),
        }
    }

    pub(super) fn calls(&self) -> u64 {
        // Relaxed: a count of its own, read between turns.
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) const fn takes_time(&self) -> bool {
        !self.takes.is_zero()
    }

    /// Blocks for as long as it takes.
    pub(super) fn ask(&self, key: u64) -> Result<Value, Failed> {
        // Relaxed: as above.
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.takes_time() {
            std::thread::sleep(self.takes);
        }
        if self.fails {
            Err(Failed)
        } else {
            Ok(value(key))
        }
    }
}
