//! The generic cell rate algorithm: at most a burst, and from then on one every interval.

use core::time::Duration;

use super::error::{ConfigError, TooEarly};
use super::{SPAN_NS_MAX, span_ns};
use crate::sync::atomic::{AtomicU64, Ordering};

/// Lets at most a burst pass at once, and one more every interval.
///
/// Over every span of time `t`, at most `burst + t / interval` pass, whoever asks and in whatever
/// order: what a [`try_pass`](Self::try_pass) refuses has taken nothing, and what is not used is
/// not saved up beyond the burst. [`reserve`](Self::reserve) is for a sender that spaces its
/// requests: it takes the next place and says how long to wait for it.
///
/// The caller passes in its clock's reading in nanoseconds, below 2⁶² (146 years). A reading up to
/// an hour older than another thread's is judged as itself and lets nobody pass sooner. One of the
/// future passes; where that was further ahead than a burst and an hour, and than the longest wait
/// that was ever [asked for](Self::reserve) besides, the next sound one begins anew; else it is
/// waited for.
///
/// # Guarantees
/// No call waits, allocates or reads a clock. Each is a load and, if it passes, a compare-exchange,
/// tried again when another thread has passed in between: that one has made progress.
/// [`reserve`](Self::reserve) is one load more, and the first for so long a wait a
/// read-modify-write.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::limit::{Pacer, TooEarly};
///
/// let ms = 1_000_000;
/// let pacer = Pacer::new(Duration::from_millis(10), 3)?; // 100 a second, 3 at once
/// let passed = (0..1_000).filter(|now| pacer.try_pass(now * ms).is_ok()).count();
/// assert_eq!(passed, 3 + 99);
/// let early = pacer.try_pass(1_000 * ms).and_then(|()| pacer.try_pass(1_001 * ms));
/// assert_eq!(early, Err(TooEarly::Wait(Duration::from_millis(9))));
/// # Ok::<(), shorttail::limit::ConfigError>(())
/// ```
///
/// # Sources
/// ITU-T I.371, annex A: the virtual scheduling form of the algorithm, 1996.
#[derive(Debug)]
pub struct Pacer {
    interval_ns: u64,
    burst: u32,
    /// When the next would pass if none had come early: the theoretical arrival time.
    due_ns: AtomicU64,
    /// How far ahead places were reserved at the most.
    reserved_ns: AtomicU64,
}

/// A reading may be so much older than another thread's: long, since the rate is a promise.
const STALE_NS: u64 = 3_600_000_000_000;

impl Pacer {
    /// One every `interval`, and up to `burst` at once.
    ///
    /// # Errors
    /// [`ConfigError::Interval`] for an interval of zero or a burst of more than 36 years,
    /// [`ConfigError::Burst`] for a burst of zero.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::limit::Pacer;
    ///
    /// let pacer = Pacer::new(Duration::from_micros(50), 1)?;
    /// assert!(pacer.try_pass(0).is_ok() && pacer.try_pass(49_999).is_err());
    /// assert!(pacer.try_pass(50_000).is_ok());
    /// # Ok::<(), shorttail::limit::ConfigError>(())
    /// ```
    pub fn new(interval: Duration, burst: u32) -> Result<Self, ConfigError> {
        if burst == 0 {
            return Err(ConfigError::Burst);
        }
        // No overflow: a duration has fewer than 94 bits of nanoseconds.
        let longest_ns = interval.as_nanos() * u128::from(burst);
        if interval.is_zero() || longest_ns > u128::from(SPAN_NS_MAX) {
            return Err(ConfigError::Interval);
        }
        let interval_ns = span_ns(interval);
        Ok(Self {
            interval_ns,
            burst,
            due_ns: AtomicU64::new(0),
            reserved_ns: AtomicU64::new(0),
        })
    }

    /// At most `rate` a second, and up to `burst` at once.
    ///
    /// The interval is a whole number of nanoseconds, rounded up: 3 000 000 a second are paced as
    /// one every 334 ns.
    ///
    /// # Errors
    /// As [`new`](Self::new); a rate of zero is [`ConfigError::Interval`].
    ///
    /// # Examples
    /// ```
    /// use shorttail::limit::Pacer;
    ///
    /// let pacer = Pacer::per_second(1_000, 10)?;
    /// assert_eq!((0..20).filter(|_| pacer.try_pass(7).is_ok()).count(), 10);
    /// # Ok::<(), shorttail::limit::ConfigError>(())
    /// ```
    pub fn per_second(rate: u32, burst: u32) -> Result<Self, ConfigError> {
        if rate == 0 {
            return Err(ConfigError::Interval);
        }
        let interval_ns = 1_000_000_000_u64.div_ceil(u64::from(rate));
        Self::new(Duration::from_nanos(interval_ns), burst)
    }

