//! Readings of the clocks.

use std::sync::Arc;

use shorttail::time::{Clock, CoarseClock, StdClock};

use crate::realtime::nonblocking;

fn reads(clock: impl Clock) {
    let before_ns = nonblocking(|| clock.now_ns());
    let shared = Arc::new(&clock);
    assert!(nonblocking(|| shared.now_ns()) >= before_ns);
}

#[test]
fn the_systems_clock() {
    reads(StdClock);
}

#[test]
fn the_last_tick() {
    let clock = CoarseClock::new();
    nonblocking(|| clock.tick(9));
    assert_eq!(nonblocking(|| clock.now_ns()), 9);
}

#[cfg(feature = "tsc")]
#[test]
fn the_processors_counter() {
    reads(shorttail::time::tsc::TscClock::calibrated());
}
