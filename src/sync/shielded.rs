//! User code whose panic ends nothing but itself.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs user code; a panic ends it and nothing else. Says whether it came to its end.
pub(crate) fn shielded(work: impl FnOnce()) -> bool {
    let Err(payload) = catch_unwind(AssertUnwindSafe(work)) else {
        return true;
    };
    // What was thrown may itself panic when dropped; that second one is left alone.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        core::mem::forget(again);
    }
    false
}
