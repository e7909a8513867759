//! Lifts RealtimeSanitizer for the length of one call.

unsafe extern "C" {
    /// Stops checking on this thread until the matching enable; the runtime counts the nesting.
    safe fn __rtsan_disable();
    safe fn __rtsan_enable();
}

/// Re-enables on unwind too.
struct Lifted;

impl Drop for Lifted {
    fn drop(&mut self) {
        __rtsan_enable();
    }
}

pub(super) fn permitted<R>(call: impl FnOnce() -> R) -> R {
    __rtsan_disable();
    let _lifted = Lifted;
    call()
}
