//! The allocator wrapper that counts, and the calls that read its counts.

use core::hint::black_box;
use core::ptr::null_mut;
use std::alloc::{GlobalAlloc, Layout, System};

use super::{AllocCounts, ledger};
use crate::sync::global::OnceLock;

/// A global allocator that passes everything on to `A` and counts it.
///
/// Counts are kept per thread and for the whole process. `alloc`, `alloc_zeroed` and `realloc`
/// reach `A` as what they are: wrapping changes no allocation's speed class. The guard belongs
/// to a binary, a test or an example; this crate never installs it. All guards of a process write
/// into the same counts: a guard around a guard counts every call twice.
///
/// # Guarantees
/// Adds two plain load and store pairs on thread-owned memory to an allocation (three if it is to
/// be zeroed), one to a free (see [`performance`](crate::guide::performance)); takes no lock and
/// allocates nothing, but for the backtrace of an offender. After 512 threads of the process have
/// allocated, later ones pay relaxed read-modify-writes instead.
/// Needs a platform with native thread-local storage.
///
/// # Examples
/// ```
/// use shorttail::measure::{AllocGuard, assert_no_alloc};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// assert!(AllocGuard::is_installed());
/// let mut list = Vec::with_capacity(8);
/// assert_no_alloc(|| list.push(1));
/// ```
/// Any allocator can be inside:
/// ```
/// use std::alloc::System;
/// use shorttail::measure::AllocGuard;
///
/// #[global_allocator]
/// static GUARD: AllocGuard<System> = AllocGuard::new(System);
///
/// let _system: &System = GUARD.inner();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AllocGuard<A = System> {
    inner: A,
}

impl AllocGuard<System> {
    /// A guard around the system's allocator; for an example see [`AllocGuard`].
    #[must_use]
    pub const fn system() -> Self {
        Self::new(System)
    }

    /// Whether the process's global allocator is, or is wrapped in, some `AllocGuard`;
    /// for an example see [`AllocGuard`].
    ///
    /// Proved and not assumed: the first call allocates once through the global allocator and
    /// looks whether the counts moved. Later calls return that answer, which cannot change.
    #[must_use]
    pub fn is_installed() -> bool {
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        *INSTALLED.get_or_init(|| {
            let before = ledger::thread_counts();
            // Black box: the compiler may remove an allocation that nobody looks at.
            drop(black_box(Box::new(black_box(1_u8))));
            let seen = ledger::thread_counts() - before;
            // More than one where guards are wrapped in guards.
            seen.allocs >= 1 && seen.frees >= 1
        })
    }
}

impl<A> AllocGuard<A> {
    /// A guard around `inner`; for an example see [`AllocGuard`].
    #[must_use]
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }

    /// The allocator inside; for an example see [`AllocGuard`].
    pub const fn inner(&self) -> &A {
        &self.inner
    }
}

// SAFETY: every method passes its arguments on to `inner` unchanged and returns its answer
// unchanged, or returns null, which means failure and leaves a block that was to be resized as it
// was; so the contract holds because `A` upholds it. Counting touches no memory of the caller and
// does not unwind. It allocates only while it takes a backtrace, before `inner` is entered and
// with the watch and the counts off, so it cannot recurse further; code in `ledger` or `watch`
// that unwound, or that allocated otherwise, would break this.
unsafe impl<A: GlobalAlloc> GlobalAlloc for AllocGuard<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ledger::count_alloc(layout) {
            return null_mut();
        }
        // SAFETY: our caller upholds the contract of `alloc` for `layout`.
        unsafe { self.inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if ledger::count_zeroed(layout) {
            return null_mut();
        }
        // SAFETY: our caller upholds the contract of `alloc_zeroed` for `layout`.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if ledger::count_realloc(layout, new_size) {
            return null_mut();
        }
        // SAFETY: our caller upholds the contract of `realloc`; `block` came from `inner`,
        // since every block we ever returned did.
        unsafe { self.inner.realloc(block, layout, new_size) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ledger::count_free();
        // SAFETY: our caller upholds the contract of `dealloc`; `block` came from `inner`,
        // since every block we ever returned did.
        unsafe { self.inner.dealloc(block, layout) }
    }
}

#[track_caller]
pub(super) fn must_be_installed() {
    assert!(
        AllocGuard::is_installed(),
        "no AllocGuard is the #[global_allocator] of this binary, so nothing is counted"
    );
}

/// Runs `work` and counts what the calling thread asks of the allocator meanwhile.
///
/// Other threads do not disturb the count: tests may run side by side. Work that `work` hands to
/// other threads is not in it. Regions nest; a panic in `work` passes through and spoils nothing.
/// Two readings of the thread's own counts.
///
/// # Panics
/// If no [`AllocGuard`] is installed: a count of zero would prove nothing.
///
/// # Examples
/// ```
/// use shorttail::measure::{AllocGuard, count_allocs};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// let (counts, list) = count_allocs(|| vec![1_u64, 2, 3]);
/// assert_eq!((counts.allocs, counts.reallocs, counts.frees, counts.bytes), (1, 0, 0, 24));
/// assert_eq!(list.len(), 3);
/// ```
#[track_caller]
pub fn count_allocs<R>(work: impl FnOnce() -> R) -> (AllocCounts, R) {
    must_be_installed();
    let before = ledger::thread_counts();
    let result = work();
    (ledger::thread_counts() - before, result)
}

/// Everything the calling thread has asked of the allocator so far.
///
/// Subtract an earlier reading of the same thread. Exact; five reads of the thread's own memory.
///
/// # Panics
/// If no [`AllocGuard`] is installed.
///
/// # Examples
/// ```
/// use shorttail::measure::{AllocGuard, thread_allocs};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// let before = thread_allocs();
/// let page = vec![0_u8; 4096];
/// let during = thread_allocs() - before;
/// assert_eq!((during.allocs, during.zeroed, during.bytes), (1, 1, 4096));
/// drop(page);
/// ```
#[must_use]
#[track_caller]
pub fn thread_allocs() -> AllocCounts {
    must_be_installed();
    ledger::thread_counts()
}

/// Everything this process has asked of the allocator so far, on all threads.
///
/// Subtract an earlier reading to get an interval. Each field is exact; the five are not one
/// instant while other threads allocate. Never allocates; at most 2 565 relaxed loads.
///
/// # Panics
/// If no [`AllocGuard`] is installed.
///
/// # Examples
/// ```
/// use shorttail::measure::{AllocGuard, process_allocs};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// let before = process_allocs();
/// std::thread::spawn(|| drop(Box::new(7))).join().unwrap();
/// let during = process_allocs() - before;
/// assert!(during.allocs >= 1); // the box, and what starting a thread takes
/// ```
#[must_use]
#[track_caller]
pub fn process_allocs() -> AllocCounts {
    must_be_installed();
    ledger::process_counts()
}
