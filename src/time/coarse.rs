//! A clock that is as fine as its owner ticks it.

use super::Clock;
use crate::sync::global::{AtomicU64, Ordering};

/// The last tick that somebody published: a reading costs one relaxed load.
///
/// For rules that can live with the tick's age, such as cache expiry. One thread calls
/// [`tick`](Self::tick) at the interval it chooses; nobody else writes.
///
/// # Examples
/// ```
/// use shorttail::time::{Clock, CoarseClock};
///
/// let clock = CoarseClock::new();
/// clock.tick(1_500);
/// clock.tick(1_400); // an older reading is ignored
/// assert_eq!(clock.now_ns(), 1_500);
/// ```
#[derive(Debug, Default)]
pub struct CoarseClock {
    now_ns: AtomicU64,
}

impl CoarseClock {
    /// A clock that stands at zero; for an example see [`CoarseClock`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            now_ns: AtomicU64::new(0),
        }
    }

    /// Moves the clock to `now_ns` unless it is already past it. One read-modify-write: never
    /// waits, never allocates. For an example see [`CoarseClock`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn tick(&self, now_ns: u64) {
        // Relaxed: a tick publishes only itself; `max` keeps readings from decreasing. [time-1]
        self.now_ns.fetch_max(now_ns, Ordering::Relaxed);
    }
}

impl Clock for CoarseClock {
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn now_ns(&self) -> u64 {
        // Relaxed: a stale tick is within the clock's stated age. [time-1]
        self.now_ns.load(Ordering::Relaxed)
    }
}
