//! Deadlines and clocks: arithmetic at the edges, and no clock that runs backwards.

use std::time::Duration;

use shorttail::time::{Clock, CoarseClock, Deadline, MockClock, StdClock};

#[test]
fn std_clock_never_decreases() {
    let mut last_ns = StdClock.now_ns();
    for _ in 0..1_000 {
        let now_ns = StdClock.now_ns();
        assert!(now_ns >= last_ns);
        last_ns = now_ns;
    }
}

#[cfg(feature = "tsc")]
#[test]
fn the_counters_clock_goes_on_and_never_back() {
    use shorttail::time::tsc::TscClock;

    let clock = TscClock::calibrated();
    let begin = clock.now_ns();
    let mut last_ns = begin;
    for _ in 0..100_000 {
        let now_ns = clock.now_ns();
        assert!(now_ns >= last_ns);
        last_ns = now_ns;
    }
    assert!(last_ns > begin, "the clock stands");
    assert_eq!(clock.is_counter(), TscClock::calibrated().is_counter());
}

#[test]
fn coarse_clock_ignores_an_older_tick() {
    let clock = CoarseClock::new();
    assert_eq!(clock.now_ns(), 0);
    clock.tick(7);
    clock.tick(3);
    assert_eq!(clock.now_ns(), 7);
}

#[test]
fn mock_clock_moves_only_when_told() {
    let clock = MockClock::new();
    assert_eq!(clock.now_ns(), 0);
    clock.advance(Duration::from_nanos(5));
    clock.advance(Duration::from_nanos(5));
    assert_eq!(clock.now_ns(), 10);
}

#[test]
fn a_shared_clock_is_a_clock() {
    let clock = std::sync::Arc::new(MockClock::new());
    let copy = std::sync::Arc::clone(&clock);
    clock.advance(Duration::from_nanos(9));
    assert_eq!(copy.now_ns(), 9);
    assert_eq!(Clock::now_ns(&&clock), 9);
}

#[test]
fn deadline_saturates_to_never() {
    let deadline = Deadline::after(5, Duration::MAX);
    assert_eq!(deadline, Deadline::NEVER);
    assert!(!deadline.is_expired(u64::MAX));
}

#[test]
fn deadline_expires_at_its_own_nanosecond() {
    let deadline = Deadline::after(100, Duration::from_nanos(10));
    assert!(!deadline.is_expired(109));
    assert!(deadline.is_expired(110));
    assert_eq!(deadline.remaining(109), Duration::from_nanos(1));
    assert_eq!(deadline.remaining(500), Duration::ZERO);
}

#[test]
fn zero_budget_is_expired_at_once() {
    assert!(Deadline::after(100, Duration::ZERO).is_expired(100));
}

#[test]
fn child_only_shrinks() {
    let parent = Deadline::at(1_000);
    assert_eq!(parent.child(0, Duration::from_nanos(10)), Deadline::at(10));
    assert_eq!(parent.child(995, Duration::from_nanos(10)), parent);
    assert_eq!(parent.child(0, Duration::MAX), parent);
}

mod wire;
mod wire_steps;
