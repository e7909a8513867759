//! How many retries a client may add to its calls.

use crossbeam_utils::CachePadded;

use super::error::ConfigError;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A token pays for one retry, and is counted in thousandths.
const TOKEN: u64 = 1_000;

/// The most that the word's half holds, in thousandths.
const LEVEL_MAX: u64 = u32::MAX as u64;

const NS_PER_MS: u64 = 1_000_000;
const HOUR_MS: u32 = 3_600_000;

/// Bounds what retries and hedges add to the load, whoever makes them and however calls fail.
///
/// Each call deposits `ratio` of a token, each retry takes a whole one, and at the start there are
/// `floor` of them. So of any number of calls, at every moment,
///
/// ```text
/// retries  ≤  ratio · calls + floor + floor_per_second · seconds
/// ```
///
/// and not one more, under any interleaving: a withdrawal is one compare-exchange. What is saved up
/// is bounded too ([`saved_max`](Self::saved_max)), so a long quiet time does not pay for a storm.
/// Ratios are exact in thousandths; what lies between two earns as the lower.
///
/// One layer deposits: where a [`RetryPolicy`](super::RetryPolicy) is built on it, calls deposit as
/// they start there, and a [`HedgePolicy`](super::HedgePolicy) on the same one only takes.
///
/// One word, shared by all callers of a dependency: share it between policies and clones, never
/// make one a call. The caller passes in its clock's reading in nanoseconds; only
/// [`floor_per_second`](Self::floor_per_second) looks at it, and a reading up to an hour older than
/// another thread's earns nothing.
///
/// # Guarantees
/// No call waits, allocates or reads a clock. A deposit and a withdrawal are a load and a
/// compare-exchange each, tried again when another thread has changed the word in between: that one
/// has made progress. What describes the budget only stores.
///
/// # Examples
/// ```
/// use shorttail::control::RetryBudget;
///
/// let budget = RetryBudget::new(0.2)?.floor(3);
/// assert_eq!((0..100).filter(|_| budget.try_withdraw(0)).count(), 3);
/// for _call in 0..50 {
///     budget.deposit(0);
/// }
/// assert_eq!((0..100).filter(|_| budget.try_withdraw(0)).count(), 10);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
///
/// # Sources
/// Finagle's `RetryBudget` (Twitter, 2015) for deposits by ratio; "Handling overload" in *Site
/// Reliability Engineering* (2016) for bounding retries a client.
#[derive(Debug)]
pub struct RetryBudget {
    /// Thousandths of a token below, a time in milliseconds above.
    word: CachePadded<AtomicU64>,
    /// Whether a policy of retries deposits for each call.
    is_retried: AtomicBool,
    deposit: u64,
    per_ms: u64,
    level_max: u64,
}

impl RetryBudget {
    /// Earns `ratio` of a retry by each call; begins with a floor of 10, and saves up 1 000.
    ///
    /// # Errors
    /// [`ConfigError::Ratio`] unless `ratio` is from 0.001 to 1 000.
    ///
    /// # Examples
    /// ```
    /// use shorttail::control::{ConfigError, RetryBudget};
    ///
    /// assert!(RetryBudget::new(0.6).is_ok());
    /// assert_eq!(RetryBudget::new(f64::NAN).unwrap_err(), ConfigError::Ratio);
    /// ```
    pub fn new(ratio: f64) -> Result<Self, ConfigError> {
        if !(0.001..=1_000.0).contains(&ratio) {
            return Err(ConfigError::Ratio);
        }
        let budget = Self {
            word: CachePadded::new(AtomicU64::new(0)),
            is_retried: AtomicBool::new(false),
            // Down to a thousandth, never more than was asked for: but 0.6 as a float lies below
            // six tenths, by less than a millionth of that.
            deposit: (ratio * TOKEN as f64 + 1e-6).floor() as u64,
            per_ms: 0,
            level_max: 1_000 * TOKEN,
        };
        Ok(budget.floor(10))
    }

    /// How many retries there are before any call has deposited; at most 4 000 000.
    ///
    /// Raises what is [saved up](Self::saved_max) if that is less. For an example see
    /// [`RetryBudget`].
    #[must_use]
    pub fn floor(mut self, retries: u32) -> Self {
        let level = (u64::from(retries) * TOKEN).min(LEVEL_MAX);
        self.level_max = self.level_max.max(level);
        self.word = CachePadded::new(AtomicU64::new(level));
        self
    }

