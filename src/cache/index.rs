//! The index: from a key's hash to its slot, two cache lines at most.
//!
//! Each key has two candidate buckets of eight words; a word is `{tag: 32 | slot + 1: 32}` and 0
//! is empty. An entry stays in its word from publish to retire, so there are no tombstones, no
//! probe chains and no rehash. Power of two choices: Azar, Broder, Karlin and Upfal, 1994.

use crate::sync::MODEL;
use crate::sync::atomic::AtomicU64;

/// Words in a bucket: one cache line. One in models, where every word is a branch.
pub(crate) const LANES: usize = if MODEL { 1 } else { 8 };

/// The empty word.
pub(crate) const EMPTY: u64 = 0;

/// A word's position in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

#[repr(align(64))]
struct Bucket([AtomicU64; LANES]);

/// Written under the shard's lock, read by anybody.
pub(crate) struct Index {
    buckets: Box<[Bucket]>,
    mask: u32,
}

impl Index {
    /// An index for `slots` entries at half load or less.
    pub(crate) fn new(slots: usize) -> Self {
        let count = (slots * 2).div_ceil(LANES).next_power_of_two().max(2);
        let bucket = |_| Bucket(core::array::from_fn(|_| AtomicU64::new(EMPTY)));
        Self {
            buckets: (0..count).map(bucket).collect(),
            mask: u32::try_from(count - 1).expect("checked by the builder"),
        }
    }

    /// The two buckets, never the same one, that may hold the key with these parts of a hash.
    #[inline]
    pub(crate) const fn candidates(&self, low: u32, tag: u32) -> [u32; 2] {
        let first = low & self.mask;
        let step = (tag.wrapping_mul(0x9E37_79B1) >> 7) | 1;
        [first, first ^ (step & self.mask)]
    }

    /// The words of one bucket: one cache line.
    #[inline]
    pub(crate) fn lanes(&self, bucket: u32) -> &[AtomicU64; LANES] {
        &self.buckets[bucket as usize].0
    }

    #[inline]
    pub(crate) const fn place(bucket: u32, lane: usize) -> Place {
        Place(bucket * LANES as u32 + lane as u32)
    }

    /// The word at `place`.
    #[inline]
    pub(crate) fn word(&self, place: Place) -> &AtomicU64 {
        let (bucket, lane) = (place.0 / LANES as u32, place.0 as usize % LANES);
        &self.lanes(bucket)[lane]
    }
}

/// The word that says: the key with `tag` is in `slot`.
#[inline]
pub(crate) const fn word_of(tag: u32, slot: u32) -> u64 {
    (tag as u64) << 32 | (slot as u64 + 1)
}

/// The slot in `word`, if the word is not empty and carries `tag`.
#[inline]
pub(crate) const fn slot_if(word: u64, tag: u32) -> Option<u32> {
    if (word >> 32) as u32 == tag && word as u32 != 0 {
        Some(word as u32 - 1)
    } else {
        None
    }
}

/// The slot in `word`, if it is not empty.
#[inline]
pub(crate) const fn slot_in(word: u64) -> Option<u32> {
    slot_if(word, (word >> 32) as u32)
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_reads_two_distinct_lines() {
        for slots in [1, 2, 20, 300, 5_000] {
            let index = Index::new(slots);
            for seed in 0..2_000_u32 {
                let tag = seed.wrapping_mul(0x85EB_CA6B);
                let [first, second] = index.candidates(seed, tag);
                assert_ne!(first, second);
                assert_eq!(core::ptr::from_ref(index.lanes(first)).addr() % 64, 0);
                assert_eq!(size_of_val(index.lanes(second)), 64);
            }
        }
    }

    #[test]
    fn a_word_gives_back_its_parts() {
        let word = word_of(7, 0);
        assert_eq!(slot_if(word, 7), Some(0));
        assert_eq!(slot_if(word, 8), None);
        assert_eq!(slot_if(EMPTY, 0), None);
        assert_eq!(slot_in(word_of(0, 41)), Some(41));
        assert_eq!(slot_in(EMPTY), None);
    }
}
