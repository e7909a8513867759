//! How much memory requests need of late.

use crossbeam_utils::CachePadded;

use crate::sync::Lock;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Class `k` holds leases that needed at most `base << k` bytes.
const CLASSES: usize = 32;
/// One lease in so many may need more than the size that `settle` names.
const ONE_IN: u64 = 100;

/// Counts leases by what they needed, and names the size that covers all but one in a hundred.
///
/// What was counted before a `settle` weighs half as much at the next.
pub(super) struct Demand {
    base: usize,
    /// Of each arena's slot, on lines of their own: written at each return by its holder.
    leases: Box<[CachePadded<AtomicU64>]>,
    /// Leases that needed more than `base`, by class.
    over: [AtomicU64; CLASSES],
    weights: Lock<Weights>,
}

/// What remains of the counts of earlier times.
#[derive(Clone, Copy)]
struct Weights {
    seen_leases: u64,
    seen_over: [u64; CLASSES],
    leases: u64,
    over: [u64; CLASSES],
}

impl Demand {
    pub(super) fn new(base: usize, slots: usize) -> Self {
        let zero = || CachePadded::new(AtomicU64::new(0));
        Self {
            base,
            leases: (0..slots).map(|_| zero()).collect(),
            over: core::array::from_fn(|_| AtomicU64::new(0)),
            weights: Lock::new(Weights {
                seen_leases: 0,
                seen_over: [0; CLASSES],
                leases: 0,
                over: [0; CLASSES],
            }),
        }
    }

    /// A lease of `slot` ended that had needed `used` bytes. Called by its holder only.
    #[inline]
    pub(super) fn count(&self, slot: u32, used: usize) {
        let leases = &self.leases[slot as usize];
        // Relaxed: only the slot's holder writes it; a statistic to others. [arena-2]
        let before = leases.load(Ordering::Relaxed);
        // Relaxed: as above. [arena-2]
        leases.store(before.wrapping_add(1), Ordering::Relaxed);
        if used > self.base {
            // Relaxed: a statistic. [arena-2]
            self.over[class(used, self.base)].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts what came since the last call, lets the rest fade, and names a size: `base`, or that
    /// times a power of two. `None` if another thread is at it.
    pub(super) fn settle(&self) -> Option<usize> {
        let mut weights = self.weights.try_lock()?;
        let leases = self.leases.iter().map(|leases| {
            // Relaxed: a statistic. [arena-2]
            leases.load(Ordering::Relaxed)
        });
        let leases = leases.fold(0, u64::wrapping_add);
        let over = self.over.each_ref().map(|over| {
            // Relaxed: a statistic. [arena-2]
            over.load(Ordering::Relaxed)
        });
        weights.leases = weights.leases / 2 + leases.wrapping_sub(weights.seen_leases);
        weights.seen_leases = leases;
        for (class, total) in over.into_iter().enumerate() {
            weights.over[class] = weights.over[class] / 2 + (total - weights.seen_over[class]);
            weights.seen_over[class] = total;
        }
        let mut above: u64 = weights.over.iter().sum();
        let mut class = 0;
        while class + 1 < CLASSES && above * ONE_IN > weights.leases {
            class += 1;
            above -= weights.over[class];
        }
        Some(self.base.saturating_mul(1 << class))
    }
}

/// The smallest `k` with `base << k` at least `used`.
fn class(used: usize, base: usize) -> usize {
    let times = used.div_ceil(base).checked_next_power_of_two();
    times
        .map_or(CLASSES, |times| times.trailing_zeros() as usize)
        .min(CLASSES - 1)
}
