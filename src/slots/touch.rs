//! Making memory resident by writing to it.

use core::ptr::NonNull;

/// At most the size of a page anywhere: one write in each makes it resident.
const PAGE: usize = 4096;

/// Writes one byte in every page of the `bytes` from `start`, which may lie within a page: the
/// range may so end on one that no step comes to.
///
/// A read would map the shared zero page, and an atomic addition would split huge pages.
///
/// # Safety
/// The range must be writable memory that nobody else uses yet.
pub(crate) unsafe fn touch(start: NonNull<u8>, bytes: usize) {
    for offset in (0..bytes).step_by(PAGE).chain(bytes.checked_sub(1)) {
        // SAFETY: `offset < bytes`, and the caller vouches for the range.
        let page = unsafe { start.add(offset) };
        // SAFETY: inside the caller's writable range, which nobody else uses.
        unsafe { page.write_volatile(0) };
    }
}
