//! Memory for one class, mapped from the kernel, with the policies that were asked for.

use core::ptr::NonNull;

use super::memory::{HugePages, Memory};
use super::{ConfigError, MemoryPolicy};
use crate::slots::touch;

/// Huge pages are of this size, or refused.
const HUGE: usize = 2 << 20;
/// No page is smaller.
const PAGE_MIN: usize = 4096;
/// Pages whose state is asked for by one call: 1 MiB of small ones.
const PAGES_AT_ONCE: usize = 256;

/// A private mapping. Owned: unmapped on drop.
#[derive(Debug)]
pub(super) struct Region {
    mapping: NonNull<u8>,
    mapped_bytes: usize,
    /// Inside the mapping, on a huge page's start where that matters.
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the region is memory and nothing else; who may touch which part of it when is the
// business of the slots' leases. Unmapping works from any thread.
unsafe impl Send for Region {}
// SAFETY: as for `Send`; `&Region` gives out an address only.
unsafe impl Sync for Region {}

impl Region {
    /// Maps `bytes` or more, zeroed, as `memory` says, or says which policy the kernel refused.
    pub(super) fn new(bytes: usize, memory: Memory) -> Result<Self, ConfigError> {
        let region = match memory.huge_pages {
            HugePages::System => Self::map(bytes, 0, 0),
            HugePages::Transparent => Self::map(round_up(bytes)?, HUGE, 0),
            HugePages::Reserved => {
                let flags = libc::MAP_HUGETLB | libc::MAP_HUGE_2MB;
                let mapped = Self::map(round_up(bytes)?, 0, flags);
                return mapped
                    .ok_or_else(|| refused(MemoryPolicy::HugePages))?
                    .with_policies(bytes, memory);
            }
        };
        let out_of_memory = ConfigError::OutOfMemory { bytes };
        region.ok_or(out_of_memory)?.with_policies(bytes, memory)
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Maps `bytes`, and `align` more to begin on a multiple of that if it is not zero.
    fn map(bytes: usize, align: usize, flags: libc::c_int) -> Option<Self> {
        let mapped_bytes = bytes.checked_add(align)?;
        // SAFETY: a fresh anonymous mapping at an address of the kernel's choice aliases nothing.
        let mapping = unsafe {
            libc::mmap(
                core::ptr::null_mut(),
                mapped_bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags,
                -1,
                0,
            )
        };
        if mapping == libc::MAP_FAILED {
            return None;
        }
        let mapping = NonNull::new(mapping.cast::<u8>())?;
        let skip = mapping.addr().get().wrapping_neg() & align.saturating_sub(1);
        Some(Self {
            mapping,
            mapped_bytes,
            // SAFETY: `skip < align`, and the mapping has `align` bytes more than `bytes`; it is
            // zero if `align` is.
            start: unsafe { mapping.add(skip) },
            bytes,
        })
    }

    /// Does what `memory` says, in the order in which the steps build on each other.
    fn with_policies(self, wanted_bytes: usize, memory: Memory) -> Result<Self, ConfigError> {
        let transparent = memory.huge_pages == HugePages::Transparent;
        if memory.dont_fork && !self.advise(libc::MADV_DONTFORK) {
            return Err(refused(MemoryPolicy::DontFork));
        }
        if transparent && !self.advise(libc::MADV_HUGEPAGE) {
            return Err(refused(MemoryPolicy::HugePages));
        }
        if memory.is_resident() && !self.populate() {
            return Err(ConfigError::OutOfMemory {
                bytes: wanted_bytes,
            });
        }
        // The advice above is only a wish; this does it, or fails.
        if transparent && !self.advise(libc::MADV_COLLAPSE) {
            return Err(refused(MemoryPolicy::HugePages));
        }
        if memory.lock && !self.lock() {
            return Err(refused(MemoryPolicy::Lock));
        }
        Ok(self)
    }

    /// Makes every page resident; `false` if there is not enough memory.
    fn populate(&self) -> bool {
        if self.advise(libc::MADV_POPULATE_WRITE) {
            return true;
        }
        if std::io::Error::last_os_error().raw_os_error() == Some(libc::ENOMEM) {
            return false;
        }
        // Kernels before 5.14 do not know the advice.
        // SAFETY: the range is writable memory of the mapping, which nobody else knows yet.
        unsafe { touch(self.start, self.bytes) };
        true
    }

    fn advise(&self, advice: libc::c_int) -> bool {
        // SAFETY: the range lies in the mapping made in `map`, and no advice given here changes
        // what is in it, for its holders neither.
        unsafe { libc::madvise(self.start.as_ptr().cast(), self.bytes, advice) == 0 }
    }

    /// Bytes of pages that are not resident: on disk, or given back.
    pub(super) fn absent_bytes(&self) -> usize {
        // SAFETY: the call reads a number that never changes.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).unwrap_or(PAGE_MIN).max(PAGE_MIN);
        let mut absent = 0;
        for offset in (0..self.bytes).step_by(page * PAGES_AT_ONCE) {
            let bytes = (self.bytes - offset).min(page * PAGES_AT_ONCE);
            let mut states = [0_u8; PAGES_AT_ONCE];
            // SAFETY: `offset < bytes` of the mapping.
            let start = unsafe { self.start.add(offset) };
            // SAFETY: the call looks at pages of the mapping, and writes one byte for each, of
            // which there are `PAGES_AT_ONCE` at most.
            let code = unsafe { libc::mincore(start.as_ptr().cast(), bytes, states.as_mut_ptr()) };
            let pages = bytes.div_ceil(page);
            if code == 0 {
                absent += states[..pages]
                    .iter()
                    .filter(|state| **state & 1 == 0)
                    .count();
            }
        }
        absent * page
    }

    /// Makes every page resident again and leaves what is in it; whether the kernel could.
    pub(super) fn restore(&self) -> bool {
        self.advise(libc::MADV_POPULATE_WRITE)
    }

    fn lock(&self) -> bool {
        // SAFETY: the range lies in the mapping made in `map`; locking changes no byte of it.
        // Unmapping it unlocks it.
        unsafe { libc::mlock(self.start.as_ptr().cast(), self.bytes) == 0 }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: this value owns the mapping, and the leases that lent parts of it are gone:
        // `slots::Owner` drops it after the last of them.
        unsafe { libc::munmap(self.mapping.as_ptr().cast(), self.mapped_bytes) };
    }
}

fn round_up(bytes: usize) -> Result<usize, ConfigError> {
    let rounded = bytes.checked_next_multiple_of(HUGE);
    rounded.ok_or(ConfigError::OutOfMemory { bytes })
}

/// The error of a system call that has just failed.
fn refused(policy: MemoryPolicy) -> ConfigError {
    ConfigError::PolicyRefused {
        policy,
        errno: std::io::Error::last_os_error().raw_os_error(),
    }
}
