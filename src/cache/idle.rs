//! When entries were last read: one word a slot, in caches whose entries leave unread.

use super::slot::NEVER;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Reads are noted when the last note is this part of the time to idle old: readers of an entry
/// that is read all the time share its line.
const GRAIN: u64 = 16;

/// For each slot of a shard, when its entry was stored or read. Empty if that is no matter.
pub(crate) struct Idle(Box<[AtomicU64]>);

impl Idle {
    pub(crate) fn new(slots: usize) -> Self {
        Self((0..slots).map(|_| AtomicU64::new(0)).collect())
    }

    /// Begins the time of a new entry.
    pub(crate) fn begin(&self, slot: u32, now_ns: u64) {
        if let Some(noted) = self.0.get(slot as usize) {
            // Relaxed: published by the index lane. [cache-20]
            noted.store(now_ns, Ordering::Relaxed);
        }
    }

    /// Notes a read.
    pub(crate) fn note(&self, slot: u32, now_ns: u64, tti_ns: u64) {
        if let Some(noted) = self.0.get(slot as usize) {
            // Relaxed: the word carries nothing but itself. [cache-20]
            let before = noted.load(Ordering::Relaxed);
            if now_ns.saturating_sub(before) >= (tti_ns / GRAIN).max(1) {
                // Relaxed: as above; the later of two reads stands. [cache-20]
                noted.fetch_max(now_ns, Ordering::Relaxed);
            }
        }
    }

    /// Whether nobody read the entry for as long as `tti_ns`.
    pub(crate) fn is_over(&self, slot: u32, now_ns: u64, tti_ns: u64) -> bool {
        tti_ns != NEVER
            && self.0.get(slot as usize).is_some_and(|noted| {
                // Relaxed: as above. [cache-20]
                noted.load(Ordering::Relaxed).saturating_add(tti_ns) <= now_ns
            })
    }
}
