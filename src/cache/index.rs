//! The index: from a key's hash to its slot, two cache lines at most.
//!
//! Each key has two candidate buckets of eight lanes; a lane has a tag of 16 bits and the slot's
//! number plus one, 0 if empty. An entry stays in its lane from publish to retire, so there are no
//! tombstones, no probe chains and no rehash. Power of two choices: Azar, Broder, Karlin and
//! Upfal, 1994.

use super::hash::Part;
use super::tags;
use crate::sync::MODEL;
use crate::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use crate::sync::chaos::{Point, point};

/// Lanes in a bucket. One in models, where every lane is a branch.
pub(crate) const LANES: usize = if MODEL { 1 } else { 8 };

/// Tags in a word.
pub(super) const TAGS: usize = 4;

/// Words of tags in a bucket.
pub(super) const WORDS: usize = LANES.div_ceil(TAGS);

/// The empty lane.
pub(crate) const EMPTY: u16 = 0;

/// Slots of one index at most: their numbers plus one must fit into a lane.
pub(crate) const SLOTS_MAX: usize = u16::MAX as usize;

/// Entries below which an index takes more room, lest both of a key's buckets be full by chance.
const SMALL: usize = 256;

/// A lane's position in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    #[inline]
    pub(crate) const fn new(bucket: u32, lane: usize) -> Self {
        Self(bucket * LANES as u32 + lane as u32)
    }

    /// The place of lane `number` of the whole index.
    pub(crate) const fn nth(number: u32) -> Self {
        Self(number)
    }
}

/// Half a cache line, and never parts of two.
#[repr(align(32))]
struct Bucket {
    /// What `slots` is for, four to a word. A tag outlives its entry.
    tags: [AtomicU64; WORDS],
    slots: [AtomicU16; LANES],
}

impl Bucket {
    #[inline]
    fn tags(&self) -> [u64; WORDS] {
        // Relaxed: picks where to look; the slot's lane decides. [cache-7]
        self.tags
            .each_ref()
            .map(|tags| tags.load(Ordering::Relaxed))
    }
}

/// Written under the shard's lock, read by anybody.
pub(crate) struct Index {
    buckets: Box<[Bucket]>,
}

impl Index {
    /// An index for so many entries at six elevenths of its lanes, where both buckets of a new key
    /// are full once in 10^7 inserts or less; a small one at a quarter. Slots that are not
    /// published take no lane.
    pub(crate) fn new(entries: usize) -> Self {
        let lanes = match entries {
            _ if MODEL => entries * 4,
            small if small < SMALL => small * 4,
            _ => (entries * 11).div_ceil(6),
        };
        let bucket = |_| Bucket {
            tags: core::array::from_fn(|_| AtomicU64::new(0)),
            slots: core::array::from_fn(|_| AtomicU16::new(EMPTY)),
        };
        let count = lanes.div_ceil(LANES).max(2);
        Self {
            buckets: (0..count).map(bucket).collect(),
        }
    }

    /// How many lanes there are.
    pub(crate) const fn len(&self) -> u32 {
        self.buckets.len() as u32 * LANES as u32
    }

    /// The two buckets, never the same one, that may hold the key.
    #[inline]
    pub(crate) const fn buckets(&self, part: Part) -> [u32; 2] {
        let count = self.buckets.len();
        let first = part.pick(count);
        let step = ((part.tag() as u64 * (count as u64 - 1)) >> 16) as u32 + 1;
        let second = first + step;
        let wraps = second as usize >= count;
        let second = if wraps { second - count as u32 } else { second };
        [first, second]
    }

