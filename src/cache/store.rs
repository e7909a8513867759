//! The store: shards, hazards and the read path.

use super::hash::{Equivalent, KeyHash};
use super::hazard::{Found, Hazard, Hazards};
use super::index::slot_in;
use super::leaving::{Farewell, Leaving, Listener};
use super::list::Queue;
use super::locked::Locked;
use super::moment::Moment;
use super::sequence::Sequence;
use super::shard::{Shard, Sizes, State};
use super::slot::{Entry, Kept, Slot};
use super::sweep::Sweep;
use super::weights::Weigher;
use crate::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use crate::sync::chaos::{Point, point};
use crate::sync::{MODEL, model_seqcst, prefetch, spin_loop};

pub(crate) struct Store<K, V> {
    pub(crate) shards: Box<[Shard<K, V>]>,
    pub(crate) hazards: Hazards,
    pub(crate) listener: Listener<K, V>,
    pub(crate) weigher: Weigher<K, V>,
    pub(crate) sequence: Sequence,
    pub(crate) sweep: Sweep,
    /// Whether an entry was ever given an end that the cache's rules do not give all.
    mortal: AtomicBool,
    pub(crate) capacity: usize,
}

impl<K, V> Store<K, V> {
    /// `shards` is a power of two. All memory of the store is taken here.
    pub(crate) fn new(capacity: usize, shards: usize, sizes: Sizes) -> Self {
        let mut base = 0;
        let shard = |number: usize| {
            let mut sizes = sizes;
            sizes.capacity = capacity / shards + usize::from(number < capacity % shards);
            let count = shards as u64;
            let part = |max: u64| max / count + u64::from((number as u64) < max % count);
            sizes.weight_max = sizes.weight_max.map(part);
            let shard = Shard::new(base, sizes);
            base += u32::try_from(shard.slots.len()).expect("checked by the builder");
            shard
        };
        Self {
            shards: (0..shards).map(shard).collect(),
            hazards: Hazards::new(),
            listener: Listener::none(),
            weigher: Weigher::none(),
            sequence: Sequence::new(sizes.tags),
            sweep: Sweep::new(),
            mortal: AtomicBool::new(false),
            capacity,
        }
    }

    #[inline]
    pub(crate) fn shard(&self, hash: KeyHash) -> &Shard<K, V> {
        &self.shards[hash.shard(self.shards.len() - 1)]
    }

    /// Slots of all shards.
    pub(crate) fn slots(&self) -> usize {
        let last = self.shards.last();
        last.map_or(0, |shard| shard.base as usize + shard.slots.len())
    }

    /// Whether some entry may expire though the rules let none.
    pub(crate) fn is_mortal(&self) -> bool {
        // Relaxed: a writer that does not see it yet takes no entry for dead. [cache-16]
        self.mortal.load(Ordering::Relaxed)
    }

    /// Notes that an entry gets an end of its own.
    pub(crate) fn note_mortal(&self) {
        if !self.is_mortal() {
            // Relaxed: as the load. [cache-16]
            self.mortal.store(true, Ordering::Relaxed);
        }
    }

    /// The key's entry, protected.
    ///
    /// Never waits. Two cache lines of the index; a retry means that a writer replaced or
    /// removed the very entry meanwhile.
    #[inline]
    pub(crate) fn find<Q>(&self, hash: KeyHash, key: &Q, hint: usize) -> Option<Reading<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let shard = self.shard(hash);
        for (_, lane) in shard.index.candidates(hash.part()) {
            if let Some(reading) = self.reading(shard, lane, hint) {
                if reading.read(|kept| key.equivalent(&kept.key)) {
                    return Some(reading);
                }
            }
        }
        None
    }

    /// The entry in a lane of the shard, protected.
    #[inline]
    pub(crate) fn reading<'a>(
        &'a self,
        shard: &'a Shard<K, V>,
        lane: &AtomicU16,
        hint: usize,
    ) -> Option<Reading<'a, K, V>> {
        // Relaxed: decides nothing; the second look below does. [cache-7]
        let mut word = lane.load(Ordering::Relaxed);
        while let Some(number) = slot_in(word) {
            let slot = &shard.slots[number as usize];
            // The claim is a full barrier: what comes after it would begin to be fetched
            // only when it is over.
            prefetch(slot);
            let hazard = self.hazards.protect(hint, shard.base + number, &slot.pins);
            point(Point::CacheClaimed);
            model_seqcst();
            // SeqCst: after the claim, against the writer's store and fence; Acquire
            // part: the entry published with the lane. [cache-1] [cache-4]
            let again = lane.load(Ordering::SeqCst);
            if again != word {
                word = again;
                continue;
            }
            let reading = Reading {
                shard,
                number,
                slot,
                hazard,
            };
            point(Point::CacheReading);
            return Some(reading);
        }
        None
    }

    /// Runs `work` under the lock of the key's shard, and after the unlock says farewell to what
    /// left.
    pub(crate) fn locked<R>(
        &self,
        shard: &Shard<K, V>,
        moment: Moment,
        work: impl FnOnce(&mut Locked<'_, K, V>) -> R,
    ) -> R {
        let mut farewell = self.farewell();
        let mut state = shard.state().lock();
        self.run(shard, &mut state, &mut farewell.leaving, moment, work)
    }

    /// For what is to leave in one operation; to be made before the lock is taken.
    #[inline]
    pub(crate) fn farewell(&self) -> Farewell<'_, K, V> {
        Farewell::new(&self.listener)
    }

    /// As [`locked`](Self::locked), but the caller says farewell; and unless `patient`, gives up
    /// after a few tries.
    pub(crate) fn try_locked<R>(
        &self,
        shard: &Shard<K, V>,
        leaving: &mut Leaving<K, V>,
        moment: Moment,
        patient: bool,
        work: impl FnOnce(&mut Locked<'_, K, V>) -> R,
    ) -> Option<R> {
        const TRIES: usize = if MODEL { 1 } else { 64 };
        if patient {
            let mut state = shard.state().lock();
            return Some(self.run(shard, &mut state, leaving, moment, work));
        }
        let mut state = (0..TRIES).find_map(|_| {
            let state = shard.state().try_lock();
            if state.is_none() {
                spin_loop();
            }
            state
        })?;
        Some(self.run(shard, &mut state, leaving, moment, work))
    }

    fn run<R>(
        &self,
        shard: &Shard<K, V>,
        state: &mut State,
        leaving: &mut Leaving<K, V>,
        moment: Moment,
        work: impl FnOnce(&mut Locked<'_, K, V>) -> R,
    ) -> R {
        point(Point::CacheWriting);
        work(&mut Locked {
            shard,
            state,
            hazards: &self.hazards,
            sequence: &self.sequence,
            leaving,
            moment,
        })
    }
}

/// A published entry under the protection of a hazard: not moved or written while this lives.
pub(crate) struct Reading<'a, K, V> {
    shard: &'a Shard<K, V>,
    number: u32,
    slot: &'a Slot<K, V>,
    hazard: Hazard<'a>,
}

