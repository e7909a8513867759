//! The counters behind every histogram, and their plain copy.
//!
//! Counters are only ever added to, never reset: a reader keeps its earlier copy and subtracts.
//! So there is no moment at which a writer's sample could fall between two readers.

use crate::sync::atomic::{AtomicU64, Ordering};

/// Counters that writers add to while readers copy them.
#[derive(Debug)]
pub(crate) struct Counters<const BUCKETS: usize> {
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
    max: AtomicU64,
    clamped: AtomicU64,
}

impl<const BUCKETS: usize> Counters<BUCKETS> {
    pub(crate) fn new() -> Self {
        Self {
            buckets: core::array::from_fn(|_| AtomicU64::new(0)),
            sum: AtomicU64::new(0),
            max: AtomicU64::new(0),
            clamped: AtomicU64::new(0),
        }
    }

    /// Adds `times` samples. Only for the one thread that writes these counters.
    #[inline]
    pub(crate) fn add_owned(&self, index: usize, value: u64, times: u64) {
        add_owned(&self.buckets[index], times);
        add_owned(&self.sum, value.wrapping_mul(times));
        // Relaxed: one writer; a reader may see the bucket first, and allows for it. [measure-2]
        if self.max.load(Ordering::Relaxed) < value {
            // Relaxed: as above. [measure-2]
            self.max.store(value, Ordering::Relaxed);
        }
    }

    /// Adds `times` samples, from any thread.
    #[inline]
    pub(crate) fn add_shared(&self, index: usize, value: u64, times: u64) {
        // Relaxed: statistics; the read-modify-write alone keeps every sample. [measure-3]
        self.buckets[index].fetch_add(times, Ordering::Relaxed);
        // Relaxed: as above. [measure-3]
        self.sum
            .fetch_add(value.wrapping_mul(times), Ordering::Relaxed);
        // Relaxed: only saves the read-modify-write, which decides. [measure-3]
        if self.max.load(Ordering::Relaxed) < value {
            // Relaxed: as above. [measure-3]
            self.max.fetch_max(value, Ordering::Relaxed);
        }
    }

    /// Counts samples beyond the last bucket, from any thread.
    #[cold]
    pub(crate) fn add_clamped(&self, times: u64) {
        // Relaxed: a statistic. [measure-3]
        self.clamped.fetch_add(times, Ordering::Relaxed);
    }

    /// Adds what was counted so far to `totals`.
    pub(crate) fn add_to(&self, totals: &mut Totals<BUCKETS>) {
        for (count, bucket) in totals.buckets.iter_mut().zip(&self.buckets) {
            // Relaxed: each counter is exact, the set is not one instant. [measure-2]
            *count = count.saturating_add(bucket.load(Ordering::Relaxed));
        }
        // Relaxed: as above, for the next three. [measure-2]
        let [sum, max, clamped] =
            [&self.sum, &self.max, &self.clamped].map(|word| word.load(Ordering::Relaxed));
        totals.sum = totals.sum.wrapping_add(sum);
        totals.max = totals.max.max(max);
        totals.clamped = totals.clamped.saturating_add(clamped);
    }
}

#[inline]
fn add_owned(word: &AtomicU64, by: u64) {
    // Relaxed: a statistic with one writer, so nothing is lost between load and store. [measure-2]
    let sum = word.load(Ordering::Relaxed).wrapping_add(by);
    // Relaxed: as above. [measure-2]
    word.store(sum, Ordering::Relaxed);
}

/// A plain copy of [`Counters`], or the sum or difference of several.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Totals<const BUCKETS: usize> {
    pub(crate) buckets: [u64; BUCKETS],
    pub(crate) sum: u64,
    pub(crate) max: u64,
    pub(crate) clamped: u64,
}

impl<const BUCKETS: usize> Totals<BUCKETS> {
    pub(crate) const ZERO: Self = Self {
        buckets: [0; BUCKETS],
        sum: 0,
        max: 0,
        clamped: 0,
    };

    pub(crate) fn count(&self) -> u64 {
        self.buckets
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Adds another set of samples.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *count = count.saturating_add(*more);
        }
        self.sum = self.sum.wrapping_add(other.sum);
        self.max = self.max.max(other.max);
        self.clamped = self.clamped.saturating_add(other.clamped);
    }

    /// Takes away the samples of an earlier copy. The maximum stays: it cannot be subtracted.
    /// Counts stop at zero, so that a copy of something else harms nobody.
    pub(crate) fn subtract(&mut self, earlier: &Self) {
        for (count, less) in self.buckets.iter_mut().zip(&earlier.buckets) {
            *count = count.saturating_sub(*less);
        }
        self.sum = self.sum.wrapping_sub(earlier.sum);
        self.clamped = self.clamped.saturating_sub(earlier.clamped);
    }
}
