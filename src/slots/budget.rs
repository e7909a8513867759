//! How much more memory than it was built with a pool may have.

use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Bytes that a pool may have from the heap on top of what its constructor took.
pub(crate) struct Budget {
    bytes: usize,
    left: AtomicUsize,
    grown: AtomicU64,
    refused: AtomicU64,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            bytes,
            left: AtomicUsize::new(bytes),
            grown: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// As much as is left, at most `most`; `None` and nothing if that is less than `least`.
    pub(crate) fn take(&self, least: usize, most: usize) -> Option<usize> {
        // Relaxed: a number that stands for no memory; each step has one winner. [slots-12]
        let mut left = self.left.load(Ordering::Relaxed);
        loop {
            let taken = left.min(most);
            if taken < least {
                return None;
            }
            let rest = left - taken;
            // Relaxed: as above, on success and on failure. [slots-12]
            let step = self.left.compare_exchange_weak(
                left,
                rest,
                Ordering::Relaxed, // [slots-12]
                Ordering::Relaxed, // [slots-12]
            );
            match step {
                Ok(_) => return Some(taken),
                Err(now) => left = now,
            }
        }
    }

    pub(crate) fn give_back(&self, bytes: usize) {
        // Relaxed: as in `take`. [slots-12]
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that were taken and not given back.
    pub(crate) fn taken(&self) -> usize {
        // Relaxed: a statistic. [slots-7]
        self.bytes - self.left.load(Ordering::Relaxed)
    }

    /// Blocks taken so far.
    pub(crate) fn grown(&self) -> u64 {
        // Relaxed: a statistic. [slots-7]
        self.grown.load(Ordering::Relaxed)
    }

    /// Blocks refused so far.
    pub(crate) fn refused(&self) -> u64 {
        // Relaxed: a statistic. [slots-7]
        self.refused.load(Ordering::Relaxed)
    }

    /// Counts one try to take a block.
    pub(crate) fn count(&self, took_one: bool) {
        let counter = if took_one { &self.grown } else { &self.refused };
        // Relaxed: a statistic. [slots-7]
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
