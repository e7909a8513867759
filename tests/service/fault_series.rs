//! Windows of 100 ms and the time to recover, against runs worked out by hand.

use crate::client::Sample;
use crate::faults::series::{WINDOW_NS, percentile, recovery_ns, windows};
use crate::wire::Class;

const MS: u64 = 1_000_000;

fn sample(class: Class, at_ms: u64, sent_ms: Option<u64>, end_ms: u64) -> Sample {
    Sample {
        class,
        at_ns: at_ms * MS,
        // What it is judged by elsewhere; here it counts when it was over.
        latency_ns: u64::MAX,
        service_ns: u64::MAX,
        sent_ns: sent_ms.map(|ms| ms * MS),
        end_ns: end_ms * MS,
    }
}

/// A request every millisecond of a run of `until_ms`, each taking what `took_ms` says.
fn run(until_ms: u64, took_ms: impl Fn(u64) -> u64) -> Vec<Sample> {
    (0..until_ms)
        .map(|at| sample(Class::Fresh, at, Some(at), at + took_ms(at)))
        .collect()
}

#[test]
fn levels_are_those_at_the_end_of_each_window() {
    let samples = [
        // Waits for a connection over the end of the first window, for its answer over the second.
        sample(Class::Fresh, 50, Some(150), 250),
        sample(Class::Shed, 210, Some(210), 220),
        // Given up unsent.
        sample(Class::Error, 20, None, 320),
    ];
    let windows = windows(&samples);
    let depth: Vec<u64> = windows.iter().map(|window| window.depth).collect();
    let in_flight: Vec<u64> = windows.iter().map(|window| window.in_flight).collect();
    assert_eq!((depth, in_flight), (vec![2, 1, 1, 0], vec![0, 1, 0, 0]));
    let ends = |n: usize| (windows[n].answered, windows[n].shed, windows[n].errors);
    assert_eq!(
        [ends(1), ends(2), ends(3)],
        [(0, 0, 0), (1, 1, 0), (0, 0, 1)]
    );
    let p99 = [Some(300 * MS), None, Some(10 * MS), None];
    assert_eq!([0, 1, 2, 3].map(|n| windows[n].p99_ns), p99);
    assert!(self::windows(&[]).is_empty());
}

#[test]
fn a_percentile_takes_what_should_have_started_in_the_range() {
    let samples = run(1_000, |at| if at < 500 { 1 } else { 9 });
    assert_eq!(percentile(&samples, 0..500 * MS, 1.0), Some(MS));
    assert_eq!(percentile(&samples, 0..501 * MS, 1.0), Some(9 * MS));
    assert_eq!(percentile(&samples, 2_000 * MS..3_000 * MS, 1.0), None);
}

#[test]
fn recovery_is_the_first_half_second_that_is_as_before() {
    // The fault lasts from 1 000 to 2 000, what it leaves behind until 2 330.
    let samples = run(
        4_000,
        |at| if (1_000..2_330).contains(&at) { 40 } else { 2 },
    );
    let recovered = recovery_ns(&samples, 2_000 * MS, 2 * MS);
    assert_eq!(recovered, Some(4 * WINDOW_NS));
    assert_eq!(recovery_ns(&samples, 2_400 * MS, 2 * MS), Some(0));
}

#[test]
fn a_tenth_more_is_as_before_and_more_is_not() {
    let samples = run(3_000, |_| 11);
    assert_eq!(recovery_ns(&samples, 1_000 * MS, 10 * MS), Some(0));
    assert_eq!(recovery_ns(&samples, 1_000 * MS, 10 * MS - 1), None);
}

#[test]
fn what_does_not_recover_within_the_run_is_told() {
    let samples = run(3_000, |at| if at < 2_600 { 40 } else { 2 });
    // Only 400 ms of the run are as before: too few for a verdict.
    assert_eq!(recovery_ns(&samples, 1_000 * MS, 2 * MS), None);
    assert_eq!(recovery_ns(&[], 0, 1), None);
}
