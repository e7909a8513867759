//! Waiting for what another thread is to do: a test that waits in vain says so, and does not hang.

use std::thread;
use std::time::Duration;

/// Far more looks than any test needs on a busy machine.
const LOOKS: u64 = 20_000_000;

/// For calls that must end even if what they wait for is broken: far more than they need.
#[allow(dead_code, reason = "for some tests")]
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Looks until `done`, and gives the processor away between two looks.
pub(crate) fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..LOOKS {
        if done() {
            return;
        }
        thread::yield_now();
    }
    panic!("waited in vain");
}
