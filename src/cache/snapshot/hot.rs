//! A walk over entries, the hottest first.

use core::hash::{BuildHasher, Hash};
use core::ops::ControlFlow;

use super::super::core::Core;
use super::super::handle::Cache;
use super::super::index::{Place, slot_in};
use super::super::list::Queue;
use super::super::load::Load;
use super::super::rules::Age;
use super::super::store::Reading;
use crate::sync::atomic::Ordering;
use crate::sync::thread_number;
use crate::time::Clock;

/// Lanes that are looked at while a shard's lock is held.
const STEP: usize = 64;

/// Of an empty lane.
const COLD: u8 = 0;

/// Of an entry of the small queue that was not used; each use adds one, up to three.
const SMALL: u8 = 1;

/// Of one of the main queue.
const MAIN: u8 = 5;

const HOTTEST: u8 = MAIN + 3;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Lends entries to `each` until it breaks, those first that the policy would keep longest: by
    /// queue and by uses, in eight classes, and in no order within a class.
    ///
    /// As [`for_each`](Self::for_each) does, it lends those that [`get`](Self::get) would find a
    /// value for, counts no hit and notes no use. How hot an entry is, is looked up once, before
    /// the first is lent; what moves meanwhile may come up twice or not at all.
    ///
    /// # Guarantees
    /// Takes each shard's lock to look up how hot 64 lanes are at a time; reads are not held up,
    /// and `each` runs outside of it. Allocates one byte an index lane, of which there are two
    /// to four an entry of the capacity.
    /// # Complexity
    /// The lanes nine times, eight of them a byte each; and the entries lent.
    /// # Examples
    /// ```
    /// use std::ops::ControlFlow;
    /// use shorttail::cache::Cache;
    ///
    /// let cache = Cache::builder(100).build().unwrap();
    /// for key in 0..100 {
    ///     cache.insert(key, key).unwrap();
    /// }
    /// cache.get(&42);
    /// let mut hottest = None;
    /// cache.for_each_hot(|key, _| {
    ///     hottest = Some(*key);
    ///     ControlFlow::Break(())
    /// });
    /// assert_eq!(hottest, Some(42));
    /// ```
    pub fn for_each_hot(&self, mut each: impl FnMut(&K, &V) -> ControlFlow<()>) {
        let mut walk = Walk::new(&self.core);
        while let Some((reading, _)) = walk.next() {
            let flow = reading.read(|kept| match kept.value() {
                Some(value) => each(&kept.key, value),
                None => ControlFlow::Continue(()),
            });
            if flow.is_break() {
                return;
            }
        }
    }
}

/// Entries that can be served, the hottest first.
pub(super) struct Walk<'a, K, V, E, S, C> {
    core: &'a Core<K, V, E, S, C>,
    /// How hot the entry in each lane is, shard by shard.
    heats: Box<[u8]>,
    heat: u8,
    /// The next to look at, and its number among `heats`.
    shard: usize,
    lane: u32,
    at: usize,
}

impl<'a, K, V, E, S, C> Walk<'a, K, V, E, S, C>
where
    S: BuildHasher,
    C: Clock,
{
    pub(super) fn new(core: &'a Core<K, V, E, S, C>) -> Self {
        Self {
            core,
            heats: heats(core),
            heat: HOTTEST,
            shard: 0,
            lane: 0,
            at: 0,
        }
    }

    /// The next entry, protected, and how hot it was.
    pub(super) fn next(&mut self) -> Option<(Reading<'a, K, V>, u8)> {
        while self.heat > COLD {
            let Some(shard) = self.core.store.shards.get(self.shard) else {
                self.heat -= 1;
                (self.shard, self.at) = (0, 0);
                continue;
            };
            if self.lane == shard.index.len() {
                (self.shard, self.lane) = (self.shard + 1, 0);
                continue;
            }
            let (lane, heat) = (self.lane, self.heats[self.at]);
            self.lane += 1;
            self.at += 1;
            if heat != self.heat {
                continue;
            }
            let lane = shard.index.lane(Place::nth(lane));
            let reading = self.core.store.reading(shard, lane, thread_number());
            let served = |reading: &Reading<'_, K, V>| {
                matches!(self.core.age(reading).0, Age::Fresh | Age::Stale)
            };
            if let Some(reading) = reading.filter(served) {
                return Some((reading, heat));
            }
        }
        None
    }
}

/// How hot the entry in each lane is, some lanes of a shard at a time.
fn heats<K, V, E, S, C>(core: &Core<K, V, E, S, C>) -> Box<[u8]>
where
    S: BuildHasher,
    C: Clock,
{
    let shards = &core.store.shards;
    let lanes = shards.iter().map(|shard| shard.index.len() as usize).sum();
    let mut heats = vec![COLD; lanes].into_boxed_slice();
    let mut rest = &mut heats[..];
    for shard in shards {
        let (all, others) = rest.split_at_mut(shard.index.len() as usize);
        rest = others;
        for (step, some) in all.chunks_mut(STEP).enumerate() {
            core.store.locked(shard, core.moment_at(0), |locked| {
                for (number, heat) in some.iter_mut().enumerate() {
                    let place = Place::nth((step * STEP + number) as u32);
                    // Relaxed: lanes change under the lock we hold. [cache-7]
                    let lane = shard.index.lane(place).load(Ordering::Relaxed);
                    *heat = slot_in(lane).map_or(COLD, |slot| {
                        let queue = locked.state.policy.nodes[slot as usize].queue();
                        let uses = shard.slots[slot as usize].uses();
                        uses + if queue == Queue::Main { MAIN } else { SMALL }
                    });
                }
            });
        }
    }
    heats
}
