//! What wakes a thread that polls.

use core::marker::PhantomData;
use core::task::Waker;
use core::time::Duration;
use std::task::Wake;

use super::Parker;
use super::global::Arc;

/// The thread's own end of a waker.
pub(crate) struct Bell {
    rope: Arc<Rope>,
    /// Its parker may be bound to the thread that made it.
    _not_send: PhantomData<*const ()>,
}

/// What whoever is polled holds: it outlives the wait, since a notifier may be late.
struct Rope(Parker);

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// Makes the system call also where another has rung before: that one may stand still before
    /// its own.
    fn wake_by_ref(self: &Arc<Self>) {
        self.0.notify();
        self.0.unparker().wake();
    }
}

impl Bell {
    /// For the calling thread. Allocates what the waker holds.
    pub(crate) fn new() -> (Self, Waker) {
        let rope = Arc::new(Rope(Parker::new()));
        let waker = Waker::from(Arc::clone(&rope));
        let bell = Self {
            rope,
            _not_send: PhantomData,
        };
        (bell, waker)
    }

    /// Before a poll: what rang until now led there.
    pub(crate) fn reset(&self) {
        self.rope.0.reset();
    }

    /// Sleeps until it rings, or until `timeout` has passed; whether it rang.
    pub(crate) fn park(&self, timeout: Option<Duration>) -> bool {
        self.rope.0.park(timeout)
    }
}
