//! Hazards: a reader says which slot it reads, so that this slot alone is held back.
//!
//! M. Michael, "Hazard Pointers", 2004, with two changes. A record belongs to a read, not to a
//! thread: it is claimed by one compare-and-swap and freed by one store, so nested reads take
//! the next record and no thread has anything to give back when it ends. A reader that finds
//! its records taken counts itself in at the slot instead, so it never waits.

use core::array::from_fn;

use crossbeam_utils::CachePadded;

use crate::sync::MODEL;
use crate::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Records in a cache: twice the threads of a large machine.
pub(crate) const RECORDS: usize = if MODEL { 2 } else { 64 };

/// Records a reader looks at before it counts itself in at the slot.
const PROBES: usize = if MODEL { 1 } else { 4 };

/// A record that protects nothing.
const FREE: u32 = 0;

/// What a read found, for the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Fresh = 0,
    Stale = 1,
    Negative = 2,
    Miss = 3,
}

pub(crate) struct Record {
    /// Number of the protected slot + 1, or `FREE`. Claimed by readers, scanned by writers.
    slot: AtomicU32,
    /// Counts by [`Found`], written by whoever holds the record: no read-modify-write.
    held: [AtomicU64; 4],
    /// Counts by [`Found`] of reads that hold no record.
    shared: [AtomicU64; 4],
}

impl Record {
    fn new() -> Self {
        Self {
            slot: AtomicU32::new(FREE),
            held: from_fn(|_| AtomicU64::new(0)),
            shared: from_fn(|_| AtomicU64::new(0)),
        }
    }
}

/// The records of one cache.
pub(crate) struct Hazards {
    records: Box<[CachePadded<Record>; RECORDS]>,
    /// No record from this one on was ever claimed by who trusts its claim. Raised before the
    /// reader's second look, so that a scan looks at as many records as threads have read, and
    /// not at all of them.
    reached: AtomicUsize,
}

impl Hazards {
    pub(crate) fn new() -> Self {
        Self {
            records: Box::new(from_fn(|_| CachePadded::new(Record::new()))),
            reached: AtomicUsize::new(0),
        }
    }

