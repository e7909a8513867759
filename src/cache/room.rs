//! A shard with its lock held: room for an entry that needs more than a free slot.

use super::hash::KeyHash;
use super::locked::{At, Locked};
use super::outcome::RefusedWhy;
use super::policy::{Uses, VISITS_MAX};

/// Entries that may await their drop, besides those that readers hold, when an insert makes more
/// than two leave.
const WAITING_MAX: usize = 64;

/// Entries that any insert may make leave: as many as it drops.
const LEAVE_MIN: usize = 2;

impl<K, V> Locked<'_, K, V> {
    /// Whether an entry of this weight, in place of `old`, is more than the shard may hold.
    pub(super) fn lacks(&self, weight: u32, old: Option<At>) -> bool {
        (self.state.weights).lacks(weight, old.map(|at| at.slot), 0)
    }

    /// Evicts until there is room for the weight. What was evicted stays so when that is not
    /// enough: the next try goes on from there.
    pub(super) fn make_weight(
        &mut self,
        hash: KeyHash,
        old: Option<At>,
        weight: u32,
    ) -> Result<(), RefusedWhy> {
        if !self.has_spare() {
            return Err(RefusedWhy::Pressure);
        }
        self.state.policy.settle();
        let (mut visits, mut left) = (0, self.may_leave());
        if old.is_none() && self.empty_place(hash).is_none() {
            self.empty_a_place(hash);
            (visits, left) = (VISITS_MAX, left - 1);
        }
        while left > 0 && self.lacks(weight, old) {
            let (seen, spared) = (self.seen(), old.map(|at| at.slot));
            let Some(victim) = self.state.policy.evict(&seen, &mut visits, spared) else {
                break;
            };
            self.let_go(victim);
            left -= 1;
        }
        if self.lacks(weight, old) {
            self.free_up();
            self.note();
            return Err(RefusedWhy::Weight);
        }
        Ok(())
    }

    /// Room for an entry of low trust, of the dead and of those that nobody used.
    pub(super) fn room_for_low(
        &mut self,
        hash: KeyHash,
        old: Option<At>,
        weight: u32,
    ) -> Result<(), RefusedWhy> {
        if old.is_none() && self.empty_place(hash).is_none() {
            return Err(RefusedWhy::NoRoom);
        }
        let full = old.is_none() && self.state.policy.len() >= self.state.capacity;
        if !full && !self.lacks(weight, old) {
            return Ok(());
        }
        if !self.has_spare() {
            return Err(RefusedWhy::Pressure);
        }
        let (seen, spared) = (self.seen(), old.map(|at| at.slot));
        let (most, mut leaving, mut freed) = (self.may_leave(), 0, 0);
        let state = &mut *self.state;
        let (policy, weights) = (&mut state.policy, &state.weights);
        let is_known = policy.remembers(hash);
        let enough = |slot| {
            freed += u64::from(weights.of(slot));
            leaving += 1;
            leaving <= most && !weights.lacks(weight, spared, freed)
        };
        let yielding = policy.yielding(&seen, is_known, spared, enough);
        for slot in yielding.ok_or(RefusedWhy::NoRoom)?.slots() {
            self.let_go(*slot);
        }
        Ok(())
    }

    /// Makes a dead negative entry leave, so that another has its share, if one of the next
    /// sixteen slots has one.
    pub(super) fn free_a_share(&mut self) -> bool {
        if !self.seen().may_die() {
            return false;
        }
        let count = self.shard.slots.len() as u32;
        let mut slots = self.state.hand..count.min(self.state.hand + VISITS_MAX);
        let (before, first) = (self.state.negatives, slots.start);
        while !slots.is_empty() && self.state.negatives == before {
            let mut one = slots.start..slots.start + 1;
            self.sweep(&mut one, |locked, slot| locked.node(slot).is_negative());
            slots.start += 1;
        }
        self.state.policy.note_visits(slots.start - first);
        self.state.hand = if slots.start < count { slots.start } else { 0 };
        self.state.negatives < before
    }

    /// How many entries this insert may make leave.
    fn may_leave(&self) -> usize {
        let state = &self.state;
        let held = state.held_last(self.reserve());
        let waiting = state.retired_len().saturating_sub(held);
        WAITING_MAX.saturating_sub(waiting).max(LEAVE_MIN)
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::super::ask::Stay;
    use super::super::hash::KeyHash;
    use super::super::moment::Moment;
    use super::super::sequence::Born;
    use super::super::shard::Sizes;
    use super::super::slot::Entry;
    use super::super::store::Store;

    const CAPACITY: usize = 100;

    /// Stores key `key`, and says how many entries the small queue is to have.
    fn target_after(store: &Store<u64, ()>, key: u64, weight: u32) -> u32 {
        // Spread over the index as a hash would be.
        let hash = KeyHash(key.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (value, born) = (Some(()), Born::new(0, None));
        let mut entry = Some(Entry { key, value, born });
        let moment = Moment::UNTIMED;
        let stay = Stay {
            weight,
            ..Stay::FOREVER
        };
        store.locked(store.shard(hash), moment, |locked| {
            locked.insert(hash, &mut entry, stay).expect("room is made");
            locked.state.policy.small_target
        })
    }

    #[test]
    fn a_shortage_of_weight_is_over_when_the_number_lacks() {
        let sizes = Sizes {
            capacity: CAPACITY,
            reserve: 16,
            negatives_max: 1,
            loads_max: 1,
            tags: 0,
            weight_max: Some(200),
            idles: false,
            backs_off: false,
        };
        let store = Store::new(CAPACITY, 1, sizes);
        let heavy = (0..40).map(|key| target_after(&store, key, 10)).last();
        assert_eq!(heavy, Some(2), "a tenth of twenty");
        let light = (0..240).map(|key| target_after(&store, key, 1)).last();
        assert_eq!(light, Some(CAPACITY as u32 / 10));
    }
}
