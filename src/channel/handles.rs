//! How many hold each end of a channel.

use crate::sync::atomic::{AtomicUsize, Ordering};

/// The handles of one end. With the last of them the channel closes.
#[derive(Debug)]
pub(super) struct Handles(AtomicUsize);

impl Handles {
    /// The one that the channel is made with.
    pub(super) fn one() -> Self {
        Self(AtomicUsize::new(1))
    }

    pub(super) fn count(&self) -> usize {
        // Relaxed: a statistic; publishes nothing. [channel-2]
        self.0.load(Ordering::Relaxed)
    }

    /// One more, made from one that is there.
    pub(super) fn add(&self) {
        // Relaxed: the caller's own handle keeps the count above zero. [channel-2]
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One more, unless there is none; whether it was added. Zero is for good: who brought the
    /// count there closes the channel.
    pub(super) fn add_to_others(&self) -> bool {
        let one_more = |others: usize| (others > 0).then(|| others + 1);
        // Relaxed: publishes nothing; the last drop decides on this word alone. [channel-3]
        let added = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        added.is_ok()
    }

    /// One less; whether it was the last, whose owner then closes the channel.
    #[must_use = "the last one closes the channel"]
    pub(super) fn remove(&self) -> bool {
        // AcqRel: the last one closes after all that the others did. [channel-1]
        self.0.fetch_sub(1, Ordering::AcqRel) == 1
    }
}
