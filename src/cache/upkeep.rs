//! Upkeep: what died leaves, and what left is dropped, a bounded step at a time.

use core::hash::{BuildHasher, Hash};
use core::ops::Range;

use super::handle::Cache;
use super::load::Load;
use super::locked::Locked;
use super::policy::Uses;
use crate::time::Clock;

/// Slots looked at while a shard's lock is held, at most.
const STEP: usize = 32;

/// What a call of [`Cache::maintain`] did.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Upkeep};
///
/// let cache = Cache::builder(10).build().unwrap();
/// cache.insert(1, "one").unwrap();
/// cache.invalidate_all();
/// let done: Upkeep = cache.maintain(100);
/// assert_eq!((done.removed, done.dropped, cache.len()), (1, 1, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upkeep {
    /// Slots looked at for dead entries.
    pub slots: usize,
    /// Dead entries that it made leave.
    pub removed: usize,
    /// Entries that had left and were dropped, or handed to the listener.
    pub dropped: usize,
}

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Looks at up to `budget` slots, makes the dead entries among them leave, and drops up to
    /// `budget` entries of those shards that left.
    ///
    /// Dead is what expired, the windows that follow included, what nobody read for its
    /// [time to idle](super::Builder::tti), and what was invalidated. It goes on
    /// where the last call stopped, whichever thread made it: calls whose budgets add up to the
    /// capacity and all [spare slots](super::Builder::reserve) go round the whole cache once. Where
    /// nothing can be dead, no slot is looked at, and a shard costs 1 of the budget.
    ///
    /// A cache needs none of it to hold its bounds: what is dead is not served, and gives way to
    /// what comes. Called now and then, it gives the memory of dead entries back early, tells the
    /// listener of them, and lets them stop counting in [`len`](Self::len).
    ///
    /// # Guarantees
    /// First wakes three who wait for a load that ended, if those woken before stand still. Takes
    /// one shard's lock at a time, for 32 slots and two drops at a time; the drops come after the
    /// unlock. Allocates nothing.
    /// # Complexity
    /// `budget` slots and drops, and scans of the hazard records: one in each shard that it comes
    /// to, one for each 32 slots, and one for each half as many as a shard has spare slots, or 32,
    /// that leave.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// cache.remove(&1);
    /// assert_eq!(cache.maintain(100).dropped, 1);
    /// ```
    pub fn maintain(&self, budget: usize) -> Upkeep {
        self.core.loads.flights.wake_lagging();
        let (store, moment) = (&self.core.store, self.core.moment());
        let may_die = moment.now_ns > 0 || store.sequence.kills();
        let (mut done, mut spent, mut passed, mut last) = (Upkeep::default(), 0, 0, None);
        while spent < budget && passed < store.slots() {
            let most = if may_die {
                STEP.min(budget - spent)
            } else {
                usize::MAX
            };
            let (number, mut slots) = store.sweep.take(&store.shards, most);
            passed += slots.len();
            spent += if may_die { slots.len() } else { 1 };
            done.slots += if may_die { slots.len() } else { 0 };
            // Where nothing can be dead there is nothing to look for.
            slots.start = if may_die { slots.start } else { slots.end };
            let mut is_new = last != Some(number);
            last = Some(number);
            loop {
                let most = budget - done.dropped;
                let (removed, dropped) = store.locked(&store.shards[number], moment, |locked| {
                    let removed = locked.sweep(&mut slots, |_, _| true);
                    locked.reclaim(most, is_new, slots.is_empty());
                    (removed, locked.leaving.len())
                });
                is_new = false;
                done.removed += removed;
                done.dropped += dropped;
                if slots.is_empty() && dropped == 0 {
                    break;
                }
            }
        }
        done
    }
}

impl<K, V> Locked<'_, K, V> {
    /// Makes dead entries in these slots leave, as many as a call drops, if `wants` says so of the
    /// slot. Slots that were looked at are taken off the range.
    pub(super) fn sweep(
        &mut self,
        slots: &mut Range<u32>,
        wants: impl Fn(&Self, u32) -> bool,
    ) -> usize {
        let mut removed = 0;
        while removed < 2 {
            let Some(slot) = slots.next() else { break };
            if self.is_published(slot) && wants(self, slot) && self.seen().is_dead(slot) {
                self.state.policy.unlink(slot);
                self.let_go(slot);
                removed += 1;
            }
        }
        removed
    }
}