    /// How many retries a second are earned without calls, so that a client that calls seldom can
    /// retry at all; zero unless this says otherwise.
    ///
    /// # Examples
    /// ```
    /// use shorttail::control::RetryBudget;
    ///
    /// let (budget, ms) = (RetryBudget::new(0.1)?.floor(0).floor_per_second(2), 1_000_000);
    /// assert!(!budget.try_withdraw(70_000 * ms)); // the first reading: time counts from here
    /// assert!(budget.try_withdraw(70_500 * ms) && !budget.try_withdraw(70_999 * ms));
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[must_use]
    pub fn floor_per_second(mut self, retries: u32) -> Self {
        self.per_ms = u64::from(retries);
        self
    }

    /// The most retries that are ever saved up, at least the floor and at most 4 000 000.
    ///
    /// # Examples
    /// ```
    /// # use shorttail::control::RetryBudget;
    /// let budget = RetryBudget::new(0.5)?.floor(2).saved_max(4);
    /// (0..100).for_each(|_call| budget.deposit(0));
    /// assert_eq!(budget.available(), 4);
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[must_use]
    pub fn saved_max(mut self, retries: u32) -> Self {
        let level = self.level();
        self.level_max = (u64::from(retries) * TOKEN).clamp(level, LEVEL_MAX);
        self
    }

    /// Notes a call, retries not counted; for an example see [`RetryBudget`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn deposit(&self, now_ns: u64) {
        self.change(now_ns, |level| Some(level + self.deposit));
    }

    /// From now on calls deposit as they start under a policy of retries, also once that is gone.
    pub(super) fn let_retries_deposit(&self) {
        // Relaxed: the flag is all there is. [control-11]
        self.is_retried.store(true, Ordering::Relaxed);
    }

    /// Notes a call that was not hedged, unless retries have noted it.
    #[inline]
    pub(super) fn deposit_unless_retried(&self, now_ns: u64) {
        // Relaxed: as the store. [control-11]
        if !self.is_retried.load(Ordering::Relaxed) {
            self.deposit(now_ns);
        }
    }

    /// Takes a retry, or says that there is none. What is refused has taken nothing.
    ///
    /// For an example see [`RetryBudget`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use = "a retry that was taken is to be made"]
    pub fn try_withdraw(&self, now_ns: u64) -> bool {
        self.change(now_ns, |level| level.checked_sub(TOKEN))
    }

    /// How many whole retries there are, as of the last call that changed it. One load.
    ///
    /// For an example see [`saved_max`](Self::saved_max).
    #[must_use]
    pub fn available(&self) -> u32 {
        (self.level() / TOKEN) as u32
    }

    fn level(&self) -> u64 {
        // Relaxed: a reading for people. [control-1]
        self.word.load(Ordering::Relaxed) & LEVEL_MAX
    }

    /// Brings the word up to `now_ns`, then changes its level; whether `step` would have it.
    #[inline]
    fn change(&self, now_ns: u64, step: impl Fn(u64) -> Option<u64>) -> bool {
        // Relaxed: the word decides alone; publishes nothing. [control-1]
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let (level, at_ms) = self.earned(word, now_ns);
            let Some(next) = step(level) else {
                self.begin(word, at_ms);
                return false;
            };
            let next = next.min(self.level_max) | u64::from(at_ms) << 32;
            // Relaxed: one winner for each state of the word. [control-1]
            let changed =
                self.word
                    .compare_exchange(word, next, Ordering::Relaxed, Ordering::Relaxed);
            match changed {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
    }

    /// Notes the first reading also where there was nothing to take: time counts from there.
    fn begin(&self, word: u64, at_ms: u32) {
        if word >> 32 == 0 && at_ms != 0 {
            let begun = word | u64::from(at_ms) << 32;
            // Relaxed: as in `change`. [control-1]
            let noted =
                self.word
                    .compare_exchange(word, begun, Ordering::Relaxed, Ordering::Relaxed);
            // Else somebody else has noted a reading.
            let _theirs = noted.is_err();
        }
    }

    /// The level with what the time since the word's has earned, and the time that it is of.
    #[inline]
    fn earned(&self, word: u64, now_ns: u64) -> (u64, u32) {
        let (level, at_ms) = (word & LEVEL_MAX, (word >> 32) as u32);
        if self.per_ms == 0 {
            return (level, at_ms);
        }
        // Zero stands for no reading yet, else a clock that began long ago would earn a storm.
        let now_ms = ((now_ns / NS_PER_MS) as u32).max(1);
        let gone_ms = now_ms.wrapping_sub(at_ms);
        // The half word wraps after 49 days; what lies less than an hour back is an old reading.
        if at_ms != 0 && gone_ms > u32::MAX - HOUR_MS {
            return (level, at_ms);
        }
        let gone_ms = if at_ms == 0 { 0 } else { gone_ms };
        let earned = level.saturating_add(u64::from(gone_ms).saturating_mul(self.per_ms));
        (earned.min(self.level_max), now_ms)
    }
}
