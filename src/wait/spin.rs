//! Looking again for a moment before sleeping.
//!
//! To fall asleep and be woken costs microseconds, and tens of them where the processor halts
//! meanwhile. A thread whose peer runs on another processor gets what it waits for sooner by
//! looking again. Every look takes the cache line that the peer writes: the first comes late and
//! the pauses double, so that the peer gets several messages done between two looks.

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{MODEL, Tally, cpus, spin_loop};

/// Pauses that a wait may spend at most: some twenty microseconds.
const MOST: u32 = 1024;
/// Fewer pauses than this are not worth it: threads that spin so little and then sleep still end up
/// on processors of their own, where they are woken later. A budget below it is not one: it counts
/// the waits that do without, until one tries again.
const LEAST: u32 = 32;
/// Pauses of that one.
const PROBE: u32 = 64;
/// Pauses between two looks at most: about a microsecond.
const LONGEST: u32 = 64;

/// How long the waits on one side look again: [`MOST`] after success, an eighth less after each
/// failure, and from [`LEAST`] on only one in as many.
#[derive(Debug)]
pub(crate) struct Spin {
    budget: AtomicU32,
    /// Pauses before the first look.
    first: u32,
    /// Waits that a look ended.
    found: Tally,
}

impl Spin {
    /// For a queue of `capacity`: what fits into it is all that waiting longer can gather.
    pub(crate) fn new(capacity: usize) -> Self {
        let gathered = u32::try_from(capacity / 8).unwrap_or(LONGEST);
        Self {
            budget: AtomicU32::new(MOST),
            first: gathered.clamp(1, LONGEST / 2),
            found: Tally::default(),
        }
    }

    /// Asks `ready` until it has something, or for as long as that has paid lately.
    ///
    /// Not at all if more threads are `awake` than there are processors, the caller included: the
    /// one that is waited for may need this processor.
    pub(crate) fn until<R>(&self, awake: usize, ready: impl FnMut() -> Option<R>) -> Option<R> {
        // Models sleep at once: a look changes nothing that they check.
        let cpus = if MODEL { 1 } else { cpus() };
        self.until_on(cpus, awake, ready)
    }

    /// Waits that a look ended.
    pub(crate) fn found(&self) -> u64 {
        self.found.get()
    }

    fn until_on<R>(
        &self,
        cpus: usize,
        awake: usize,
        ready: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        if cpus == 1 || awake > cpus {
            return None;
        }
        // Relaxed: a guess, made by whoever waits; publishes nothing. [wait-4]
        let budget = self.budget.load(Ordering::Relaxed);
        let found = match budget {
            1..LEAST => None,
            0 => self.look(PROBE, ready),
            _ => self.look(budget, ready),
        };
        self.found.add(u64::from(found.is_some()));
        let next = match budget {
            _ if found.is_some() => MOST,
            1..LEAST => budget - 1,
            _ => (budget - budget / 8).max(LEAST - 1),
        };
        // Relaxed: as above. [wait-4]
        self.budget.store(next, Ordering::Relaxed);
        found
    }

    fn look<R>(&self, budget: u32, mut ready: impl FnMut() -> Option<R>) -> Option<R> {
        let (mut spent, mut pauses) = (0, self.first);
        while spent < budget {
            (0..pauses).for_each(|_| spin_loop());
            if let Some(found) = ready() {
                return Some(found);
            }
            spent += pauses;
            pauses = (pauses * 2).min(LONGEST);
        }
        None
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::Spin;

    /// How often a wait in vain looks.
    fn looks(spin: &Spin, cpus: usize, awake: usize) -> u32 {
        let mut looks = 0;
        let found = spin.until_on(cpus, awake, || {
            looks += 1;
            None::<()>
        });
        assert!(found.is_none());
        looks
    }

    #[test]
    fn nobody_looks_again_where_threads_outnumber_processors() {
        let spin = Spin::new(8);
        assert_eq!((looks(&spin, 2, 3), looks(&spin, 1, 1)), (0, 0));
        assert!(looks(&spin, 2, 2) > 0);
    }

    #[test]
    fn looks_in_vain_become_few_and_success_brings_them_back() {
        let spin = Spin::new(1024);
        let first = looks(&spin, 2, 2);
        let later: Vec<u32> = (0..40).map(|_| looks(&spin, 2, 2)).collect();
        assert!(later.is_sorted_by(|before, after| before >= after));
        assert_eq!(later.last(), Some(&0));
        let rare: u32 = (0..10 * 32).map(|_| looks(&spin, 2, 2)).sum();
        assert!((10..=20).contains(&rare), "one in thirty-two: {rare} looks");
        let found = (0..32).find_map(|_| spin.until_on(2, 2, || Some(7)));
        assert_eq!(found, Some(7));
        assert_eq!((looks(&spin, 2, 2), spin.found()), (first, 1));
    }
}
