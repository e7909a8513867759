//! How long to wait before the next attempt.

#[cfg(feature = "serde")]
mod settings;

use core::time::Duration;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::jitter::{Draws, Jitter};
use super::span_ns;

/// How the delays of a [`Backoff`] grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    Fixed,
    Linear,
    Logarithmic,
    Exponential,
}

/// Delays between the attempts of one call: a curve, a cap and a [`Jitter`].
///
/// | curve | delay before the n-th retry, before jitter, at most the cap |
/// |---|---|
/// | [`fixed`](Self::fixed) | base |
/// | [`linear`](Self::linear) | base · n |
/// | [`logarithmic`](Self::logarithmic) | base · (1 + ln n), rounded down to a nanosecond |
/// | [`exponential`](Self::exponential) | base · 2ⁿ⁻¹ |
///
/// Exponential with full jitter is the right choice unless something speaks against it: the sum
/// of the delays is what a dependency in trouble is left in peace for, and callers that failed
/// together must not come back together. A logarithmic curve comes back often, and suits a
/// resource that frees up on its own, as a lock or a place in a queue; it relies on a
/// [`RetryBudget`](crate::control::RetryBudget) to keep a herd small.
///
/// Plain data: its methods store and compute, but for [`delays`](Self::delays). Spans above 36
/// years are cut to that.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::limit::{Backoff, Jitter};
///
/// let ms = Duration::from_millis;
/// let backoff = Backoff::exponential(ms(10), ms(500)).jitter(Jitter::None);
/// assert!(backoff.delays().take(4).eq([ms(10), ms(20), ms(40), ms(80)]));
/// assert_eq!(backoff.delay(64), ms(500));
/// assert_eq!(Backoff::fixed(ms(10)).delay(64), ms(10));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    curve: Curve,
    base_ns: u64,
    cap_ns: u64,
    jitter: Jitter,
    salt: u64,
}

impl Backoff {
    /// The same delay each time; for an example see [`Backoff`].
    #[must_use]
    pub fn fixed(base: Duration) -> Self {
        Self::new(Curve::Fixed, base, base)
    }

    /// Grows by `base` each time; for an example see [`Delays`].
    #[must_use]
    pub fn linear(base: Duration, cap: Duration) -> Self {
        Self::new(Curve::Linear, base, cap)
    }

    /// Grows as the logarithm of the number of retries; for an example see [`delay`](Self::delay).
    #[must_use]
    pub fn logarithmic(base: Duration, cap: Duration) -> Self {
        Self::new(Curve::Logarithmic, base, cap)
    }

    /// Doubles each time; for an example see [`Backoff`].
    #[must_use]
    pub fn exponential(base: Duration, cap: Duration) -> Self {
        Self::new(Curve::Exponential, base, cap)
    }

    fn new(curve: Curve, base: Duration, cap: Duration) -> Self {
        Self {
            curve,
            base_ns: span_ns(base),
            cap_ns: span_ns(cap),
            jitter: Jitter::default(),
            salt: RandomState::new().hash_one(0_u8),
        }
    }

    /// How delays are spread; [`Jitter::Full`] unless this says otherwise.
    /// For an example see [`Backoff`].
    #[must_use]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// The same draws for the same seed, where calls start in the same order and nobody else draws:
    /// for a simulation or a test that is a process of its own.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::limit::Backoff;
    ///
    /// let ms = Duration::from_millis;
    /// let backoff = Backoff::exponential(ms(10), ms(200)).seeded(7);
    /// assert!(backoff.delays().next().is_some());
    /// ```
    #[must_use]
    pub const fn seeded(mut self, seed: u64) -> Self {
        self.salt = seed;
        self
    }

    /// The delay before retry number `retry`, which counts from 1, before jitter.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::limit::Backoff;
    ///
    /// let second = Duration::from_secs(1);
    /// let backoff = Backoff::logarithmic(second, 60 * second);
    /// assert_eq!(backoff.delay(1), second);
    /// assert_eq!(backoff.delay(2), Duration::from_nanos(1_693_147_180)); // 1 + ln 2
    /// ```
    #[must_use]
    pub fn delay(&self, retry: u32) -> Duration {
        Duration::from_nanos(self.delay_ns(retry.max(1)))
    }

