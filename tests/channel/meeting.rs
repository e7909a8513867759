//! A place where threads wait for each other without sleeping, so that what follows overlaps.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Where the threads of all rounds meet, so that their calls overlap.
#[derive(Default)]
pub(crate) struct Meeting(AtomicUsize);

impl Meeting {
    /// Comes back when `all` have come, counted from the first round on.
    pub(crate) fn meet(&self, all: usize) {
        self.0.fetch_add(1, Ordering::SeqCst);
        for look in 1_u32.. {
            if self.0.load(Ordering::SeqCst) >= all {
                return;
            }
            // Somebody who has not come may need this processor.
            if look % 256 == 0 {
                thread::yield_now();
            }
            spin_loop();
        }
    }
}
