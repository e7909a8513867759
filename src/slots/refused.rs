//! How many claims were refused, counted without a locked step by who is refused most.

use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Claims refused to threads at home in a word: exact.
///
/// The first thread that is refused has a count of its own, for good: threads' numbers are not used
/// again. One thread alone writes to that, so it needs no read-modify-write; all others share
/// the other.
#[derive(Debug)]
pub(super) struct Refused {
    /// One more than the number of the thread that has `own`; zero while none has.
    owner: AtomicUsize,
    own: AtomicU64,
    shared: AtomicU64,
}

impl Refused {
    pub(super) fn new() -> Self {
        Self {
            owner: AtomicUsize::new(0),
            own: AtomicU64::new(0),
            shared: AtomicU64::new(0),
        }
    }

    /// Counts one, for the calling thread, whose number this is.
    #[inline]
    pub(super) fn count(&self, thread: usize) {
        if self.is_owner(thread + 1) {
            // Relaxed: a statistic, written by this thread alone. [slots-7]
            let own = self.own.load(Ordering::Relaxed);
            // Relaxed: as above. [slots-7]
            self.own.store(own + 1, Ordering::Relaxed);
        } else {
            // Relaxed: a statistic; publishes nothing. [slots-7]
            self.shared.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[inline]
    fn is_owner(&self, me: usize) -> bool {
        // Relaxed: who reads its own number wrote it. [slots-7]
        match self.owner.load(Ordering::Relaxed) {
            0 => {
                // Relaxed: the number is all there is, and one thread sets it. [slots-7]
                let set = self.owner.compare_exchange(
                    0,
                    me,
                    Ordering::Relaxed, // [slots-7]
                    Ordering::Relaxed, // [slots-7]
                );
                set.is_ok()
            }
            owner => owner == me,
        }
    }

    pub(super) fn get(&self) -> u64 {
        // Relaxed: a statistic; publishes nothing. [slots-7]
        self.own.load(Ordering::Relaxed) + self.shared.load(Ordering::Relaxed)
    }
}
