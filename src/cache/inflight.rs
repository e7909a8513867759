//! The loads of one shard's keys, as its writers see them.
//!
//! A write of a key marks the key's load, so that the load cannot publish what it read before.
//! The marks live under the shard's lock: marking and publishing are never concurrent.

use super::hash::KeyHash;

/// What happened to a key while it was being loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// Nothing: the load may publish.
    Untouched,
    /// The key was removed or expired, or inserted by hand.
    Written,
}

/// One load under way.
#[derive(Clone, Copy)]
pub(crate) struct Underway {
    pub(crate) hash: KeyHash,
    /// Index of the flight.
    pub(crate) flight: u32,
    /// The lease under which it may publish; never used twice.
    pub(crate) lease: u64,
    /// When the lease runs out.
    pub(crate) lease_until_ns: u64,
    pub(crate) since: Since,
}

/// A fixed table; as long as the cache has flights.
pub(crate) struct Inflight {
    entries: Vec<Underway>,
}

impl Inflight {
    pub(crate) fn new(loads_max: usize) -> Self {
        Self {
            entries: Vec::with_capacity(loads_max),
        }
    }

    /// Marks the key's load, which then does not publish. Gives its flight, if there is one.
    pub(crate) fn mark_written(&mut self, hash: KeyHash) -> Option<u32> {
        let mut marked = None;
        for underway in self.entries.iter_mut().filter(|load| load.hash == hash) {
            underway.since = Since::Written;
            marked = Some(underway.flight);
        }
        marked
    }

    pub(crate) fn of(&self, hash: KeyHash) -> impl Iterator<Item = Underway> + '_ {
        let same = move |load: &&Underway| load.hash == hash;
        self.entries.iter().filter(same).copied()
    }

    /// Registers a load. The table has room for every flight there is.
    pub(crate) fn begin(&mut self, underway: Underway) {
        debug_assert!(self.entries.len() < self.entries.capacity());
        self.entries.push(underway);
    }

    /// Takes the load under `lease` off the table; `None` if the lease was revoked.
    pub(crate) fn end(&mut self, lease: u64) -> Option<Underway> {
        let at = self.entries.iter().position(|load| load.lease == lease)?;
        Some(self.entries.swap_remove(at))
    }
}
