//! One thread stands still inside the arena pool; the others' arenas come and go.

use shorttail::arena::{ArenaPool, Overflow};
use shorttail::chaos::{Point, stall};

/// What each of the others does while one stands still.
const OPERATIONS: u64 = 1_000;

fn use_one(pool: &ArenaPool, value: u64) {
    let arena = pool.try_acquire().expect("an arena nobody holds");
    assert_eq!(arena.used(), 0);
    assert_eq!(*arena.try_alloc(value).unwrap(), value);
}

#[test]
fn held_at_each_point_of_claim_and_release() {
    for point in [Point::PoolClaimed, Point::PoolRelease, Point::SlotReturned] {
        let pool = ArenaPool::new(3, 1024).unwrap();
        let held = pool.clone();
        let stalled = stall(point, move || use_one(&held, 7));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..OPERATIONS).for_each(|value| use_one(&pool, value)));
            }
        });
        stalled.release();
        assert_eq!(pool.stats().in_use, 0);
    }
}

#[test]
fn held_while_a_word_is_off_the_list() {
    let pool = ArenaPool::new(1, 1024).unwrap();
    let only = pool.try_acquire().unwrap();
    let held = pool.clone();
    let stalled = stall(Point::SlotUnlisted, move || held.try_acquire().is_ok());
    drop(only);
    (0..OPERATIONS).for_each(|value| use_one(&pool, value));
    let _found = stalled.release();
    assert_eq!(pool.stats().in_use, 0);
}

/// The others go on, with the other spare, and the one that stands still keeps only its own.
#[test]
fn held_in_the_exchange_for_a_spare() {
    let grow = Overflow::Grow {
        arena_bytes_max: 4096,
        budget_bytes: 4 * 4096,
        spares: 2,
    };
    let builder = ArenaPool::builder(2, 1024).overflow(grow);
    let pool = builder.build().unwrap();
    let grow_one = |pool: &ArenaPool| {
        let arena = pool.try_acquire().expect("an arena nobody holds");
        arena.try_alloc([0_u8; 2048]).unwrap();
    };
    let held = pool.clone();
    let stalled = stall(Point::ArenaExchange, move || grow_one(&held));
    for _ in 0..OPERATIONS {
        let before = pool.stats().exchanged;
        grow_one(&pool);
        // Until the size to which arenas are rebuilt is what they need.
        let exchanged = pool.stats().exchanged - before;
        assert_eq!(pool.maintain() as u64, exchanged);
    }
    let stats = pool.stats();
    assert!(
        stats.exchanged > 0 && stats.kept == 0,
        "a spare was ready each time"
    );
    stalled.release();
    assert_eq!((pool.stats().in_use, pool.maintain()), (0, 1));
}
