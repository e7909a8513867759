//! An arena as the allocator of others' collections.

use std::alloc::Layout;

use allocator_api2::alloc::Allocator;
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use shorttail::arena::{Arena, ArenaPool, Overflow};

#[test]
fn a_vector_grows_shrinks_and_goes() {
    let arena = Arena::new(4096).unwrap();
    let mut numbers = Vec::new_in(&arena);
    (0..100_u64).for_each(|n| numbers.push(n));
    let boxed = Box::try_new_in(7_u64, &arena).unwrap();
    (100..200).for_each(|n| numbers.push(n)); // something lies behind it: it moves
    assert!(numbers.iter().copied().eq(0..200));
    numbers.truncate(10);
    numbers.shrink_to_fit();
    let used = arena.used();
    drop(numbers);
    assert_eq!(arena.used(), used - 80);
    assert_eq!(*boxed, 7);
}

#[test]
fn a_full_arena_is_an_error_and_loses_nothing() {
    let arena = Arena::new(100).unwrap();
    let mut bytes = Vec::new_in(&arena);
    bytes.try_reserve_exact(100).unwrap();
    bytes.extend_from_slice(&[7_u8; 100]);
    assert!(bytes.try_reserve(1).is_err());
    assert!(Box::try_new_in(1_u8, &arena).is_err());
    assert_eq!(*bytes, [7; 100]);
}

#[test]
fn a_stricter_alignment_moves_the_bytes() {
    let arena = Arena::new(1024).unwrap();
    let layout = |bytes, align| Layout::from_size_align(bytes, align).unwrap();
    let allocator = &arena;
    allocator.allocate(layout(1, 1)).unwrap();
    let piece = allocator.allocate(layout(8, 1)).unwrap().cast::<u8>();
    // SAFETY: eight bytes lie there.
    unsafe { piece.write_bytes(7, 8) };
    // SAFETY: the piece was allocated with this layout just above.
    let wide = unsafe { allocator.grow(piece, layout(8, 1), layout(64, 64)) };
    let wide = wide.unwrap().cast::<u8>();
    assert_eq!(wide.addr().get() % 64, 0);
    // SAFETY: as above, with the layout it was grown to.
    let wider = unsafe { allocator.shrink(wide, layout(64, 64), layout(8, 512)) };
    let wider = wider.unwrap().cast::<[u8; 8]>();
    assert_eq!(wider.addr().get() % 512, 0);
    // SAFETY: the first eight bytes are those that were written, wherever they went.
    assert_eq!(unsafe { wider.read() }, [7; 8]);
}

/// Every alignment up to a page, in an arena of fixed size and in one that grows.
#[test]
fn every_alignment_to_a_page_holds_and_nothing_overlaps() {
    let grow = Overflow::Grow {
        arena_bytes_max: 1 << 20,
        budget_bytes: 1 << 20,
        spares: 1,
    };
    for (bytes, overflow) in [(1 << 19, Overflow::Strict), (64, grow)] {
        let pool = ArenaPool::builder(1, bytes).overflow(overflow).build();
        let lent = pool.unwrap().try_acquire().unwrap();
        let arena: &Arena = &lent;
        let mut pieces = std::vec::Vec::new();
        for align in (0..=12).map(|shift| 1_usize << shift) {
            for size in [1, align - 1, align, align + 1] {
                let layout = Layout::from_size_align(size, align).unwrap();
                let piece = arena.allocate(layout).unwrap();
                let start = piece.cast::<u8>().addr().get();
                assert_eq!((start % align, piece.len()), (0, size));
                pieces.push(start..start + size);
            }
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces.sort_by_key(|piece| piece.start);
        assert!(pieces.windows(2).all(|two| two[0].end <= two[1].start));
        assert!(arena.used() <= arena.capacity());
    }
}
