//! Which entry leaves: S3-FIFO with bounded work.
//!
//! Yang, Zhang, Qiu, Yue and Vigfusson, "FIFO queues are all you need for cache eviction",
//! 2023, with four settings of ours: an eviction visits at most [`VISITS_MAX`] slots, new keys
//! go to the main queue while that is below its target, one use promotes, and the ghost
//! remembers nine tenths of the capacity. Targets are whole numbers.

use super::ghost::Ghost;
use super::hash::KeyHash;
use super::list::{List, Node, Queue};

/// Slots one eviction looks at, at most. The last one goes, used or not.
pub(crate) const VISITS_MAX: u32 = 16;

/// What the policy asks the store about a slot.
pub(crate) trait Uses {
    /// Uses since inserted or last visited.
    fn uses(&self, slot: u32) -> u8;
    fn set_uses(&self, slot: u32, uses: u8);
    /// Nobody will ever read the entry again.
    fn is_dead(&self, slot: u32) -> bool;
    /// Whether `is_dead` can be true of any.
    fn may_die(&self) -> bool;
}

pub(crate) struct Policy {
    pub(crate) nodes: Box<[Node]>,
    small: List,
    main: List,
    ghost: Ghost,
    pub(super) small_target: u32,
    main_target: u32,
    /// Most slots that one operation ever looked at to make room.
    pub(crate) visits_max: u32,
}

