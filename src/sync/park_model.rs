//! Parking under loom. Time does not pass in a model: a timed wait is a plain one, unless it is
//! over from the start.

use core::time::Duration;

use super::atomic::{AtomicU32, Ordering};
use super::thread::{self, Thread};
use super::wake_call;

const EMPTY: u32 = 0;
const NOTIFIED: u32 = 1;

#[derive(Debug)]
pub(crate) struct Parker {
    word: AtomicU32,
    thread: Thread,
}

#[derive(Debug)]
pub(crate) struct Unparker {
    thread: Thread,
}

impl Parker {
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU32::new(EMPTY),
            thread: thread::current(),
        }
    }

    /// A lost wake-up shows as a deadlock, which loom reports.
    pub(crate) fn park(&self, timeout: Option<Duration>) -> bool {
        if timeout == Some(Duration::ZERO) {
            return self.is_notified();
        }
        while !self.is_notified() {
            thread::park();
        }
        true
    }

    pub(crate) fn is_notified(&self) -> bool {
        // Acquire: pairs with the Release in `notify`. [sync-2]
        self.word.load(Ordering::Acquire) == NOTIFIED
    }

    /// For another wait on the same value; by its owner. A notification that it takes back was
    /// for a wait that is over.
    pub(crate) fn reset(&self) {
        // AcqRel: shows what the notifier did whose notification it takes back. [sync-2]
        self.word.swap(EMPTY, Ordering::AcqRel);
    }

    pub(crate) fn unparker(&self) -> Unparker {
        Unparker {
            thread: self.thread.clone(),
        }
    }

    pub(crate) fn notify(&self) {
        // Release: pairs with the Acquire in `is_notified`. [sync-1]
        self.word.store(NOTIFIED, Ordering::Release);
    }
}

impl Unparker {
    pub(crate) fn wake(self) {
        wake_call(|| self.thread.unpark());
    }
}
