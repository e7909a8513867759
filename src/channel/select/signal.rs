//! What wakes a thread that waits in several queues: one waker for all of them.

use core::marker::PhantomData;
use core::task::Waker;
use core::time::Duration;
use std::task::Wake;

use crate::sync::global::{Arc, AtomicU64, Ordering};
use crate::sync::{MODEL, Parker};

/// A thread's own end.
pub(super) struct Signal {
    bell: Arc<Bell>,
    /// Its parker may be bound to the thread that made it.
    _not_send: PhantomData<*const ()>,
}

/// What the queues hold: it outlives the wait, since a notifier may be late.
struct Bell(Parker);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.notify();
        self.0.unparker().wake();
    }
}

impl Signal {
    /// For the calling thread.
    pub(super) fn new() -> (Self, Waker) {
        let bell = Arc::new(Bell(Parker::new()));
        let waker = Waker::from(bell.clone());
        let signal = Self {
            bell,
            _not_send: PhantomData,
        };
        (signal, waker)
    }

    /// Before a look at all cases: what rang until now led here.
    pub(super) fn reset(&self) {
        self.bell.0.reset();
    }

    /// Sleeps until it rings, or until `timeout` has passed; whether it rang.
    pub(super) fn park(&self, timeout: Option<Duration>) -> bool {
        self.bell.0.park(timeout)
    }
}

/// Another one for each select, the same ones in each run.
pub(super) fn seed() -> u64 {
    static MADE: AtomicU64 = AtomicU64::new(1);
    if MODEL {
        return 1; // every run of a model does the same
    }
    // Relaxed: the number is all there is; it publishes nothing. [sync-4]
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    // The golden ratio spreads them, and never gives zero.
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
}
