//! A panic while an arena is in use loses neither it nor what others hold.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shorttail::arena::ArenaPool;

#[test]
fn panic_in_fill_returns_the_arena_empty() {
    let pool = ArenaPool::new(1, 1024).unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let arena = pool.try_acquire().unwrap();
        let _never = arena.try_alloc_slice_fill_with(10, |index| {
            assert!(index < 5, "the fill fails half way");
            index
        });
    }));
    assert!(caught.is_err());
    assert_eq!(pool.stats().in_use, 0);
    assert_eq!(pool.try_acquire().unwrap().used(), 0);
}

#[test]
fn fill_may_allocate_from_the_same_arena() {
    let pool = ArenaPool::new(1, 1024).unwrap();
    let arena = pool.try_acquire().unwrap();
    let rows = arena
        .try_alloc_slice_fill_with(3, |row| &*arena.try_alloc([row; 2]).unwrap())
        .unwrap();
    assert_eq!(rows, [&[0, 0], &[1, 1], &[2, 2]]);
}
