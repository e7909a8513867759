//! What requests add to: one word a cell, emptied by the tick.

use crossbeam_utils::CachePadded;

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{MODEL, thread_number};

/// Bits of each of a word's three counts.
const BITS: u32 = 21;
const MASK: u64 = (1 << BITS) - 1;

/// A word with so many requests is emptied by the request that finds it so. As many threads again
/// may add to it before that is done.
const SPILL: u64 = if MODEL { 1 } else { 1 << (BITS - 1) };

/// Requests, and how many of them took longer than each of the two targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) requests: u64,
    pub(crate) over: [u64; 2],
}

impl Seen {
    pub(crate) const NONE: Self = Self {
        requests: 0,
        over: [0; 2],
    };

    /// Adds the other's; to the most there is, for what was carried over is what somebody wrote.
    pub(crate) const fn add(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.over = [
            self.over[0].saturating_add(other.over[0]),
            self.over[1].saturating_add(other.over[1]),
        ];
    }

    /// Without the other's, which were among them.
    pub(crate) const fn without(self, other: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(other.requests),
            over: [
                self.over[0].saturating_sub(other.over[0]),
                self.over[1].saturating_sub(other.over[1]),
            ],
        }
    }

    /// As many slow ones as there are requests at most: a word that is emptied beside a tick may
    /// have brought the ones before the others.
    pub(crate) fn sound(self) -> Self {
        Self {
            over: self.over.map(|over| over.min(self.requests)),
            ..self
        }
    }

    const fn unpack(word: u64) -> Self {
        Self {
            requests: word & MASK,
            over: [word >> BITS & MASK, word >> (2 * BITS) & MASK],
        }
    }
}

/// The cells of an endpoint.
pub(crate) struct Cells {
    words: Box<[CachePadded<AtomicU64>]>,
    /// What words were emptied of between two ticks.
    spilled: [AtomicU64; 3],
}

impl Cells {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            words: (0..count)
                .map(|_| CachePadded::new(AtomicU64::new(0)))
                .collect(),
            spilled: [const { 0 }; 3].map(AtomicU64::new),
        }
    }

    /// Adds a request.
    #[inline]
    pub(crate) fn add(&self, over: [bool; 2]) {
        let word = &self.words[thread_number() % self.words.len()];
        let one = 1 | u64::from(over[0]) << BITS | u64::from(over[1]) << (2 * BITS);
        // Relaxed: counts; publishes nothing. [control-8]
        if word.fetch_add(one, Ordering::Relaxed) & MASK >= SPILL {
            self.spill(word);
        }
    }

    #[cold]
    fn spill(&self, word: &AtomicU64) {
        // Relaxed: whoever empties the word has what was in it, and nobody else has. [control-8]
        let seen = Seen::unpack(word.swap(0, Ordering::Relaxed));
        let parts = [seen.requests, seen.over[0], seen.over[1]];
        for (sum, part) in self.spilled.iter().zip(parts) {
            // Relaxed: as above. [control-8]
            sum.fetch_add(part, Ordering::Relaxed);
        }
    }

    /// Takes what was added since the last call. Each request is in one of them.
    pub(crate) fn take(&self) -> Seen {
        // Relaxed: as in `spill`. [control-8]
        let take = |word: &AtomicU64| word.swap(0, Ordering::Relaxed);
        let [requests, first, second] = self.spilled.each_ref().map(take);
        let mut all = Seen {
            requests,
            over: [first, second],
        };
        for word in &self.words {
            all.add(Seen::unpack(take(word)));
        }
        all
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_full_word_is_emptied_and_nothing_is_lost() {
        let cells = Cells::new(1);
        let count = 2 * SPILL + 77;
        for n in 0..count {
            cells.add([n % 2 == 0, n % 4 == 0]);
        }
        let all = cells.take();
        let part = |of: u64| count.div_ceil(of);
        assert_eq!((all.requests, all.over), (count, [part(2), part(4)]));
        assert_eq!(cells.take(), Seen::default());
    }
}
