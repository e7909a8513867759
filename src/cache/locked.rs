//! A shard with its lock held: find, insert, remove.

use super::ask::{Stay, Trust};
use super::counts::Counts;
use super::evicted::EvictedWhy;
use super::hash::{Equivalent, KeyHash, Same};
use super::hazard::Hazards;
use super::index::{EMPTY, LANES, Place, lane_of, slot_in};
use super::leaving::Leaving;
use super::list::{Node, Queue};
use super::moment::Moment;
use super::outcome::{Inserted, RefusedWhy};
use super::policy::Uses;
use super::sequence::Sequence;
use super::shard::{Judged, Shard, State};
use super::slot::{Entry, Kept, Slot};
use crate::sync::atomic::Ordering;
use crate::sync::chaos::{Point, point};

/// The shard with its lock held.
pub(crate) struct Locked<'a, K, V> {
    pub(crate) shard: &'a Shard<K, V>,
    pub(crate) state: &'a mut State,
    pub(crate) hazards: &'a Hazards,
    pub(crate) sequence: &'a Sequence,
    pub(crate) leaving: &'a mut Leaving<K, V>,
    pub(crate) moment: Moment,
}

/// A published entry's place and slot.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) place: Place,
    pub(crate) slot: u32,
}

impl<'a, K, V> Locked<'a, K, V> {
    /// The key's entry. Two cache lines of the index at most.
    pub(crate) fn find<Q>(&self, hash: KeyHash, key: &Q) -> Option<At>
    where
        Q: Equivalent<K> + ?Sized,
    {
        for (place, lane) in self.shard.index.candidates(hash.part()) {
            // Relaxed: lanes change under the lock we hold. [cache-7]
            let Some(slot) = slot_in(lane.load(Ordering::Relaxed)) else {
                continue;
            };
            // SAFETY: the slot is published and only lock holders retire.
            if unsafe { self.slot(slot).read(|kept| key.equivalent(&kept.key)) } {
                return Some(At { place, slot });
            }
        }
        None
    }

    /// The entry in slot `slot`, if the lane at `place` still names it.
    pub(crate) fn at(&self, place: Place, slot: u32) -> Option<At> {
        // Relaxed: lanes change under the lock we hold. [cache-7]
        let lane = self.shard.index.lane(place).load(Ordering::Relaxed);
        (lane == lane_of(slot)).then_some(At { place, slot })
    }

