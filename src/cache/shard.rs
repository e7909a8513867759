//! A shard: an index, its slots, and the lock under which both change.
//!
//! ```text
//!            fill, publish                retire            scan: no reader
//!   free ───────────────────▶ published ─────────▶ retired ─────────────────▶ clean
//!    ▲                                                                          │
//!    └──────────────────────── entry moved out, dropped after unlock ◀──────────┘
//! ```

use crossbeam_utils::CachePadded;

use super::backoff::Backoff;
use super::claims::Claims;
use super::counts::Counts;
use super::evicted::EvictedWhy;
use super::idle::Idle;
use super::index::Index;
use super::inflight::Inflight;
use super::list::List;
use super::moment::Moment;
use super::policy::{Policy, Uses};
use super::sequence::Sequence;
use super::slot::{Kept, Slot};
use super::weights::Weights;
use crate::sync::{Lock, Tally};

/// Slots one scan frees at most; it also looks at those that are held.
pub(super) const FREED_MAX: usize = 64;

/// Slots that retire between two scans of a shard with so many spare ones, unless those run out.
pub(crate) const fn scan_every(reserve: usize) -> usize {
    let half = reserve.div_ceil(2);
    if half < FREED_MAX / 2 {
        half
    } else {
        FREED_MAX / 2
    }
}

/// What readers look at is never written after the build, and shares no line with what writers
/// change: a writer would take that line from all readers of the shard.
pub(crate) struct Shard<K, V> {
    pub(crate) index: Index,
    pub(crate) slots: Box<[Slot<K, V>]>,
    pub(crate) claims: Claims,
    pub(crate) idle: Idle,
    /// Number of the first slot among all shards' slots.
    pub(crate) base: u32,
    writers: CachePadded<Writers>,
}

/// What writers of a shard change.
struct Writers {
    state: Lock<State>,
    counts: Counts,
    /// Inserts that gave up because of other writers. Written by them, without the lock.
    contended: Tally,
}

/// What changes under the lock.
pub(crate) struct State {
    pub(crate) policy: Policy,
    /// Empty slots.
    pub(crate) free: List,
    /// Unpublished, perhaps still read.
    pub(crate) retired: List,
    /// Unpublished and read by nobody; still filled.
    pub(crate) clean: List,
    /// How many are to be retired for the next scan that is not forced.
    pub(crate) scan_at: u32,
    /// Loads of keys of this shard.
    pub(crate) loads: Inflight,
    pub(crate) backoff: Backoff,
    pub(crate) capacity: usize,
    pub(crate) negatives: usize,
    pub(crate) negatives_max: usize,
    /// The next slot to look at for a dead negative entry.
    pub(crate) hand: u32,
    pub(crate) weights: Weights,
}

/// The sizes of a shard.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) capacity: usize,
    pub(crate) reserve: usize,
    pub(crate) negatives_max: usize,
    pub(crate) loads_max: usize,
    /// Whether failed keys rest.
    pub(crate) backs_off: bool,
    /// Of the whole cache.
    pub(crate) tags: usize,
    /// Whether entries leave that nobody reads.
    pub(crate) idles: bool,
    /// If entries are weighed.
    pub(crate) weight_max: Option<u64>,
}

impl State {
    /// Retired slots that the last scan found held.
    pub(crate) const fn held_last(&self, reserve: usize) -> usize {
        self.scan_at as usize - scan_every(reserve)
    }

    /// Retired slots whose entries still await their drop.
    pub(crate) const fn retired_len(&self) -> usize {
        self.retired.len() + self.clean.len()
    }

    /// Says in the shard's `counts` what there is now.
    pub(crate) fn tell(&self, counts: &Counts) {
        counts.len.set(self.policy.len() as u64);
        counts.weight.set(self.weights.live());
        counts.retired.set(self.retired_len() as u64);
        counts.visits_max.set(u64::from(self.policy.visits_max));
    }

    /// Says there what a scan left retired, and since when.
    pub(crate) fn tell_held(&self, counts: &Counts) {
        let departed = counts.departed.get();
        let oldest = self.retired.oldest().map_or(0, |slot| {
            let since = self.policy.nodes[slot as usize].left_since(departed);
            departed - 1 - u64::from(since)
        });
        counts.held.set(self.retired.len() as u64);
        counts.oldest.set(oldest);
    }
}

