//! Memory for one class, mapped from the kernel and made resident at once.

use core::ptr::NonNull;

use super::touch::touch;

/// A private mapping. Owned: unmapped on drop.
#[derive(Debug)]
pub(super) struct Region {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the region is memory and nothing else; who may touch which part of it when is the
// business of the slots' leases. Unmapping works from any thread.
unsafe impl Send for Region {}
// SAFETY: as for `Send`; `&Region` gives out an address only.
unsafe impl Sync for Region {}

impl Region {
    /// Maps `bytes`, zeroed, and with `prefault` resident. `None` if the kernel refuses.
    pub(super) fn new(bytes: usize, prefault: bool) -> Option<Self> {
        // SAFETY: a fresh anonymous mapping at an address of the kernel's choice aliases nothing.
        let start = unsafe {
            libc::mmap(
                core::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return None;
        }
        let region = Self {
            start: NonNull::new(start.cast())?,
            bytes,
        };
        (!prefault || region.populate()).then_some(region)
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Makes every page resident; `false` if there is not enough memory.
    fn populate(&self) -> bool {
        let start = self.start.as_ptr().cast();
        // SAFETY: the range is the mapping made in `new`, which nobody else knows yet.
        let done = unsafe { libc::madvise(start, self.bytes, libc::MADV_POPULATE_WRITE) };
        if done == 0 {
            return true;
        }
        if std::io::Error::last_os_error().raw_os_error() == Some(libc::ENOMEM) {
            return false;
        }
        // Kernels before 5.14 do not know the advice.
        // SAFETY: as above: writable, and nobody else knows it yet.
        unsafe { touch(self.start, self.bytes) };
        true
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: this value owns the mapping, and the leases that lent parts of it are gone:
        // `slots::Owner` drops it after the last of them.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}
