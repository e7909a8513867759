//! How far a warmer is, seen and stopped from elsewhere.

use core::fmt;
use core::time::Duration;

use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::wait::WaitQueue;

/// Stands for a number of keys, or a moment, that is not known.
const UNKNOWN: u64 = u64::MAX;

/// How far a [`Warmer`](super::Warmer) is. Each key taken from the source counts once.
///
/// Shown by `{}` it is a line for a log or a progress bar. Its methods add and divide.
///
/// # Examples
/// ```
/// use shorttail::cache::WarmProgress;
/// let none = WarmProgress::default();
/// assert_eq!(none.total(), 0);
/// assert_eq!(
///     none.to_string(),
///     "0 keys: 0 done, 0 fresh, 0 failed, 0 late, 0 refused, 0 unfinished; 0.0 s"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WarmProgress {
    /// Loaded and stored, negatives included.
    pub done: u64,
    /// Not loaded: the loader failed or panicked, or the key rests after a failure.
    pub failed: u64,
    /// Not loaded because too many loads were under way or the breaker was open; or loaded and not
    /// stored, for want of a place or because the key was written meanwhile.
    pub refused: u64,
    /// Not loaded because a fresh entry was there.
    pub skipped_fresh: u64,
    /// Not there within [`Warmer::key_deadline`](super::Warmer::key_deadline). A load that had
    /// begun goes on.
    pub late: u64,
    /// Taken from the source, and neither of these when the run ended early. Loads that were under
    /// way go on, and store what they bring.
    pub unfinished: u64,
    /// Keys in all, if the sources of all runs so far said how many they have.
    pub expected: Option<u64>,
    /// From the begin of the first run until a key was last counted, on the cache's clock.
    pub elapsed: Duration,
}

impl WarmProgress {
    /// Keys dealt with; for an example see [`WarmProgress`].
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.done + self.failed + self.refused + self.skipped_fresh + self.late + self.unfinished
    }

    /// How long the rest takes if it goes on as so far; `None` if nobody can know.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::cache::WarmProgress;
    ///
    /// let mut half = WarmProgress::default();
    /// half.done = 500;
    /// half.expected = Some(1_000);
    /// half.elapsed = Duration::from_secs(7);
    /// assert_eq!(half.time_left(), Some(Duration::from_secs(7)));
    /// half.expected = None;
    /// assert_eq!(half.time_left(), None);
    /// ```
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        let (total, expected) = (self.total(), self.expected?);
        let left = u128::from(expected.saturating_sub(total));
        let ns = (self.elapsed.as_nanos() * left).checked_div(u128::from(total))?;
        Some(Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for WarmProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        match self.expected {
            Some(all) => {
                let percent = u128::from(total) * 100 / u128::from(all.max(1));
                write!(f, "{total} of {all} keys ({percent} %): ")?;
            }
            None => write!(f, "{total} keys: ")?,
        }
        write!(
            f,
            "{} done, {} fresh, {} failed, {} late, {} refused, {} unfinished; {:.1} s",
            self.done,
            self.skipped_fresh,
            self.failed,
            self.late,
            self.refused,
            self.unfinished,
            self.elapsed.as_secs_f64(),
        )?;
        match self.time_left() {
            Some(left) => write!(f, ", {:.1} s left", left.as_secs_f64()),
            None => Ok(()),
        }
    }
}

/// Why [`Warmer::run`](super::Warmer::run) came back.
///
/// # Examples
/// ```
/// use shorttail::cache::WarmEnd;
/// assert_ne!(WarmEnd::Finished, WarmEnd::Stopped);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarmEnd {
    /// The source has no more keys, and every load has landed or is late.
    Finished,
    /// [`WarmHandle::stop`] was called.
    Stopped,
    /// The deadline passed.
    Deadline,
    /// More keys failed or were late than allowed.
    Errors,
    /// The cache was closed.
    Closed,
}

/// Watches and stops a [`Warmer`](super::Warmer) from elsewhere. Clones are of the same warmer, and
/// allocate nothing.
///
/// # Examples
/// ```
/// use shorttail::cache::Warmer;
/// let handle = Warmer::new().handle();
/// handle.stop();
/// assert_eq!(handle.progress().done, 0);
/// ```
#[derive(Clone)]
pub struct WarmHandle(pub(super) Arc<Account>);

