//! Which slots were looked at in vain, again and again.

use crate::sync::atomic::{AtomicU64, Ordering};

const WORD_BITS: u32 = 64;
/// Words that one search reads at most, on top of the one it begins in.
const SCAN_WORDS: usize = 16;

/// A bit for each slot: set while it is taken for one that somebody keeps for long. A hint and a
/// statistic; who holds the slot is decided elsewhere.
#[derive(Debug)]
pub(super) struct Hostages {
    words: Box<[AtomicU64]>,
    len: u32,
}

impl Hostages {
    /// None of `len` slots; `len` is above zero.
    pub(super) fn none(len: u32) -> Self {
        let words = 0..len.div_ceil(WORD_BITS);
        Self {
            words: words.map(|_| AtomicU64::new(0)).collect(),
            len,
        }
    }

    /// Marks the slot, or not. A read-modify-write, if that changes anything.
    #[cold]
    pub(super) fn set(&self, slot: u32, marked: bool) {
        let word = &self.words[(slot / WORD_BITS) as usize];
        let mask = 1 << (slot % WORD_BITS);
        // Relaxed: a hint and a statistic; publishes nothing. [pool-8]
        let is_marked = word.load(Ordering::Relaxed) & mask != 0;
        if marked && !is_marked {
            // Relaxed: as above. [pool-8]
            word.fetch_or(mask, Ordering::Relaxed);
        } else if !marked && is_marked {
            // Relaxed: as above. [pool-8]
            word.fetch_and(!mask, Ordering::Relaxed);
        }
    }

    /// One load for each 64 slots.
    pub(super) fn count(&self) -> usize {
        let marked = self.words.iter().map(|word| {
            // Relaxed: a hint and a statistic; publishes nothing. [pool-8]
            word.load(Ordering::Relaxed).count_ones() as usize
        });
        marked.sum()
    }

    /// The first slot from `from` on, round the end, that is marked or is not, as asked.
    ///
    /// Reads at most 17 words; none if there is no such slot in them.
    pub(super) fn next(&self, from: u32, marked: bool) -> Option<u32> {
        let words = self.words.len();
        let first = (from / WORD_BITS) as usize;
        let mut begin = from % WORD_BITS;
        for step in 0..=words.min(SCAN_WORDS) {
            let word = (first + step) % words;
            // Relaxed: a hint and a statistic; publishes nothing. [pool-8]
            let bits = self.words[word].load(Ordering::Relaxed);
            let asked = if marked { bits } else { !bits };
            let found = (asked & (u64::MAX << begin)).trailing_zeros();
            // Fits: there are as many words as `len` needs.
            let slot = word as u32 * WORD_BITS + found;
            if found < WORD_BITS && slot < self.len {
                return Some(slot);
            }
            begin = 0;
        }
        None
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    fn marked(len: u32, slots: impl IntoIterator<Item = u32>) -> Hostages {
        let hostages = Hostages::none(len);
        slots.into_iter().for_each(|slot| hostages.set(slot, true));
        hostages
    }

    /// Against a search slot by slot, for every start.
    #[test]
    fn the_next_is_the_nearest_round_the_end() {
        for len in [1, 2, 63, 64, 65, 130] {
            for every in [1, 2, 3, 64] {
                let hostages = marked(len, (0..len).filter(|slot| slot % every == 0));
                assert_eq!(hostages.count(), len.div_ceil(every) as usize);
                for from in 0..len {
                    for wanted in [true, false] {
                        let round = (from..len).chain(0..from);
                        let nearest = round.clone().find(|slot| (slot % every == 0) == wanted);
                        assert_eq!(hostages.next(from, wanted), nearest, "{len} {every} {from}");
                    }
                }
            }
        }
    }

    #[test]
    fn unmarked_is_as_never_marked() {
        let hostages = marked(65, [0, 64]);
        hostages.set(64, false);
        hostages.set(64, false);
        assert_eq!((hostages.count(), hostages.next(1, true)), (1, Some(0)));
    }

    /// So that a call's steps have a bound that is none of the pool's size.
    #[test]
    fn a_search_reads_no_more_than_its_words() {
        let far = 64 * (1 + SCAN_WORDS as u32);
        let hostages = marked(2 * far, [far - 1, far]);
        assert_eq!(hostages.next(0, true), Some(far - 1));
        hostages.set(far - 1, false);
        assert_eq!(hostages.next(0, true), None);
    }
}