impl<K, V> Shard<K, V> {
    pub(crate) fn new(base: u32, sizes: Sizes) -> Self {
        let count = sizes.capacity + sizes.reserve;
        let mut policy = Policy::new(sizes.capacity, count);
        let mut free = List::new();
        for slot in 0..u32::try_from(count).expect("checked by the builder") {
            free.push(&mut policy.nodes, slot);
        }
        Self {
            index: Index::new(sizes.capacity),
            slots: (0..count).map(|_| Slot::new()).collect(),
            claims: Claims::new(if sizes.loads_max > 0 { count } else { 0 }),
            idle: Idle::new(if sizes.idles { count } else { 0 }),
            base,
            writers: CachePadded::new(Writers {
                state: Lock::new(State {
                    policy,
                    free,
                    retired: List::new(),
                    clean: List::new(),
                    scan_at: scan_every(sizes.reserve) as u32,
                    loads: Inflight::new(sizes.loads_max),
                    backoff: Backoff::new(sizes.backs_off),
                    capacity: sizes.capacity,
                    negatives: 0,
                    negatives_max: sizes.negatives_max,
                    hand: 0,
                    weights: Weights::new(count, sizes.weight_max),
                }),
                counts: Counts::default(),
                contended: Tally::default(),
            }),
        }
    }

    /// What changes under the lock, and the lock.
    pub(crate) fn state(&self) -> &Lock<State> {
        &self.writers.state
    }

    /// Whether nobody read the slot's entry for as long as that may be.
    pub(crate) fn is_idle(&self, slot: u32, moment: Moment) -> bool {
        self.idle.is_over(slot, moment.now_ns, moment.tti_ns)
    }

    /// Written under the lock.
    pub(crate) fn counts(&self) -> &Counts {
        &self.writers.counts
    }

    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.counts().len.get()).unwrap_or(usize::MAX)
    }

    pub(crate) fn contended(&self) -> &Tally {
        &self.writers.contended
    }
}

/// A shard as the policy sees it, and what decides of each entry whether it is dead.
pub(crate) struct Judged<'a, K, V> {
    pub(crate) shard: &'a Shard<K, V>,
    pub(crate) moment: Moment,
    pub(crate) sequence: &'a Sequence,
}

impl<K, V> Uses for Judged<'_, K, V> {
    fn uses(&self, slot: u32) -> u8 {
        self.shard.slots[slot as usize].uses()
    }

    fn set_uses(&self, slot: u32, uses: u8) {
        self.shard.slots[slot as usize].set_uses(uses);
    }

    fn is_dead(&self, slot: u32) -> bool {
        self.death(slot).is_some()
    }

    fn may_die(&self) -> bool {
        self.moment.now_ns > 0 || self.sequence.kills()
    }
}

impl<K, V> Judged<'_, K, V> {
    /// Why nobody will ever read the entry of a published slot again, if so. Under the lock.
    pub(crate) fn death(&self, slot: u32) -> Option<EvictedWhy> {
        let (number, moment) = (slot, self.moment);
        let slot = &self.shard.slots[number as usize];
        // SAFETY: the policy asks about published slots only, under the shard's lock.
        let born = unsafe { slot.read(Kept::born) };
        if self.sequence.is_dead(born) {
            return Some(EvictedWhy::Invalidated);
        }
        let mut dead_from = slot.fresh_until();
        if !born.is_negative() {
            dead_from = dead_from
                .saturating_add(moment.stale_window_ns)
                .saturating_add(moment.error_window_ns);
        }
        let is_over = dead_from <= moment.now_ns || self.shard.is_idle(number, moment);
        is_over.then_some(EvictedWhy::Expired)
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use core::mem::offset_of;

    use super::*;

    #[test]
    fn what_readers_look_at_shares_no_line_with_the_lock() {
        type Small = Shard<u64, u64>;
        const LINE: usize = 64;
        let writers = offset_of!(Small, writers);
        let lines = writers / LINE..(writers + size_of::<CachePadded<Writers>>()).div_ceil(LINE);
        let read = [
            (offset_of!(Small, index), size_of::<Index>()),
            (offset_of!(Small, slots), size_of::<Box<[Slot<u64, u64>]>>()),
            (offset_of!(Small, claims), size_of::<Claims>()),
            (offset_of!(Small, base), size_of::<u32>()),
        ];
        for (at, size) in read {
            assert!(!lines.contains(&(at / LINE)), "{at}");
            assert!(!lines.contains(&((at + size - 1) / LINE)), "{at}");
        }
        assert_eq!(
            align_of::<Small>() % LINE,
            0,
            "nor does the shard before it"
        );
    }
}
