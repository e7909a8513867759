//! What a thread of a team keeps during a turn: how much it did, and how long calls took.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use shorttail::measure::{Histogram, Snapshot};

/// Every so many calls one is timed: it costs two readings of the clock more than the others.
pub(crate) const EVERY: u64 = 64;

/// Things that bodies may tell of, each for itself.
pub(crate) const TOLD: usize = 3;

/// What all threads of a turn are told.
#[derive(Debug, Default)]
pub(crate) struct Signal(AtomicU8);

const WARMING: u8 = 0;
const COUNTING: u8 = 1;
const STOP: u8 = 2;

impl Signal {
    /// From now on it counts: before, the system spreads the threads over the processors.
    pub(crate) fn count(&self) {
        // Relaxed: nothing else is told by it.
        self.0.store(COUNTING, Ordering::Relaxed);
    }

    pub(crate) fn stop(&self) {
        // Relaxed: as in `count`.
        self.0.store(STOP, Ordering::Relaxed);
    }

    /// Whether the turn counts, or has counted.
    #[inline]
    pub(crate) fn has_begun(&self) -> bool {
        // Relaxed: as in `count`.
        self.0.load(Ordering::Relaxed) != WARMING
    }

    #[inline]
    pub(crate) fn goes_on(&self) -> bool {
        // Relaxed: as in `count`.
        self.0.load(Ordering::Relaxed) != STOP
    }
}

#[derive(Debug)]
pub(crate) struct Course {
    signal: Arc<Signal>,
    /// Since when it counts.
    start: Option<Instant>,
    operations: u64,
    calls: Calls,
    second_calls: Calls,
    told: [u64; TOLD],
}

/// One kind of call.
#[derive(Debug)]
struct Calls {
    every: u64,
    number: u64,
    took_ns: Histogram,
}

impl Calls {
    fn every(every: u64) -> Self {
        Self {
            every,
            number: 0,
            took_ns: Histogram::new(),
        }
    }

    #[inline]
    fn call<R>(&mut self, signal: &Signal, work: impl FnOnce() -> R) -> R {
        self.number += 1;
        if !self.number.is_multiple_of(self.every) {
            return work();
        }
        let start = Instant::now();
        let result = work();
        let took_ns = start.elapsed().as_nanos() as u64;
        // Relaxed: as in `Signal::count`.
        if signal.0.load(Ordering::Relaxed) == COUNTING {
            self.took_ns.record(took_ns);
        }
        result
    }
}

impl Course {
    /// Of every so many calls of a kind one is timed.
    pub(crate) fn new(signal: &Arc<Signal>, every: u64) -> Self {
        Self {
            signal: Arc::clone(signal),
            start: None,
            operations: 0,
            calls: Calls::every(every),
            second_calls: Calls::every(every),
            told: [0; TOLD],
        }
    }

    #[inline]
    pub(crate) fn goes_on(&self) -> bool {
        self.signal.goes_on()
    }

    /// Does `work`; times it if it is this call's turn.
    #[inline]
    pub(crate) fn call<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.calls.call(&self.signal, work)
    }

    /// As `call`, for a team's second kind of call.
    #[inline]
    pub(crate) fn second_call<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.second_calls.call(&self.signal, work)
    }

    /// Another of the team's things to tell of, if it `happened`.
    #[inline]
    pub(crate) fn tell(&mut self, which: usize, happened: bool) {
        self.told[which] += u64::from(happened && self.start.is_some());
    }

    /// One operation of the cell is done; it counts if the turn has got that far.
    #[inline]
    pub(crate) fn count(&mut self) {
        self.count_many(1);
    }

    /// So many operations of the cell are done.
    #[inline]
    pub(crate) fn count_many(&mut self, operations: u64) {
        if self.start.is_some() {
            self.operations += operations;
            return;
        }
        if self.signal.has_begun() {
            self.start = Some(Instant::now());
        }
    }

    /// Another of the same turn: a task's, where one thread runs several.
    pub(crate) fn fellow(&self) -> Self {
        Self::new(&self.signal, self.calls.every)
    }

    /// Takes in what a fellow counted; its timed calls are left out.
    pub(crate) fn take_in(&mut self, fellow: &Self) {
        self.operations += fellow.operations;
        self.start = self.start.into_iter().chain(fellow.start).min();
    }

    pub(crate) fn start(&self) -> Option<Instant> {
        self.start
    }

    pub(crate) fn operations(&self) -> u64 {
        self.operations
    }

    pub(crate) fn calls_ns(&self) -> Snapshot {
        self.calls.took_ns.snapshot()
    }

    pub(crate) fn second_calls_ns(&self) -> Snapshot {
        self.second_calls.took_ns.snapshot()
    }

    pub(crate) const fn told(&self) -> [u64; TOLD] {
        self.told
    }
}
