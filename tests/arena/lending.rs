//! The pool: boundary counts, reset on return, late returns.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use shorttail::arena::{Arena, ArenaPool, ConfigError, Exhausted};

#[test]
fn every_count_lends_exactly_that_many() {
    for count in [1, 2, 15, 16, 17, 63, 64, 65, 128, 1025] {
        let pool = ArenaPool::new(count, 64).unwrap();
        let mut arenas: Vec<_> = (0..count).map(|_| pool.try_acquire().unwrap()).collect();
        assert_eq!(pool.try_acquire().unwrap_err(), Exhausted { arenas: count });
        let places: BTreeSet<_> = arenas
            .iter()
            .map(|arena| std::ptr::from_ref::<Arena>(arena).addr())
            .collect();
        assert_eq!(places.len(), count);
        arenas.pop();
        assert!(pool.try_acquire().is_ok());
    }
}

#[test]
fn impossible_counts_are_refused() {
    assert_eq!(ArenaPool::new(0, 1).unwrap_err(), ConfigError::NoArenas);
    assert_eq!(ArenaPool::new(1, 0).unwrap_err(), ConfigError::NoBytes);
    let many = ArenaPool::new(usize::MAX, 1).unwrap_err();
    if usize::BITS > u32::BITS {
        assert_eq!(many, ConfigError::TooManyArenas);
    } else {
        // As many as there may be, but not as many as have room.
        assert!(matches!(many, ConfigError::OutOfMemory { .. }));
    }
}

#[test]
fn returned_arena_comes_back_empty() {
    let pool = ArenaPool::new(1, 4096).unwrap();
    for round in 0..100_u64 {
        let arena = pool.try_acquire().unwrap();
        assert_eq!(arena.used(), 0);
        arena.try_alloc([round; 8]).unwrap();
        assert!(arena.used() >= 64);
    }
}

#[test]
fn arenas_outlive_the_pool_on_other_threads() {
    let pool = ArenaPool::new(8, 256).unwrap();
    let users: Vec<_> = (0..8)
        .map(|number: u32| {
            let arena = pool.try_acquire().unwrap();
            std::thread::spawn(move || *arena.try_alloc(number).unwrap())
        })
        .collect();
    drop(pool);
    let sum: u32 = users.into_iter().map(|user| user.join().unwrap()).sum();
    assert_eq!(sum, 28);
}

#[test]
fn forgotten_arena_is_seen_in_the_stats() {
    let pool = ArenaPool::new(3, 64).unwrap();
    std::mem::forget(pool.try_acquire());
    assert_eq!(pool.stats().in_use, 1);
    let _rest = [pool.try_acquire().unwrap(), pool.try_acquire().unwrap()];
    pool.try_acquire().unwrap_err();
    assert_eq!((pool.stats().in_use, pool.stats().refused), (3, 1));
}

#[test]
fn many_threads_share_few_arenas() {
    let pool = ArenaPool::new(2, 1024).unwrap();
    std::thread::scope(|scope| {
        for number in 0..4_u64 {
            let pool = pool.clone();
            scope.spawn(move || {
                for round in 0..5_000_u64 {
                    let Ok(arena) = pool.try_acquire() else {
                        continue;
                    };
                    let mark = arena.try_alloc([number, round]).unwrap();
                    std::hint::black_box(&mut *mark);
                    assert_eq!(*mark, [number, round]);
                }
            });
        }
    });
    assert_eq!(pool.stats().in_use, 0);
}

#[test]
fn takes_the_steps_that_the_model_takes() {
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig::with_cases(1024),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let steps = proptest::collection::vec(any::<u8>(), 0..600);
    let taken = runner.run(&steps, |steps| {
        crate::steps::run(&steps);
        Ok(())
    });
    taken.unwrap();
}
