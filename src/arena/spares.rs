//! Arenas in waiting, to be exchanged for those that grew.

use core::{iter, mem};

use crossbeam_utils::CachePadded;

use super::Arena;
use crate::slots::SlotSet;
use crate::sync::UnsafeCell;
use crate::sync::chaos::{self, Point};

/// A fixed number of cells, each with an arena that is ready to be used or one that grew.
///
/// Each cell is a slot of both sets: free in `ready` or in `grown`, or claimed in both by the one
/// thread that exchanges or rebuilds its arena. No step waits; a thread that stands still in
/// either keeps one cell.
pub(super) struct Spares {
    cells: Box<[CachePadded<UnsafeCell<Arena>>]>,
    ready: SlotSet,
    grown: SlotSet,
}

// SAFETY: a cell is entered only by the thread that has claimed its slot, from one set before it
// is released to the other; an `Arena` is `Send`. A slot released to both would break this.
unsafe impl Sync for Spares {}

impl Spares {
    /// All of `arenas` ready.
    pub(super) fn new(arenas: Vec<Arena>) -> Self {
        let grown = SlotSet::new(arenas.len());
        while grown.claim().is_some() {}
        Self {
            ready: SlotSet::new(arenas.len()),
            grown,
            cells: arenas
                .into_iter()
                .map(|arena| CachePadded::new(UnsafeCell::new(arena)))
                .collect(),
        }
    }

    /// Exchanges `arena` for a ready one. `false` if there is none.
    pub(super) fn exchange(&self, arena: &mut Arena) -> bool {
        let Some(slot) = self.ready.claim() else {
            return false;
        };
        self.cells[slot as usize].with_mut(|spare| {
            // SAFETY: the slot was claimed just above and is released below.
            let spare = unsafe { &mut *spare };
            mem::swap(spare, arena);
        });
        chaos::point(Point::ArenaExchange);
        self.grown.release(slot);
        true
    }

    /// Has `rebuild` make a grown arena ready. `false` if there is none.
    ///
    /// A panic in `rebuild` loses the cell; the one caller's does not panic.
    pub(super) fn rebuild_one(&self, rebuild: impl FnOnce(&mut Arena)) -> bool {
        let Some(slot) = self.grown.claim() else {
            return false;
        };
        self.cells[slot as usize].with_mut(|grown| {
            // SAFETY: the slot was claimed just above and is released below.
            rebuild(unsafe { &mut *grown });
        });
        self.ready.release(slot);
        true
    }

    /// Hands those ready arenas that are `too_large` on to [`rebuild_one`](Self::rebuild_one).
    ///
    /// A thread that stands still in here keeps all that were ready.
    pub(super) fn recall(&self, too_large: impl Fn(&Arena) -> bool) {
        let ready = iter::from_fn(|| self.ready.claim()).take(self.len());
        for slot in ready.collect::<Vec<_>>() {
            let too_large = self.cells[slot as usize].with(|spare| {
                // SAFETY: the slot was claimed just above and is released below.
                too_large(unsafe { &*spare })
            });
            let set = if too_large { &self.grown } else { &self.ready };
            set.release(slot);
        }
    }

    /// Spares that are ready now.
    pub(super) fn ready(&self) -> usize {
        self.ready.len() - self.ready.in_use()
    }

    /// How many there are, ready or not.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }
}
