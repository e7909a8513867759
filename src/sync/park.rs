//! Parking a thread on a word that lives in its own waiter node.

use core::time::Duration;

use super::atomic::{AtomicU32, Ordering};
use super::seat::{Seat, Started, Unparker};

const EMPTY: u32 = 0;
const NOTIFIED: u32 = 1;

/// The word on which one thread sleeps, for one wait.
///
/// The notifier takes an [`Unparker`], calls [`Parker::notify`] as its last touch of this value,
/// and only then [`Unparker::wake`]: the sleeper may be gone by then.
#[derive(Debug)]
pub(crate) struct Parker {
    word: AtomicU32,
    seat: Seat,
}

impl Parker {
    /// A word for the calling thread.
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU32::new(EMPTY),
            seat: Seat::new(),
        }
    }

    /// Sleeps until notified, or until `timeout` has passed; says whether it was notified.
    ///
    /// Spurious returns of the seat are told apart by the word; on a timeout the caller must still
    /// unlink its node and look at the word again. A lost wake-up shows in a model as a deadlock.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub(crate) fn park(&self, timeout: Option<Duration>) -> bool {
        let started = timeout.map(|limit| (Started::now(), limit));
        while !self.is_notified() {
            let left = match started {
                None => None,
                Some((start, limit)) => match limit.checked_sub(start.elapsed()) {
                    None | Some(Duration::ZERO) => return false,
                    left => left,
                },
            };
            self.seat.sleep(&self.word, EMPTY, left);
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
        self.seat.unparker(&self.word)
    }

    /// Marks the wait as over. The owner may free `self` at once: touch nothing of it afterwards.
    pub(crate) fn notify(&self) {
        // Release: pairs with the Acquire in `is_notified`. [sync-1]
        self.word.store(NOTIFIED, Ordering::Release);
    }
}
