//! Tags compared four at a time in words: Lamport, "Multiple byte processing with full-word
//! instructions", 1975.

use super::index::{LANES, TAGS, WORDS};
use crate::sync::MODEL;

/// The lowest bit of each tag of a word.
const LOWS: u64 = 0x0001_0001_0001_0001;

/// The highest bit of each tag in use of a word.
const HIGHS: u64 = if MODEL { 0x8000 } else { LOWS << 15 };

/// A bit for each tag, the first bucket's and then the second's, that is `tag`. Perhaps also for
/// the one above it, if that differs in its lowest bit alone: keys are compared anyway.
#[inline]
pub(super) fn like(first: [u64; WORDS], second: [u64; WORDS], tag: u16) -> u32 {
    let mut like = 0;
    for (bucket, words) in [first, second].into_iter().enumerate() {
        for (word, tags) in words.into_iter().enumerate() {
            let unlike = tags ^ (LOWS * u64::from(tag));
            let same = unlike.wrapping_sub(LOWS) & !unlike & HIGHS;
            // Gathers bits 15, 31, 47 and 63 in the highest sixteen.
            let four = (same >> 15).wrapping_mul(0x0001_0002_0004_0008) >> 48;
            like |= (four as u32) << (bucket * LANES + word * TAGS);
        }
    }
    like
}
