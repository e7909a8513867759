//! A statistic that no model observes.

use super::global::{AtomicU64, Ordering};

/// Counts events that publish nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally(AtomicU64);

impl Tally {
    pub(crate) fn add(&self, count: u64) {
        // Relaxed: a statistic; publishes nothing. [sync-3]
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Takes back what was added.
    pub(crate) fn sub(&self, count: u64) {
        // Relaxed: a statistic; publishes nothing. [sync-3]
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    /// As `add`, where nobody else adds meanwhile: no read-modify-write.
    pub(crate) fn add_alone(&self, count: u64) {
        self.set(self.get() + count);
    }

    /// Says how many there are, where nobody else does meanwhile.
    pub(crate) fn set(&self, count: u64) {
        // Relaxed: a statistic; publishes nothing. [sync-3]
        self.0.store(count, Ordering::Relaxed);
    }

    /// Keeps the larger of `count` and what there is.
    pub(crate) fn raise(&self, count: u64) {
        if self.get() < count {
            // Relaxed: a statistic; publishes nothing. [sync-3]
            self.0.fetch_max(count, Ordering::Relaxed);
        }
    }

    /// Says how many there were, and begins again at none.
    pub(crate) fn take(&self) -> u64 {
        // Relaxed: as above. [sync-3]
        self.0.swap(0, Ordering::Relaxed)
    }

    pub(crate) fn get(&self) -> u64 {
        // Relaxed: as above. [sync-3]
        self.0.load(Ordering::Relaxed)
    }
}
