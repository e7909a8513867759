//! What the side that begins each trip notes.

use std::time::{Duration, Instant};

use shorttail::measure::{Histogram, Snapshot};

/// Where trips are short, one in so many is timed: two readings of the clock cost as much as half
/// a trip.
const SELDOM: u64 = 64;

/// How a trip is begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    pub(super) turn: Duration,
    /// Slept before every trip.
    pub(super) idle: Option<Duration>,
    /// Whether only some trips are timed.
    pub(super) is_short: bool,
}

#[derive(Debug)]
pub(super) struct Tally {
    start: Instant,
    end: Instant,
    every: u64,
    trips: u64,
    trips_ns: Histogram,
}

/// What came of a turn.
#[derive(Debug)]
pub(super) struct Trips {
    pub(super) count: u64,
    pub(super) took_ns: u64,
    /// The timed ones.
    pub(super) trips_ns: Snapshot,
}

impl Tally {
    pub(super) fn new(course: Course) -> Self {
        let start = Instant::now();
        Self {
            start,
            end: start + course.turn,
            every: if course.is_short { SELDOM } else { 1 },
            trips: 0,
            trips_ns: Histogram::new(),
        }
    }

    /// The start of a trip that is timed: then the turn may be over as well.
    #[inline]
    pub(super) fn begin(&self) -> Option<Instant> {
        let is_timed = self.trips.is_multiple_of(self.every);
        is_timed.then(Instant::now)
    }

    /// Whether another trip is to be made.
    #[inline]
    pub(super) fn end(&mut self, start: Option<Instant>) -> bool {
        self.trips += 1;
        let Some(start) = start else {
            return true;
        };
        let now = Instant::now();
        self.trips_ns.record((now - start).as_nanos() as u64);
        now < self.end
    }

    pub(super) fn finish(self) -> Trips {
        Trips {
            count: self.trips,
            took_ns: self.start.elapsed().as_nanos() as u64,
            trips_ns: self.trips_ns.snapshot(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trips_are_counted_all_and_timed_as_asked() {
        for (is_short, timed) in [(false, 129), (true, 3)] {
            let course = Course {
                turn: Duration::from_secs(3_600),
                idle: None,
                is_short,
            };
            let mut tally = Tally::new(course);
            for _ in 0..129 {
                let start = tally.begin();
                assert!(tally.end(start), "the turn goes on");
            }
            let trips = tally.finish();
            assert_eq!((trips.count, trips.trips_ns.count()), (129, timed));
        }
    }

    #[test]
    fn the_turn_ends_at_a_timed_trip() {
        let course = Course {
            turn: Duration::ZERO,
            idle: None,
            is_short: true,
        };
        let mut tally = Tally::new(course);
        let start = tally.begin();
        assert!(!tally.end(start));
        let start = tally.begin();
        assert!(start.is_none() && tally.end(start), "this one is not timed");
    }
}
