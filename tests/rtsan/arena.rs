//! Acquiring, allocating, resetting and returning stop at no system call, lock or heap.

use shorttail::arena::{Arena, ArenaPool};

use crate::realtime::nonblocking;

#[test]
fn the_life_of_an_arena() {
    let pool = ArenaPool::new(1, 4096).unwrap();
    for _ in 0..100 {
        nonblocking(|| {
            let mut arena = pool.try_acquire().unwrap();
            assert!(pool.try_acquire().is_err());
            arena.try_alloc(1_u64).unwrap();
            arena.try_alloc_slice_copy(&[1, 2, 3]).unwrap();
            arena.try_alloc_slice_fill_with(3, |at| at).unwrap();
            arena.try_alloc_str("text").unwrap();
            arena.try_alloc_uninit_slice::<u8>(10).unwrap();
            assert!(arena.try_alloc_slice_copy(&[0_u8; 10_000]).is_err());
            arena.reset();
        });
    }
}

#[test]
fn the_arena_alone() {
    let mut arena = Arena::new(1024).unwrap();
    nonblocking(|| {
        while arena.try_alloc([0_u8; 100]).is_ok() {}
        arena.reset();
    });
}
