//! `allocator_api2::alloc::Allocator` for a borrowed arena: hash maps, vectors and boxes of crates
//! that know that trait, `hashbrown` for one.
//!
//! ```
//! use allocator_api2::vec::Vec;
//! use shorttail::arena::Arena;
//!
//! let arena = Arena::new(1024).unwrap();
//! let mut numbers = Vec::new_in(&arena);
//! numbers.try_reserve(100).unwrap();
//! numbers.extend(0..100_u32);
//! assert_eq!((numbers.len(), arena.used()), (100, 400));
//! assert!(numbers.try_reserve(1000).is_err());
//! ```
//! Use the calls of these collections that can fail: the others abort or panic when the arena is
//! full. A collection has to go before its arena is reset:
//! ```compile_fail,E0502
//! # use allocator_api2::vec::Vec;
//! # use shorttail::arena::Arena;
//! let mut arena = Arena::new(1024).unwrap();
//! let numbers: Vec<u32, _> = Vec::new_in(&arena);
//! arena.reset();
//! assert!(numbers.is_empty());
//! ```

use core::alloc::Layout;
use core::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};

use crate::arena::Arena;

// SAFETY: what an arena hands out stays until its reset or drop, which the borrow in the allocator
// holds off; a copy of the borrow is the same allocator. `deallocate` takes back only what lies at
// the top of what was handed out, and the caller is done with it.
unsafe impl Allocator for &Arena {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let place = self.take(layout).map_err(|_| AllocError)?;
        Ok(NonNull::slice_from_raw_parts(place, layout.size()))
    }

    #[inline]
    unsafe fn deallocate(&self, place: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller has this piece and is done with it.
        unsafe { Arena::give_back(self, place, layout.size(), 0) };
    }

    #[inline]
    unsafe fn grow(
        &self,
        place: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let aligned = place.addr().get() % new.align() == 0;
        if aligned && self.extend(place, old.size(), new.size()) {
            return Ok(NonNull::slice_from_raw_parts(place, new.size()));
        }
        let room = self.allocate(new)?;
        let bytes = old.size();
        // SAFETY: the caller owns `old` at `place`; the room is larger and was handed out just
        // now, so the two do not overlap.
        unsafe { place.copy_to_nonoverlapping(room.cast(), bytes) };
        Ok(room)
    }

    #[inline]
    unsafe fn shrink(
        &self,
        place: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if place.addr().get() % new.align() == 0 {
            // SAFETY: the caller has `old` here, of which it keeps the first `new.size()` bytes.
            unsafe { Arena::give_back(self, place, old.size(), new.size()) };
            return Ok(NonNull::slice_from_raw_parts(place, new.size()));
        }
        let room = self.allocate(new)?;
        // SAFETY: the caller owns at least as much at `place`; the room was handed out just now,
        // so the two do not overlap.
        unsafe { place.copy_to_nonoverlapping(room.cast(), new.size()) };
        Ok(room)
    }
}
