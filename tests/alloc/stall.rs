//! With every allocation stalled for a millisecond, and with every one refused, requests go through
//! the blocks as before: they ask for none. The same requests the ordinary way are struck each.

use std::time::Duration;

use shorttail::measure::AllocFault;

use crate::request_path::{Blocks, Ordinary};

const REQUESTS: u64 = 1_000;

fn all(request: impl Fn(u64) -> u64) -> bool {
    (0..REQUESTS).all(|number| request(number) == number % 800)
}

#[test]
fn a_stalled_allocator_stalls_no_hot_call() {
    let blocks = Blocks::new();
    let stalled = AllocFault::delay_after(0, Duration::from_millis(1)).lasting();
    assert_eq!(
        stalled.run(|| all(|number| blocks.request(number))),
        (0, true)
    );
}

#[test]
fn a_refusing_allocator_fails_no_hot_call() {
    let blocks = Blocks::new();
    let refusing = AllocFault::fail_after(0).lasting();
    assert_eq!(
        refusing.run(|| all(|number| blocks.request(number))),
        (0, true)
    );
}

/// What makes the zeros above worth something.
#[test]
fn the_ordinary_way_is_stalled_in_each_request() {
    let ordinary = Ordinary::new();
    let stalled = AllocFault::delay_after(0, Duration::from_nanos(1)).lasting();
    let (struck, same) = stalled.run(|| all(|number| ordinary.request(number)));
    assert!(same && struck >= 3 * REQUESTS, "{struck}");
}
