//! An arena's life after construction never touches the heap.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use shorttail::arena::{
    Arena, ArenaBox, ArenaPool, ArenaString, ArenaVec, Family, Frozen, Overflow,
};
use shorttail::measure::{assert_no_alloc, count_allocs};
use shorttail::time::Deadline;

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

/// A million requests around the capacity: where bumpalo under a limit allocates for ever.
#[test]
fn a_million_requests_at_four_working_sets() {
    let pool = ArenaPool::new(1, 4096).unwrap();
    for share in [0.5, 0.99, 1.01, 3.0] {
        let wanted = (4096.0 * share) as usize;
        assert_no_alloc(|| {
            for _ in 0..250_000 {
                let arena = pool.try_acquire().unwrap();
                let pieces = (0..4).filter(|_| {
                    let piece = arena.try_alloc_uninit_slice::<u8>(wanted / 4);
                    piece.is_ok()
                });
                assert_eq!(pieces.count() == 4, wanted <= 4096);
            }
        });
    }
}

#[test]
fn growth_allocates_once_a_block_and_returns_free_nothing() {
    let grow = Overflow::Grow {
        arena_bytes_max: 8192,
        budget_bytes: 4 * 8192,
        spares: 1,
    };
    let builder = ArenaPool::builder(2, 1024).overflow(grow);
    let pool = builder.build().unwrap();
    let arenas = [pool.try_acquire().unwrap(), pool.try_acquire().unwrap()];
    let (counts, ()) = count_allocs(|| {
        for arena in &arenas {
            arena.try_alloc([0_u8; 1024]).unwrap();
            arena.try_alloc([0_u8; 2048]).unwrap();
            assert!(arena.try_alloc([0_u8; 8000]).is_err());
        }
    });
    assert_eq!((counts.allocs, counts.frees), (2, 0));
    // One is exchanged, one finds no spare.
    assert_no_alloc(|| drop(arenas));
    let (counts, rebuilt) = count_allocs(|| pool.maintain());
    assert_eq!((rebuilt, counts.allocs, counts.frees), (1, 1, 2));
}

#[test]
fn collections_grow_move_refuse_and_go_without_the_heap() {
    let pool = ArenaPool::new(1, 4096).unwrap();
    assert_no_alloc(|| {
        let arena = pool.try_acquire().unwrap();
        let mut numbers = ArenaVec::new(&arena);
        let mut text = ArenaString::new(&arena);
        let boxed = ArenaBox::try_new(&arena, [1_u64; 4]).unwrap();
        while numbers.try_push(boxed[0]).is_ok() {
            let _full = text.try_push_str("both move in turn");
        }
        assert!(text.try_push_fmt(format_args!("{:>8192}", 7)).is_err());
        text.clear();
        text.try_push_fmt(format_args!("{:>8}", 7)).unwrap();
        assert!(!numbers.is_empty() && !text.is_empty());
    });
}

/// One request that needs a hundred times what the others do: nothing is freed until `maintain`,
/// and by one of it all that was taken.
#[test]
fn a_burst_is_paid_back_by_one_maintain() {
    let grow = Overflow::Grow {
        arena_bytes_max: 256 * 1024,
        budget_bytes: 256 * 1024,
        spares: 1,
    };
    let builder = ArenaPool::builder(1, 1024).overflow(grow);
    let pool = builder.build().unwrap();
    let request = |bytes: usize| {
        let arena = pool.try_acquire().unwrap();
        (0..bytes / 128).all(|_| arena.try_alloc([0_u8; 128]).is_ok())
    };
    assert_no_alloc(|| assert!((0..500).all(|_| request(1024))));
    let (burst, served) = count_allocs(|| request(100 * 1024));
    assert!(served && burst.allocs > 0 && burst.frees == 0);
    assert_no_alloc(|| assert!((0..500).all(|_| request(1024))));
    assert!(pool.stats().grown_bytes >= 99 * 1024);
    let (after, rebuilt) = count_allocs(|| pool.maintain());
    // Nothing is taken: the first block that it had is what it has again.
    assert_eq!((rebuilt, after.allocs, after.frees), (1, 0, burst.allocs));
    assert_eq!(
        (pool.stats().grown_bytes, pool.stats().target_bytes),
        (0, 1024)
    );
    assert_no_alloc(|| assert!((0..500).all(|_| request(1024))));
}

#[test]
fn waits_that_are_served_time_out_or_are_given_up() {
    let pool = ArenaPool::new(1, 256).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    assert_no_alloc(|| {
        for _ in 0..100 {
            let held = pool.acquire();
            assert!(pool.acquire_timeout(Duration::ZERO).is_err());
            assert!(pool.acquire_deadline(Deadline::at(0)).is_err());
            let mut served = pin!(pool.acquire_async());
            {
                let mut given_up = pin!(pool.acquire_async());
                assert!(given_up.as_mut().poll(&mut cx).is_pending());
                assert!(served.as_mut().poll(&mut cx).is_pending());
            }
            drop(held);
            assert!(served.as_mut().poll(&mut cx).is_ready());
        }
    });
}

enum Text {}

impl Family for Text {
    type Value<'a> = &'a str;
}

#[test]
fn results_that_keep_their_arena() {
    let pool = ArenaPool::new(1, 16).unwrap();
    assert_no_alloc(|| {
        for _ in 0..100 {
            let arena = pool.acquire();
            let long = arena
                .freeze::<Text, _>(|arena| arena.try_alloc_str("too long by a bit").map(|it| &*it));
            let (_full, arena) = long.unwrap_err();
            let frozen: Frozen<Text> = arena
                .freeze(|arena| arena.try_alloc_str("fits").map(|it| &*it))
                .unwrap();
            assert_eq!(frozen.with(|text| text.len()), 4);
            drop(frozen.into_arena());
        }
    });
}
