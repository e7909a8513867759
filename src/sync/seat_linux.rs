//! Where a thread sleeps: in a futex call, on the word itself.

use core::time::Duration;

use super::atomic::AtomicU32;
use super::wake_call;

pub(super) use std::time::Instant as Started;

/// Nothing: the kernel finds who sleeps by the address of the word.
#[derive(Debug)]
pub(super) struct Seat;

/// Wakes the thread of a [`Parker`](super::Parker) that was notified; outlives it safely.
#[derive(Debug)]
pub(crate) struct Unparker {
    /// Address only: never dereferenced here. The kernel looks up who sleeps on it.
    word: *const u32,
}

// SAFETY: the pointer is used as an address for the kernel and never dereferenced by this
// process, so no thread can race on what it points to. Adding a dereference would break this.
unsafe impl Send for Unparker {}

impl Seat {
    pub(super) const fn new() -> Self {
        Self
    }

    /// Sleeps while `word` holds `expected`; returns on wake, timeout, signal or a changed word.
    pub(super) fn sleep(&self, word: &AtomicU32, expected: u32, timeout: Option<Duration>) {
        let spec = timeout.map(|left| libc::timespec {
            tv_sec: left.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            // Less than 2^30: it fits where a long has 32 bits.
            tv_nsec: left.subsec_nanos() as libc::c_long,
        });
        let spec_ptr = spec.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
        // SAFETY: `word` is a live, aligned u32 for the length of the call (we hold a reference),
        // and `spec_ptr` is null or points to `spec`, which lives on this frame.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                word.as_ptr(),
                libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
                expected,
                spec_ptr,
            )
        };
    }

    pub(super) const fn unparker(&self, word: &AtomicU32) -> Unparker {
        Unparker {
            word: word.as_ptr().cast_const(),
        }
    }
}

impl Unparker {
    /// Wakes the thread if it sleeps. One system call.
    pub(crate) fn wake(self) {
        // SAFETY: FUTEX_WAKE takes an address and compares it with those of sleepers; it does
        // not access the memory. Should the stack word be gone and the address in use again,
        // a stranger's futex wait returns early, which every futex user must expect.
        wake_call(|| unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.word,
                libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                1,
            )
        });
    }
}
