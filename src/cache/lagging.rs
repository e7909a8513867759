//! Landed loads whose waiters are still being woken, each by one woken before.

use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A bit a flight. Those whose first waiters were woken and do not run would sleep on: who lands
/// another load wakes a few more of them. Hints all: a wake too many is a look too many.
pub(crate) struct Lagging {
    words: Box<[AtomicU64]>,
    /// How many bits are set, or about to be.
    count: AtomicU32,
    /// Which bit of a word is asked first: each in its turn, so that none keeps others back.
    turn: AtomicU32,
}

impl Lagging {
    pub(crate) fn new(flights: usize) -> Self {
        let words = (0..flights.div_ceil(64)).map(|_| AtomicU64::new(0));
        Self {
            words: words.collect(),
            count: AtomicU32::new(0),
            turn: AtomicU32::new(0),
        }
    }

    /// Notes that waiters of the flight are left. Never waits.
    pub(crate) fn note(&self, number: u32) {
        let (word, bit) = self.place(number);
        // Relaxed: counted before it can be taken; a hint. [cache-21]
        self.count.fetch_add(1, Ordering::Relaxed);
        // Relaxed: who takes it finds whom to wake by the queue's own protocol. [cache-21]
        if word.fetch_or(bit, Ordering::Relaxed) & bit != 0 {
            // Relaxed: as above. [cache-21]
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// One that was noted, which is noted no longer. One load if there is none, else a load a word.
    pub(crate) fn take(&self) -> Option<u32> {
        // Relaxed: as in `note`. [cache-21]
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        // Relaxed: as in `note`. [cache-21]
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % 64;
        self.words.iter().zip(0_u32..).find_map(|(word, at)| {
            // Relaxed: as in `note`. [cache-21]
            let seen = word.load(Ordering::Relaxed);
            let ahead = seen.rotate_right(first);
            let bit = (ahead & ahead.wrapping_neg()).rotate_left(first);
            // Relaxed: as in `note`; who clears the bit has it. [cache-21]
            if bit == 0 || word.fetch_and(!bit, Ordering::Relaxed) & bit == 0 {
                return None;
            }
            // Relaxed: as in `note`. [cache-21]
            self.count.fetch_sub(1, Ordering::Relaxed);
            Some(at * 64 + bit.trailing_zeros())
        })
    }

    /// Notes no longer that waiters of the flight are left: its next load has its own.
    pub(crate) fn forget(&self, number: u32) {
        let (word, bit) = self.place(number);
        // Relaxed: as in `note`. [cache-21]
        let is_noted = word.load(Ordering::Relaxed) & bit != 0;
        // Relaxed: as in `note`. [cache-21]
        if is_noted && word.fetch_and(!bit, Ordering::Relaxed) & bit != 0 {
            // Relaxed: as in `note`. [cache-21]
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn place(&self, number: u32) -> (&AtomicU64, u64) {
        (&self.words[number as usize / 64], 1 << (number % 64))
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_that_was_noted_is_taken_once() {
        let lagging = Lagging::new(130);
        assert_eq!(lagging.take(), None);
        for number in [129, 0, 63, 64, 63, 129] {
            lagging.note(number);
        }
        let taken: Vec<_> = core::iter::from_fn(|| lagging.take()).collect();
        assert_eq!(taken, [0, 63, 64, 129]);
        assert_eq!(lagging.take(), None);
    }
}