    /// Passes one, or says how much too early it is; for an example see [`Pacer`].
    ///
    /// # Errors
    /// [`TooEarly::Wait`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_pass(&self, now_ns: u64) -> Result<(), TooEarly> {
        self.try_pass_many(now_ns, 1)
    }

    /// Passes `count` together or none of them.
    ///
    /// # Errors
    /// [`TooEarly::Wait`], and [`TooEarly::AboveBurst`] for more than a burst.
    ///
    /// # Examples
    /// ```
    /// use shorttail::limit::{Pacer, TooEarly};
    ///
    /// let pacer = Pacer::per_second(1_000, 10)?;
    /// assert!(pacer.try_pass_many(0, 8).is_ok());
    /// assert!(pacer.try_pass_many(0, 3).is_err()); // and takes none of the two that are left
    /// assert!(pacer.try_pass_many(0, 2).is_ok());
    /// let never = TooEarly::AboveBurst { asked: 11, burst: 10 };
    /// assert_eq!(pacer.try_pass_many(u64::MAX >> 2, 11), Err(never));
    /// # Ok::<(), shorttail::limit::ConfigError>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_pass_many(&self, now_ns: u64, count: u32) -> Result<(), TooEarly> {
        self.take(now_ns, count, 0).map(|_| ())
    }

    /// Takes the next place if it is at most `most` away, and says how long to wait for it.
    ///
    /// The places are spaced as those that pass. What is not used when its time has come is lost.
    /// The longest `most` that was ever asked for is how far ahead a place is believed to be due:
    /// with [`Duration::MAX`] a single reading of the far future stops all until then.
    ///
    /// # Errors
    /// [`TooEarly::Wait`] says how far away the place is that was not taken.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::limit::Pacer;
    ///
    /// let ms = Duration::from_millis(1);
    /// let pacer = Pacer::new(10 * ms, 1)?;
    /// assert_eq!(pacer.reserve(0, 50 * ms), Ok(0 * ms));
    /// assert_eq!(pacer.reserve(0, 50 * ms), Ok(10 * ms));
    /// assert_eq!(pacer.reserve(0, 50 * ms), Ok(20 * ms));
    /// assert!(pacer.reserve(0, 5 * ms).is_err());
    /// # Ok::<(), shorttail::limit::ConfigError>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn reserve(&self, now_ns: u64, most: Duration) -> Result<Duration, TooEarly> {
        let most_ns = span_ns(most);
        // Relaxed: published by the step behind it. [limit-3]
        if self.reserved_ns.load(Ordering::Relaxed) < most_ns {
            // Relaxed: as above. [limit-3]
            self.reserved_ns.fetch_max(most_ns, Ordering::Relaxed);
        }
        self.take(now_ns, 1, most_ns).map(Duration::from_nanos)
    }

    /// How far away the last of `count` places is, where the next is due at `due_ns`.
    #[inline(always)]
    fn wait_ns(&self, due_ns: u64, now_ns: u64, count: u32) -> u64 {
        let tolerated_ns = self.interval_ns * u64::from(self.burst - count);
        let from_ns = due_ns.max(now_ns);
        from_ns.saturating_sub(now_ns.saturating_add(tolerated_ns))
    }

    /// Whether the next is due further ahead than sound readings can have brought it.
    fn is_of_the_future(&self, due_ns: u64, now_ns: u64) -> bool {
        // Relaxed: of a word that was acquired, at least what its reservations asked for. [limit-3]
        let reserved_ns = self.reserved_ns.load(Ordering::Relaxed);
        let ahead_max_ns = self.interval_ns * (u64::from(self.burst) + 1) + reserved_ns + STALE_NS;
        due_ns.saturating_sub(now_ns) > ahead_max_ns
    }

    /// Takes `count` places of which the last is at most `most_ns` away; how far.
    #[inline]
    fn take(&self, now_ns: u64, count: u32, most_ns: u64) -> Result<u64, TooEarly> {
        if count > self.burst {
            let (asked, burst) = (count, self.burst);
            return Err(TooEarly::AboveBurst { asked, burst });
        }
        // Acquire: with how far ahead its places may be. [limit-3]
        let mut due_ns = self.due_ns.load(Ordering::Acquire);
        loop {
            let wait_ns = self.wait_ns(due_ns, now_ns, count);
            if count > 0 && wait_ns > most_ns {
                return self.refuse(due_ns, now_ns, count, most_ns);
            }
            let from_ns = due_ns.max(now_ns);
            let next_ns = from_ns.saturating_add(self.interval_ns * u64::from(count));
            // Release, Acquire: as the load; one winner for each step of the word. [limit-3]
            let taken =
                self.due_ns
                    .compare_exchange(due_ns, next_ns, Ordering::Release, Ordering::Acquire);
            match taken {
                Ok(_) => return Ok(wait_ns),
                Err(now) => due_ns = now,
            }
        }
    }

    /// Says how far away it is, or begins anew if that is of the future.
    #[cold]
    fn refuse(
        &self,
        mut due_ns: u64,
        now_ns: u64,
        count: u32,
        most_ns: u64,
    ) -> Result<u64, TooEarly> {
        loop {
            let wait_ns = self.wait_ns(due_ns, now_ns, count);
            let anew = self.is_of_the_future(due_ns, now_ns);
            // Another may have begun anew meanwhile: then it is near enough, perhaps.
            if wait_ns > most_ns && !anew {
                return Err(TooEarly::Wait(Duration::from_nanos(wait_ns)));
            }
            let from_ns = if anew { now_ns } else { due_ns.max(now_ns) };
            let next_ns = from_ns.saturating_add(self.interval_ns * u64::from(count));
            // Release, Acquire: as in `take`. [limit-3]
            let taken =
                self.due_ns
                    .compare_exchange(due_ns, next_ns, Ordering::Release, Ordering::Acquire);
            match taken {
                Ok(_) => return Ok(if anew { 0 } else { wait_ns }),
                Err(now) => due_ns = now,
            }
        }
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Over every span the bound holds, for any order of asking, and what could have passed did.
    fn holds_its_bound(interval_ns: u64, burst: u32, asks: &[(u64, u32)]) {
        let pacer = Pacer::new(Duration::from_nanos(interval_ns), burst).unwrap();
        let mut now_ns = 0;
        let mut passed: Vec<u64> = Vec::new();
        for &(step_ns, count) in asks {
            now_ns += step_ns;
            let told = pacer.try_pass_many(now_ns, count);
            let fits = fits(&passed, now_ns, count, interval_ns, burst);
            assert_eq!(told.is_ok(), fits, "{count} at {now_ns}");
            match told {
                Ok(()) => passed.extend((0..count).map(|_| now_ns)),
                Err(TooEarly::Wait(wait)) => {
                    let then_ns = now_ns + wait.as_nanos() as u64;
                    assert!(self::fits(&passed, then_ns, count, interval_ns, burst));
                    assert!(!self::fits(&passed, then_ns - 1, count, interval_ns, burst));
                }
                Err(TooEarly::AboveBurst { .. }) => assert!(count > burst),
            }
        }
    }

    /// A bucket of `burst` tokens that fills by one an interval, in exact arithmetic.
    fn fits(passed: &[u64], now_ns: u64, count: u32, interval_ns: u64, burst: u32) -> bool {
        let full = u128::from(burst) * u128::from(interval_ns);
        let (mut level, mut at_ns) = (full, 0);
        for &time_ns in passed {
            level = full.min(level + u128::from(time_ns - at_ns)) - u128::from(interval_ns);
            at_ns = time_ns;
        }
        let level = full.min(level + u128::from(now_ns - at_ns));
        level >= u128::from(count) * u128::from(interval_ns)
    }

    proptest! {
        #[test]
        fn passes_what_a_bucket_of_tokens_would(
            interval_ns in 1..50_u64,
            burst in 1..6_u32,
            asks in prop::collection::vec((0..60_u64, 1..7_u32), 1..80),
        ) {
            holds_its_bound(interval_ns, burst, &asks);
        }
    }

    /// A million ticks: never more than the burst and what the time is worth, and no less either.
    #[test]
    fn a_million_ticks_stay_within_the_rate() {
        for (rate, burst, tick_ns) in [(1_000, 1, 997), (1_000, 50, 1_013), (777_777, 7, 311)] {
            let pacer = Pacer::per_second(rate, burst).unwrap();
            let interval_ns = 1_000_000_000_u64.div_ceil(u64::from(rate));
            let mut passed = 0;
            for tick in 0..1_000_000 {
                let now_ns = tick * tick_ns;
                passed += u64::from(pacer.try_pass(now_ns).is_ok());
                assert!(passed <= u64::from(burst) + now_ns / interval_ns);
                assert!(
                    passed * 1_000_000_000
                        <= u64::from(rate) * now_ns + u64::from(burst) * 1_000_000_000
                );
            }
            let worth = u64::from(burst) + 999_999 * tick_ns / interval_ns;
            assert!(
                passed * 100 >= worth * 99 || tick_ns > interval_ns,
                "{passed} of {worth}"
            );
        }
    }

    #[test]
    fn one_at_once_is_never_sooner_than_an_interval_and_nothing_is_saved_up() {
        let pacer = Pacer::per_second(100_000_000, 1).unwrap();
        let early = |ns| Err(TooEarly::Wait(Duration::from_nanos(ns)));
        assert_eq!(pacer.try_pass(100), Ok(()));
        assert_eq!(pacer.try_pass(100), early(10));
        assert_eq!(pacer.try_pass(107), early(3));
        assert_eq!(pacer.try_pass(110), Ok(()));
        assert_eq!(pacer.try_pass(1_000), Ok(()));
        assert_eq!(pacer.try_pass(1_000), early(10));
    }

    #[test]
    fn a_clock_that_steps_back_lets_nobody_pass_sooner() {
        let pacer = Pacer::new(Duration::from_nanos(100), 1).unwrap();
        assert_eq!(pacer.try_pass(1_000), Ok(()));
        assert_eq!(
            pacer.try_pass(50),
            Err(TooEarly::Wait(Duration::from_nanos(1_050)))
        );
        assert_eq!(pacer.try_pass(1_100), Ok(()));
    }

    /// As far as what may be reserved, and an hour more; what is due less far ahead is waited for.
    #[test]
    fn one_reading_of_the_future_closes_it_for_an_hour_at_most() {
        let second = 1_000_000_000;
        for (most, heals) in [(Duration::ZERO, true), (Duration::from_secs(7_200), false)] {
            for future_ns in [3 * 3_600 * second, u64::MAX >> 2, u64::MAX] {
                let pacer = Pacer::new(Duration::from_secs(1), 2).unwrap();
                assert!(pacer.reserve(second, most).is_ok());
                assert!(pacer.try_pass(future_ns).is_ok());
                let is_far = future_ns > 4 * 3_600 * second;
                let passed = (0..10).filter(|_| pacer.try_pass(5 * second).is_ok());
                // The burst, of which the one that finds out is the first.
                assert_eq!(passed.count(), if heals || is_far { 2 } else { 0 });
            }
        }
        // An hour ahead is an old reading's word against another's.
        let pacer = Pacer::new(Duration::from_secs(1), 1).unwrap();
        assert!(pacer.try_pass(3_600 * second).is_ok());
        assert!(pacer.try_pass(second).is_err());
    }

    #[test]
    fn extremes_neither_overflow_nor_pass() {
        let pacer = Pacer::new(Duration::from_nanos(SPAN_NS_MAX), 1).unwrap();
        assert_eq!(pacer.try_pass(u64::MAX >> 2), Ok(()));
        assert!(pacer.try_pass(u64::MAX >> 2).is_err());
        assert!(pacer.reserve(u64::MAX >> 2, Duration::MAX).is_ok());
        let many = Pacer::new(Duration::from_nanos(SPAN_NS_MAX), 2);
        assert_eq!(many.unwrap_err(), ConfigError::Interval);
        let longer = Pacer::new(Duration::MAX, u32::MAX);
        assert_eq!(longer.unwrap_err(), ConfigError::Interval);
        assert_eq!(
            Pacer::new(Duration::MAX, 1).unwrap_err(),
            ConfigError::Interval
        );
        assert_eq!(Pacer::per_second(0, 1).unwrap_err(), ConfigError::Interval);
        assert_eq!(Pacer::per_second(1, 0).unwrap_err(), ConfigError::Burst);
        assert_eq!(Pacer::per_second(5, 1).unwrap().try_pass_many(0, 0), Ok(()));
    }
}