impl<K, V> Reading<'_, K, V> {
    /// Lends the entry.
    #[inline]
    pub(crate) fn read<R>(&self, read: impl FnOnce(&Kept<K, V>) -> R) -> R {
        // SAFETY: `Store::reading`, which alone makes readings, saw the slot published after it
        // protected it, and the hazard is not given back before `self` is dropped.
        unsafe { self.slot.read(read) }
    }

    /// The number of its slot in its shard.
    pub(crate) const fn number(&self) -> u32 {
        self.number
    }

    #[inline]
    pub(crate) const fn slot(&self) -> &Slot<K, V> {
        self.slot
    }

    /// Counts what the read found, and notes a use.
    #[inline]
    pub(crate) fn count(&self, found: Found) {
        self.slot.note_use();
        self.hazard.count(found);
    }

    /// Whether nobody read the entry for as long as that may be.
    pub(crate) fn is_idle(&self, moment: Moment) -> bool {
        self.shard.is_idle(self.number, moment)
    }

    /// Notes when the entry was read.
    #[cold]
    pub(crate) fn note_read(&self, now_ns: u64, tti_ns: u64) {
        self.shard.idle.note(self.number, now_ns, tti_ns);
    }

    /// Claims the entry's one refresh until `until_ns`; false if somebody else has.
    pub(crate) fn claim(&self, now_ns: u64, until_ns: u64) -> bool {
        self.shard.claims.claim(self.number, now_ns, until_ns)
    }

    /// Gives a claimed refresh back.
    pub(crate) fn unclaim(&self) {
        self.shard.claims.allow(self.number, 0);
    }
}

impl<K, V> Drop for Store<K, V> {
    fn drop(&mut self) {
        let mut rest = Rest {
            shards: &self.shards,
            shard: 0,
            slot: 0,
        };
        rest.by_ref().for_each(drop);
    }
}

/// The entries of a store that is dropped. If the drop of one panics, the others are dropped as
/// that unwinds, as in a `Vec`.
struct Rest<'a, K, V> {
    shards: &'a [Shard<K, V>],
    /// The next to look at.
    shard: usize,
    slot: usize,
}

impl<K, V> Iterator for Rest<'_, K, V> {
    type Item = Entry<K, V>;

    fn next(&mut self) -> Option<Entry<K, V>> {
        while let Some(shard) = self.shards.get(self.shard) {
            let number = self.slot;
            let Some(slot) = shard.slots.get(number) else {
                (self.shard, self.slot) = (self.shard + 1, 0);
                continue;
            };
            self.slot += 1;
            let is_filled = shard.state().lock().policy.nodes[number].queue() != Queue::Empty;
            if is_filled {
                // SAFETY: filled, and the store is about to be dropped: nobody reads. Each slot is
                // visited once, since the numbers above only rise.
                return Some(unsafe { slot.take() });
            }
        }
        None
    }
}

impl<K, V> Drop for Rest<'_, K, V> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::super::ask::Stay;
    use super::super::sequence::Born;
    use super::super::slot::NEVER;
    use super::*;

    #[test]
    fn a_new_entry_is_claimed_by_nobody() {
        let sizes = Sizes {
            capacity: 1,
            reserve: 1,
            negatives_max: 1,
            loads_max: 1,
            tags: 0,
            weight_max: None,
            idles: false,
            backs_off: false,
        };
        let moment = Moment::UNTIMED;
        let store = Store::<u64, u64>::new(1, 1, sizes);
        let hash = KeyHash(1);
        for value in 0..4 {
            let mut entry = Some(Entry {
                key: 1,
                value: Some(value),
                born: Born::new(0, None),
            });
            store.locked(store.shard(hash), moment, |locked| {
                let inserted = locked.insert(hash, &mut entry, Stay::FOREVER);
                assert!(inserted.is_ok(), "nobody reads");
            });
            let reading = store.find(hash, &1, 0).expect("just stored");
            assert!(reading.claim(0, NEVER), "from the third on, a slot again");
            assert!(!reading.claim(0, NEVER));
        }
    }
}
