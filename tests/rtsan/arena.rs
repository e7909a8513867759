//! Acquiring, allocating, resetting and returning stop at no system call, lock or heap.

use shorttail::arena::{Arena, ArenaBox, ArenaPool, ArenaString, ArenaVec, Family, Overflow};

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
            let mut numbers = ArenaVec::new(&arena);
            (0..20).for_each(|n| numbers.try_push(n).unwrap());
            assert!(numbers.try_extend_from_slice(&[0; 4096]).is_err());
            assert_eq!(ArenaBox::try_new(&arena, 7).unwrap().into_inner(), 7);
            drop(numbers);
            assert!(ArenaVec::<u64>::new(&arena).try_reserve(9).is_ok());
            let mut text = ArenaString::new(&arena);
            text.try_push('c').unwrap();
            text.try_push_str("haracters").unwrap();
            text.try_push_fmt(format_args!("{:>9}", 7)).unwrap();
            assert!(text.try_push_fmt(format_args!("{:>9999}", 7)).is_err());
            drop(text);
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

/// A lease that grew ends in an exchange, one that finds no spare keeps its blocks: neither calls
/// the heap.
#[test]
fn returns_of_grown_arenas() {
    let grow = Overflow::Grow {
        arena_bytes_max: 4096,
        budget_bytes: 3 * 4096,
        spares: 1,
    };
    let builder = ArenaPool::builder(2, 1024).overflow(grow);
    let pool = builder.build().unwrap();
    let arenas = [pool.try_acquire().unwrap(), pool.try_acquire().unwrap()];
    for arena in &arenas {
        arena.try_alloc([0_u8; 2048]).unwrap();
    }
    nonblocking(|| drop(arenas));
    assert_eq!((pool.stats().exchanged, pool.stats().kept), (1, 1));
    assert_eq!(pool.maintain(), 1);
}

enum Text {}

impl Family for Text {
    type Value<'a> = &'a str;
}

#[test]
fn a_result_that_keeps_its_arena() {
    let pool = ArenaPool::new(1, 64).unwrap();
    nonblocking(|| {
        let arena = pool.try_acquire().unwrap();
        let frozen = arena.freeze::<Text, _>(|arena| arena.try_alloc_str("kept").map(|it| &*it));
        let frozen = frozen.unwrap();
        assert_eq!(frozen.with(|text| text.len()), 4);
        drop(frozen);
    });
}
