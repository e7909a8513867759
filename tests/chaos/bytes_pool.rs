//! One thread stands still inside a pool of `Bytes`; the others' buffers come and go.

use bytes::Bytes;
use shorttail::chaos::{Point, stall};
use shorttail::pool::BytesPool;

/// What each of the others does while one stands still.
const OPERATIONS: usize = 1_000;

fn pool(slots: usize) -> BytesPool {
    let builder = BytesPool::builder().class(64, slots);
    builder.build().unwrap()
}

fn frozen(pool: &BytesPool) -> Bytes {
    let mut buf = pool.try_acquire(8).expect("a slot nobody holds");
    buf.try_put(b"12345678").unwrap();
    buf.freeze()
}

/// All slots lent, and back, and that not seen.
fn unseen(slots: usize) -> BytesPool {
    let pool = pool(slots);
    let all: Vec<_> = (0..slots).map(|_| frozen(&pool)).collect();
    drop(all);
    assert_eq!(pool.outstanding(), slots);
    pool
}

/// One thread holds as many as there are slots left, and gives one back and takes one, again and
/// again, frozen and not: it may never be refused. No other thread looks meanwhile, which might
/// have in hand what is wanted here.
fn another_goes_on(pool: &BytesPool, slots_left: usize) {
    let mut held: Vec<_> = (0..slots_left).map(|_| frozen(pool)).collect();
    assert!(pool.try_acquire(8).is_err());
    for index in 0..OPERATIONS {
        drop(held.swap_remove(index % slots_left));
        drop(pool.try_acquire(8).expect("back, and not frozen"));
        let bytes = frozen(pool);
        assert_eq!(bytes.clone(), "12345678");
        held.push(bytes);
    }
    drop(held);
    pool.maintain();
}

#[test]
fn held_with_a_slot_in_hand_that_it_looks_at() {
    let pool = unseen(4);
    let held = pool.clone();
    let stalled = stall(Point::PoolClaimed, move || frozen(&held));
    another_goes_on(&pool, 3);
    assert_eq!(pool.outstanding(), 1);
    let last = stalled.release();
    another_goes_on(&pool, 3);
    drop(last);
    another_goes_on(&pool, 4);
}

#[test]
fn held_with_a_slot_in_hand_that_is_known() {
    let pool = pool(4);
    let held = pool.clone();
    let stalled = stall(Point::PoolClaimed, move || frozen(&held));
    another_goes_on(&pool, 3);
    drop(stalled.release());
    another_goes_on(&pool, 4);
}

#[test]
fn held_before_a_lent_slot_is_given_back() {
    let pool = pool(4);
    let held = pool.clone();
    let stalled = stall(Point::PoolRelease, move || frozen(&held));
    another_goes_on(&pool, 3);
    drop(stalled.release());
    another_goes_on(&pool, 4);
}

#[test]
fn held_before_an_unfrozen_slot_is_given_back() {
    let pool = pool(4);
    let held = pool.clone();
    let stalled = stall(Point::PoolRelease, move || {
        drop(held.try_acquire(8).unwrap())
    });
    another_goes_on(&pool, 3);
    stalled.release();
    another_goes_on(&pool, 4);
}

/// A thread that looks at all slots stands with one of them in hand.
#[test]
fn held_while_it_looks_at_all() {
    let pool = unseen(4);
    let held = pool.clone();
    let stalled = stall(Point::PoolClaimed, move || held.maintain());
    another_goes_on(&pool, 3);
    stalled.release();
    another_goes_on(&pool, 4);
}
