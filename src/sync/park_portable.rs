//! Parking through `std::thread`, for platforms without a futex.

use core::time::Duration;

use super::atomic::{AtomicU32, Ordering};
use super::thread::{self, Thread};
use super::wake_call;

const EMPTY: u32 = 0;
const NOTIFIED: u32 = 1;

/// The word on which one thread waits, for one wait; see the futex version for the protocol.
#[derive(Debug)]
pub(crate) struct Parker {
    word: AtomicU32,
    thread: Thread,
}

/// Wakes the thread of a [`Parker`] that was notified; outlives it safely.
#[derive(Debug)]
pub(crate) struct Unparker {
    thread: Thread,
}

impl Parker {
    /// A word for the calling thread.
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU32::new(EMPTY),
            thread: thread::current(),
        }
    }

    /// Sleeps until notified, or until `timeout` has passed; says whether it was notified.
    pub(crate) fn park(&self, timeout: Option<Duration>) -> bool {
        let started = timeout.map(|limit| (crate::time::now_ns(), limit));
        while !self.is_notified() {
            let Some((start_ns, limit)) = started else {
                thread::park();
                continue;
            };
            let passed = Duration::from_nanos(crate::time::now_ns() - start_ns);
            match limit.checked_sub(passed) {
                None | Some(Duration::ZERO) => return false,
                Some(left) => thread::park_timeout(left),
            }
        }
        true
    }

    /// Whether [`Parker::notify`] was called.
    pub(crate) fn is_notified(&self) -> bool {
        // Acquire: pairs with the Release in `notify`; what the notifier did before is visible. [sync-2]
        self.word.load(Ordering::Acquire) == NOTIFIED
    }

    /// A handle that can wake this thread after this value is gone.
    pub(crate) fn unparker(&self) -> Unparker {
        Unparker {
            thread: self.thread.clone(),
        }
    }

    /// Marks the wait as over. The owner may free `self` at once: touch nothing of it afterwards.
    pub(crate) fn notify(&self) {
        // Release: pairs with the Acquire in `is_notified`. [sync-1]
        self.word.store(NOTIFIED, Ordering::Release);
    }
}

impl Unparker {
    /// Wakes the thread if it sleeps.
    pub(crate) fn wake(self) {
        wake_call(|| self.thread.unpark());
    }
}
