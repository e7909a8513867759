//! A clock on the processor's own counter.

use core::time::Duration;

use super::{Clock, counter, now_ns};
use crate::sync::global::{OnceLock, sleep};

/// How long the counter is compared with the system's clock.
const COMPARED: Duration = Duration::from_millis(20);

/// Pairs of readings at each end, of which the tightest is taken.
const PAIRS: usize = 16;

static SCALE: OnceLock<Option<Scale>> = OnceLock::new();

/// The processor's time stamp counter as a clock: less than half of what
/// [`StdClock`](super::StdClock) costs.
///
/// Feature `tsc`. Where the processor is no x86-64, or its counter is not of one rate, or the
/// system does not go by it itself, a reading is [`StdClock`](super::StdClock)'s: see
/// [`is_counter`](Self::is_counter).
///
/// The rate is compared once a process, for 20 ms, in the first [`calibrated`](Self::calibrated):
/// call that at start. From then on the clock goes by itself, and strays from the system's by some
/// parts in a million, as far as the comparison was off and the system's is slewed: good for
/// stages and latencies, not for the time of day.
///
/// Readings on one thread never decrease. The processor may take a reading some tens of
/// nanoseconds away from its place in the program, so that one on another thread, handed over
/// meanwhile, may seem that much earlier; what subtracts here stops at zero.
///
/// # Examples
/// ```
/// use shorttail::time::Clock;
/// use shorttail::time::tsc::TscClock;
///
/// let clock = TscClock::calibrated();
/// let start_ns = clock.now_ns();
/// assert!(clock.now_ns() >= start_ns);
/// println!("by the counter: {}", clock.is_counter());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TscClock {
    scale: Option<Scale>,
}

impl TscClock {
    /// The clock, with the rate that the first call of the process has found.
    ///
    /// The first call sleeps for 20 ms, and reads a file; others that come meanwhile wait for it.
    /// Allocates in the first call only. For an example see [`TscClock`].
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn calibrated() -> Self {
        let scale = *SCALE.get_or_init(Scale::measured);
        Self { scale }
    }

    /// Whether readings are the counter's, and not [`StdClock`](super::StdClock)'s.
    /// For an example see [`TscClock`].
    #[must_use]
    pub const fn is_counter(&self) -> bool {
        self.scale.is_some()
    }
}

impl Clock for TscClock {
    /// One reading of the counter and a multiplication; never waits, never allocates.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    fn now_ns(&self) -> u64 {
        match &self.scale {
            Some(scale) => scale.ns_at(counter::ticks()),
            None => now_ns(),
        }
    }
}

/// From ticks to nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scale {
    start_ticks: u64,
    start_ns: u64,
    /// Nanoseconds a tick, times 2³².
    ns_by_tick: u64,
}

impl Scale {
    fn measured() -> Option<Self> {
        counter::is_steady().then(|| {
            let begin = reading();
            sleep(COMPARED);
            Self::between(begin, reading())
        })?
    }

    /// From two pairs of ticks and nanoseconds; `None` if the counter stands, or a tick is longer
    /// than a second.
    fn between(begin: (u64, u64), end: (u64, u64)) -> Option<Self> {
        let ticks = end.0.checked_sub(begin.0).filter(|ticks| *ticks > 0)?;
        let ns = end.1.checked_sub(begin.1).filter(|ns| *ns > 0)?;
        let ns_by_tick = u64::try_from((u128::from(ns) << 32) / u128::from(ticks)).ok()?;
        (ns_by_tick > 0).then_some(Self {
            start_ticks: begin.0,
            start_ns: begin.1,
            ns_by_tick,
        })
    }

    /// A counter that was read before the start, on another processor, stands there.
    #[inline]
    fn ns_at(&self, ticks: u64) -> u64 {
        let since = u128::from(ticks.saturating_sub(self.start_ticks));
        let ns = (since * u128::from(self.ns_by_tick)) >> 32;
        #[expect(clippy::cast_possible_truncation, reason = "wraps after 584 years")]
        let ns = ns as u64;
        self.start_ns.wrapping_add(ns)
    }
}

/// The counter and the system's clock at one moment: of several pairs, the one whose readings were
/// closest together.
fn reading() -> (u64, u64) {
    let pair = |_| {
        let (before, ns, after) = (counter::ticks(), now_ns(), counter::ticks());
        (
            after.wrapping_sub(before),
            before + after.wrapping_sub(before) / 2,
            ns,
        )
    };
    let tightest = (0..PAIRS).map(pair).min_by_key(|(apart, ..)| *apart);
    tightest.map_or((0, 0), |(_, ticks, ns)| (ticks, ns))
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_nanoseconds_from_the_start_on() {
        // Three ticks a nanosecond, compared for 20 ms.
        let scale = Scale::between((1_000, 500), (60_001_000, 20_000_500)).unwrap();
        assert_eq!(scale.ns_at(1_000), 500);
        assert_eq!(scale.ns_at(0), 500);
        assert_eq!(scale.ns_at(1_300), 599); // 100 ns less what the division cut off
        // A day later it is off by less than a microsecond an hour.
        let day_ns = 24 * 3_600 * 1_000_000_000;
        let off_ns = (500 + day_ns) - scale.ns_at(1_000 + 3 * day_ns);
        assert!(off_ns < 24 * 3_600 * 1_000, "{off_ns}");
        // A counter of half a gigahertz, at the end of its range.
        let slow = Scale::between((0, 0), (10_000_000, 20_000_000)).unwrap();
        assert_eq!(slow.ns_at(u64::MAX / 2), u64::MAX - 1);
    }

    #[test]
    fn a_counter_that_stands_or_steps_back_is_none() {
        for (begin, end) in [
            ((5, 0), (5, 9)),
            ((6, 0), (5, 9)),
            ((0, 9), (5, 9)),
            ((0, 10), (5, 9)),
            ((0, 0), (1, u64::MAX)),
            ((0, 0), (u64::MAX, 1)),
        ] {
            assert_eq!(Scale::between(begin, end), None, "{begin:?} {end:?}");
        }
    }

    #[test]
    fn without_a_counter_the_standard_clock_is_read() {
        let clock = TscClock { scale: None };
        assert!(!clock.is_counter());
        let [before, reading, after] = [now_ns(), clock.now_ns(), now_ns()];
        assert!(before <= reading && reading <= after);
    }
}
