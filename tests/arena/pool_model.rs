//! What a pool of arenas is to do: who has which arena, when one is exchanged, what is rebuilt to
//! which size, and what is counted.

use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;

use shorttail::arena::ArenaStats;

use crate::model::{Held, Purse};

/// Classes of demand: the size it begins with, twice that, and so on.
const CLASSES: usize = 32;

/// A pool with one spare, if its arenas may grow.
pub(crate) struct PoolModel {
    base: usize,
    /// The most that one arena may have, if it may grow, and that all may have on top of `base`.
    terms: Option<(usize, usize)>,
    purse: Rc<Purse>,
    /// Arenas that are not lent, by where they lie.
    seats: BTreeMap<usize, Held>,
    spare: Held,
    spare_is_ready: bool,
    leases: (u64, u64),
    over: [(u64, u64); CLASSES],
    target: usize,
    counts: [u64; 3],
}

/// Places in `counts`.
const REFUSED: usize = 0;
const EXCHANGED: usize = 1;
const KEPT: usize = 2;

impl PoolModel {
    pub(crate) fn new(base: usize, terms: Option<(usize, usize)>) -> Self {
        let purse = Rc::new(Purse::default());
        purse.left.set(terms.map_or(0, |terms| terms.1));
        Self {
            base,
            terms,
            seats: BTreeMap::new(),
            spare: Held::new(base, terms.map(|terms| terms.0), &purse),
            spare_is_ready: terms.is_some(),
            purse,
            leases: (0, 0),
            over: [(0, 0); CLASSES],
            target: terms.map_or(0, |_| base),
            counts: [0; 3],
        }
    }

    /// The arena at `place` is lent.
    pub(crate) fn lend(&mut self, place: usize) -> Held {
        let limit = self.terms.map(|terms| terms.0);
        let known = self.seats.remove(&place);
        known.unwrap_or_else(|| Held::new(self.base, limit, &self.purse))
    }

    pub(crate) fn refuse(&mut self) {
        self.counts[REFUSED] += 1;
    }

    /// The arena at `place` comes back.
    pub(crate) fn take_back(&mut self, place: usize, mut held: Held) {
        self.leases.0 += 1;
        let used = held.used();
        if used > self.base {
            let class = used.div_ceil(self.base).next_power_of_two().ilog2();
            self.over[class as usize].0 += 1;
        }
        held.reset();
        if held.is_larger_than(self.target) {
            let ready = mem::take(&mut self.spare_is_ready);
            self.counts[if ready { EXCHANGED } else { KEPT }] += 1;
            if ready {
                mem::swap(&mut held, &mut self.spare);
            }
        }
        assert!(self.seats.insert(place, held).is_none(), "lent twice");
    }

    /// Counts what came anew, lets what was before fade, and rebuilds the spare; says how many.
    pub(crate) fn maintain(&mut self) -> usize {
        let Some((limit, _)) = self.terms else {
            return 0;
        };
        let fade = |count: &mut (u64, u64)| *count = (0, count.1 / 2 + count.0);
        fade(&mut self.leases);
        self.over.iter_mut().for_each(fade);
        // The smallest class above which at most one lease in a hundred lies.
        let above = |class: usize| {
            self.over[class + 1..]
                .iter()
                .map(|over| over.1)
                .sum::<u64>()
        };
        let enough = |class: &usize| above(*class) * 100 <= self.leases.1;
        let class = (0..CLASSES).find(enough).unwrap_or(CLASSES - 1);
        self.target = (self.base << class).min(limit);
        let rebuilds = !self.spare_is_ready || self.spare.is_larger_than(self.target);
        if rebuilds {
            self.spare.rebuild(self.target);
            self.spare_is_ready = true;
        }
        usize::from(rebuilds)
    }

    /// Compares what the pool counted, with `lent` arenas.
    pub(crate) fn agree(&self, stats: &ArenaStats, lent: usize) {
        assert_eq!((stats.in_use, stats.waiting), (lent, 0));
        let counts = [stats.refused, stats.exchanged, stats.kept];
        assert_eq!(counts, self.counts, "{stats:?}");
        let growth = [stats.grown, stats.growth_refused];
        let expected = [self.purse.grown.get(), self.purse.refused.get()];
        match self.terms {
            Some((limit, budget)) => {
                assert_eq!(growth, expected, "{stats:?}");
                let paid = budget - self.purse.left.get();
                assert_eq!(stats.grown_bytes, paid, "{stats:?}");
                assert!(stats.target_bytes <= limit);
            }
            None => assert_eq!((growth, stats.grown_bytes), ([0, 0], 0)),
        }
        assert_eq!(stats.target_bytes, self.target);
        assert_eq!(stats.spares, usize::from(self.spare_is_ready));
    }
}
