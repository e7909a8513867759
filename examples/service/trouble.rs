//! What goes wrong with the service on purpose, switched by the driver while requests come in.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::service::Counter;

/// What a panic on purpose says.
const ON_PURPOSE: &str = "a panic on purpose";

/// The switches, all off at the start.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    failing_percent: AtomicU32,
    asked: AtomicU32,
    panicking_jobs: AtomicU32,
    panicking_loads: AtomicU32,
    /// Panics in the job of a request: its connection ends without an answer.
    pub(crate) jobs_panicked: Counter,
    /// Panics in a load of the cache.
    pub(crate) loads_panicked: Counter,
}

impl Trouble {
    /// From now on so many of a hundred requests for items fail.
    pub(crate) fn set_failing(&self, percent: u32) {
        // Relaxed, here and below: switches and counters, nothing is published by them.
        self.failing_percent.store(percent, Ordering::Relaxed);
    }

    /// So many of the next requests for items panic.
    pub(crate) fn set_panicking_jobs(&self, count: u32) {
        self.panicking_jobs.store(count, Ordering::Relaxed);
    }

    /// So many of the next loads panic.
    pub(crate) fn set_panicking_loads(&self, count: u32) {
        self.panicking_loads.store(count, Ordering::Relaxed);
    }

    /// Whether this request is one of those that fail.
    pub(crate) fn fails(&self) -> bool {
        let percent = self.failing_percent.load(Ordering::Relaxed);
        if percent == 0 {
            return false;
        }
        // Spread over each hundred: 37 has no divisor in common with 100.
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        turn.wrapping_mul(37) % 100 < percent
    }

    /// Panics if a request is to.
    pub(crate) fn in_a_job(&self) {
        if take(&self.panicking_jobs) {
            self.jobs_panicked.add();
            std::panic::panic_any(ON_PURPOSE);
        }
    }

    /// Panics if a load is to.
    pub(crate) fn in_a_load(&self) {
        if take(&self.panicking_loads) {
            self.loads_panicked.add();
            std::panic::panic_any(ON_PURPOSE);
        }
    }
}

fn take(left: &AtomicU32) -> bool {
    // The usual case is a load.
    left.load(Ordering::Relaxed) > 0
        && left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_ok()
}

/// Lets the panics on purpose pass in silence; all others are told as before.
pub(crate) fn quieten() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<&str>();
        if said.is_none_or(|said| *said != ON_PURPOSE) {
            tell(panic);
        }
    }));
}
