//! Asks for cache lines ahead of their use.

use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

/// Begins to fetch the first and the last line of `value`. Not an access: what is written
/// meanwhile races with nothing.
#[inline(always)]
pub(crate) fn prefetch<T>(value: &T) {
    let first = core::ptr::from_ref(value).cast::<i8>();
    let last = first.wrapping_add(size_of::<T>().saturating_sub(1));
    // SAFETY: every x86-64 has the instruction; it reads nothing a program can see and faults on
    // no address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(first) };
    // SAFETY: as above.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(last) };
}