    /// Whether the store has the key, within its time to live.
    pub(crate) fn is_fresh<Q>(&self, hash: KeyHash, key: &Q) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.find(hash, key).is_some_and(|at| {
            let slot = self.slot(at.slot);
            // SAFETY: `find` gives published slots, and we hold the lock.
            let born = unsafe { slot.read(Kept::born) };
            let is_idle = self.shard.is_idle(at.slot, self.moment);
            !self.sequence.is_dead(born) && !is_idle && self.moment.now_ns < slot.fresh_until()
        })
    }

    /// Until when the key's entry is fresh; 0 if there is none.
    pub(crate) fn end_of<Q>(&self, hash: KeyHash, key: &Q) -> u64
    where
        Q: Equivalent<K> + ?Sized,
    {
        let found = self.find(hash, key);
        found.map_or(0, |at| self.slot(at.slot).fresh_until())
    }

    /// Stores the entry given, evicting one if the shard is full. It is not taken when refused,
    /// nor before user code that may panic has run: under the lock no entry may be dropped.
    ///
    /// Steps: two buckets, at most 16 visits, and when the spare slots ran out one scan of the
    /// hazard records and the retired slots.
    pub(crate) fn insert(
        &mut self,
        hash: KeyHash,
        given: &mut Option<Entry<K, V>>,
        stay: Stay,
    ) -> Result<Inserted, RefusedWhy>
    where
        K: Eq,
    {
        let entry = given.as_ref().expect("an entry to store");
        let (old, negative) = (self.find(hash, &Same(&entry.key)), entry.value.is_none());
        let room = if self.sequence.knows(entry.born) {
            self.room_for(hash, old, negative, stay)
        } else {
            Err(RefusedWhy::UnknownTag)
        };
        let slot = room.and_then(|()| self.take_slot().ok_or(RefusedWhy::Pressure));
        let slot = slot.inspect_err(|why| {
            self.counts().refuse(*why);
            self.note(); // what left to make room is gone all the same
        })?;
        let entry = given.take().expect("as above");
        let node = &mut self.state.policy.nodes[slot as usize];
        node.fill(hash, negative);
        self.state.negatives += usize::from(node.is_negative());
        let uses = old.map_or(0, |at| self.slot(at.slot).uses());
        // SAFETY: `take_slot` gave us an empty, unpublished slot that no reader holds, and we
        // hold the lock.
        unsafe { self.slot(slot).fill(entry, stay.fresh_until, uses) };
        self.shard.claims.allow(slot, 0);
        self.shard.idle.begin(slot, self.moment.now_ns);
        self.state.weights.come(slot, stay.weight);
        Ok(self.publish(hash, slot, old, stay.trust))
    }

    /// Lets an entry leave that was invalidated while its insert went on. It counts as one that was
    /// there, and in the way of nothing that came after.
    pub(crate) fn overtaken(
        &mut self,
        hash: KeyHash,
        given: &mut Option<Entry<K, V>>,
    ) -> Result<Inserted, RefusedWhy>
    where
        K: Eq,
    {
        let entry = given.as_ref().expect("an entry that leaves");
        let refused = match self.sequence.knows(entry.born) {
            false => Some(RefusedWhy::UnknownTag),
            true => (!self.leaving.has_room()).then_some(RefusedWhy::Pressure),
        };
        if let Some(why) = refused {
            self.counts().refuse(why);
            return Err(why);
        }
        let old = self.find(hash, &Same(&entry.key)).filter(|at| {
            // SAFETY: `find` gives published slots, and we hold the lock.
            let born = unsafe { self.slot(at.slot).read(Kept::born) };
            born.count() <= entry.born.count()
        });
        let entry = given.take().expect("as above");
        self.counts().invalidated.add_alone(1);
        self.leaving.push(entry, EvictedWhy::Invalidated);
        match old {
            // From before, and of another tag perhaps: alive, but no longer the key's value.
            Some(at) => {
                self.counts().replaced.add_alone(1);
                self.unpublish(at, EvictedWhy::Replaced);
                Ok(Inserted::Replaced)
            }
            None => {
                self.counts().inserted.add_alone(1);
                self.drop_one_more();
                self.note();
                Ok(Inserted::Stored)
            }
        }
    }

    /// Whether the insert may go on; evicts for a low-trust one.
    fn room_for(
        &mut self,
        hash: KeyHash,
        old: Option<At>,
        negative: bool,
        stay: Stay,
    ) -> Result<(), RefusedWhy> {
        if !self.state.weights.could_take(stay.weight) {
            return Err(RefusedWhy::Oversized);
        }
        let was_negative = old.is_some_and(|at| self.node(at.slot).is_negative());
        let is_out = negative && !was_negative && self.state.negatives >= self.state.negatives_max;
        if is_out && !self.free_a_share() {
            return Err(RefusedWhy::NegativeShare);
        }
        match stay.trust {
            Trust::Low => self.room_for_low(hash, old, stay.weight),
            // Room for one more is made as it is published.
            Trust::Full if !self.lacks(stay.weight, old) => Ok(()),
            Trust::Full => self.make_weight(hash, old, stay.weight),
        }
    }

    fn publish(&mut self, hash: KeyHash, slot: u32, old: Option<At>, trust: Trust) -> Inserted {
        let place = match old {
            Some(at) => {
                self.state.policy.replace(at.slot, slot);
                self.counts().replaced.add_alone(1);
                at.place
            }
            None => {
                let recalled = trust == Trust::Full && self.state.policy.recall(hash);
                let place = self.make_place(hash);
                self.state.policy.admit(slot, recalled);
                self.counts().inserted.add_alone(1);
                self.shard.index.set_tag(place, hash.part().tag());
                place
            }
        };
        point(Point::CachePublish);
        // Release: publishes the slot's entry to the SeqCst load by which a reader confirms
        // the lane. [cache-4]
        let lane = self.shard.index.lane(place);
        lane.store(lane_of(slot), Ordering::Release);
        if let Some(at) = old {
            self.rest(at.slot, EvictedWhy::Replaced);
        }
        self.free_up();
        self.note();
        match old {
            Some(_) => Inserted::Replaced,
            None => Inserted::Stored,
        }
    }

    /// Unpublishes an entry.
    pub(crate) fn remove(&mut self, at: At) {
        self.counts().removed.add_alone(1);
        self.unpublish(at, EvictedWhy::Removed);
    }

    fn unpublish(&mut self, at: At, why: EvictedWhy) {
        self.state.policy.unlink(at.slot);
        self.retire(at.slot, why);
        self.free_up();
        self.note();
    }

    /// The shard as the policy sees it.
    pub(super) fn seen(&self) -> Judged<'a, K, V> {
        Judged {
            shard: self.shard,
            moment: self.moment,
            sequence: self.sequence,
        }
    }

    pub(crate) fn slot(&self, slot: u32) -> &Slot<K, V> {
        &self.shard.slots[slot as usize]
    }

    /// Spare slots of the shard.
    pub(super) fn reserve(&self) -> usize {
        self.shard.slots.len() - self.state.capacity
    }

    /// Whether the index names the slot.
    pub(super) fn is_published(&self, slot: u32) -> bool {
        matches!(self.node(slot).queue(), Queue::Small | Queue::Main)
    }

    pub(super) fn node(&self, slot: u32) -> &Node {
        &self.state.policy.nodes[slot as usize]
    }

    /// Where the index has a published slot: one of the sixteen lanes of its key.
    fn place(&self, slot: u32) -> Place {
        let mut lanes = self.shard.index.candidates(self.node(slot).part());
        // Relaxed: lanes change under the lock we hold. [cache-7]
        let found = lanes.find(|(_, lane)| lane.load(Ordering::Relaxed) == lane_of(slot));
        found.expect("a published slot is in a lane").0
    }

    /// Says what there is now.
    pub(super) fn note(&self) {
        self.state.tell(self.counts());
    }

    pub(crate) fn counts(&self) -> &'a Counts {
        self.shard.counts()
    }

    /// An empty lane for a new key, after an eviction if the shard or both buckets are full.
    fn make_place(&mut self, hash: KeyHash) -> Place {
        let full = self.state.policy.len() >= self.state.capacity;
        if let Some(place) = self.empty_place(hash) {
            if full {
                // The number is what lacks: the queues' shares are of it, as before any shortage
                // of weight.
                self.state.policy.settle();
                let seen = self.seen();
                let victim = self.state.policy.evict(&seen, &mut 0, None);
                self.let_go(victim.expect("a full shard has an entry to evict"));
            }
            return place;
        }
        self.empty_a_place(hash)
    }

    /// Evicts the least used entry in the key's buckets, which are full; a dead one, if there is.
    pub(super) fn empty_a_place(&mut self, hash: KeyHash) -> Place {
        let slot = self.least_used(hash);
        let place = self.place(slot);
        self.state.policy.unlink(slot);
        let why = self.seen().death(slot);
        self.retire(slot, why.unwrap_or(EvictedWhy::Policy));
        self.counts().bucket_evicted.add_alone(1);
        place
    }

    /// An empty lane in the emptier of the key's buckets.
    pub(super) fn empty_place(&self, hash: KeyHash) -> Option<Place> {
        let index = &self.shard.index;
        let (mut best, mut best_room) = (None, 0);
        for bucket in index.buckets(hash.part()) {
            let (mut empty, mut room) = (None, 0);
            for (number, lane) in index.lanes(bucket).iter().enumerate() {
                // Relaxed: lanes change under the lock we hold. [cache-7]
                if slot_in(lane.load(Ordering::Relaxed)).is_none() {
                    empty = Some(Place::new(bucket, number));
                    room += 1;
                }
            }
            if room > best_room {
                (best, best_room) = (empty, room);
            }
        }
        best
    }

    /// The least used entry in the key's buckets, which are full. Sixteen visits.
    fn least_used(&mut self, hash: KeyHash) -> u32 {
        let index = &self.shard.index;
        let buckets = index.buckets(hash.part());
        let lanes = buckets.iter().flat_map(|bucket| index.lanes(*bucket));
        // Relaxed: lanes change under the lock we hold. [cache-7]
        let slots = lanes.filter_map(|lane| slot_in(lane.load(Ordering::Relaxed)));
        let seen = self.seen();
        let least = slots.min_by_key(|slot| (!seen.is_dead(*slot), self.slot(*slot).uses()));
        self.state.policy.note_visits(2 * LANES as u32);
        least.expect("full buckets are not empty")
    }

    /// Retires a victim of the policy, and counts why it went.
    pub(super) fn let_go(&mut self, victim: u32) {
        let why = self.seen().death(victim);
        let counts = self.counts();
        let count = match why {
            Some(EvictedWhy::Expired) => &counts.expired,
            Some(EvictedWhy::Invalidated) => &counts.invalidated,
            _ => &counts.evicted,
        };
        count.add_alone(1);
        self.retire(victim, why.unwrap_or(EvictedWhy::Policy));
    }

    /// Empties the entry's lane and retires its slot, which is in no queue any more.
    fn retire(&mut self, slot: u32, why: EvictedWhy) {
        let place = self.place(slot);
        // Release: nothing is published; the scan's fence orders it before the scan. [cache-7]
        self.shard.index.lane(place).store(EMPTY, Ordering::Release);
        self.rest(slot, why);
    }

    /// Retires a slot that no lane names any more.
    fn rest(&mut self, slot: u32, why: EvictedWhy) {
        let State {
            policy,
            retired,
            negatives,
            weights,
            ..
        } = &mut *self.state;
        let departed = &self.shard.counts().departed;
        weights.leave(slot);
        let node = &mut policy.nodes[slot as usize];
        *negatives -= usize::from(node.is_negative());
        node.leave(why, departed.get());
        departed.add_alone(1);
        retired.push(&mut policy.nodes, slot);
    }
}
