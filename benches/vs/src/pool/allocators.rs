//! Allocators beside the pools: a fresh block each time, asked of them directly.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::ptr::{self, NonNull};

use mimalloc::MiMalloc;
use tikv_jemallocator::Jemalloc;

use super::{BYTES, Pool};

const fn layout(size: usize) -> Layout {
    match Layout::from_size_align(size, 1) {
        Ok(layout) => layout,
        Err(_) => panic!("a sound layout"),
    }
}

/// An allocator that is made from nothing.
pub(super) trait Made: GlobalAlloc + Sync + 'static {
    const NAME: &'static str;
    const MADE: Self;
}

impl Made for MiMalloc {
    const NAME: &'static str = "mimalloc";
    const MADE: Self = Self;
}

impl Made for Jemalloc {
    const NAME: &'static str = "jemalloc";
    const MADE: Self = Self;
}

pub(super) struct Fresh<A>(A);

/// A block of an allocator, given back when dropped.
pub(super) struct Block<A: Made, const SIZE: usize> {
    start: NonNull<u8>,
    allocator: &'static A,
}

// SAFETY: the block is memory that nobody else holds, and its allocator is shared and global.
unsafe impl<A: Made, const SIZE: usize> Send for Block<A, SIZE> {}

impl<A: Made, const SIZE: usize> Drop for Block<A, SIZE> {
    fn drop(&mut self) {
        // SAFETY: `start` came from this allocator with this layout, and is freed once.
        unsafe { self.allocator.dealloc(self.start.as_ptr(), layout(SIZE)) };
    }
}

impl<A: Made, const SIZE: usize> Pool<SIZE> for Fresh<A> {
    const NAME: &'static str = A::NAME;
    type Buffer = Block<A, SIZE>;

    fn new(_slots: usize) -> Self {
        Self(A::MADE)
    }
    fn filled(&'static self) -> Block<A, SIZE> {
        // SAFETY: the layout has a size.
        let start = unsafe { self.0.alloc(layout(SIZE)) };
        let start = NonNull::new(start).expect("memory");
        // SAFETY: the block has room for `BYTES` and is nobody else's.
        unsafe {
            ptr::copy_nonoverlapping(black_box(&BYTES).as_ptr(), start.as_ptr(), BYTES.len());
        }
        Block {
            start,
            allocator: &self.0,
        }
    }
}
