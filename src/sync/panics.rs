//! Code of others (wakers, drops of values) in the midst of ours.

use core::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Keeps a panic until what must be done besides is done.
#[derive(Default)]
pub(crate) struct Panics(Option<Box<dyn Any + Send>>);

impl Panics {
    /// Runs `code`; whether it panicked. The first panic is kept.
    ///
    /// `code` leaves what it shares in order on its way out of a panic, as all drops do here.
    pub(crate) fn catch(&mut self, code: impl FnOnce()) -> bool {
        let panic = catch_unwind(AssertUnwindSafe(code)).err();
        let panicked = panic.is_some();
        self.0 = self.0.take().or(panic);
        panicked
    }

    /// Goes on with the panic that was kept, if any.
    pub(crate) fn resume(self) {
        if let Some(panic) = self.0 {
            resume_unwind(panic);
        }
    }
}
