//! Threads that only take processor time.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// They burn until this is dropped.
#[derive(Debug)]
pub(crate) struct Burners(Arc<AtomicBool>);

impl Burners {
    pub(crate) fn start(count: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        for _ in 0..count {
            let stop = Arc::clone(&stop);
            drop(std::thread::spawn(move || {
                // Relaxed: nothing else is told by it.
                while !stop.load(Ordering::Relaxed) {
                    spin_loop();
                }
            }));
        }
        Self(stop)
    }
}

impl Drop for Burners {
    fn drop(&mut self) {
        // Relaxed: as in `start`.
        self.0.store(true, Ordering::Relaxed);
    }
}