impl Policy {
    pub(crate) fn new(capacity: usize, slots: usize) -> Self {
        let small_target = (capacity / 10).max(1);
        Self {
            nodes: vec![Node::new(); slots].into(),
            small: List::new(),
            main: List::new(),
            ghost: Ghost::new(capacity * 9 / 10),
            small_target: small_target as u32,
            main_target: (capacity - small_target) as u32,
            visits_max: 0,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.small.len() + self.main.len()
    }

    /// Whether the key left the small queue lately and came back: it then belongs in main.
    pub(crate) fn recall(&mut self, hash: KeyHash) -> bool {
        self.ghost.take(hash.part())
    }

    /// As [`recall`](Self::recall), without forgetting it.
    pub(crate) fn remembers(&self, hash: KeyHash) -> bool {
        self.ghost.knows(hash.part())
    }

    /// Queues a new entry.
    pub(crate) fn admit(&mut self, slot: u32, recalled: bool) {
        let fill = self.main.len() < self.main_target as usize;
        let queue = if recalled || fill {
            Queue::Main
        } else {
            Queue::Small
        };
        self.push(slot, queue);
    }

    /// Puts `new` in the place of `old` in its queue.
    pub(crate) fn replace(&mut self, old: u32, new: u32) {
        let queue = self.nodes[old as usize].queue();
        match queue {
            Queue::Small => self.small.replace(&mut self.nodes, old, new),
            Queue::Main => self.main.replace(&mut self.nodes, old, new),
            Queue::Off | Queue::Empty => unreachable!("published slots are queued"),
        }
        self.nodes[new as usize].set_queue(queue);
        self.nodes[old as usize].set_queue(Queue::Off);
    }

    /// Takes an entry out of its queue.
    pub(crate) fn unlink(&mut self, slot: u32) {
        match self.nodes[slot as usize].queue() {
            Queue::Small => self.small.unlink(&mut self.nodes, slot),
            Queue::Main => self.main.unlink(&mut self.nodes, slot),
            Queue::Off | Queue::Empty => unreachable!("published slots are queued"),
        }
        self.nodes[slot as usize].set_queue(Queue::Off);
    }

    /// Takes the next victim out of its queue. Of the [`VISITS_MAX`] visits of an operation,
    /// `visits` were made; one that is `spared` counts as used.
    pub(crate) fn evict(
        &mut self,
        store: &impl Uses,
        visits: &mut u32,
        spared: Option<u32>,
    ) -> Option<u32> {
        let is_dead = |slot: u32| Some(slot) != spared && store.is_dead(slot);
        if store.may_die() && *visits < VISITS_MAX {
            // A full main queue is not under the hand, yet its dead should not outlast the living.
            *visits += 1;
            if let Some(slot) = self.main.oldest().filter(|slot| is_dead(*slot)) {
                self.unlink(slot);
                return Some(slot);
            }
        }
        while *visits < VISITS_MAX {
            let (slot, from) = self.under_the_hand()?;
            *visits += 1;
            self.note_visits(*visits);
            let (uses, dead) = (store.uses(slot), is_dead(slot));
            let goes = dead || uses == 0 || *visits == VISITS_MAX;
            self.unlink(slot);
            if goes && Some(slot) != spared {
                if from == Queue::Small && !dead {
                    self.ghost.insert(self.nodes[slot as usize].part());
                }
                return Some(slot);
            }
            let left = match from {
                Queue::Small => 0,
                _ => uses.saturating_sub(1),
            };
            store.set_uses(slot, left);
            self.push(slot, Queue::Main);
        }
        None
    }

    /// The entries that make room for one that has no claim to any, taken out of their queues: of
    /// the oldest, those that are dead, and those of the small queue that were not used since they
    /// came, if the key `is_known`; none that is `spared`. Nothing is taken unless `enough` says of
    /// one that it suffices. At most [`VISITS_MAX`] visits; no other entry's standing changes.
    pub(crate) fn yielding(
        &mut self,
        store: &impl Uses,
        is_known: bool,
        spared: Option<u32>,
        mut enough: impl FnMut(u32) -> bool,
    ) -> Option<Yielding> {
        let (mut found, mut visits) = (Yielding::none(), 0);
        let queues = [(self.main.oldest(), false), (self.small.oldest(), is_known)];
        for (oldest, is_known) in queues {
            let mut next = oldest.filter(|_| is_known || store.may_die());
            for _ in 0..VISITS_MAX / 2 {
                let Some(slot) = next else { break };
                visits += 1;
                self.note_visits(visits);
                let goes = store.is_dead(slot) || is_known && store.uses(slot) == 0;
                if goes && Some(slot) != spared {
                    found.push(slot);
                    if enough(slot) {
                        found.slots().iter().for_each(|slot| self.unlink(*slot));
                        return Some(found);
                    }
                }
                next = self.nodes[slot as usize].newer();
            }
        }
        None
    }

    /// Notes that there is no room for more entries than there are, be it for their weight or their
    /// number: a tenth of them is to be in the small queue.
    pub(crate) fn settle(&mut self) {
        let len = self.len() as u32;
        self.small_target = (len / 10).max(1);
        self.main_target = len.saturating_sub(self.small_target);
    }

    /// Notes how many slots one operation looked at to make room.
    pub(crate) fn note_visits(&mut self, visits: u32) {
        self.visits_max = self.visits_max.max(visits);
    }

    fn under_the_hand(&self) -> Option<(u32, Queue)> {
        if self.main.len() == 0 || self.small.len() >= self.small_target as usize {
            Some((self.small.oldest()?, Queue::Small))
        } else {
            Some((self.main.oldest()?, Queue::Main))
        }
    }

    fn push(&mut self, slot: u32, queue: Queue) {
        match queue {
            Queue::Small => self.small.push(&mut self.nodes, slot),
            Queue::Main => self.main.push(&mut self.nodes, slot),
            Queue::Off | Queue::Empty => unreachable!("only live queues are pushed to"),
        }
        self.nodes[slot as usize].set_queue(queue);
    }
}

/// Entries that leave together.
pub(crate) struct Yielding {
    slots: [u32; VISITS_MAX as usize],
    len: usize,
}

impl Yielding {
    const fn none() -> Self {
        Self {
            slots: [0; VISITS_MAX as usize],
            len: 0,
        }
    }

    fn push(&mut self, slot: u32) {
        self.slots[self.len] = slot;
        self.len += 1;
    }

    pub(crate) fn slots(&self) -> &[u32] {
        &self.slots[..self.len]
    }
}
