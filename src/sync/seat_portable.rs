//! Where a thread sleeps on platforms without a futex: as `std::thread` parks it.

use core::time::Duration;

use super::atomic::AtomicU32;
use super::thread::{self, Thread};
use super::wake_call;

pub(super) use std::time::Instant as Started;

/// The thread that sleeps here.
#[derive(Debug)]
pub(super) struct Seat(Thread);

/// Wakes the thread of a [`Parker`](super::Parker) that was notified; outlives it safely.
#[derive(Debug)]
pub(crate) struct Unparker(Thread);

impl Seat {
    /// For the calling thread.
    pub(super) fn new() -> Self {
        Self(thread::current())
    }

    /// Sleeps until woken, or until `timeout` has passed, or without reason. A wake that comes
    /// before it is not lost: the thread keeps a token.
    pub(super) fn sleep(&self, _: &AtomicU32, _: u32, timeout: Option<Duration>) {
        match timeout {
            None => thread::park(),
            Some(left) => thread::park_timeout(left),
        }
    }

    pub(super) fn unparker(&self, _: &AtomicU32) -> Unparker {
        Unparker(self.0.clone())
    }
}

impl Unparker {
    /// Wakes the thread if it sleeps.
    pub(crate) fn wake(self) {
        wake_call(|| self.0.unpark());
    }
}
