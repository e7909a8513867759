//! RFC 8289's rule: one message at a time, ever more often.

use super::OLD_NS;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Bits of the `next` word below its time.
const TIME_SHIFT: u32 = 2;
/// In the state in which messages are shed.
const DROPPING: u64 = 1;
/// The time is that of the last drop: the next one is reckoned from it when a late message comes.
const DROPPED: u64 = 2;

/// After so many intervals the rate of the last drops says nothing any more.
const RECENT_INTERVALS: u64 = 16;

/// The names are the RFC's: `first_above_time`, `drop_next` and `dropping`, `count` and
/// `lastcount`.
#[derive(Debug)]
pub(super) struct Law {
    target_ns: u64,
    interval_ns: u64,
    /// When waits will have been above the target for an interval; zero if the last was below.
    first_above_ns: AtomicU64,
    /// When to shed next, and the two bits above. A drop is a step of this word, so each moment of
    /// the law sheds one message.
    next: AtomicU64,
    /// How many were shed in this state, in the upper half; in the lower what that began with.
    counts: AtomicU64,
}

impl Law {
    pub(super) fn new(target_ns: u64, interval_ns: u64) -> Self {
        Self {
            target_ns,
            interval_ns,
            first_above_ns: AtomicU64::new(0),
            next: AtomicU64::new(0),
            counts: AtomicU64::new(0),
        }
    }

    pub(super) fn sheds(&self, now_ns: u64, delay_ns: u64) -> bool {
        // Relaxed: decides alone; publishes nothing. [limit-2]
        let next = self.next.load(Ordering::Relaxed);
        if !self.is_above(now_ns, delay_ns) {
            if next & DROPPING != 0 {
                let calm = next & !(DROPPING | DROPPED);
                self.step(next, calm);
            }
            return false;
        }
        // Relaxed: a count that lags changes the spacing of one step. [limit-2]
        let counts = self.counts.load(Ordering::Relaxed);
        if next & DROPPING == 0 {
            self.begin(next, counts, now_ns)
        } else {
            self.go_on(next, counts, now_ns)
        }
    }

    /// Whether every wait was above the target for an interval (`ok_to_drop`).
    fn is_above(&self, now_ns: u64, delay_ns: u64) -> bool {
        // Relaxed: each message looks for itself; a reset that another misses is one message
        // more or less for the interval. [limit-2]
        let above_ns = self.first_above_ns.load(Ordering::Relaxed);
        if delay_ns < self.target_ns {
            if above_ns != 0 {
                // Relaxed: as above. [limit-2]
                self.first_above_ns.store(0, Ordering::Relaxed);
            }
            return false;
        }
        if above_ns == 0 || self.is_of_the_future(above_ns, now_ns) {
            let at_ns = now_ns.saturating_add(self.interval_ns).max(1);
            // Relaxed: as above. [limit-2]
            self.first_above_ns.store(at_ns, Ordering::Relaxed);
            return false;
        }
        now_ns >= above_ns
    }

    /// Whether a moment lies so far ahead that a reading of the future set it: all are an interval
    /// ahead at most.
    fn is_of_the_future(&self, at_ns: u64, now_ns: u64) -> bool {
        at_ns.saturating_sub(now_ns) > self.interval_ns + OLD_NS
    }

    #[cold]
    fn begin(&self, next: u64, counts: u64, now_ns: u64) -> bool {
        let shed = (counts >> 32).wrapping_sub(counts) & u64::from(u32::MAX);
        let at_ns = next >> TIME_SHIFT;
        let since_ns = now_ns.saturating_sub(at_ns);
        // What a reading of the future left says nothing of how recent it was.
        let recent = since_ns < self.interval_ns.saturating_mul(RECENT_INTERVALS)
            && !self.is_of_the_future(at_ns, now_ns);
        let count = if shed > 1 && recent { shed } else { 1 };
        let at_ns = self.after(now_ns, count);
        let sheds = self.step(next, at_ns << TIME_SHIFT | DROPPING);
        if sheds {
            // Relaxed: as its load. [limit-2]
            self.counts.store(count << 32 | count, Ordering::Relaxed);
        }
        sheds
    }

    fn go_on(&self, next: u64, counts: u64, now_ns: u64) -> bool {
        let mut at_ns = next >> TIME_SHIFT;
        if next & DROPPED != 0 {
            at_ns = self.after(at_ns, counts >> 32);
        }
        if self.is_of_the_future(at_ns, now_ns) {
            return self.begin(next, counts, now_ns);
        }
        if now_ns < at_ns {
            if next & DROPPED != 0 {
                self.step(next, at_ns << TIME_SHIFT | DROPPING);
            }
            return false;
        }
        let sheds = self.step(next, at_ns << TIME_SHIFT | DROPPING | DROPPED);
        if sheds {
            // Relaxed: as its load; no drop is left out of the count. [limit-2]
            self.counts.fetch_add(1 << 32, Ordering::Relaxed);
        }
        sheds
    }

    /// Takes a step of the law, unless another thread took it.
    fn step(&self, from: u64, to: u64) -> bool {
        // Relaxed: one winner for each step is all that is asked of it. [limit-2]
        let step = self
            .next
            .compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
        step.is_ok()
    }

    /// `control_law`: an interval over the root of the count later.
    fn after(&self, at_ns: u64, count: u64) -> u64 {
        let spacing_ns = self.interval_ns as f64 / (count.max(1) as f64).sqrt();
        // The two bits must have room.
        at_ns
            .saturating_add(spacing_ns as u64)
            .min(u64::MAX >> TIME_SHIFT)
    }

    pub(super) fn is_dropping(&self) -> bool {
        // Relaxed: a statistic here. [limit-2]
        self.next.load(Ordering::Relaxed) & DROPPING != 0
    }
}
