//! Parking a thread on a futex word that lives in its own waiter node.

use core::time::Duration;
use std::time::Instant;

use super::atomic::{AtomicU32, Ordering};
use super::wake_call;

const EMPTY: u32 = 0;
const NOTIFIED: u32 = 1;

/// The word on which one thread sleeps, for one wait.
///
/// The notifier takes an [`Unparker`], calls [`Parker::notify`] as its last touch of this value,
/// and only then [`Unparker::wake`]: the sleeper may be gone by then.
#[derive(Debug)]
pub(crate) struct Parker {
    word: AtomicU32,
}

/// Wakes the thread of a [`Parker`] that was notified; outlives it safely.
#[derive(Debug)]
pub(crate) struct Unparker {
    /// Address only: never dereferenced here. The kernel looks up who sleeps on it.
    word: *const u32,
}

// SAFETY: the pointer is used as an address for the kernel and never dereferenced by this
// process, so no thread can race on what it points to. Adding a dereference would break this.
unsafe impl Send for Unparker {}

impl Parker {
    /// A word for the calling thread.
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU32::new(EMPTY),
        }
    }

    /// Sleeps until notified, or until `timeout` has passed; says whether it was notified.
    ///
    /// Spurious returns of the kernel are told apart by the word; on a timeout the caller
    /// must still unlink its node and look at the word again.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub(crate) fn park(&self, timeout: Option<Duration>) -> bool {
        let started = timeout.map(|limit| (Instant::now(), limit));
        while !self.is_notified() {
            let left = match started {
                None => None,
                Some((start, limit)) => match limit.checked_sub(start.elapsed()) {
                    None | Some(Duration::ZERO) => return false,
                    left => left,
                },
            };
            futex_wait(&self.word, EMPTY, left);
        }
        true
    }

    /// Whether [`Parker::notify`] was called.
    pub(crate) fn is_notified(&self) -> bool {
        // Acquire: pairs with the Release in `notify`, to see what the notifier did. [sync-2]
        self.word.load(Ordering::Acquire) == NOTIFIED
    }

    /// For another wait on the same value; by its owner. A notification that it takes back was
    /// for a wait that is over.
    pub(crate) fn reset(&self) {
        // AcqRel: shows what the notifier did whose notification it takes back. [sync-2]
        self.word.swap(EMPTY, Ordering::AcqRel);
    }

    /// A handle that can wake this thread after this value is gone.
    pub(crate) fn unparker(&self) -> Unparker {
        Unparker {
            word: self.word.as_ptr().cast_const(),
        }
    }

    /// Marks the wait as over. The owner may free `self` at once: touch nothing of it afterwards.
    pub(crate) fn notify(&self) {
        // Release: pairs with the Acquire in `is_notified`. [sync-1]
        self.word.store(NOTIFIED, Ordering::Release);
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

/// Sleeps while `word` holds `expected`; returns on wake, timeout, signal or a changed word.
fn futex_wait(word: &AtomicU32, expected: u32, timeout: Option<Duration>) {
    let spec = timeout.map(|left| libc::timespec {
        tv_sec: left.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: left.subsec_nanos().into(),
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
