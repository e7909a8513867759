//! What every call of the library goes through here, so that the check does not hang on the
//! attribute that the library itself carries.

/// Runs `call`; the first allocation, lock or system call in it ends the process.
#[inline(never)]
#[sanitize(realtime = "nonblocking")]
pub(crate) fn nonblocking<R>(call: impl FnOnce() -> R) -> R {
    call()
}
