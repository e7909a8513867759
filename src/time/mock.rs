//! A clock that tests move by hand.

use core::time::Duration;

use super::Clock;
use crate::sync::global::{AtomicU64, Ordering};

/// A clock that moves only when told to.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::time::{Clock, MockClock};
///
/// let clock = MockClock::new();
/// clock.advance(Duration::from_millis(2));
/// assert_eq!(clock.now_ns(), 2_000_000);
/// ```
#[derive(Debug, Default)]
pub struct MockClock {
    now_ns: AtomicU64,
}

impl MockClock {
    /// A clock that stands at zero; for an example see [`MockClock`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            now_ns: AtomicU64::new(0),
        }
    }

    /// Moves the clock forward. Wraps after 584 years. One atomic addition.
    /// For an example see [`MockClock`].
    ///
    /// # Panics
    /// If `by` is longer than `u64::MAX` nanoseconds.
    pub fn advance(&self, by: Duration) {
        let by_ns = u64::try_from(by.as_nanos()).expect("a step of at most 584 years");
        // Relaxed: tests order their own threads; the clock publishes nothing but itself. [time-1]
        self.now_ns.fetch_add(by_ns, Ordering::Relaxed);
    }
}

impl Clock for MockClock {
    fn now_ns(&self) -> u64 {
        // Relaxed: see `advance`. [time-1]
        self.now_ns.load(Ordering::Relaxed)
    }
}