    /// The most that decorrelated jitter draws. A fixed curve has no other cap than its base, and
    /// a draw up to that would be none.
    const fn drawn_max_ns(&self) -> u64 {
        match self.curve {
            Curve::Fixed => self.base_ns.saturating_mul(3),
            Curve::Linear | Curve::Logarithmic | Curve::Exponential => self.cap_ns,
        }
    }

    #[inline]
    fn delay_ns(&self, retry: u32) -> u64 {
        let base_ns = self.base_ns;
        let delay_ns = match self.curve {
            Curve::Fixed => base_ns,
            Curve::Linear => base_ns.saturating_mul(u64::from(retry)),
            // A float of at most 2⁶⁰ · 24 fits.
            Curve::Logarithmic => (base_ns as f64 * (1.0 + f64::from(retry).ln())) as u64,
            Curve::Exponential if retry - 1 < base_ns.leading_zeros() => base_ns << (retry - 1),
            Curve::Exponential => u64::MAX * u64::from(base_ns > 0),
        };
        delay_ns.min(self.cap_ns)
    }

    /// The delays of one call, without end; each call draws numbers that no other of this process
    /// draws, for which all count together: one read-modify-write. What it gives has the back-off
    /// inside, and draws a delay by some multiplications.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::limit::Backoff;
    ///
    /// let second = Duration::from_secs(1);
    /// let backoff = Backoff::exponential(second, 60 * second);
    /// assert!(backoff.delays().take(9).ne(backoff.delays().take(9)));
    /// ```
    #[must_use]
    pub fn delays(&self) -> Delays {
        self.delays_of(Draws::fresh(self.salt))
    }

    /// The same delays for the same number, on any machine: for a simulation or a test.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::limit::Backoff;
    /// let second = Duration::from_secs(1);
    /// let backoff = Backoff::exponential(second, 60 * second);
    /// assert!(backoff.delays_seeded(7).take(9).eq(backoff.delays_seeded(7).take(9)));
    /// ```
    #[must_use]
    pub const fn delays_seeded(&self, seed: u64) -> Delays {
        self.delays_of(Draws::numbered(0, seed))
    }

    const fn delays_of(&self, draws: Draws) -> Delays {
        Delays {
            backoff: *self,
            draws,
            retry: 0,
            before_ns: self.base_ns,
        }
    }
}

/// The delays of one call. Made by [`Backoff::delays`]. Each is some multiplications; nothing
/// waits, allocates or is shared.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::limit::Backoff;
///
/// let mut delays = Backoff::linear(Duration::from_millis(5), Duration::MAX).delays();
/// assert!(delays.next() <= Some(Duration::from_millis(5)));
/// assert!(delays.next() <= Some(Duration::from_millis(10)));
/// ```
#[derive(Clone, Debug)]
pub struct Delays {
    backoff: Backoff,
    draws: Draws,
    retry: u32,
    /// What was drawn before.
    before_ns: u64,
}

impl Delays {
    /// Draws the next delay; O(1), allocates nothing.
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub(crate) fn draw(&mut self) -> Duration {
        self.retry = self.retry.saturating_add(1);
        let drawn_ns = match self.backoff.jitter {
            Jitter::None => self.backoff.delay_ns(self.retry),
            Jitter::Full => self.draws.between(0, self.backoff.delay_ns(self.retry)),
            Jitter::Equal => {
                let whole_ns = self.backoff.delay_ns(self.retry);
                self.draws.between(whole_ns / 2, whole_ns)
            }
            Jitter::Decorrelated => {
                // The cap comes before the draw: else all late draws would be the cap itself.
                let most_ns = self.backoff.drawn_max_ns();
                let high_ns = self.before_ns.saturating_mul(3).min(most_ns);
                self.draws
                    .between(self.backoff.base_ns.min(most_ns), high_ns)
            }
        };
        self.before_ns = drawn_ns;
        Duration::from_nanos(drawn_ns)
    }
}

impl Iterator for Delays {
    type Item = Duration;

