//! How a delay is spread, and the numbers that spread it.

use crate::sync::global::{AtomicU64, Ordering};

/// What is drawn from a delay, so that those that failed together do not come back together.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::limit::{Backoff, Jitter};
///
/// let ms = Duration::from_millis;
/// let backoff = Backoff::fixed(ms(10)).jitter(Jitter::Equal);
/// assert!(backoff.delays().take(100).all(|delay| (ms(5)..=ms(10)).contains(&delay)));
/// ```
///
/// # Sources
/// Marc Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// The delay as the curve has it.
    None,
    /// Uniform from zero to the delay.
    #[default]
    Full,
    /// Half the delay, and uniform from zero to the other half.
    Equal,
    /// Uniform from the base to three times what was drawn before, at most the cap; of the curve
    /// only base and cap count. Of a fixed one, up to three times its delay.
    Decorrelated,
}

/// SplitMix64 with an increment of its own (Steele, Lea and Flood, 2014).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    state: u64,
    increment: u64,
}

/// How many were started in this process.
static STARTED: AtomicU64 = AtomicU64::new(0);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Draws {
    /// Draws that no other of this process makes.
    pub(crate) fn fresh(salt: u64) -> Self {
        // Relaxed: the read-modify-write alone tells the numbers apart. [limit-6]
        Self::numbered(salt, STARTED.fetch_add(1, Ordering::Relaxed))
    }

    /// The same for the same salt and number.
    ///
    /// Products of different odd numbers and an odd one differ below 2⁶³ numbers, so each number
    /// has an increment of its own, and with it a sequence that is not another's, shifted.
    pub(crate) const fn numbered(salt: u64, number: u64) -> Self {
        Self {
            state: mix(salt.wrapping_add(number.wrapping_mul(GOLDEN))),
            increment: number.wrapping_mul(2).wrapping_add(1).wrapping_mul(GOLDEN),
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(self.increment);
        mix(self.state)
    }

    /// Uniform from `low` to `high`, both included, by multiplication (Lemire, 2019); the bias is
    /// below `(high - low) / 2⁶⁴`. `low` if `high` is below it.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = u128::from(high.saturating_sub(low)) + 1;
        low + ((u128::from(self.next()) * span) >> 64) as u64
    }
}

/// Each number becomes another that has nothing to do with its neighbours'.
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn no_two_share_their_increment_nor_their_draws() {
        let mut increments: Vec<_> = (0..100_000)
            .map(|n| Draws::numbered(7, n).increment)
            .collect();
        increments.sort_unstable();
        increments.dedup();
        assert_eq!(increments.len(), 100_000);
        assert!(increments.iter().all(|increment| increment % 2 == 1));
        let mut drawn: Vec<_> = (0..1_000)
            .flat_map(|n| {
                let mut draws = Draws::numbered(7, n);
                core::array::from_fn::<u64, 100, _>(|_| draws.next())
            })
            .collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 100_000);
    }

    #[test]
    fn draws_are_spread_over_the_whole_span_and_stay_in_it() {
        let mut draws = Draws::numbered(3, 1);
        let mut hits = [0_u32; 10];
        for _ in 0..10_000 {
            hits[draws.between(5, 14) as usize - 5] += 1;
        }
        // Of 10 000 draws 1 000 fall to each; 160 is more than five standard deviations.
        assert!(hits.iter().all(|hit| hit.abs_diff(1_000) < 160), "{hits:?}");
        assert_eq!(draws.between(9, 9), 9);
        assert_eq!(draws.between(9, 3), 9);
        let _ = draws.between(0, u64::MAX);
    }
}
