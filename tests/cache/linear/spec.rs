//! The sequential rules: what one call may be told by a cache in a given state.

use super::search::Rules;

pub(super) const KEYS: u8 = 2;

/// What a call did, and what it was told. No two inserts share a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// Key and value, and whether it says that there was an entry of the key.
    Inserted(u8, u8, bool),
    Got(u8, u8),
    Missed(u8),
    /// The key, and whether it says that there was an entry of it.
    Removed(u8, bool),
    Invalidated,
    /// A call that does not wait changed nothing.
    GaveUp,
    /// All of the key's tag, which is the key alone.
    InvalidatedTag(u8),
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Entry {
    Absent,
    Live(u8),
    /// Stored by an insert that was going on when it was invalidated: whether it counts as from
    /// before, and dead, or from after is its own affair, but it does not change its mind.
    Either(u8),
    /// Invalidated. It may count as there until its slot is used again.
    Dead,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    keys: [Entry; KEYS as usize],
    /// Values whose inserts were going on when all was invalidated, or all of their tag.
    caught: Vec<u8>,
    /// Room for one entry, and not for all keys.
    is_narrow: bool,
}

impl State {
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            keys: [Entry::Absent; KEYS as usize],
            caught: Vec::new(),
            is_narrow: capacity < KEYS as usize,
        }
    }

    fn insert(&mut self, key: u8, value: u8) {
        let is_caught = self.caught.contains(&value);
        let was = self.keys[usize::from(key)];
        if self.is_narrow {
            for entry in &mut self.keys {
                *entry = match entry {
                    // If it is dead, it lets nothing go.
                    Entry::Live(other) | Entry::Either(other) if is_caught => Entry::Either(*other),
                    Entry::Dead if is_caught => Entry::Dead,
                    _ => Entry::Absent,
                };
            }
        }
        // If it is dead, it comes right after the invalidation, before all that is live.
        let is_live = !is_caught || matches!(was, Entry::Live(_));
        self.keys[usize::from(key)] = if is_live {
            Entry::Live(value)
        } else {
            Entry::Either(value)
        };
    }
}

impl State {
    fn invalidate(&mut self, key: u8, beside: &[Did]) {
        let entry = &mut self.keys[usize::from(key)];
        if *entry != Entry::Absent {
            *entry = Entry::Dead;
        }
        self.caught
            .extend(beside.iter().filter_map(|did| match did {
                Did::Inserted(into, value, _) if *into == key => Some(*value),
                _ => None,
            }));
        self.caught.sort_unstable();
        self.caught.dedup();
    }
}

impl Rules for State {
    type Did = Did;

    fn after(&self, did: Did, beside: &[Did]) -> Option<Self> {
        let mut next = self.clone();
        let was = |key: u8| self.keys[usize::from(key)];
        let is_true = |said: bool, key: u8| match was(key) {
            Entry::Absent => !said,
            Entry::Live(_) => said,
            Entry::Either(_) | Entry::Dead => true,
        };
        let allowed = match did {
            Did::Inserted(key, value, replaced) => {
                next.insert(key, value);
                is_true(replaced, key)
            }
            Did::Got(key, value) => {
                next.keys[usize::from(key)] = Entry::Live(value);
                matches!(was(key), Entry::Live(there) | Entry::Either(there) if there == value)
            }
            Did::Missed(key) => {
                // An insert lets the other entry go before its own can be got.
                let leaves = |did: &Did| matches!(did, Did::Inserted(other, ..) if *other != key);
                let is_leaving = self.is_narrow && beside.iter().any(leaves);
                match was(key) {
                    Entry::Live(_) => next.keys[usize::from(key)] = Entry::Absent,
                    Entry::Either(_) => next.keys[usize::from(key)] = Entry::Dead,
                    Entry::Absent | Entry::Dead => {}
                }
                is_leaving || !matches!(was(key), Entry::Live(_))
            }
            Did::Removed(key, removed) => {
                next.keys[usize::from(key)] = Entry::Absent;
                is_true(removed, key)
            }
            Did::GaveUp => true,
            Did::Invalidated => {
                (0..KEYS).for_each(|key| next.invalidate(key, beside));
                true
            }
            Did::InvalidatedTag(key) => {
                next.invalidate(key, beside);
                true
            }
        };
        allowed.then_some(next)
    }
}
