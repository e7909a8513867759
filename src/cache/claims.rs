//! Who refreshes a stale entry: one word a slot, in caches that have a loader.

use crate::sync::atomic::{AtomicU64, Ordering};

/// For each slot of a shard, until when nobody else need refresh its entry. Empty if nobody loads.
pub(crate) struct Claims(Box<[AtomicU64]>);

impl Claims {
    pub(crate) fn new(slots: usize) -> Self {
        Self((0..slots).map(|_| AtomicU64::new(0)).collect())
    }

    /// Claims the one refresh until `until_ns`; false if another claim has not run out.
    pub(crate) fn claim(&self, slot: u32, now_ns: u64, until_ns: u64) -> bool {
        self.0.get(slot as usize).is_some_and(|claim| {
            // Relaxed: the word only elects; the refresh itself is ordered by the lock. [cache-6]
            let held = claim.load(Ordering::Relaxed);
            held <= now_ns
                && claim
                    // Relaxed: as above. [cache-6]
                    .compare_exchange(held, until_ns, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok()
        })
    }

    /// Lets the next refresh be claimed from `at_ns` on.
    pub(crate) fn allow(&self, slot: u32, at_ns: u64) {
        if let Some(claim) = self.0.get(slot as usize) {
            // Relaxed: as in `claim`; for a new entry, published by the index lane. [cache-6]
            claim.store(at_ns, Ordering::Relaxed);
        }
    }
}
