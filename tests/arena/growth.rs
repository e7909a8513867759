//! Arenas that may grow: to the byte of their limits, and back to their size off the hot path.

use shorttail::arena::{ArenaPool, ArenaStats, ConfigError, Overflow};

const BASE: usize = 1024;
const LIMIT: usize = 8 * BASE;
const BUDGET: usize = 12 * BASE;

fn pool_of(count: usize, spares: usize) -> ArenaPool {
    let grow = Overflow::Grow {
        arena_bytes_max: LIMIT,
        budget_bytes: BUDGET,
        spares,
    };
    let builder = ArenaPool::builder(count, BASE).overflow(grow);
    builder.build().unwrap()
}

fn lend_for(pool: &ArenaPool, bytes: usize) {
    let arena = pool.try_acquire().unwrap();
    arena.try_alloc_uninit_slice::<u8>(bytes).unwrap();
}

fn stats(pool: &ArenaPool) -> ArenaStats {
    pool.stats()
}

#[test]
fn terms_that_contradict_are_refused() {
    let build = |arena_bytes_max, spares| {
        let grow = Overflow::Grow {
            arena_bytes_max,
            budget_bytes: 1,
            spares,
        };
        ArenaPool::builder(1, BASE).overflow(grow).build().err()
    };
    let below = ConfigError::LimitBelowSize {
        bytes: BASE,
        limit_bytes: BASE - 1,
    };
    assert_eq!(build(BASE - 1, 1), Some(below));
    assert_eq!(build(BASE, 0), Some(ConfigError::NoSpares));
    assert_eq!(build(BASE, usize::MAX), Some(ConfigError::TooManyArenas));
    assert_eq!(build(BASE, 1), None);
}

#[test]
fn one_arena_has_its_limit_and_not_a_byte_more() {
    for piece in [1, 7, 1000] {
        let pool = pool_of(1, 1);
        let arena = pool.try_acquire().unwrap();
        let mut given = 0;
        while arena.try_alloc_uninit_slice::<u8>(piece).is_ok() {
            given += piece;
            assert!(given <= LIMIT);
        }
        assert_eq!(arena.capacity(), LIMIT);
        // A block's last bytes are lost to a piece that does not fit there.
        let blocks = 4;
        assert!(given > LIMIT - blocks * piece, "{given} of {piece}");
        assert_eq!(arena.used(), given);
        drop(arena);
        assert_eq!(pool.maintain(), 1);
    }
}

#[test]
fn a_piece_larger_than_what_is_left_of_the_budget_takes_nothing() {
    let grow = Overflow::Grow {
        arena_bytes_max: LIMIT,
        budget_bytes: 100,
        spares: 1,
    };
    let builder = ArenaPool::builder(1, BASE).overflow(grow);
    let pool = builder.build().unwrap();
    let arena = pool.try_acquire().unwrap();
    arena.try_alloc_uninit_slice::<u8>(BASE).unwrap();
    assert!(arena.try_alloc([0_u8; 101]).is_err());
    assert_eq!((stats(&pool).grown, stats(&pool).grown_bytes), (0, 0));
    arena.try_alloc([0_u8; 100]).unwrap();
    assert_eq!((stats(&pool).grown, stats(&pool).grown_bytes), (1, 100));
}

#[test]
fn all_arenas_have_the_budget_and_not_a_byte_more() {
    let pool = pool_of(4, 4);
    let arenas: Vec<_> = (0..4).map(|_| pool.try_acquire().unwrap()).collect();
    let mut given = 0;
    for arena in &arenas {
        while arena.try_alloc(0_u8).is_ok() {
            given += 1;
        }
    }
    assert_eq!(given, 4 * BASE + BUDGET);
    assert_eq!(stats(&pool).grown_bytes, BUDGET);
    assert_eq!(stats(&pool).growth_refused, 4);
    drop(arenas);
    assert_eq!(pool.maintain(), 2);
    // All four leases needed more than they began with, so the budget goes to larger blocks.
    assert!(stats(&pool).target_bytes > BASE);
    assert!(stats(&pool).grown_bytes <= BUDGET);
    drop(pool);
}

