//! Where a thread sleeps in a model, whose time does not pass: a timed wait is a plain one, unless
//! it is over from the start.

use core::time::Duration;

use super::atomic::AtomicU32;
use super::thread::{self, Thread};
use super::wake_call;

/// The moment in which a whole model runs.
#[derive(Clone, Copy)]
pub(super) struct Started;

impl Started {
    pub(super) const fn now() -> Self {
        Self
    }

    pub(super) const fn elapsed(self) -> Duration {
        Duration::ZERO
    }
}

#[derive(Debug)]
pub(super) struct Seat(Thread);

#[derive(Debug)]
pub(crate) struct Unparker(Thread);

impl Seat {
    pub(super) fn new() -> Self {
        Self(thread::current())
    }

    pub(super) fn sleep(&self, _: &AtomicU32, _: u32, _: Option<Duration>) {
        thread::park();
    }

    pub(super) fn unparker(&self, _: &AtomicU32) -> Unparker {
        Unparker(self.0.clone())
    }
}

impl Unparker {
    pub(crate) fn wake(self) {
        wake_call(|| self.0.unpark());
    }
}
