//! Parking through `std::thread`, for platforms without a futex.

use core::time::Duration;
use std::time::Instant;

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
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub(crate) fn park(&self, timeout: Option<Duration>) -> bool {
        let started = timeout.map(|limit| (Instant::now(), limit));
        while !self.is_notified() {
            let Some((start, limit)) = started else {
                thread::park();
                continue;
            };
            match limit.checked_sub(start.elapsed()) {
                None | Some(Duration::ZERO) => return false,
                Some(left) => thread::park_timeout(left),
            }
        }
        true
    }

    /// Whether [`Parker::notify`] was called.
    pub(crate) fn is_notified(&self) -> bool {
        // Acquire: pairs with the Release in `notify`, to see what the notifier did. [sync-2]
        self.word.load(Ordering::Acquire) == NOTIFIED
    }

    /// For another wait on the same value; by its owner. A notification that it takes back was
    /// for a wait that is over.
    pub(crate) fn reset(&self) {
        // AcqRel: shows what the notifier did whose notification it takes back. [sync-2]
        self.word.swap(EMPTY, Ordering::AcqRel);
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
