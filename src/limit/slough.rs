//! Folly's rule: in an overloaded interval, everything late goes.

use super::OLD_NS;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Bits of the word below the end of the interval.
const TIME_SHIFT: u32 = 2;
/// Every wait of this interval so far was above the target: so was the least of them.
const STANDS: u64 = 1;
/// The interval before was overloaded.
const OVERLOADED: u64 = 2;

/// Of the least wait of an interval the rule asks only whether it is above the target. So all that
/// it knows is one word: the end of the interval, and the two bits above. A step from one interval
/// to the next takes what was seen of the one and begins the other at once, and a thread that
/// stands still before its step finds that the word is another one.
#[derive(Debug)]
pub(super) struct Slough {
    target_ns: u64,
    interval_ns: u64,
    /// No interval ends further ahead of a reading, but one that began by a reading of the future.
    ahead_max_ns: u64,
    /// Zero at first: an interval that has ended and does not stand, so that nothing is shed before
    /// one has been seen whole.
    word: AtomicU64,
}

impl Slough {
    pub(super) fn new(target_ns: u64, interval_ns: u64) -> Self {
        Self {
            target_ns,
            interval_ns,
            ahead_max_ns: interval_ns + OLD_NS,
            word: AtomicU64::new(0),
        }
    }

    #[inline]
    pub(super) fn sheds(&self, now_ns: u64, delay_ns: u64) -> bool {
        // Relaxed: decides alone; publishes nothing. [limit-1]
        let word = self.word.load(Ordering::Relaxed);
        // Beyond what is ahead lie both what is past and what is of the future.
        let ahead_ns = (word >> TIME_SHIFT).wrapping_sub(now_ns);
        if ahead_ns > self.ahead_max_ns && self.end_interval(word, now_ns, delay_ns) {
            return false;
        }
        if delay_ns <= self.target_ns {
            self.saw_short_wait();
            return false;
        }
        delay_ns > 2 * self.target_ns && self.is_overloaded()
    }

    /// Tells the interval that now is of it, whichever that is: no end passes it over. One load if
    /// the interval knows of another.
    fn saw_short_wait(&self) {
        // Relaxed: the bit comes back with another interval alone, which began beside this call.
        // [limit-1]
        if self.word.load(Ordering::Relaxed) & STANDS != 0 {
            // Relaxed: as above; the read-modify-write leaves the end as it is. [limit-1]
            self.word.fetch_and(!STANDS, Ordering::Relaxed);
        }
    }

    /// Ends the interval of `word`, unless another has.
    #[cold]
    fn end_interval(&self, mut word: u64, now_ns: u64, delay_ns: u64) -> bool {
        // The two bits must have room.
        let end_ns = now_ns
            .saturating_add(self.interval_ns)
            .min(u64::MAX >> TIME_SHIFT);
        let begun = end_ns << TIME_SHIFT | u64::from(delay_ns > self.target_ns);
        // A second time if a short wait was seen meanwhile, which comes once in an interval.
        let of_the_future = word >> TIME_SHIFT > now_ns;
        for _ in 0..2 {
            let verdict = match (of_the_future, word & STANDS) {
                // Its messages were of no interval: what was found before it stands.
                (true, _) => word & OVERLOADED,
                (false, 0) => 0,
                (false, _) => OVERLOADED,
            };
            // Relaxed: one winner for each interval, which takes all that was seen of it. [limit-1]
            let ended = self.word.compare_exchange(
                word,
                begun | verdict,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match ended {
                Ok(_) => return true,
                Err(now) if now == word & !STANDS => word = now,
                Err(_) => return false,
            }
        }
        false
    }

    pub(super) fn is_overloaded(&self) -> bool {
        // Relaxed: as the first. [limit-1]
        self.word.load(Ordering::Relaxed) & OVERLOADED != 0
    }
}