impl WarmHandle {
    /// Ends the run, also one that has not begun. Never waits, never allocates; wakes a run that
    /// waits for the rate or the breaker. For an example see [`WarmHandle`].
    pub fn stop(&self) {
        // AcqRel: see `Account::is_stopped`. [cache-14]
        self.0.stopped.fetch_or(true, Ordering::AcqRel);
        self.0.pace.notify_all();
    }

    /// How far the warmer is. Never waits, never allocates. For an example see [`WarmHandle`].
    #[must_use]
    pub fn progress(&self) -> WarmProgress {
        self.0.progress()
    }
}

impl fmt::Debug for WarmHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WarmHandle").field(&self.progress()).finish()
    }
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Done,
    Failed,
    Refused,
    SkippedFresh,
    Late,
    Unfinished,
}

/// What warmer and handles share.
pub(super) struct Account {
    /// One for each [`Fate`].
    fates: [AtomicU64; 6],
    /// Keys that the sources have, or [`UNKNOWN`].
    expected: AtomicU64,
    /// When the first run began, or [`UNKNOWN`].
    began_ns: AtomicU64,
    /// When a key was last counted.
    counted_ns: AtomicU64,
    stopped: AtomicBool,
    /// Where a run waits for the rate and for the breaker.
    pub(super) pace: WaitQueue,
}

impl Account {
    pub(super) fn new() -> Self {
        Self {
            fates: core::array::from_fn(|_| AtomicU64::new(0)),
            expected: AtomicU64::new(0),
            began_ns: AtomicU64::new(UNKNOWN),
            counted_ns: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            pace: WaitQueue::new(),
        }
    }

    /// Notes a run of a source that says how many keys it has.
    pub(super) fn begin(&self, now_ns: u64, hint: (usize, Option<usize>)) {
        let more = match hint {
            (least, Some(most)) if least == most => least as u64,
            _ => UNKNOWN,
        };
        let sum = |expected: u64| Some(expected.saturating_add(more));
        let began = self
            .began_ns
            // Relaxed: a statistic. [cache-9]
            .compare_exchange(UNKNOWN, now_ns, Ordering::Relaxed, Ordering::Relaxed);
        if began.is_ok() {
            // Relaxed: a statistic. [cache-9]
            self.counted_ns.fetch_max(now_ns, Ordering::Relaxed);
        }
        self.expected
            // Relaxed: a statistic. [cache-9]
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum)
            .ok();
    }

    pub(super) fn count(&self, fate: Fate, keys: u64, now_ns: u64) {
        // Relaxed: a statistic. [cache-9]
        self.counted_ns.fetch_max(now_ns, Ordering::Relaxed);
        // Relaxed: a statistic. [cache-9]
        self.fates[fate as usize].fetch_add(keys, Ordering::Relaxed);
    }

    fn of(&self, fate: Fate) -> u64 {
        // Relaxed: a statistic. [cache-9]
        self.fates[fate as usize].load(Ordering::Relaxed)
    }

    /// Keys that count against the error budget.
    pub(super) fn errors(&self) -> u64 {
        self.of(Fate::Failed) + self.of(Fate::Late)
    }

    pub(super) fn progress(&self) -> WarmProgress {
        // Relaxed: statistics. [cache-9]
        let read = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let elapsed_ns = read(&self.counted_ns).saturating_sub(read(&self.began_ns));
        WarmProgress {
            done: self.of(Fate::Done),
            failed: self.of(Fate::Failed),
            refused: self.of(Fate::Refused),
            skipped_fresh: self.of(Fate::SkippedFresh),
            late: self.of(Fate::Late),
            unfinished: self.of(Fate::Unfinished),
            expected: Some(read(&self.expected)).filter(|keys| *keys != UNKNOWN),
            elapsed: Duration::from_nanos(elapsed_ns),
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        // AcqRel: an RMW, so that a waiter at `pace` and `stop` meet on the word. [cache-14]
        self.stopped.fetch_or(false, Ordering::AcqRel)
    }
}
