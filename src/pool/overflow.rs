//! Buffers from the heap, for when a class has nothing left, within a budget of bytes.

use core::fmt;

use crossbeam_utils::CachePadded;

use crate::slots::{Block, Budget, SlotSet};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Heap buffers whose ages are kept at most; any more are counted, and not listed.
const LISTED_MOST: usize = 1024;

/// What a pool's buffers from the heap share. Outlives the pool as long as one of them does.
pub(super) struct Overflow {
    budget: Budget,
    /// Buffers from the heap that are not freed yet.
    buffers: AtomicUsize,
    /// Ages of buffers from the heap; empty unless the pool tracks them.
    ages: Ages,
}

/// Since when each of a number of heap buffers is held.
struct Ages {
    places: SlotSet,
    entries: Box<[CachePadded<Age>]>,
}

#[derive(Default)]
struct Age {
    slot_bytes: AtomicUsize,
    /// Zero while nobody uses the buffer.
    since: AtomicU64,
}

/// One buffer's memory, and what it owes.
#[derive(Debug)]
pub(super) struct HeapSlot {
    /// Freed before it is paid back: what is held is never more than the budget.
    pub(super) block: Block,
    debt: Debt,
}

/// Bytes taken from the budget, and a place in the list of ages. Given back on drop.
struct Debt {
    overflow: Arc<Overflow>,
    bytes: usize,
    place: Option<u32>,
}

impl Overflow {
    pub(super) fn new(budget_bytes: usize, slot_bytes_min: usize, track_age: bool) -> Arc<Self> {
        let buffers_most = (budget_bytes / slot_bytes_min).min(LISTED_MOST);
        Arc::new(Self {
            budget: Budget::new(budget_bytes),
            buffers: AtomicUsize::new(0),
            ages: Ages::new(if track_age { buffers_most } else { 0 }),
        })
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(super) fn buffers(&self) -> usize {
        // Relaxed: a statistic; publishes nothing. [pool-7]
        self.buffers.load(Ordering::Relaxed)
    }

    /// Place, slot size and start of each listed buffer that is held.
    pub(super) fn since(&self) -> impl Iterator<Item = (u32, usize, u64)> + '_ {
        let entries = (0..).zip(&self.ages.entries).map(|(place, age)| {
            // Relaxed: a statistic; publishes nothing. [pool-6]
            let since = age.since.load(Ordering::Relaxed);
            // Relaxed: as above. [pool-6]
            (place, age.slot_bytes.load(Ordering::Relaxed), since)
        });
        entries.filter(|(_, _, since)| *since > 0)
    }
}

impl Ages {
    fn new(most: usize) -> Self {
        Self {
            places: SlotSet::new(most),
            entries: (0..most).map(|_| CachePadded::default()).collect(),
        }
    }
}

impl HeapSlot {
    /// Memory for one buffer, if the budget and the heap allow.
    pub(super) fn new(overflow: &Arc<Overflow>, slot_bytes: usize) -> Option<Self> {
        let bytes = overflow.budget.take(slot_bytes, slot_bytes)?;
        // Relaxed: a statistic; publishes nothing. [pool-7]
        overflow.buffers.fetch_add(1, Ordering::Relaxed);
        let debt = Debt {
            overflow: Arc::clone(overflow),
            bytes,
            place: overflow.ages.places.claim(),
        };
        if let Some(age) = debt.age() {
            // Relaxed: a statistic; publishes nothing. [pool-6]
            age.slot_bytes.store(slot_bytes, Ordering::Relaxed);
        }
        let block = Block::new(bytes)?;
        Some(Self { block, debt })
    }

    /// Where ages are tracked, and this one is among those listed: in use since then; 0 for not.
    pub(super) fn note_since(&self, since: u64) {
        if let Some(age) = self.debt.age() {
            // Relaxed: a statistic; publishes nothing. [pool-6]
            age.since.store(since, Ordering::Relaxed);
        }
    }
}

impl Debt {
    fn age(&self) -> Option<&Age> {
        let place = self.place? as usize;
        Some(&self.overflow.ages.entries[place])
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.overflow.ages.places.release(place);
        }
        // Relaxed: a statistic; publishes nothing. [pool-7]
        self.overflow.buffers.fetch_sub(1, Ordering::Relaxed);
        self.overflow.budget.give_back(self.bytes);
    }
}

impl fmt::Debug for Debt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Debt").field(&self.bytes).finish()
    }
}