    /// The lanes whose tag is the key's, and some others; empty ones included.
    #[inline]
    pub(crate) fn candidates(&self, part: Part) -> Candidates<'_> {
        let [first, second] = self.buckets(part);
        let bucket = |number: u32| (number, self.bucket(number));
        let (first, second) = (bucket(first), bucket(second));
        Candidates {
            tagged: tags::like(first.1.tags(), second.1.tags(), part.tag()),
            first,
            second,
        }
    }

    #[inline]
    fn bucket(&self, number: u32) -> &Bucket {
        point(Point::CacheLine);
        &self.buckets[number as usize]
    }

    /// The lanes of one bucket.
    pub(crate) fn lanes(&self, bucket: u32) -> &[AtomicU16; LANES] {
        &self.bucket(bucket).slots
    }

    /// The lane at `place`.
    pub(crate) fn lane(&self, place: Place) -> &AtomicU16 {
        let (bucket, lane) = (place.0 / LANES as u32, place.0 as usize % LANES);
        &self.lanes(bucket)[lane]
    }

    /// Says what the lane at `place` is going to be for. Under the shard's lock.
    pub(crate) fn set_tag(&self, place: Place, tag: u16) {
        let (bucket, lane) = (place.0 / LANES as u32, place.0 as usize % LANES);
        let tags = &self.bucket(bucket).tags[lane / TAGS];
        let shift = lane % TAGS * 16;
        // Relaxed: tags change under the lock we hold. [cache-7]
        let others = tags.load(Ordering::Relaxed) & !(0xFFFF << shift);
        // Relaxed: a reader that sees the old tag began before the publish. [cache-7]
        tags.store(others | u64::from(tag) << shift, Ordering::Relaxed);
    }
}

/// Lanes that may be a key's: nearly always one, or none.
pub(crate) struct Candidates<'a> {
    first: (u32, &'a Bucket),
    second: (u32, &'a Bucket),
    /// A bit for each lane of the first and of the second.
    tagged: u32,
}

impl<'a> Iterator for Candidates<'a> {
    type Item = (Place, &'a AtomicU16);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.tagged == 0 {
            return None;
        }
        let bit = self.tagged.trailing_zeros() as usize;
        self.tagged &= self.tagged - 1;
        let (number, bucket) = if bit < LANES { self.first } else { self.second };
        let lane = bit % LANES;
        Some((Place::new(number, lane), &bucket.slots[lane]))
    }
}

/// What a lane says for `slot`.
#[inline]
pub(crate) const fn lane_of(slot: u32) -> u16 {
    slot as u16 + 1
}

/// The slot in a lane, if it is not empty.
#[inline]
pub(crate) const fn slot_in(lane: u16) -> Option<u32> {
    match lane {
        EMPTY => None,
        number => Some(number as u32 - 1),
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::super::hash::KeyHash;
    use super::*;

    fn part(seed: u32) -> Part {
        KeyHash(u64::from(seed.wrapping_mul(0x85EB_CA6B))).part()
    }

    #[test]
    fn a_lookup_reads_two_distinct_half_lines() {
        for slots in [1, 2, 20, 300, 5_000, SLOTS_MAX] {
            let index = Index::new(slots);
            for seed in 0..2_000 {
                let [first, second] = index.buckets(part(seed));
                assert_ne!(first, second);
                for bucket in [first, second] {
                    let bucket = &index.buckets[bucket as usize];
                    assert_eq!(core::ptr::from_ref(bucket).addr() % 32, 0);
                    assert_eq!(size_of_val(bucket), 32);
                }
            }
        }
    }

    #[test]
    fn the_extremes_of_a_hash_stay_inside() {
        for slots in [1, 255, 256, SLOTS_MAX] {
            let index = Index::new(slots);
            for low in [0, 0xFFFF, 0xFFFF_0000, u64::from(u32::MAX)] {
                let [first, second] = index.buckets(KeyHash(low).part());
                assert!((first.max(second) as usize) < index.buckets.len());
                assert_ne!(first, second);
            }
        }
    }

    #[test]
    fn every_lane_is_found_by_its_tag_and_stands_where_it_says() {
        let index = Index::new(40);
        let part = part(7);
        for bucket in index.buckets(part) {
            for lane in 0..LANES {
                let place = Place::new(bucket, lane);
                index.set_tag(place, part.tag());
                let found: Vec<Place> = index.candidates(part).map(|found| found.0).collect();
                assert!(found.contains(&place), "{place:?} in {found:?}");
                assert!(core::ptr::eq(
                    index.lane(place),
                    index
                        .candidates(part)
                        .find(|found| found.0 == place)
                        .unwrap()
                        .1
                ));
                index.set_tag(place, !part.tag());
                assert_eq!(index.candidates(part).count(), 0);
            }
        }
    }

    #[test]
    fn a_lane_gives_back_its_slot() {
        for slot in [0, 41, SLOTS_MAX as u32 - 1] {
            assert_eq!(slot_in(lane_of(slot)), Some(slot));
        }
        assert_eq!(slot_in(EMPTY), None);
    }
}
