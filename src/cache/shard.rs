//! A shard: an index, its slots, and the lock under which both change.
//!
//! ```text
//!            fill, publish                retire            scan: no reader
//!   free ───────────────────▶ published ─────────▶ retired ─────────────────▶ clean
//!    ▲                                                                          │
//!    └──────────────────────── entry moved out, dropped after unlock ◀──────────┘
//! ```

use super::backoff::Backoff;
use super::hash::{Equivalent, KeyHash};
use super::hazard::Hazards;
use super::index::{EMPTY, Index, Place, slot_if, slot_in, word_of};
use super::inflight::Inflight;
use super::list::List;
use super::outcome::{Inserted, RefusedWhy};
use super::policy::{Policy, Uses};
use super::slot::{Entry, Life, Slot};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicU32, Ordering, fence};
use crate::sync::chaos::{Point, point};

/// How much an insert may push out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Whatever the policy says.
    Full,
    /// Free room, or an entry nobody has used.
    Low,
}

/// Entries on their way out, dropped by the caller after it let go of the lock. At most two.
pub(crate) type Leaving<K, V> = [Option<Entry<K, V>>; 2];

pub(crate) struct Shard<K, V> {
    pub(crate) index: Index,
    pub(crate) slots: Box<[Slot<K, V>]>,
    /// Number of the first slot among all shards' slots.
    pub(crate) base: u32,
    pub(crate) state: Lock<State>,
    /// Entries, for readers of `len`. Written under the lock.
    len: AtomicU32,
}

/// What changes under the lock.
pub(crate) struct State {
    pub(crate) policy: Policy,
    /// Empty slots.
    free: List,
    /// Unpublished, perhaps still read.
    retired: List,
    /// Unpublished and read by nobody; still filled.
    clean: List,
    /// Loads of keys of this shard.
    pub(crate) loads: Inflight,
    pub(crate) backoff: Backoff,
    capacity: usize,
    negatives: usize,
    negatives_max: usize,
    /// Scans so far; wraps.
    scans: u32,
    pub(crate) counts: Counts,
}

/// Counters kept under the lock.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) inserted: u64,
    pub(crate) replaced: u64,
    pub(crate) evicted: u64,
    pub(crate) removed: u64,
    pub(crate) refused: u64,
    pub(crate) bucket_evicted: u64,
    pub(crate) superseded: u64,
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
}

impl State {
    /// Retired slots whose entries still await their drop.
    pub(crate) const fn retired_len(&self) -> usize {
        self.retired.len() + self.clean.len()
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
            index: Index::new(count),
            slots: (0..count).map(|_| Slot::new()).collect(),
            base,
            state: Lock::new(State {
                policy,
                free,
                retired: List::new(),
                clean: List::new(),
                loads: Inflight::new(sizes.loads_max),
                backoff: Backoff::new(sizes.backs_off),
                capacity: sizes.capacity,
                negatives: 0,
                negatives_max: sizes.negatives_max,
                scans: 0,
                counts: Counts::default(),
            }),
            len: AtomicU32::new(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        // Relaxed: a reading for people; stale by the time it is used. [cache-9]
        self.len.load(Ordering::Relaxed) as usize
    }
}

/// The shard with its lock held.
pub(crate) struct Locked<'a, K, V> {
    pub(crate) shard: &'a Shard<K, V>,
    pub(crate) state: &'a mut State,
    pub(crate) hazards: &'a Hazards,
    pub(crate) leaving: &'a mut Leaving<K, V>,
    pub(crate) moment: Moment,
}

/// A published entry's place and slot.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) place: Place,
    pub(crate) slot: u32,
}

/// The moment of an operation: what counts as dead in it.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now_ns: u64,
    /// How long past its stale window an entry may still stand in for a failed load.
    pub(crate) error_window_ns: u64,
    /// Entries of an earlier generation are dead.
    pub(crate) generation: u64,
}

