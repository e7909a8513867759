//! The store: shards, hazards and the read path.

use super::hash::{Equivalent, KeyHash};
use super::hazard::{Hazard, Hazards};
use super::index::slot_in;
use super::locked::Locked;
use super::shard::{Leaving, Moment, Shard, Sizes, State};
use super::slot::{Entry, Slot};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::chaos::{Point, point};
use crate::sync::{model_seqcst, spin_loop};

pub(crate) struct Store<K, V> {
    pub(crate) shards: Box<[Shard<K, V>]>,
    pub(crate) hazards: Hazards,
    /// Counted up by `invalidate_all`; entries of an earlier generation are dead.
    generation: AtomicU64,
    pub(crate) capacity: usize,
}

impl<K, V> Store<K, V> {
    /// `shards` is a power of two. All memory of the store is taken here.
    pub(crate) fn new(capacity: usize, shards: usize, sizes: Sizes) -> Self {
        let mut base = 0;
        let shard = |number: usize| {
            let mut sizes = sizes;
            sizes.capacity = capacity / shards + usize::from(number < capacity % shards);
            let shard = Shard::new(base, sizes);
            base += u32::try_from(shard.slots.len()).expect("checked by the builder");
            shard
        };
        Self {
            shards: (0..shards).map(shard).collect(),
            hazards: Hazards::new(),
            generation: AtomicU64::new(0),
            capacity,
        }
    }

    #[inline]
    pub(crate) fn shard(&self, hash: KeyHash) -> &Shard<K, V> {
        &self.shards[hash.shard(self.shards.len() - 1)]
    }

    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        // Acquire: with the Release of `next_generation`; a reader that was told of an
        // invalidation also sees it. [cache-8]
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn next_generation(&self) {
        // Release: see `generation`. [cache-8]
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Lends the key's entry, protected for the length of `read`.
    ///
    /// Never waits. Two cache lines of the index; a retry means that a writer replaced or
    /// removed the very entry meanwhile.
    #[inline]
    pub(crate) fn read<Q, R>(
        &self,
        hash: KeyHash,
        key: &Q,
        hint: usize,
        read: impl FnOnce(&Entry<K, V>, &Slot<K, V>, &Hazard<'_>) -> R,
    ) -> Option<R>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let shard = self.shard(hash);
        let mut read = Some(read);
        for (_, lane) in shard.index.candidates(hash.part()) {
            // Relaxed: decides nothing; the second look below does. [cache-7]
            let mut word = lane.load(Ordering::Relaxed);
            while let Some(local) = slot_in(word) {
                let slot = &shard.slots[local as usize];
                let hazard = self.hazards.protect(hint, shard.base + local, &slot.pins);
                model_seqcst();
                // SeqCst: after the claim, against the writer's store and fence; Acquire
                // part: the entry published with the lane. [cache-1] [cache-4]
                let again = lane.load(Ordering::SeqCst);
                if again != word {
                    word = again;
                    continue;
                }
                point(Point::CacheReading);
                // SAFETY: the slot was seen published after it was protected, and `hazard`
                // lives past the call.
                let result = unsafe {
                    slot.read(|entry| {
                        key.equivalent(&entry.key)
                            .then(|| read.take().map(|read| read(entry, slot, &hazard)))
                    })
                };
                match result {
                    Some(result) => return result,
                    None => break,
                }
            }
        }
        None
    }

    /// Runs `work` under the lock of the key's shard, and drops what left after the unlock.
    pub(crate) fn locked<R>(
        &self,
        shard: &Shard<K, V>,
        moment: Moment,
        work: impl FnOnce(&mut Locked<'_, K, V>) -> R,
    ) -> R {
        // Declared before the guard: dropped after it, also when `work` panics.
        let mut leaving = [None, None];
        let mut state = shard.state().lock();
        self.run(shard, &mut state, &mut leaving, moment, work)
    }

    /// As [`locked`](Self::locked); unless `patient`, gives up after a few tries.
    pub(crate) fn try_locked<R>(
        &self,
        shard: &Shard<K, V>,
        moment: Moment,
        patient: bool,
        work: impl FnOnce(&mut Locked<'_, K, V>) -> R,
    ) -> Option<R> {
        const TRIES: usize = 64;
        if patient {
            return Some(self.locked(shard, moment, work));
        }
        let mut leaving = [None, None];
        let mut state = (0..TRIES).find_map(|_| {
            let state = shard.state().try_lock();
            if state.is_none() {
                spin_loop();
            }
            state
        })?;
        Some(self.run(shard, &mut state, &mut leaving, moment, work))
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
            leaving,
            moment,
        })
    }
}

impl<K, V> Drop for Store<K, V> {
    fn drop(&mut self) {
        for shard in &self.shards {
            let state = shard.state().lock();
            for (node, slot) in state.policy.nodes.iter().zip(&shard.slots) {
                if node.filled {
                    // SAFETY: filled, and we own the store: nobody reads. Each slot is visited
                    // once, and none after this.
                    drop(unsafe { slot.take() });
                }
            }
        }
    }
}