    /// Protects slot `number`, whose overflow count is `pins`. The caller must look again
    /// whether the slot is still published, with a SeqCst load, before it touches it.
    #[inline]
    pub(crate) fn protect<'a>(
        &'a self,
        hint: usize,
        number: u32,
        pins: &'a AtomicU32,
    ) -> Hazard<'a> {
        match self.claim(hint, number) {
            Some(record) => Hazard::Record(record),
            None => self.protect_elsewhere(hint, number, pins),
        }
    }

    /// As `protect`, for a reader whose first record is taken: by an outer read of its own, or
    /// by another thread.
    #[cold]
    fn protect_elsewhere<'a>(
        &'a self,
        hint: usize,
        number: u32,
        pins: &'a AtomicU32,
    ) -> Hazard<'a> {
        for probe in 1..PROBES {
            if let Some(record) = self.claim(hint.wrapping_add(probe), number) {
                return Hazard::Record(record);
            }
        }
        // SeqCst: as in `claim`, at the slot itself. [cache-1]
        pins.fetch_add(1, Ordering::SeqCst);
        Hazard::Pin {
            pins,
            home: &self.records[hint % RECORDS],
        }
    }

    /// Writes slot `number` into the record at `place`, if that is free.
    #[inline]
    fn claim(&self, place: usize, number: u32) -> Option<&CachePadded<Record>> {
        let record = self.reach(place % RECORDS);
        // SeqCst: before the reader's second look at the index lane, against the writer's
        // fence between unpublishing and scanning; Acquire part: counts. [cache-1]
        let claimed = record.slot.compare_exchange(
            FREE,
            number + 1,
            Ordering::SeqCst,
            // Relaxed: a taken record tells nothing. [cache-3]
            Ordering::Relaxed,
        );
        claimed.is_ok().then_some(record)
    }

    /// Record `number`, which scans look at from now on.
    #[inline]
    fn reach(&self, number: usize) -> &CachePadded<Record> {
        // SeqCst: who finds the mark raised has its second look after the raise. [cache-15]
        if self.reached.load(Ordering::SeqCst) <= number {
            self.raise(number + 1);
        }
        &self.records[number]
    }

    #[cold]
    fn raise(&self, reached: usize) {
        // SeqCst: before the reader's second look, against the writer's fence before it reads
        // the mark. [cache-15]
        self.reached.fetch_max(reached, Ordering::SeqCst);
    }

    /// Calls `seen` with the number of each slot protected by a record. The caller has passed
    /// a SeqCst fence since it unpublished the slots it asks about.
    pub(crate) fn scan(&self, mut seen: impl FnMut(u32)) {
        // Relaxed: after the caller's SeqCst fence. [cache-15]
        let reached = self.reached.load(Ordering::Relaxed);
        for record in &self.records[..reached] {
            // Acquire: pairs with the Release that frees a record; the reads it covered are
            // over before the slot is written again. [cache-2]
            let slot = record.slot.load(Ordering::Acquire);
            if slot != FREE {
                seen(slot - 1);
            }
        }
    }

    /// Counts a read that touched no slot.
    #[inline]
    pub(crate) fn count(&self, hint: usize, found: Found) {
        let record = &self.records[hint % RECORDS];
        // Relaxed: a statistic. [cache-9]
        record.shared[found as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Records that are claimed just now.
    pub(crate) fn in_use(&self) -> usize {
        // Relaxed: a statistic. [cache-9]
        let is_claimed =
            |record: &&CachePadded<Record>| record.slot.load(Ordering::Relaxed) != FREE;
        self.records.iter().filter(is_claimed).count()
    }

    /// The sum of one count over all records.
    pub(crate) fn total(&self, found: Found) -> u64 {
        let sum = |record: &CachePadded<Record>| {
            // Relaxed: a statistic. [cache-9]
            let held = record.held[found as usize].load(Ordering::Relaxed);
            // Relaxed: a statistic. [cache-9]
            held + record.shared[found as usize].load(Ordering::Relaxed)
        };
        self.records.iter().map(sum).sum()
    }
}

/// One slot's protection; ends with the value.
pub(crate) enum Hazard<'a> {
    Record(&'a CachePadded<Record>),
    Pin {
        pins: &'a AtomicU32,
        home: &'a CachePadded<Record>,
    },
}

impl Hazard<'_> {
    /// Counts what the read found.
    #[inline]
    pub(crate) fn count(&self, found: Found) {
        match self {
            Self::Record(record) => {
                let count = &record.held[found as usize];
                // Relaxed: only the holder of the record writes it. [cache-9]
                let value = count.load(Ordering::Relaxed);
                // Relaxed: a statistic. [cache-9]
                count.store(value + 1, Ordering::Relaxed);
            }
            Self::Pin { home, .. } => {
                // Relaxed: a statistic. [cache-9]
                home.shared[found as usize].fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Hazard<'_> {
    #[inline]
    fn drop(&mut self) {
        match self {
            // Release: what was read is read before a scan sees the record free. [cache-2]
            Self::Record(record) => record.slot.store(FREE, Ordering::Release),
            Self::Pin { pins, .. } => {
                // Release: as above, for the count at the slot. [cache-2]
                pins.fetch_sub(1, Ordering::Release);
            }
        }
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_scan_looks_no_further_than_readers_came() {
        let hazards = Hazards::new();
        let pins = AtomicU32::new(0);
        let seen = || {
            let mut seen = Vec::new();
            hazards.scan(|slot| seen.push(slot));
            // Relaxed: one thread. [cache-15]
            (seen, hazards.reached.load(Ordering::Relaxed))
        };
        assert_eq!(seen(), (vec![], 0));
        let third = hazards.protect(2, 7, &pins);
        assert_eq!(seen(), (vec![7], 3));
        let fourth = hazards.protect(2, 8, &pins);
        let last = hazards.protect(RECORDS - 1, 9, &pins);
        let first = hazards.protect(RECORDS - 1, 10, &pins);
        assert_eq!(seen(), (vec![10, 7, 8, 9], RECORDS));
        drop((first, third, fourth, last));
        assert_eq!(seen(), (vec![], RECORDS));
    }
}
