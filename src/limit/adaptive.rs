//! How many calls at once a service does best with, from what it was seen to do.

use core::ops::RangeInclusive;
use core::time::Duration;

use super::error::ConfigError;
use super::span_ns;

/// Windows that the guard looks back at.
const KEPT: usize = 16;

/// Windows with fewer calls say nothing about a quantile.
const COMPLETED_MIN: u64 = 10;

/// As many times the baseline as a latency may be before it is taken for a queue.
const TOLERANCE: f64 = 1.5;

/// What is left of a limit after a window at the least.
const CUT_MAX: f64 = 0.5;

/// How far the baseline follows a window that says what a call takes, and one of light use that
/// only says that it may be more.
const BASE_FAST: f64 = 0.25;
const BASE_UP: f64 = 1.0 / 32.0;

/// Of the growth of calls in flight, the part by which throughput must have grown.
const ELASTIC: f64 = 0.5;

/// From here on throughput goes with the calls in flight: there is no queue.
const SAME_RATE: f64 = 0.9;

/// Above this share, calls that were refused by who was called are no chance, and calls that were
/// turned away say that the limit is used.
const SHARE_MIN: f64 = 0.01;

/// Below this spread of calls in flight, relative and squared, nothing can be told of it.
const SPREAD_MIN: f64 = 2e-3;

/// After so many windows of full use one is taken to see what a call takes without a queue.
const MEASURE_EVERY: u32 = 256;
const MEASURE_FOR: u32 = 2;

/// What a service did in one window.
///
/// # Examples
/// See [`AdaptiveLimit`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitWindow {
    /// How long the window was.
    pub span: Duration,
    /// Calls that ended in it.
    pub completed: u64,
    /// How many of them were under way at once, on the average: the sum of what they took, over
    /// the span (Little's law).
    pub in_flight: f64,
    /// What nine of ten of them took no longer than.
    pub p90_ns: u64,
    /// Calls that ended in it because who was called had no room for them; not among those
    /// completed.
    pub overloaded: u64,
    /// Calls that were refused because the limit, or their share of it, was reached.
    pub turned_away: u64,
}

/// A limit of calls at once that follows what they take: a state machine, one step a window.
///
/// It goes down in proportion when the p90 of a window is over the target, or over 1.5 times the
/// baseline if there is [none](Self::target), and by the share of calls that who was called had no
/// room for, if that is more; by half at most. It goes up by its root when it is at least half used
/// or turns calls away (those who come may fill a share of it alone, as a gate's tiers do), and
/// only while more calls at once have also meant more calls done: where throughput no longer grows
/// with them (their covariance over sixteen windows says so), more at once are a queue.
///
/// The baseline is what calls take without a queue: it follows a lower p90 within a few windows,
/// and a higher one only from windows in which no queue can stand: those of light use, and those
/// after which fewer calls at once have meant fewer calls done. Under steady full use, and without
/// a target, two windows in 258 run at half the limit to see.
///
/// | what is fed to it | what becomes of the limit |
/// |---|---|
/// | fewer than ten calls | stays |
/// | calls that failed at once | never feed them as completed: they look like fast ones |
/// | calls that who was called refused, above one in a hundred | goes down by their share |
/// | calls that were cut off by a time-out | feed them with what they took: they are slow ones |
/// | calls that were turned away here, above one in a hundred | may grow, however few are in |
///
/// # Guarantees
/// A step costs some hundred nanoseconds, and keeps to the range. Nothing waits, allocates or reads
/// a clock; what is not a step only reads.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::limit::{AdaptiveLimit, LimitWindow};
///
/// let mut limit = AdaptiveLimit::new(20, 1..=200)?.target(Duration::from_millis(50));
/// assert_eq!((limit.limit(), limit.target_ns()), (20, Some(50_000_000)));
/// let span = Duration::from_millis(100);
/// let (completed, in_flight, p90_ns) = (40, 19.0, 10_000_000);
/// let (overloaded, turned_away) = (0, 0);
/// let window = LimitWindow { span, completed, in_flight, p90_ns, overloaded, turned_away };
/// assert!(limit.update(&window) > 20); // in full use, and as fast as ever
/// assert_eq!(limit.baseline(), Some(Duration::from_millis(10)));
/// let slow = LimitWindow { p90_ns: 90_000_000, ..window };
/// assert!(limit.update(&slow) < 20);
/// # Ok::<(), shorttail::limit::ConfigError>(())
/// ```
///
/// # Sources
/// The gradient is Netflix's concurrency-limits (2018) and Envoy's adaptive concurrency filter
/// (2019); the guard by covariance is Uber's Cinnamon auto-tuner (2023).
#[derive(Clone, Debug)]
pub struct AdaptiveLimit {
    limit: f64,
    range: (u32, u32),
    target_ns: f64,
    /// Zero before the first window.
    baseline_ns: f64,
    /// Calls in flight and throughput of the last windows, in a ring.
    seen: [(f64, f64); KEPT],
    windows: usize,
    /// Windows of full use since the baseline was looked at.
    full: u32,
}

impl AdaptiveLimit {
    /// Begins with `initial`, and keeps within `range`; for an example see [`AdaptiveLimit`].
    ///
    /// # Errors
    /// [`ConfigError::Limit`] unless the range begins above zero, ends at 8 191 at most, and has
    /// `initial` in it.
    pub fn new(initial: u32, range: RangeInclusive<u32>) -> Result<Self, ConfigError> {
        let (low, high) = range.into_inner();
        if low == 0 || high > 8_191 || !(low..=high).contains(&initial) {
            return Err(ConfigError::Limit);
        }
        Ok(Self {
            limit: f64::from(initial),
            range: (low, high),
            target_ns: f64::INFINITY,
            baseline_ns: 0.0,
            seen: [(0.0, 0.0); KEPT],
            windows: 0,
            full: 0,
        })
    }