impl<K, V> Uses for (&Shard<K, V>, Moment) {
    fn uses(&self, slot: u32) -> u8 {
        self.0.slots[slot as usize].uses()
    }

    fn set_uses(&self, slot: u32, uses: u8) {
        self.0.slots[slot as usize].set_uses(uses);
    }

    fn is_dead(&self, slot: u32) -> bool {
        let (slot, moment) = (&self.0.slots[slot as usize], self.1);
        // SAFETY: the policy asks about published slots only, under the shard's lock.
        let generation = unsafe { slot.read(|entry| entry.generation) };
        let dead_from = slot
            .life()
            .stale_until
            .saturating_add(moment.error_window_ns);
        dead_from <= moment.now_ns || generation != moment.generation
    }

    fn may_die(&self) -> bool {
        self.1.now_ns > 0 || self.1.generation > 0
    }
}

impl<K, V> Locked<'_, K, V> {
    /// The key's entry. Two cache lines of the index at most.
    pub(crate) fn find<Q>(&self, hash: KeyHash, key: &Q) -> Option<At>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let index = &self.shard.index;
        for bucket in index.candidates(hash.low(), hash.tag()) {
            for (lane, word) in index.lanes(bucket).iter().enumerate() {
                // Relaxed: index words change under the lock we hold. [cache-7]
                let Some(slot) = slot_if(word.load(Ordering::Relaxed), hash.tag()) else {
                    continue;
                };
                let place = Index::place(bucket, lane);
                // SAFETY: the slot is published and only lock holders retire.
                if unsafe { self.slot(slot).read(|entry| key.equivalent(&entry.key)) } {
                    return Some(At { place, slot });
                }
            }
        }
        None
    }

    /// Whether the store has the key, within its time to live.
    pub(crate) fn is_fresh<Q>(&self, hash: KeyHash, key: &Q) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.find(hash, key).is_some_and(|at| {
            let slot = self.slot(at.slot);
            // SAFETY: `find` gives published slots, and we hold the lock.
            let generation = unsafe { slot.read(|entry| entry.generation) };
            generation == self.moment.generation && self.moment.now_ns < slot.life().fresh_until
        })
    }

    /// Stores an entry, evicting one if the shard is full.
    ///
    /// Steps: two buckets, at most 16 visits, and when the spare slots ran out one scan of the
    /// hazard records and the retired slots.
    pub(crate) fn insert(
        &mut self,
        hash: KeyHash,
        entry: Entry<K, V>,
        life: Life,
        trust: Trust,
    ) -> Result<Inserted, (Entry<K, V>, RefusedWhy)>
    where
        K: Eq,
    {
        let old = self.find(hash, &Same(&entry.key));
        if let Err(why) = self.room_for(hash, old, entry.value.is_none(), trust) {
            self.state.counts.refused += 1;
            return Err((entry, why));
        }
        let Some(slot) = self.take_slot() else {
            self.state.counts.refused += 1;
            return Err((entry, RefusedWhy::Pressure));
        };
        let node = &mut self.state.policy.nodes[slot as usize];
        node.hash = hash;
        node.filled = true;
        node.negative = entry.value.is_none();
        self.state.negatives += usize::from(node.negative);
        let uses = old.map_or(0, |at| self.slot(at.slot).uses());
        // SAFETY: `take_slot` gave us an empty, unpublished slot that no reader holds, and we
        // hold the lock.
        unsafe { self.slot(slot).fill(entry, life, uses) };
        Ok(self.publish(hash, slot, old, trust))
    }

    /// Whether the insert may go on; evicts for a low-trust one.
    fn room_for(
        &mut self,
        hash: KeyHash,
        old: Option<At>,
        negative: bool,
        trust: Trust,
    ) -> Result<(), RefusedWhy> {
        let was_negative = old.is_some_and(|at| self.node(at.slot).negative);
        if negative && !was_negative && self.state.negatives >= self.state.negatives_max {
            return Err(RefusedWhy::NegativeShare);
        }
        let full = self.state.policy.len() >= self.state.capacity;
        if trust == Trust::Full || old.is_some() {
            return Ok(());
        }
        if self.empty_place(hash).is_err() {
            return Err(RefusedWhy::NoRoom);
        }
        if !full {
            return Ok(());
        }
        if !self.state.policy.remembers(hash) || !self.has_spare() {
            return Err(RefusedWhy::NoRoom);
        }
        let victim = self.state.policy.evict_unproven(&(self.shard, self.moment));
        self.retire(victim.ok_or(RefusedWhy::NoRoom)?);
        self.state.counts.evicted += 1;
        Ok(())
    }

    fn publish(&mut self, hash: KeyHash, slot: u32, old: Option<At>, trust: Trust) -> Inserted {
        let place = match old {
            Some(at) => {
                self.state.policy.replace(at.slot, slot);
                self.state.counts.replaced += 1;
                at.place
            }
            None => {
                let recalled = trust == Trust::Full && self.state.policy.recall(hash);
                let place = self.make_place(hash);
                self.state.policy.admit(slot, recalled);
                self.state.counts.inserted += 1;
                place
            }
        };
        self.state.policy.nodes[slot as usize].place = place;
        point(Point::CachePublish);
        // Release: publishes the slot's entry to the SeqCst load by which a reader confirms
        // the word. [cache-4]
        let word = self.shard.index.word(place);
        word.store(word_of(hash.tag(), slot), Ordering::Release);
        if let Some(at) = old {
            self.rest(at.slot);
        }
        self.drop_one_more();
        self.note_len();
        match old {
            Some(_) => Inserted::Replaced,
            None => Inserted::Stored,
        }
    }

    /// Unpublishes an entry.
    pub(crate) fn remove(&mut self, at: At) {
        self.state.policy.unlink(at.slot);
        self.retire(at.slot);
        self.state.counts.removed += 1;
        if self.state.clean.len() == 0 && self.state.retired.len() * 2 >= self.reserve() {
            self.scan();
        }
        self.drop_one_more();
        self.drop_one_more();
        self.note_len();
    }

    /// Moves out the entries of up to two retired slots.
    pub(crate) fn reclaim(&mut self) {
        if self.state.clean.len() == 0 {
            self.scan();
        }
        self.drop_one_more();
        self.drop_one_more();
    }

    fn slot(&self, slot: u32) -> &Slot<K, V> {
        &self.shard.slots[slot as usize]
    }

    fn node(&self, slot: u32) -> &super::list::Node {
        &self.state.policy.nodes[slot as usize]
    }

    fn reserve(&self) -> usize {
        self.shard.slots.len() - self.state.capacity
    }

    fn note_len(&self) {
        let len = u32::try_from(self.state.policy.len()).unwrap_or(u32::MAX);
        // Relaxed: read by `len` only. [cache-9]
        self.shard.len.store(len, Ordering::Relaxed);
    }

    /// An empty word for a new key, after an eviction if the shard or both buckets are full.
    fn make_place(&mut self, hash: KeyHash) -> Place {
        let full = self.state.policy.len() >= self.state.capacity;
        match self.empty_place(hash) {
            Ok(place) => {
                if full {
                    let victim = self.state.policy.evict(&(self.shard, self.moment));
                    self.retire(victim.expect("a full shard has an entry to evict"));
                    self.state.counts.evicted += 1;
                }
                place
            }
            Err(least_used) => {
                let place = self.node(least_used).place;
                self.state.policy.unlink(least_used);
                self.retire(least_used);
                self.state.counts.bucket_evicted += 1;
                place
            }
        }
    }

    /// An empty word in the emptier bucket, or the least used of the sixteen entries.
    fn empty_place(&self, hash: KeyHash) -> Result<Place, u32> {
        let index = &self.shard.index;
        let (mut best, mut best_room) = (None, 0);
        let (mut least_used, mut least_uses) = (0, u8::MAX);
        for bucket in index.candidates(hash.low(), hash.tag()) {
            let (mut empty, mut room) = (None, 0);
            for (lane, word) in index.lanes(bucket).iter().enumerate() {
                // Relaxed: index words change under the lock we hold. [cache-7]
                match slot_in(word.load(Ordering::Relaxed)) {
                    None => {
                        empty = Some(Index::place(bucket, lane));
                        room += 1;
                    }
                    Some(slot) if self.slot(slot).uses() < least_uses => {
                        (least_used, least_uses) = (slot, self.slot(slot).uses());
                    }
                    Some(_) => {}
                }
            }
            if room > best_room {
                (best, best_room) = (empty, room);
            }
        }
        best.ok_or(least_used)
    }

    /// Empties the entry's index word and retires its slot, which is in no queue any more.
    fn retire(&mut self, slot: u32) {
        let place = self.node(slot).place;
        // Release: nothing is published; the scan's fence orders it before the scan. [cache-7]
        self.shard.index.word(place).store(EMPTY, Ordering::Release);
        self.rest(slot);
    }

    /// Retires a slot that no index word names any more.
    fn rest(&mut self, slot: u32) {
        let State {
            policy,
            retired,
            negatives,
            ..
        } = &mut *self.state;
        let node = &mut policy.nodes[slot as usize];
        *negatives -= usize::from(core::mem::take(&mut node.negative));
        retired.push(&mut policy.nodes, slot);
    }

    /// Whether a slot can be had without waiting.
    fn has_spare(&mut self) -> bool {
        if self.state.free.len() + self.state.clean.len() == 0 {
            self.scan();
        }
        self.state.free.len() + self.state.clean.len() > 0
    }

    /// An empty slot that no reader holds; its former entry goes to `leaving`.
    fn take_slot(&mut self) -> Option<u32> {
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
    fn drop_one_more(&mut self) {
        if self.leaving.iter().all(Option::is_some) {
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
        self.state.policy.nodes[slot as usize].filled = false;
        // SAFETY: clean slots are filled, unpublished and, by the scan that moved them here,
        // read by nobody; we hold the lock. Taking from any other list would break it.
        let entry = unsafe { self.slot(slot).take() };
        let free = self.leaving.iter_mut().find(|place| place.is_none());
        *free.expect("at most two entries leave in one operation") = Some(entry);
    }

    /// Moves the retired slots that no reader holds to the clean list.
    ///
    /// Steps: one load a hazard record, and one a retired slot.
    fn scan(&mut self) {
        // SeqCst: between the stores that unpublished the retired slots and the loads below,
        // against each reader's claim before its second look. [cache-1]
        fence(Ordering::SeqCst);
        let base = self.shard.base;
        let count = self.shard.slots.len();
        self.state.scans = self.state.scans.wrapping_add(1);
        let scans = self.state.scans;
        let nodes = &mut self.state.policy.nodes;
        self.hazards.scan(|number| {
            let local = number.wrapping_sub(base) as usize;
            if local < count {
                nodes[local].held_in_scan = scans;
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
            let held = policy.nodes[slot as usize].held_in_scan == scans;
            // Acquire: pairs with the Release by which a reader counts itself out. [cache-2]
            let pins = self.shard.slots[slot as usize].pins.load(Ordering::Acquire);
            let to = if held || pins > 0 { retired } else { clean };
            to.push(&mut policy.nodes, slot);
        }
    }
}

/// Compares keys by `Eq`, without asking for `Borrow`.
pub(crate) struct Same<'a, K>(pub(crate) &'a K);

impl<K: Eq> Equivalent<K> for Same<'_, K> {
    fn equivalent(&self, key: &K) -> bool {
        self.0 == key
    }
}
