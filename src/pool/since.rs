//! Since when each slot of a class is in use.

use crossbeam_utils::CachePadded;

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::time::now_ns;

/// A reading of the clock for each slot, zero while nobody uses it; nothing at all unless ages are
/// tracked. On lines of their own, as neighboring slots are other threads'.
#[derive(Debug)]
pub(super) struct Since(Box<[CachePadded<AtomicU64>]>);

impl Since {
    pub(super) fn new(slots: usize, track_age: bool) -> Self {
        let kept = if track_age { slots } else { 0 };
        Self((0..kept).map(|_| CachePadded::default()).collect())
    }

    /// Whether ages are tracked.
    #[inline]
    pub(super) fn is_kept(&self) -> bool {
        !self.0.is_empty()
    }

    /// Where ages are tracked: the slot is in use from now on.
    #[inline]
    pub(super) fn note_taken(&self, slot: u32) {
        if self.is_kept() {
            self.note(slot, now_ns().max(1));
        }
    }

    /// Where ages are tracked: the slot is in no use from now on.
    pub(super) fn note_back(&self, slot: u32) {
        if self.is_kept() {
            self.note(slot, 0);
        }
    }

    /// Only where ages are tracked.
    pub(super) fn note(&self, slot: u32, since_ns: u64) {
        // Relaxed: a statistic; publishes nothing. [pool-6]
        self.0[slot as usize].store(since_ns, Ordering::Relaxed);
    }

    /// The slots in use, each with when it was acquired.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let since = self.0.iter().map(|since| {
            // Relaxed: a statistic; publishes nothing. [pool-6]
            since.load(Ordering::Relaxed)
        });
        (0..).zip(since).filter(|(_, since_ns)| *since_ns > 0)
    }
}