    /// What nine of ten calls shall take at most, whatever is usual. Without one a queue that makes
    /// them half as long again is one too many; a longer one may do more work, of what varies.
    /// For an example see [`AdaptiveLimit`].
    #[must_use]
    pub fn target(mut self, p90: Duration) -> Self {
        self.target_ns = span_ns(p90).max(1) as f64;
        self
    }

    /// The target, if there is one; for an example see [`AdaptiveLimit`].
    #[must_use]
    pub fn target_ns(&self) -> Option<u64> {
        self.target_ns.is_finite().then_some(self.target_ns as u64)
    }

    /// The limit as it is; for an example see [`AdaptiveLimit`].
    #[must_use]
    pub fn limit(&self) -> u32 {
        let measuring = self.full >= MEASURE_EVERY;
        let limit = if measuring {
            self.limit / 2.0
        } else {
            self.limit
        };
        (limit.round() as u32).clamp(self.range.0, self.range.1)
    }

    /// What calls take without a queue, as far as it is known; for an example see
    /// [`AdaptiveLimit`].
    #[must_use]
    pub fn baseline(&self) -> Option<Duration> {
        (self.baseline_ns > 0.0).then_some(Duration::from_nanos(self.baseline_ns as u64))
    }

    /// Takes a step; the limit after it. For an example see [`AdaptiveLimit`].
    pub fn update(&mut self, window: &LimitWindow) -> u32 {
        let span_s = window.span.as_secs_f64();
        let sound = window.in_flight.is_finite() && window.in_flight >= 0.0;
        let ended = window.completed.saturating_add(window.overloaded);
        if ended < COMPLETED_MIN || span_s <= 0.0 || !sound {
            return self.limit();
        }
        let is_share = |calls: u64| calls as f64 > SHARE_MIN * ended as f64;
        let p90_ns = (window.p90_ns as f64).max(1.0);
        if is_share(window.overloaded) {
            let part = window.completed as f64 / ended as f64;
            // What was answered may be late besides.
            let is_told = window.completed >= COMPLETED_MIN && self.most_ns() > 0.0;
            let gradient = if is_told {
                self.most_ns() / p90_ns
            } else {
                1.0
            };
            return self.cut(part.min(gradient));
        }
        let half_used = window.in_flight >= f64::from(self.limit()) / 2.0;
        let full = half_used || is_share(window.turned_away);
        let measured = self.measured();
        self.learn(p90_ns, measured, full);
        if measured || self.full > MEASURE_EVERY {
            return self.limit();
        }
        self.seen[self.windows % KEPT] = (window.in_flight, window.completed as f64 / span_s);
        // Where it would come round it goes on as full: both are the same place.
        self.windows = self.windows.checked_add(1).unwrap_or(KEPT);
        let gradient = self.most_ns() / p90_ns;
        if gradient < 1.0 {
            self.cut(gradient);
        } else if full && self.elasticity().is_none_or(|slope| slope >= ELASTIC) {
            self.limit += self.limit.sqrt();
        }
        // Where there is a target nothing is asked of the baseline.
        let counts = full && self.target_ns().is_none();
        self.full = if counts { self.full + 1 } else { 0 };
        self.within()
    }

    /// Calls that take longer are late; zero while nothing says what is.
    fn most_ns(&self) -> f64 {
        match self.target_ns() {
            Some(_) => self.target_ns,
            None => TOLERANCE * self.baseline_ns,
        }
    }

    /// Goes down to so much of it, or to half.
    fn cut(&mut self, part: f64) -> u32 {
        self.limit *= part.max(CUT_MAX);
        self.within()
    }

    fn within(&mut self) -> u32 {
        let (low, high) = (f64::from(self.range.0), f64::from(self.range.1));
        self.limit = self.limit.clamp(low, high);
        self.limit()
    }

    /// Whether this window was the one at half the limit; the one before it emptied the queue.
    fn measured(&mut self) -> bool {
        if self.full < MEASURE_EVERY {
            return false;
        }
        self.full += 1;
        let measured = self.full >= MEASURE_EVERY + MEASURE_FOR;
        if measured {
            self.full = 0;
        }
        measured
    }

    fn learn(&mut self, p90_ns: f64, measured: bool, full: bool) {
        if self.baseline_ns == 0.0 || measured {
            self.baseline_ns = p90_ns;
        }
        // The least limit there is leaves no queue that could be shorter.
        let no_queue = !full || self.limit() == self.range.0;
        let same_rate = self.elasticity().is_some_and(|slope| slope >= SAME_RATE);
        let step = if p90_ns < self.baseline_ns || same_rate {
            BASE_FAST
        } else if no_queue {
            BASE_UP
        } else {
            0.0
        };
        self.baseline_ns += (p90_ns - self.baseline_ns) * step;
    }

    /// By which part of the change of calls in flight throughput has changed; `None` if there was
    /// too little of one to tell.
    fn elasticity(&self) -> Option<f64> {
        let seen = &self.seen[..self.windows.min(KEPT)];
        let count = seen.len() as f64;
        let mean_n = seen.iter().map(|(n, _)| n).sum::<f64>() / count;
        let mean_x = seen.iter().map(|(_, x)| x).sum::<f64>() / count;
        let var = seen.iter().map(|(n, _)| (n - mean_n).powi(2)).sum::<f64>();
        let cov = seen.iter().map(|(n, x)| (n - mean_n) * (x - mean_x));
        let told = var / count > SPREAD_MIN * mean_n * mean_n;
        told.then(|| cov.sum::<f64>() * mean_n / (var * mean_x))
    }
}
