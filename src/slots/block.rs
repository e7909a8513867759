//! A stretch of heap memory.

use core::alloc::Layout;
use core::ptr::NonNull;
use std::alloc::{alloc, dealloc};

use super::touch;

/// Where a block begins: pieces aligned to at most a cache line need no padding in front.
const LINE: usize = 64;

/// Memory from the heap, given back on drop. Says nothing about what is in it.
#[derive(Debug)]
pub(crate) struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a block owns its memory, which any thread may use and free. Nothing in it is shared.
unsafe impl Send for Block {}

impl Block {
    /// `bytes` of uninitialized memory; `None` for zero, for more than an allocation may have, and
    /// if the heap refuses.
    pub(crate) fn new(bytes: usize) -> Option<Self> {
        let layout = Layout::from_size_align(bytes, LINE).ok()?;
        if bytes == 0 {
            return None;
        }
        // SAFETY: the layout is not of zero size, as just seen.
        let start = NonNull::new(unsafe { alloc(layout) })?;
        Some(Self { start, layout })
    }

    /// As [`Block::new`], with every page written to, so that no request pays for its first touch.
    pub(crate) fn resident(bytes: usize) -> Option<Self> {
        let block = Self::new(bytes)?;
        // SAFETY: all of a block that is ours alone.
        unsafe { touch(block.start, bytes) };
        Some(block)
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }

    pub(crate) fn end(&self) -> NonNull<u8> {
        // SAFETY: one past the end of the allocation that begins at `start`.
        unsafe { self.start.add(self.layout.size()) }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.layout.size()
    }

    /// Bytes in front of `place`, which lies in this block or at its end.
    pub(crate) fn offset_of(&self, place: NonNull<u8>) -> usize {
        place.addr().get() - self.start.addr().get()
    }

    /// Overwrites the first `len` bytes. `&mut`: whoever was lent a piece of them is done with it.
    pub(crate) fn overwrite(&mut self, len: usize, with: u8) {
        assert!(len <= self.bytes());
        // SAFETY: `len` bytes from the start are this block's, as just asserted, and `&mut self`
        // says that nobody else uses them.
        unsafe { self.start.write_bytes(with, len) };
        // The writes are wanted though nothing may ever read them: a wiped block may be freed next.
        core::hint::black_box(self.start);
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: `start` came from `alloc` with this layout in `new`, and is freed only here.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}
