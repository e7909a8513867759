//! From retired to free: which slots no reader holds, and where their entries go.

use super::hazard::RECORDS;
use super::list::Queue;
use super::locked::Locked;
use super::shard::{FREED_MAX, State, scan_every};
use crate::sync::atomic::{Ordering, fence};

impl<K, V> Locked<'_, K, V> {
    /// Moves out the entries of up to `most` retired slots, and of two at most. Asks again about
    /// those that the last scan found held if it `is_new` here, and about few others only if it
    /// `is_last`: else each two would have a scan of their own.
    pub(crate) fn reclaim(&mut self, most: usize, is_new: bool, is_last: bool) {
        let state = &self.state;
        let (retired, held) = (state.retired.len(), state.held_last(self.reserve()));
        let is_due = is_new || retired >= state.scan_at as usize || is_last && retired > held;
        if state.clean.len() == 0 && is_due {
            self.scan();
        }
        for _ in 0..most.min(2) {
            self.drop_one_more();
        }
        self.note();
    }

    /// Frees up to two slots, after a scan if enough have retired since the last one. Those it
    /// found held do not count: else every write would scan while readers stand still.
    pub(super) fn free_up(&mut self) {
        let state = &self.state;
        if state.clean.len() == 0 && state.retired.len() >= state.scan_at as usize {
            self.scan();
        }
        // Two, though a write retires one: what had to wait for readers must become less again.
        self.drop_one_more();
        self.drop_one_more();
    }

    /// Whether a slot can be had without waiting.
    pub(super) fn has_spare(&mut self) -> bool {
        if !self.leaving.has_room() {
            return self.state.free.len() > 0; // a clean one's entry could not be moved out
        }
        if self.state.free.len() + self.state.clean.len() == 0 {
            self.scan();
        }
        self.state.free.len() + self.state.clean.len() > 0
    }

    /// An empty slot that no reader holds; its former entry goes to `leaving`.
    pub(super) fn take_slot(&mut self) -> Option<u32> {
        if !self.has_spare() {
            return None;
        }
        let State {
            policy,
            free,
            clean,
            ..
        } = &mut *self.state;
        // The last one in: its lines are the likeliest to be near.
        if let Some(slot) = free.pop_newest(&mut policy.nodes) {
            return Some(slot);
        }
        let slot = clean.pop(&mut policy.nodes)?;
        self.move_out(slot);
        Some(slot)
    }

    /// Frees one clean slot, if there is one and room among the leaving.
    pub(super) fn drop_one_more(&mut self) {
        if !self.leaving.has_room() {
            return;
        }
        let State { policy, clean, .. } = &mut *self.state;
        if let Some(slot) = clean.pop(&mut policy.nodes) {
            self.move_out(slot);
            let State { policy, free, .. } = &mut *self.state;
            free.push(&mut policy.nodes, slot);
        }
    }

    fn move_out(&mut self, slot: u32) {
        let node = &mut self.state.policy.nodes[slot as usize];
        node.set_queue(Queue::Empty);
        let why = node.why();
        // SAFETY: clean slots are filled, unpublished and, by the scan that moved them here,
        // read by nobody; we hold the lock. Taking from any other list would break it.
        let entry = unsafe { self.slot(slot).take() };
        self.leaving.push(entry, why);
    }

    /// Moves retired slots that no reader holds to the clean list, [`FREED_MAX`] at most.
    ///
    /// Steps: one load a hazard record, and one a slot that is moved or held.
    pub(super) fn scan(&mut self) {
        // SeqCst: between the stores that unpublished the retired slots and the loads below,
        // against each reader's claim before its second look. [cache-1]
        fence(Ordering::SeqCst);
        let base = self.shard.base;
        let count = self.shard.slots.len();
        let nodes = &mut self.state.policy.nodes;
        let mut held = Held::none();
        self.hazards.scan(|number| {
            let local = number.wrapping_sub(base);
            if (local as usize) < count {
                nodes[local as usize].set_held(true);
                held.push(local);
            }
        });
        let (retired, mut looks, mut kept) = (self.state.retired.len(), 0, 0);
        while looks < retired && self.state.clean.len() < FREED_MAX {
            looks += 1;
            let State {
                policy,
                retired,
                clean,
                ..
            } = &mut *self.state;
            let Some(slot) = retired.pop(&mut policy.nodes) else {
                break;
            };
            let held = policy.nodes[slot as usize].is_held();
            // Acquire: pairs with the Release by which a reader counts itself out. [cache-2]
            let pins = self.shard.slots[slot as usize].pins.load(Ordering::Acquire);
            let held = held || pins > 0;
            kept += usize::from(held);
            let to = if held { retired } else { clean };
            to.push(&mut policy.nodes, slot);
        }
        for slot in held.slots() {
            self.state.policy.nodes[usize::from(*slot)].set_held(false);
        }
        let reserve = self.reserve();
        let state = &mut *self.state;
        state.scan_at = (kept + scan_every(reserve)) as u32;
        let counts = self.shard.counts();
        state.tell_held(counts);
        counts.scans.add_alone(1);
        if looks as u64 > counts.scanned_max.get() {
            counts.scanned_max.set(looks as u64);
        }
    }
}

/// The slots a scan saw held: one a hazard record at most.
struct Held {
    slots: [u16; RECORDS],
    len: usize,
}

impl Held {
    const fn none() -> Self {
        Self {
            slots: [0; RECORDS],
            len: 0,
        }
    }

    fn push(&mut self, slot: u32) {
        self.slots[self.len] = slot as u16;
        self.len += 1;
    }

    fn slots(&self) -> &[u16] {
        &self.slots[..self.len]
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

    #[test]
    fn a_scan_frees_no_more_than_it_may_though_readers_let_go_of_more_at_once() {
        const HELD: usize = 200;
        let sizes = Sizes {
            capacity: 1,
            reserve: 2 * HELD,
            negatives_max: 1,
            loads_max: 0,
            backs_off: false,
            tags: 0,
            weight_max: None,
            idles: false,
        };
        let moment = Moment::UNTIMED;
        let store = Store::<u64, usize>::new(1, 1, sizes);
        let (hash, shard) = (KeyHash(1), &store.shards[0]);
        let mut readings = Vec::new();
        for value in 0..=HELD {
            let mut entry = Some(Entry {
                key: 1,
                value: Some(value),
                born: Born::new(0, None),
            });
            store.locked(shard, moment, |locked| {
                let inserted = locked.insert(hash, &mut entry, Stay::FOREVER);
                assert!(inserted.is_ok(), "spare slots are left");
            });
            readings.push(store.find(hash, &1, 0).expect("just stored"));
        }
        drop(readings);
        for freed in [64, 64, 64, HELD - 3 * 64] {
            store.locked(shard, moment, |locked| {
                locked.scan();
                assert_eq!(locked.state.clean.len(), freed);
            });
            while shard.state().lock().clean.len() > 0 {
                store.locked(shard, moment, |locked| locked.reclaim(2, true, true));
            }
        }
    }
}
