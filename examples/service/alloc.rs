//! The example's allocator: one of two, chosen once per process, inside the guard that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use mimalloc::MiMalloc;
use shorttail::measure::AllocGuard;

/// Set to `mimalloc` in the environment of a process, it chooses mimalloc.
pub(crate) const CHOICE: &str = "SHORTTAIL_SERVICE_ALLOCATOR";
const CHOICE_C: &core::ffi::CStr = c"SHORTTAIL_SERVICE_ALLOCATOR";

#[global_allocator]
static ALLOCATOR: AllocGuard<Chosen> = AllocGuard::new(Chosen {
    choice: AtomicU8::new(UNKNOWN),
});

/// Microseconds that each allocation takes on purpose, or one of the values below.
static TROUBLE: AtomicU64 = AtomicU64::new(WELL);
/// Allocations that were slow or refused on purpose.
static STRUCK: AtomicU64 = AtomicU64::new(0);

const WELL: u64 = 0;
const FAILING: u64 = u64::MAX;

/// From now on each allocation of the process takes `time` more; none with zero.
pub(crate) fn set_slow(time: Duration) {
    let time_us = u64::try_from(time.as_micros()).unwrap_or(FAILING - 1);
    // Relaxed, here and below: a switch and a counter of their own.
    TROUBLE.store(time_us, Ordering::Relaxed);
}

/// From now on each allocation of the process is refused, until [`set_slow`].
pub(crate) fn set_failing() {
    TROUBLE.store(FAILING, Ordering::Relaxed);
}

/// How many allocations met the trouble.
pub(crate) fn struck() -> u64 {
    STRUCK.load(Ordering::Relaxed)
}

/// Whether the allocation is refused; waits first where it is to be slow.
#[inline]
fn is_refused() -> bool {
    match TROUBLE.load(Ordering::Relaxed) {
        WELL => false,
        trouble => strike(trouble),
    }
}

#[cold]
fn strike(trouble: u64) -> bool {
    STRUCK.fetch_add(1, Ordering::Relaxed);
    if trouble != FAILING {
        // Allocates nothing: a system call.
        std::thread::sleep(Duration::from_micros(trouble));
    }
    trouble == FAILING
}

const UNKNOWN: u8 = 0;
const SYSTEM: u8 = 1;
const MIMALLOC: u8 = 2;

/// The system's allocator or mimalloc. The choice never changes once made, so that every block
/// goes back to the allocator that made it.
struct Chosen {
    choice: AtomicU8,
}

impl Chosen {
    #[inline]
    fn is_mimalloc(&self) -> bool {
        // Relaxed: every thread that looks for itself finds the same answer in the environment.
        match self.choice.load(Ordering::Relaxed) {
            UNKNOWN => self.choose(),
            choice => choice == MIMALLOC,
        }
    }

    #[cold]
    fn choose(&self) -> bool {
        // SAFETY: the name is a C string, and nothing in this program changes the environment; a
        // call of `set_var` beside this one would break it.
        let value = unsafe { libc::getenv(CHOICE_C.as_ptr()) };
        let mimalloc = !value.is_null() && {
            // SAFETY: `value` is not null and so points to a C string of the environment, which
            // lives and stays as it is for as long as nobody changes the environment (above).
            let value = unsafe { core::ffi::CStr::from_ptr(value) };
            value.to_bytes() == b"mimalloc"
        };
        let choice = if mimalloc { MIMALLOC } else { SYSTEM };
        // Relaxed: see `is_mimalloc`.
        self.choice.store(choice, Ordering::Relaxed);
        mimalloc
    }
}

// SAFETY: every method passes its arguments on unchanged to one of two allocators that uphold the
// contract, and to the same one in every call of the process (see `Chosen`), or answers a request
// for memory with a null pointer, as the contract allows: a choice that changed after the first
// allocation would free a block with an allocator that never made it.
unsafe impl GlobalAlloc for Chosen {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_refused() {
            return std::ptr::null_mut();
        }
        if self.is_mimalloc() {
            // SAFETY: our caller upholds the contract of `alloc` for `layout`.
            unsafe { MiMalloc.alloc(layout) }
        } else {
            // SAFETY: as above.
            unsafe { System.alloc(layout) }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_refused() {
            return std::ptr::null_mut();
        }
        if self.is_mimalloc() {
            // SAFETY: our caller upholds the contract of `alloc_zeroed` for `layout`.
            unsafe { MiMalloc.alloc_zeroed(layout) }
        } else {
            // SAFETY: as above.
            unsafe { System.alloc_zeroed(layout) }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_mimalloc() {
            // SAFETY: our caller upholds the contract of `dealloc`; this allocator made `block`.
            unsafe { MiMalloc.dealloc(block, layout) }
        } else {
            // SAFETY: as above.
            unsafe { System.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if is_refused() {
            return std::ptr::null_mut();
        }
        if self.is_mimalloc() {
            // SAFETY: our caller upholds the contract of `realloc`; this allocator made `block`.
            unsafe { MiMalloc.realloc(block, layout, size) }
        } else {
            // SAFETY: as above.
            unsafe { System.realloc(block, layout, size) }
        }
    }
}
