//! The clock trait and the real clock.

use std::time::Instant;

use crate::sync::global::OnceLock;

static ANCHOR: OnceLock<Instant> = OnceLock::new();

/// A source of nanoseconds since some fixed moment of this process.
///
/// Readings of one clock never decrease. Different clocks have different anchors: never mix
/// their readings.
///
/// # Examples
/// ```
/// use shorttail::time::{Clock, StdClock};
///
/// let clock = StdClock;
/// let start_ns = clock.now_ns();
/// assert!(clock.now_ns() >= start_ns);
/// ```
pub trait Clock {
    /// Nanoseconds since the anchor. Must not wait and must not allocate.
    fn now_ns(&self) -> u64;
}

impl<C: Clock + ?Sized> Clock for &C {
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn now_ns(&self) -> u64 {
        (**self).now_ns()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn now_ns(&self) -> u64 {
        (**self).now_ns()
    }
}

/// The system's monotonic clock. The anchor is the first reading in the process.
///
/// That one reading is not like the others: a thread that makes its own first one meanwhile waits
/// until the anchor is set, which is a few instructions, or longer if the thread that sets it loses
/// its processor. A program that must never wait reads the clock once when it starts.
///
/// # Examples
/// ```
/// use shorttail::time::{Clock, StdClock};
/// assert!(StdClock.now_ns() < 1_000_000_000 * 3600);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StdClock;

impl Clock for StdClock {
    /// One `Instant::now`; never allocates, never waits once the anchor is set.
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn now_ns(&self) -> u64 {
        now_ns()
    }
}

/// Nanoseconds since the process's anchor; wraps after 584 years.
#[inline]
#[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
pub(crate) fn now_ns() -> u64 {
    let anchor = *ANCHOR.get_or_init(Instant::now);
    u64::try_from(anchor.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
