//! The loads of one shard's keys, as its writers see them.
//!
//! A write of a key marks the key's load, so that the load cannot publish what it read before.
//! The marks live under the shard's lock: marking and publishing are never concurrent. A load
//! that no thread has taken up has read nothing yet: a write does not touch it, nor does time.

use super::hash::KeyHash;
use super::moment::Moment;
use super::sequence::{Born, Sequence};

/// Later than any load was asked.
pub(crate) const EVER: u64 = u64::MAX;

/// How far a load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No thread has taken it up.
    Queued,
    /// The loader is asked.
    Asking {
        /// When it counts as hung.
        until_ns: u64,
        /// When, in invalidations, and for an entry of which tag.
        born: Born,
    },
    /// The loader is asked, and since then the key was removed, expired, or inserted by hand.
    Void,
    /// It was cancelled, or a successor has the key: nobody joins it any more, and it stores
    /// nothing.
    Succeeded,
}

/// One load under way.
#[derive(Clone, Copy)]
pub(crate) struct Underway {
    pub(crate) hash: KeyHash,
    /// Index of the flight.
    pub(crate) flight: u32,
    /// The lease under which it may publish; never used twice.
    pub(crate) lease: u64,
    pub(crate) stage: Stage,
}

impl Underway {
    /// Whether what it brings is new enough for a caller of this moment.
    pub(crate) fn serves(&self, moment: Moment, sequence: &Sequence) -> bool {
        match self.stage {
            Stage::Queued => true,
            Stage::Asking { until_ns, born } => moment.now_ns < until_ns && !sequence.is_dead(born),
            Stage::Void | Stage::Succeeded => false,
        }
    }
}

/// A fixed table; as long as the cache has loads at a time.
pub(crate) struct Inflight {
    entries: Vec<Underway>,
}

impl Inflight {
    pub(crate) fn new(loads_max: usize) -> Self {
        Self {
            entries: Vec::with_capacity(loads_max),
        }
    }

    /// Marks the key's loads, which then do not publish, unless asked after so many invalidations.
    /// Tells of the flight of each: others may wait for a load that has a successor.
    pub(crate) fn mark_written(&mut self, hash: KeyHash, until: u64, mut tell: impl FnMut(u32)) {
        for underway in self.entries.iter_mut().filter(|load| load.hash == hash) {
            match underway.stage {
                Stage::Asking { born, .. } if born.count() > until => continue,
                Stage::Asking { .. } => underway.stage = Stage::Void,
                Stage::Queued | Stage::Void | Stage::Succeeded => {}
            }
            tell(underway.flight);
        }
    }

    /// Those that have no successor.
    pub(crate) fn of(&self, hash: KeyHash) -> impl Iterator<Item = Underway> + '_ {
        let last = move |load: &&Underway| load.hash == hash && load.stage != Stage::Succeeded;
        self.entries.iter().filter(last).copied()
    }

    /// The flights of those that have one.
    pub(crate) fn succeeded(&self, hash: KeyHash) -> impl Iterator<Item = u32> + '_ {
        let had = move |load: &&Underway| load.hash == hash && load.stage == Stage::Succeeded;
        self.entries.iter().filter(had).map(|load| load.flight)
    }

    /// Notes that a successor begins. It stays on the table for those who wait for it.
    pub(crate) fn succeed(&mut self, lease: u64) {
        let load = self.entries.iter_mut().find(|load| load.lease == lease);
        if let Some(underway) = load {
            underway.stage = Stage::Succeeded;
        }
    }

    /// Registers a load. The table has room for every load that has a permit.
    pub(crate) fn begin(&mut self, underway: Underway) {
        debug_assert!(self.entries.len() < self.entries.capacity());
        self.entries.push(underway);
    }

    /// Notes that a thread takes the load up; false if it was cancelled.
    pub(crate) fn ask(&mut self, lease: u64, until_ns: u64, born: Born) -> bool {
        let mut queued = self.entries.iter_mut().filter(|load| load.lease == lease);
        queued.any(|load| {
            let is_queued = load.stage == Stage::Queued;
            if is_queued {
                load.stage = Stage::Asking { until_ns, born };
            }
            is_queued
        })
    }

    /// Takes the load under `lease` off the table; `None` if the lease was revoked.
    pub(crate) fn end(&mut self, lease: u64) -> Option<Underway> {
        let at = self.entries.iter().position(|load| load.lease == lease)?;
        Some(self.entries.swap_remove(at))
    }
}
