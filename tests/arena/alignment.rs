//! Every piece is aligned, apart from the others, and zero-sized ones cost nothing.

use std::sync::Barrier;
use std::thread;

use shorttail::arena::{Arena, ArenaPool};

#[derive(Clone, Copy)]
#[repr(align(4096))]
struct PageAligned(#[expect(dead_code, reason = "its address is what matters")] u8);

#[derive(Clone, Copy)]
#[repr(align(64))]
struct LineAligned(#[expect(dead_code, reason = "its address is what matters")] u8);

fn address<T>(value: &T) -> usize {
    std::ptr::from_ref(value).addr()
}

#[test]
fn alignments_up_to_a_page_hold() {
    let arena = Arena::new(64 * 1024).unwrap();
    for _ in 0..4 {
        arena.try_alloc(1_u8).unwrap();
        assert_eq!(
            address(arena.try_alloc(2_u64).unwrap()) % align_of::<u64>(),
            0
        );
        assert_eq!(address(arena.try_alloc(LineAligned(3)).unwrap()) % 64, 0);
        assert_eq!(address(arena.try_alloc(PageAligned(4)).unwrap()) % 4096, 0);
    }
    assert!(arena.used() <= arena.capacity());
}

#[test]
fn zero_sized_values_always_fit() {
    let arena = Arena::new(64).unwrap();
    arena
        .try_alloc_uninit_slice::<u8>(arena.capacity())
        .unwrap();
    for _ in 0..10_000 {
        arena.try_alloc(()).unwrap();
        assert!(
            arena
                .try_alloc_slice_copy::<u64>(&[])
                .is_ok_and(|empty| empty.is_empty())
        );
    }
    assert_eq!(arena.used(), arena.capacity());
}

#[test]
fn pieces_do_not_overlap() {
    let arena = Arena::new(4096).unwrap();
    let pieces: Vec<&mut [u8]> = (0..40)
        .map(|index| {
            arena
                .try_alloc_slice_fill_with(index, |_| index as u8)
                .unwrap()
        })
        .collect();
    for (index, piece) in pieces.iter().enumerate() {
        assert!(piece.len() == index && piece.iter().all(|byte| usize::from(*byte) == index));
    }
}

#[test]
fn padding_is_taken_too() {
    let arena = Arena::new(4096).unwrap();
    let pairs: Vec<(&mut u8, &mut u64)> = (0..20_u8)
        .map(|n| {
            let small = arena.try_alloc(n).unwrap();
            (small, arena.try_alloc(u64::MAX - u64::from(n)).unwrap())
        })
        .collect();
    for (n, (small, large)) in (0..20_u8).zip(pairs) {
        assert_eq!((*small, *large), (n, u64::MAX - u64::from(n)));
    }
    assert_eq!(arena.used(), 20 * (align_of::<u64>() + size_of::<u64>()));
}

/// Each thread has an arena without a byte left, and all of them ask at once.
#[test]
fn zero_sized_values_fit_on_many_threads() {
    #[repr(align(4096))]
    struct Nothing;
    let pool = ArenaPool::new(4, 1).unwrap();
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let arena = pool.try_acquire().unwrap();
                arena.try_alloc(0_u8).unwrap();
                start.wait();
                for _ in 0..1000 {
                    assert_eq!(address(arena.try_alloc(Nothing).unwrap()) % 4096, 0);
                    assert!(arena.try_alloc_slice_copy::<u64>(&[]).unwrap().is_empty());
                    assert_eq!(arena.try_alloc_str("").unwrap(), "");
                    arena.try_alloc([[0_u8; 0]; 7]).unwrap();
                }
                assert_eq!((arena.used(), arena.remaining()), (1, 0));
            });
        }
    });
}
