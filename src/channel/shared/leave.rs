//! What the last handle of an end does as it goes.

use crate::sync::Panics;
use crate::sync::chaos::{Point, point};

use super::super::rendezvous::Table;
use super::Shared;

impl<T> Shared<T> {
    /// One sender less; the last one closes.
    pub(in crate::channel) fn drop_sender(&self) {
        if self.senders.remove() {
            point(Point::LastDrop);
            self.close();
        }
    }

    /// One receiver less; the last one closes and drops what is inside.
    pub(in crate::channel) fn drop_receiver(&self) {
        if self.receivers.remove() {
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
