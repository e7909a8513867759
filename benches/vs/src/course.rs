//! What a thread of a team keeps during a turn: how much it did, and how long calls took.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use shorttail::measure::{Histogram, Snapshot};

/// Every so many calls one is timed: it costs two readings of the clock more than the others.
const EVERY: u64 = 64;

#[derive(Debug)]
pub(crate) struct Course {
    stop: Arc<AtomicBool>,
    calls: u64,
    operations: u64,
    calls_ns: Histogram,
}

impl Course {
    pub(crate) fn stop_flag() -> Arc<AtomicBool> {
        Arc::new(AtomicBool::new(false))
    }

    pub(crate) fn stop(flag: &AtomicBool) {
        // Relaxed: nothing else is told by it.
        flag.store(true, Ordering::Relaxed);
    }

    pub(crate) fn new(stop: &Arc<AtomicBool>) -> Self {
        Self {
            stop: Arc::clone(stop),
            calls: 0,
            operations: 0,
            calls_ns: Histogram::new(),
        }
    }

    #[inline]
    pub(crate) fn goes_on(&self) -> bool {
        // Relaxed: as in `stop`.
        !self.stop.load(Ordering::Relaxed)
    }

    /// Does `work`; times it if it is this call's turn.
    #[inline]
    pub(crate) fn call<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.calls += 1;
        if !self.calls.is_multiple_of(EVERY) {
            return work();
        }
        let start = Instant::now();
        let result = work();
        self.calls_ns.record(start.elapsed().as_nanos() as u64);
        result
    }

    /// Counts one operation of the cell.
    #[inline]
    pub(crate) fn count(&mut self) {
        self.operations += 1;
    }

    pub(crate) fn operations(&self) -> u64 {
        self.operations
    }

    pub(crate) fn calls_ns(&self) -> Snapshot {
        self.calls_ns.snapshot()
    }
}
