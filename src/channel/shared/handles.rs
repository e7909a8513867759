//! How many hold an end, and what the last of them does.

use crate::sync::Panics;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::chaos::{Point, point};

use super::super::rendezvous::Table;
use super::Shared;

impl<T> Shared<T> {
    pub(in crate::channel) fn sender_count(&self) -> usize {
        // Relaxed: a statistic; publishes nothing. [channel-2]
        self.senders.load(Ordering::Relaxed)
    }

    pub(in crate::channel) fn receiver_count(&self) -> usize {
        // Relaxed: a statistic; publishes nothing. [channel-2]
        self.receivers.load(Ordering::Relaxed)
    }

    pub(in crate::channel) fn add_sender(&self) {
        // Relaxed: the caller's own handle keeps the count above zero. [channel-2]
        self.senders.fetch_add(1, Ordering::Relaxed);
    }

    pub(in crate::channel) fn add_receiver(&self) {
        // Relaxed: the caller's own handle keeps the count above zero. [channel-2]
        self.receivers.fetch_add(1, Ordering::Relaxed);
    }

    /// One sender more, unless there is none; whether it was added.
    pub(in crate::channel) fn add_sender_to_others(&self) -> bool {
        add_to_others(&self.senders)
    }

    /// One receiver more, unless there is none; whether it was added.
    pub(in crate::channel) fn add_receiver_to_others(&self) -> bool {
        add_to_others(&self.receivers)
    }

    /// One sender less; the last one closes.
    pub(in crate::channel) fn drop_sender(&self) {
        // AcqRel: the last one closes after all that the others did. [channel-1]
        if self.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            point(Point::LastDrop);
            self.close();
        }
    }

    /// One receiver less; the last one closes and drops what is inside.
    pub(in crate::channel) fn drop_receiver(&self) {
        // AcqRel: the last one closes after all that the others did. [channel-1]
        if self.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            let mut panics = Panics::default();
            panics.catch(|| _ = self.close());
            point(Point::LastDrop);
            while panics.catch(|| while self.ring.try_pop().is_ok() {}) {}
            if let Some(meeting) = self.meeting() {
                let oldest = || meeting.with(Table::take_accepted);
                while panics.catch(|| while oldest().is_some() {}) {}
            }
            panics.resume();
        }
    }
}

/// Zero is for good: who brought the count there closes the channel.
fn add_to_others(count: &AtomicUsize) -> bool {
    let one_more = |others: usize| (others > 0).then(|| others + 1);
    // Relaxed: publishes nothing; the last drop decides on this word alone. [channel-3]
    let added = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
    added.is_ok()
}
