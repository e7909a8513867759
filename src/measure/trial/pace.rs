//! Waiting for an intended start.

use core::time::Duration;

use crate::sync::{spin_loop, thread};
use crate::time::{Clock, MockClock, StdClock};

/// A clock that can be waited on.
///
/// A trial runs on [`StdClock`] or [`SleepClock`]; a test of an experiment runs on [`MockClock`],
/// where waiting sets the time and a request takes as long as it advances the clock: no test
/// sleeps.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::Pace;
/// use shorttail::time::MockClock;
///
/// let clock = MockClock::new();
/// assert_eq!(clock.wait_until(500), 500);
/// assert_eq!(clock.wait_until(400), 500); // has passed
/// ```
pub trait Pace: Clock + Sync {
    /// Returns at `at_ns`, or at once if that has passed, and says what time it is then.
    fn wait_until(&self, at_ns: u64) -> u64;

    /// Whether time passes by itself: then the machine's hiccups are recorded beside the blocks.
    fn is_real(&self) -> bool {
        true
    }
}

/// Below this a sleep would wake too late: timers are some 50 µs late, so the rest is spun.
const SPIN_NS: u64 = 150_000;

impl Pace for StdClock {
    /// Sleeps until 150 µs before, then spins: a driver that sleeps all the way is late.
    fn wait_until(&self, at_ns: u64) -> u64 {
        sleep_until(at_ns, SPIN_NS)
    }
}

/// Spins for the last `spin_ns`.
fn sleep_until(at_ns: u64, spin_ns: u64) -> u64 {
    loop {
        let now_ns = StdClock.now_ns();
        let ahead_ns = at_ns.saturating_sub(now_ns);
        if ahead_ns == 0 {
            return now_ns;
        }
        if ahead_ns > spin_ns {
            thread::sleep(Duration::from_nanos(ahead_ns - spin_ns));
        } else {
            spin_loop();
        }
    }
}

/// [`StdClock`], waited on asleep.
///
/// A driver on [`StdClock`] spins before each start: it is punctual and takes a processor for it,
/// so that with as many drivers as processors nothing else runs in peace. One on this clock sleeps
/// to the start and is late by what the system's timers are late, some 20 to 100 µs. Judge such a
/// trial by [`limit_service`](super::Trial::limit_service).
///
/// # Examples
/// ```
/// use shorttail::measure::trial::{Pace, SleepClock};
/// use shorttail::time::Clock;
///
/// let at_ns = SleepClock.now_ns() + 200_000;
/// assert!(SleepClock.wait_until(at_ns) >= at_ns);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SleepClock;

impl Clock for SleepClock {
    #[inline]
    fn now_ns(&self) -> u64 {
        StdClock.now_ns()
    }
}

impl Pace for SleepClock {
    fn wait_until(&self, at_ns: u64) -> u64 {
        sleep_until(at_ns, 0)
    }
}

impl Pace for MockClock {
    fn wait_until(&self, at_ns: u64) -> u64 {
        let ahead_ns = at_ns.saturating_sub(self.now_ns());
        self.advance(Duration::from_nanos(ahead_ns));
        self.now_ns()
    }

    fn is_real(&self) -> bool {
        false
    }
}
