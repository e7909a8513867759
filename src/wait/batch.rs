//! A few wake handles on the stack, woken after the queue's lock is free.

use crate::sync::MODEL;

use super::list::Wake;

/// Wakes that one call makes before it leaves the rest to those whom it has woken.
const SIZE: usize = if MODEL { 1 } else { 16 };

/// Wakes to be made. Dropping it makes them, so that a panicking waker loses none of the rest.
pub(super) struct Batch {
    wakes: [Option<Wake>; SIZE],
    len: usize,
}

impl Batch {
    pub(super) fn new() -> Self {
        Self {
            wakes: [const { None }; SIZE],
            len: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many more fit.
    pub(super) fn room(&self) -> usize {
        SIZE - self.len
    }

    /// Adds a handle; the caller has checked that there is room.
    pub(super) fn push(&mut self, wake: Wake) {
        self.wakes[self.len] = Some(wake);
        self.len += 1;
    }

    /// Wakes all of them, first come first.
    pub(super) fn wake(mut self) {
        self.run();
    }

    fn run(&mut self) {
        for wake in self.wakes[..self.len].iter_mut().filter_map(Option::take) {
            wake.wake();
        }
        self.len = 0;
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.run();
    }
}
