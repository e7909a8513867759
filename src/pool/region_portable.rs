//! Memory for one class, from the global allocator, page-aligned and written to once.

use core::alloc::Layout;
use core::ptr::NonNull;
use std::alloc::{alloc_zeroed, dealloc};

use super::memory::{HugePages, Memory};
use super::{ConfigError, MemoryPolicy};
use crate::slots::touch;

/// Alignment of a region: that of a page almost everywhere.
const ALIGN: usize = 4096;

/// One allocation. Owned: freed on drop.
#[derive(Debug)]
pub(super) struct Region {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the region is memory and nothing else; who may touch which part of it when is the
// business of the slots' leases. Freeing works from any thread.
unsafe impl Send for Region {}
// SAFETY: as for `Send`; `&Region` gives out an address only.
unsafe impl Sync for Region {}

impl Region {
    /// Takes `bytes`, zeroed, and resident if that is asked for; refuses the other policies.
    pub(super) fn new(bytes: usize, memory: Memory) -> Result<Self, ConfigError> {
        let policies = [
            (
                memory.huge_pages != HugePages::System,
                MemoryPolicy::HugePages,
            ),
            (memory.lock, MemoryPolicy::Lock),
            (memory.dont_fork, MemoryPolicy::DontFork),
        ];
        if let Some(&(_, policy)) = policies.iter().find(|(asked, _)| *asked) {
            let errno = None;
            return Err(ConfigError::PolicyRefused { policy, errno });
        }
        let taken = Self::take(bytes, memory.prefault);
        taken.ok_or(ConfigError::OutOfMemory { bytes })
    }

    fn take(bytes: usize, prefault: bool) -> Option<Self> {
        let layout = Layout::from_size_align(bytes, ALIGN).ok()?;
        if bytes == 0 {
            return None;
        }
        // SAFETY: the size is not zero, as seen above.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        if prefault {
            // SAFETY: a fresh allocation of `bytes` that nobody else knows yet.
            unsafe { touch(start, bytes) };
        }
        Some(Self { start, layout })
    }

    /// Nobody is there to ask.
    pub(super) fn absent_bytes(&self) -> usize {
        0
    }

    /// Nothing to do it by.
    pub(super) fn restore(&self) -> bool {
        false
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout in `new`, and the leases that lent parts of it are
        // gone: `slots::Owner` drops it after the last of them.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}
