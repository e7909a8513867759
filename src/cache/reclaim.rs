//! From retired to free: which slots no reader holds, and where their entries go.

use super::hazard::RECORDS;
use super::list::Queue;
use super::locked::Locked;
use super::shard::State;
use crate::sync::atomic::{Ordering, fence};

impl<K, V> Locked<'_, K, V> {
    /// Moves out the entries of up to `most` retired slots, and of two at most.
    pub(crate) fn reclaim(&mut self, most: usize) {
        if self.state.clean.len() == 0 {
            self.scan();
        }
        for _ in 0..most.min(2) {
            self.drop_one_more();
        }
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
        if let Some(slot) = free.pop(&mut policy.nodes) {
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

    /// Moves the retired slots that no reader holds to the clean list.
    ///
    /// Steps: one load a hazard record, and one a retired slot.
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
        for _ in 0..self.state.retired.len() {
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
            let to = if held || pins > 0 { retired } else { clean };
            to.push(&mut policy.nodes, slot);
        }
        for slot in held.slots() {
            self.state.policy.nodes[usize::from(*slot)].set_held(false);
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
