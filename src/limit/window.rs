//! How many calls of late failed or were slow: counts in a ring of buckets.

use crate::sync::atomic::{AtomicU64, Ordering};

/// Parts of a window: it moves on by one of them at a time.
const BUCKETS: u64 = 8;

/// Bits of a bucket's three counts, and of the tick it counts for above them.
const COUNT_BITS: u32 = 12;
const COUNT_MAX: u64 = (1 << COUNT_BITS) - 1;
const TICK_SHIFT: u32 = 3 * COUNT_BITS;
const TICK_MASK: u64 = u64::MAX >> TICK_SHIFT;

/// Counts of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    pub(crate) failed: u64,
    pub(crate) slow: u64,
}

impl Counts {
    const fn unpack(bucket: u64) -> Self {
        Self {
            calls: bucket & COUNT_MAX,
            failed: bucket >> COUNT_BITS & COUNT_MAX,
            slow: bucket >> (2 * COUNT_BITS) & COUNT_MAX,
        }
    }

    const fn pack(self) -> u64 {
        self.calls | self.failed << COUNT_BITS | self.slow << (2 * COUNT_BITS)
    }

    /// With so many more; if a count has no room, with half of all counts first.
    const fn and(self, more: Self) -> Self {
        let full = self.calls + more.calls > COUNT_MAX || self.failed + more.failed > COUNT_MAX;
        let shift = full as u32;
        Self {
            calls: (self.calls >> shift) + more.calls,
            failed: (self.failed >> shift) + more.failed,
            slow: (self.slow >> shift) + more.slow,
        }
    }
}

/// Each bucket is one word with the tick that it counts for: who finds another one there begins
/// anew, and a thread that stands still between its look and its exchange changes nothing. One
/// whose clock is a window behind begins an older one anew, and the calls of a newer are lost.
#[derive(Debug)]
pub(crate) struct Window {
    tick_ns: u64,
    buckets: [AtomicU64; BUCKETS as usize],
}

impl Window {
    pub(crate) fn new(window_ns: u64) -> Self {
        Self {
            tick_ns: (window_ns / BUCKETS).max(1),
            buckets: core::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// The part of a window that `now_ns` falls into.
    pub(super) const fn tick(&self, now_ns: u64) -> u64 {
        now_ns / self.tick_ns
    }

    pub(super) fn add(&self, now_ns: u64, failed: bool, slow: bool) {
        let (failed, slow) = (failed as u64, slow as u64);
        self.note(
            now_ns,
            Counts {
                calls: 1,
                failed,
                slow,
            },
        );
    }

    /// Counts what has come.
    pub(crate) fn note(&self, now_ns: u64, more: Counts) {
        let tick = self.tick(now_ns);
        let word = &self.buckets[(tick % BUCKETS) as usize];
        // Relaxed: the word has the counts and whose they are; publishes nothing. [limit-5]
        let mut bucket = word.load(Ordering::Relaxed);
        loop {
            let counts = match bucket >> TICK_SHIFT == tick & TICK_MASK {
                true => Counts::unpack(bucket),
                false => Counts::default(),
            };
            let next = (tick & TICK_MASK) << TICK_SHIFT | counts.and(more).pack();
            // Relaxed: as the load; no call is lost, since each exchange is of what was seen.
            // [limit-5]
            let added = word.compare_exchange(bucket, next, Ordering::Relaxed, Ordering::Relaxed);
            match added {
                Ok(_) => return,
                Err(now) => bucket = now,
            }
        }
    }

    /// The counts of the window that ends at `now_ns`, from the tick `from` on.
    pub(crate) fn counts(&self, now_ns: u64, from: u64) -> Counts {
        let last = self.tick(now_ns);
        let first = last.saturating_sub(BUCKETS - 1).max(from);
        let mut sum = Counts::default();
        for tick in first..=last {
            // Relaxed: as in `add`. [limit-5]
            let bucket = self.buckets[(tick % BUCKETS) as usize].load(Ordering::Relaxed);
            if bucket >> TICK_SHIFT == tick & TICK_MASK {
                let counts = Counts::unpack(bucket);
                sum.calls += counts.calls;
                sum.failed += counts.failed;
                sum.slow += counts.slow;
            }
        }
        sum
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// As a list of all calls has it, of whole ticks.
        #[test]
        fn counts_what_a_list_would(
            calls in prop::collection::vec((0..40_u64, any::<bool>(), any::<bool>()), 1..120),
            from in 101..131_u64,
        ) {
            let window = Window::new(80);
            let mut list = VecDeque::new();
            let mut now_ns = 1_000;
            for (step_ns, failed, slow) in calls {
                now_ns += step_ns;
                window.add(now_ns, failed, slow);
                list.push_back((window.tick(now_ns), failed, slow));
                let first = window.tick(now_ns) - 7;
                let of_late = list.iter().filter(|call| call.0 >= first && call.0 >= from);
                let expected = of_late.fold(Counts::default(), |sum, call| Counts {
                    calls: sum.calls + 1,
                    failed: sum.failed + u64::from(call.1),
                    slow: sum.slow + u64::from(call.2),
                });
                prop_assert_eq!(window.counts(now_ns, from), expected);
            }
        }
    }

    /// A bucket that is full keeps its rates.
    #[test]
    fn a_full_bucket_keeps_its_rates() {
        let window = Window::new(8_000);
        for call in 0..1_000_000_u64 {
            window.add(5_000, call % 4 == 0, call % 2 == 0);
            let counts = window.counts(5_000, 0);
            assert!(counts.calls <= COUNT_MAX);
            if call > 10_000 {
                let quarter = counts.failed as f64 / counts.calls as f64;
                let half = counts.slow as f64 / counts.calls as f64;
                assert!((quarter - 0.25).abs() < 0.001 && (half - 0.5).abs() < 0.001);
            }
        }
        // And follows what comes: as many again that all fail.
        (0..COUNT_MAX).for_each(|_| window.add(5_000, true, true));
        let counts = window.counts(5_000, 0);
        assert!(counts.failed * 10 > counts.calls * 6, "{counts:?}");
    }
}
