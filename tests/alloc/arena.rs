//! An arena's life after construction never touches the heap.

use shorttail::arena::{Arena, ArenaPool};
use shorttail::measure::{assert_no_alloc, count_allocs};

#[test]
fn requests_of_any_size_in_a_pooled_arena() {
    let pool = ArenaPool::new(2, 64 * 1024).unwrap();
    let source = vec![7_u8; 256 * 1024];
    assert_no_alloc(|| {
        for share in [2, 1, 4, 64] {
            let wanted = 16 * 1024 * share;
            let arena = pool.try_acquire().unwrap();
            let fits = wanted <= arena.capacity();
            assert_eq!(
                arena
                    .try_alloc_slice_copy(&source[..wanted.min(source.len())])
                    .is_ok(),
                fits
            );
            let _text = arena.try_alloc_str("a header");
            let _value = arena.try_alloc((1, 2));
        }
    });
}

#[test]
fn reset_refusals_and_stats() {
    let pool = ArenaPool::new(1, 4096).unwrap();
    assert_no_alloc(|| {
        let mut arena = pool.try_acquire().unwrap();
        for _ in 0..1000 {
            while arena.try_alloc([0_u64; 9]).is_ok() {}
            arena.reset();
            pool.try_acquire().unwrap_err();
        }
        assert_eq!(pool.stats().refused, 1000);
    });
}

#[test]
fn late_return_frees_what_the_constructor_took() {
    let (counts, ()) = count_allocs(|| {
        let pool = ArenaPool::new(40, 1024).unwrap();
        let arena = pool.try_acquire().unwrap();
        drop(pool);
        arena.try_alloc(1).unwrap();
        drop(arena);
        drop(Arena::new(10).unwrap());
    });
    assert_eq!(counts.allocs, counts.frees);
}
