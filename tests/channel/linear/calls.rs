//! Calls, and which returned before which began.

use std::sync::atomic::{AtomicU32, Ordering};

/// One call, with what it did or was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<D> {
    pub(super) invoked: u32,
    pub(super) returned: u32,
    pub(super) did: D,
}

/// Gives numbers to beginnings and returns, in one order for all threads.
#[derive(Debug, Default)]
pub(super) struct Clock(AtomicU32);

impl Clock {
    pub(super) fn call<D>(&self, call: impl FnOnce() -> D) -> Call<D> {
        let invoked = self.tick();
        let did = call();
        Call {
            invoked,
            returned: self.tick(),
            did,
        }
    }

    fn tick(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}
