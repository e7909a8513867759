//! What a pool whose arenas may grow has beside them.

use super::demand::Demand;
use super::spares::Spares;
use super::{Arena, ArenaStats, ConfigError};
use crate::slots::Budget;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The terms of growth, as [`Overflow::Grow`](super::Overflow::Grow) names them.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) arena_bytes_max: usize,
    pub(super) budget_bytes: usize,
    pub(super) spares: usize,
}

/// Budget, spares and demand of one pool.
pub(super) struct Growing {
    budget: Arc<Budget>,
    spares: Spares,
    demand: Demand,
    terms: Terms,
    /// The size that `maintain` rebuilds to.
    target: AtomicUsize,
    exchanged: AtomicU64,
    kept: AtomicU64,
}

impl Growing {
    /// For a pool of `count` arenas of `base` bytes; takes the spares' memory.
    pub(super) fn new(
        terms: Terms,
        (count, base): (usize, usize),
        wipe: bool,
    ) -> Result<Self, ConfigError> {
        let budget = Arc::new(Budget::new(terms.budget_bytes));
        let spare = |_| Arena::growing(base, wipe, &budget, terms.arena_bytes_max);
        let spares = (0..terms.spares).map(spare).collect::<Result<_, _>>()?;
        Ok(Self {
            spares: Spares::new(spares),
            demand: Demand::new(base, count),
            terms,
            target: AtomicUsize::new(base),
            exchanged: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            budget,
        })
    }

    /// One of the pool's arenas.
    pub(super) fn arena(&self, base: usize, wipe: bool) -> Result<Arena, ConfigError> {
        Arena::growing(base, wipe, &self.budget, self.terms.arena_bytes_max)
    }

    /// Empties an arena that comes back, and exchanges it for a spare if it is too large.
    ///
    /// Frees nothing and takes nothing from the heap.
    #[inline]
    pub(super) fn take_back(&self, slot: u32, arena: &mut Arena) {
        self.demand.count(slot, arena.used());
        arena.reset();
        // Relaxed: a size to compare with; an older one does no harm. [arena-3]
        if arena.is_larger_than(self.target.load(Ordering::Relaxed)) {
            self.exchange(arena);
        }
    }

    #[cold]
    fn exchange(&self, arena: &mut Arena) {
        let counter = if self.spares.exchange(arena) {
            &self.exchanged
        } else {
            &self.kept
        };
        // Relaxed: a statistic. [arena-2]
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Rebuilds the arenas that were exchanged, and spares that are too large by now; says how
    /// many.
    pub(super) fn maintain(&self) -> usize {
        let Some(size) = self.demand.settle() else {
            return 0;
        };
        let target = size.min(self.terms.arena_bytes_max);
        // Relaxed: as in `take_back`. [arena-3]
        let before = self.target.swap(target, Ordering::Relaxed);
        if target < before {
            self.spares.recall(|spare| spare.is_larger_than(target));
        }
        let rebuild = |_: &usize| self.spares.rebuild_one(|arena| arena.rebuild(target));
        (0..self.spares.len()).take_while(rebuild).count()
    }

    pub(super) fn report(&self, stats: &mut ArenaStats) {
        stats.grown = self.budget.grown();
        stats.growth_refused = self.budget.refused();
        stats.grown_bytes = self.budget.taken();
        stats.spares = self.spares.ready();
        // Relaxed: a statistic. [arena-2]
        stats.exchanged = self.exchanged.load(Ordering::Relaxed);
        // Relaxed: a statistic. [arena-2]
        stats.kept = self.kept.load(Ordering::Relaxed);
        // Relaxed: a statistic. [arena-2]
        stats.target_bytes = self.target.load(Ordering::Relaxed);
    }
}
