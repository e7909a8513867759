//! One thread stands still inside the pool; the others' buffers come and go.

use shorttail::chaos::{Point, stall};
use shorttail::pool::{BufferPool, PooledBytes};

/// What each of the others does while one stands still.
const OPERATIONS: usize = 1_000;

fn pool(slots: usize) -> BufferPool {
    let builder = BufferPool::builder().class(64, slots);
    builder.build().unwrap()
}

fn use_one(pool: &BufferPool) {
    let mut buf = pool.try_acquire(8).expect("a slot nobody holds");
    buf.try_put(b"12345678").unwrap();
    let bytes: PooledBytes = buf.freeze();
    assert_eq!(&bytes.clone()[..], b"12345678");
}

/// As many threads as there are slots left hold one each and give it back, again and again: none
/// may ever be refused.
fn others_go_on(pool: &BufferPool, slots_left: usize) {
    std::thread::scope(|scope| {
        for _ in 0..slots_left {
            scope.spawn(|| (0..OPERATIONS).for_each(|_| use_one(pool)));
        }
    });
    let all: Vec<_> = (0..slots_left)
        .map(|_| pool.try_acquire(8).unwrap())
        .collect();
    assert_eq!(all.len(), slots_left);
}

#[test]
fn held_before_the_slot_is_in_hand() {
    let pool = pool(3);
    let held = pool.clone();
    let stalled = stall(Point::PoolClaimed, move || use_one(&held));
    others_go_on(&pool, 2);
    stalled.release();
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn held_before_the_release() {
    let pool = pool(3);
    let held = pool.clone();
    let stalled = stall(Point::PoolRelease, move || use_one(&held));
    others_go_on(&pool, 2);
    stalled.release();
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn held_between_the_release_and_the_list() {
    // All of 1, 2 or 64 slots in use; one holder's release is cut in two.
    for slots in [1, 2, 64] {
        let pool = pool(slots);
        let mut others: Vec<_> = (1..slots).map(|_| pool.try_acquire(8).unwrap()).collect();
        let held = pool.clone();
        let last = pool.try_acquire(8).unwrap();
        pool.try_acquire(8).unwrap_err();
        let stalled = stall(Point::SlotReturned, move || {
            drop(last);
            held.outstanding()
        });
        // The slots of the other holders come back to be claimed while that one stands.
        for index in 0..OPERATIONS * others.len().min(1) {
            drop(others.swap_remove(index % others.len()));
            others.push(pool.try_acquire(8).expect("just released by this thread"));
        }
        stalled.release();
        others.clear();
        others_go_on(&pool, slots.min(4));
    }
}

#[test]
fn held_while_a_word_is_off_the_list() {
    let pool = pool(64);
    let mut all: Vec<_> = (0..64).map(|_| pool.try_acquire(8).unwrap()).collect();
    let held = pool.clone();
    let stalled = stall(Point::SlotUnlisted, move || held.try_acquire(8).is_ok());
    // Every slot, also those of the word that is neither listed nor yet looked at again.
    for index in 0..OPERATIONS {
        drop(all.swap_remove(index % 64));
        all.push(pool.try_acquire(8).expect("just released by this thread"));
    }
    all.clear();
    others_go_on(&pool, 64);
    let _found = stalled.release();
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn held_while_the_free_slot_moves() {
    // Two slots, a word each: where a thread looks first depends on the thread, so that this one's
    // slot is known only by its address.
    let pool = pool(2);
    let mine = pool.try_acquire(8).unwrap().as_ptr();
    let address = mine.addr();
    let (stalled, first) = loop {
        let held = pool.clone();
        let (give, take) = std::sync::mpsc::channel();
        let stalled = stall(Point::SlotUnlisted, move || {
            let mut first = Some(held.try_acquire(8).unwrap());
            let given = first.take_if(|first| first.as_ptr().addr() != address);
            give.send(given).unwrap();
            // With a slot kept or given away, this looks at that slot's empty word first.
            held.try_acquire(8).is_ok()
        });
        match take.recv().unwrap() {
            Some(first) => break (stalled, first),
            None => assert!(stalled.release()),
        }
    };
    // It has seen the other slot's word empty; that slot is given back, and then this one taken.
    drop(first);
    let ours = pool.try_acquire(8).unwrap();
    assert_eq!((ours.as_ptr(), pool.outstanding()), (mine, 1));
    assert!(stalled.release(), "one of two slots was free throughout");
}

#[test]
fn held_on_the_way_out_keeps_the_memory() {
    let pool = pool(2);
    let buf = pool.try_acquire(8).unwrap();
    let stalled = stall(Point::PoolRelease, move || drop(buf));
    let late = pool.try_acquire(8).unwrap().freeze();
    drop(pool);
    assert!(late.is_empty());
    drop(late);
    stalled.release();
}