    /// Never `None`.
    fn next(&mut self) -> Option<Duration> {
        Some(self.draw())
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn each_curve_is_exact_before_jitter() {
        let cap = 40 * MS;
        for n in 1..=64_u32 {
            let capped = |delay: Duration| delay.min(cap);
            assert_eq!(Backoff::fixed(3 * MS).delay(n), 3 * MS);
            assert_eq!(Backoff::linear(3 * MS, cap).delay(n), capped(3 * n * MS));
            let doubled = 3_000_000_u128 << (n - 1);
            let doubled = Duration::from_nanos(u64::try_from(doubled).unwrap_or(u64::MAX));
            assert_eq!(Backoff::exponential(3 * MS, cap).delay(n), capped(doubled));
            let told = Backoff::logarithmic(3 * MS, cap).delay(n).as_nanos();
            let exact = 3_000_000.0 * (1.0 + ln_by_series(n));
            assert!(
                exact - 1.001 < told as f64 && told as f64 <= exact + 0.001,
                "{n}"
            );
        }
        assert_eq!(Backoff::logarithmic(3 * MS, 4 * MS).delay(5), 4 * MS);
    }

    /// ln n = Σ ln(k / (k − 1)), each by 2 artanh(1 / (2k − 1)): no call of a library's logarithm.
    fn ln_by_series(n: u32) -> f64 {
        let step = |k: u32| {
            let x = 1.0 / f64::from(2 * k - 1);
            (0..40)
                .map(|i| 2.0 * x.powi(2 * i + 1) / f64::from(2 * i + 1))
                .sum::<f64>()
        };
        (2..=n).map(step).sum()
    }

    #[test]
    fn extremes_end_at_the_cap() {
        let longest = Backoff::exponential(Duration::MAX, Duration::MAX);
        assert_eq!(longest.delay(u32::MAX), longest.delay(1));
        assert_eq!(
            Backoff::exponential(Duration::ZERO, MS).delay(u32::MAX),
            Duration::ZERO
        );
        assert_eq!(
            Backoff::linear(MS, Duration::MAX).delay(u32::MAX),
            MS * u32::MAX
        );
        let far = Backoff::logarithmic(Duration::MAX, Duration::MAX);
        assert_eq!(
            far.delay(u32::MAX),
            far.delay(1),
            "at the cap from the first"
        );
        assert_eq!(Backoff::fixed(MS).delay(0), MS, "retries count from 1");
    }

    #[test]
    fn jitter_stays_within_its_bounds_and_uses_them() {
        let backoff = Backoff::exponential(MS, 16 * MS);
        let bounds = |jitter| {
            let (mut low, mut high) = ([Duration::MAX; 8], [Duration::ZERO; 8]);
            for seed in 0..2_000 {
                let delays = backoff.jitter(jitter).delays_seeded(seed);
                for (n, delay) in delays.take(8).enumerate() {
                    low[n] = low[n].min(delay);
                    high[n] = high[n].max(delay);
                }
            }
            (low, high)
        };
        let near = |told: Duration, bound: Duration| told.abs_diff(bound) < bound.max(MS) / 20;
        for (jitter, least) in [(Jitter::Full, 0), (Jitter::Equal, 1)] {
            let (low, high) = bounds(jitter);
            for n in 0..8 {
                let whole = backoff.delay(n as u32 + 1);
                assert!(
                    near(low[n], whole / 2 * least),
                    "{jitter:?} {n} {:?}",
                    low[n]
                );
                assert!(near(high[n], whole) && high[n] <= whole, "{jitter:?} {n}");
            }
        }
        let (low, high) = bounds(Jitter::Decorrelated);
        assert!(low.iter().all(|low| *low >= MS && near(*low, MS)));
        assert!(high[0] <= 3 * MS && near(high[0], 3 * MS));
        assert!(high.iter().all(|high| *high <= 16 * MS) && near(high[7], 16 * MS));
    }

    #[test]
    fn a_fixed_delay_has_jitter_too() {
        let backoff = Backoff::fixed(10 * MS).jitter(Jitter::Decorrelated);
        let (mut low, mut high) = (Duration::MAX, Duration::ZERO);
        for delay in backoff.delays_seeded(1).take(2_000) {
            (low, high) = (low.min(delay), high.max(delay));
        }
        assert!((10 * MS..11 * MS).contains(&low) && (29 * MS..=30 * MS).contains(&high));
    }

    #[test]
    fn no_two_calls_share_their_delays() {
        for jitter in [Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
            let backoff = Backoff::exponential(1_000 * MS, 60_000 * MS).jitter(jitter);
            let mut seen: Vec<Vec<_>> = (0..1_000)
                .map(|_| backoff.delays().take(4).collect())
                .collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 1_000, "{jitter:?}");
        }
    }
}