#[test]
fn pieces_of_all_blocks_hold_what_was_put_in() {
    let pool = pool_of(1, 1);
    let mut arena = pool.try_acquire().unwrap();
    for _ in 0..3 {
        let pieces: Vec<&mut [u32]> = (0..100_u32)
            .map_while(|n| arena.try_alloc_slice_fill_with(n as usize, |_| n).ok())
            .collect();
        assert!(pieces.len() > 50);
        for (n, piece) in (0_u32..).zip(&pieces) {
            assert!(piece.len() == n as usize && piece.iter().all(|it| *it == n));
        }
        let capacity = arena.capacity();
        arena.reset();
        assert_eq!((arena.used(), arena.capacity()), (0, capacity));
    }
}

#[test]
fn aligned_pieces_fit_into_blocks_of_their_own() {
    #[repr(align(2048))]
    struct Wide(#[expect(dead_code, reason = "its address is what matters")] u8);
    let pool = pool_of(1, 1);
    let arena = pool.try_acquire().unwrap();
    let wide = arena.try_alloc(Wide(1)).unwrap();
    assert_eq!(std::ptr::from_mut(wide).addr() % 2048, 0);
    assert!(arena.try_alloc_uninit_slice::<u8>(usize::MAX >> 1).is_err());
}

#[test]
fn a_grown_arena_is_exchanged_and_rebuilt_to_its_size() {
    let pool = pool_of(1, 1);
    for _ in 0..200 {
        lend_for(&pool, 100);
    }
    lend_for(&pool, 6 * BASE);
    let after = stats(&pool);
    assert_eq!((after.exchanged, after.kept, after.spares), (1, 0, 0));
    assert!(after.grown_bytes >= 5 * BASE);
    assert_eq!(pool.try_acquire().unwrap().capacity(), BASE);
    assert_eq!(pool.maintain(), 1);
    let after = stats(&pool);
    let (held, target) = (after.grown_bytes, after.target_bytes);
    assert_eq!((held, target, after.spares), (0, BASE, 1));
    assert_eq!(pool.maintain(), 0);
}

#[test]
fn a_grown_arena_keeps_its_blocks_while_no_spare_is_ready() {
    let pool = pool_of(2, 1);
    let first = pool.try_acquire().unwrap();
    first.try_alloc([0_u8; 2 * BASE]).unwrap();
    lend_for(&pool, 2 * BASE);
    drop(first);
    let before = stats(&pool);
    assert_eq!((before.exchanged, before.kept, before.grown), (1, 1, 2));
    // It is lent again with what it has, and takes nothing from the heap.
    let both = [pool.try_acquire().unwrap(), pool.try_acquire().unwrap()];
    let large = both.iter().find(|it| it.capacity() > BASE).unwrap();
    large.try_alloc([0_u8; 2 * BASE]).unwrap();
    assert_eq!(stats(&pool).grown, before.grown);
    pool.maintain();
    drop(both);
    assert_eq!(stats(&pool).exchanged, 2);
}

#[test]
fn what_most_leases_need_becomes_the_size_and_fades_again() {
    let pool = pool_of(1, 1);
    for _ in 0..50 {
        lend_for(&pool, 3 * BASE);
    }
    pool.maintain();
    assert_eq!(stats(&pool).target_bytes, 4 * BASE);
    // The first one still grew; the spare that takes its place is large enough from the start.
    lend_for(&pool, 3 * BASE);
    let before = stats(&pool).grown;
    for _ in 0..50 {
        lend_for(&pool, 3 * BASE);
    }
    assert_eq!(stats(&pool).grown, before);
    let mut rounds = 0;
    while stats(&pool).target_bytes > BASE || stats(&pool).grown_bytes > 0 {
        (0..100).for_each(|_| lend_for(&pool, 10));
        pool.maintain();
        rounds += 1;
        assert!(rounds < 12, "{:?}", stats(&pool));
    }
    assert_eq!(pool.try_acquire().unwrap().capacity(), BASE);
}

#[test]
fn an_arena_carried_off_gives_the_budget_back_when_it_goes() {
    let pool = pool_of(1, 1);
    let mut arena = pool.try_acquire().unwrap();
    arena.try_alloc([0_u8; 2 * BASE]).unwrap();
    let carried = std::mem::replace(&mut *arena, shorttail::arena::Arena::new(10).unwrap());
    drop(arena);
    // The stranger neither grows nor is exchanged.
    let stranger = pool.try_acquire().unwrap();
    assert!(stranger.capacity() == 10 && stranger.try_alloc([0_u8; 11]).is_err());
    drop(stranger);
    assert_eq!((stats(&pool).exchanged, stats(&pool).kept), (0, 0));
    assert!(stats(&pool).grown_bytes > 0);
    drop(carried);
    assert_eq!(stats(&pool).grown_bytes, 0);
}

#[test]
fn four_threads_grow_and_return_while_one_maintains() {
    let pool = pool_of(3, 2);
    std::thread::scope(|scope| {
        for number in 0..4_usize {
            let pool = &pool;
            scope.spawn(move || {
                for round in 0..2_000 {
                    let Ok(arena) = pool.try_acquire() else {
                        continue;
                    };
                    let len = (number * 977 + round * 131) % (2 * BASE);
                    let Ok(bytes) = arena.try_alloc_slice_fill_with(len, |_| number as u8) else {
                        continue;
                    };
                    assert!(bytes.iter().all(|byte| usize::from(*byte) == number));
                }
            });
        }
        scope.spawn(|| (0..500).map(|_| pool.maintain()).sum::<usize>());
    });
    assert!(stats(&pool).grown_bytes <= BUDGET);
    assert_eq!(stats(&pool).in_use, 0);
}

#[test]
fn a_spare_that_waits_is_no_larger_than_is_needed() {
    let pool = pool_of(1, 1);
    lend_for(&pool, 3 * BASE);
    assert_eq!(pool.maintain(), 1);
    // The arena that grew is the spare now, and was rebuilt to what the one lease needed.
    assert_eq!(stats(&pool).grown_bytes, 3 * BASE);
    let mut rounds = 0;
    while stats(&pool).target_bytes > BASE {
        (0..100).for_each(|_| lend_for(&pool, 10));
        pool.maintain();
        rounds += 1;
        assert!(rounds < 12, "{:?}", stats(&pool));
    }
    let after = stats(&pool);
    assert_eq!((after.grown_bytes, after.spares), (0, 1));
    assert_eq!((after.exchanged, pool.maintain()), (1, 0));
}

#[test]
fn a_limit_at_and_above_the_size_is_kept_to_the_byte() {
    for more in [0, 1, 63, 64, 65, BASE - 1, BASE, BASE + 1] {
        let grow = Overflow::Grow {
            arena_bytes_max: BASE + more,
            budget_bytes: BUDGET,
            spares: 1,
        };
        let pool = ArenaPool::builder(1, BASE).overflow(grow).build().unwrap();
        let mut arena = pool.try_acquire().unwrap();
        for _ in 0..3 {
            let given = (0..2 * LIMIT).take_while(|_| arena.try_alloc(0_u8).is_ok());
            assert_eq!(given.count(), BASE + more);
            assert_eq!((arena.capacity(), arena.remaining()), (BASE + more, 0));
            assert_eq!(stats(&pool).grown_bytes, more);
            arena.reset();
            // In one piece as well, of what the block that was taken has.
            let whole = arena.try_alloc_uninit_slice::<u8>(BASE.max(more) + 1);
            assert!(whole.is_err());
        }
    }
}

#[test]
fn an_arena_that_came_from_another_pool_keeps_its_own_limit_and_budget() {
    let grow = Overflow::Grow {
        arena_bytes_max: 2 * BASE,
        budget_bytes: BUDGET,
        spares: 1,
    };
    let (home, away) = (ArenaPool::builder(1, BASE).overflow(grow), pool_of(1, 1));
    let home = home.build().unwrap();
    let mut lent = home.try_acquire().unwrap();
    lent.try_alloc_uninit_slice::<u8>(BASE).unwrap();
    lent.try_alloc(0_u8).unwrap();
    // The other pool's leases need more than this one's arenas may have.
    (0..4).for_each(|_| lend_for(&away, 6 * BASE));
    assert_eq!(away.maintain(), 1);
    let mut guest = away.try_acquire().unwrap();
    std::mem::swap(&mut *lent, &mut *guest);
    drop(guest);
    assert_eq!((away.maintain(), stats(&away).target_bytes), (1, LIMIT));
    assert_eq!(stats(&home).grown_bytes, BASE);
    drop((lent, away));
    assert_eq!(stats(&home).grown_bytes, 0);
}
