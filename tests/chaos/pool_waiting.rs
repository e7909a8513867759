//! One thread stands still in the middle of a wait for a buffer.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use shorttail::chaos::{Point, Stalled, stall};
use shorttail::pool::{BufferPool, PooledBuf};

const OPERATIONS: usize = 1_000;
const LONG: Duration = Duration::from_secs(3600);

fn pool(slots: usize) -> (BufferPool, Vec<PooledBuf>) {
    let pool = BufferPool::builder().class(64, slots).build().unwrap();
    let held = (0..slots).map(|_| pool.try_acquire(1).unwrap()).collect();
    (pool, held)
}

/// A thread that waits for a buffer, held at `point`: whether it got one.
fn stalled_wait(pool: &BufferPool, point: Point, limit: Duration) -> Stalled<bool> {
    let pool = pool.clone();
    stall(point, move || pool.acquire_timeout(1, limit).is_ok())
}

/// Buffers are released and taken while one thread has the lock of those who wait: nobody who
/// brings one waits for it, and what was brought meanwhile is the waiter's once it runs.
#[test]
fn a_waiter_with_the_lock_delays_no_release_and_no_try_acquire() {
    for point in [Point::WaitLink, Point::WaitLocked] {
        let (pool, mut held) = pool(2);
        let stalled = stalled_wait(&pool, point, LONG);
        for _ in 0..OPERATIONS {
            drop(held.pop().unwrap());
            held.push(pool.try_acquire(1).expect("nobody else runs"));
        }
        drop(held);
        assert!(stalled.release());
        assert_eq!((pool.outstanding(), pool.stats().waiting), (0, 0));
    }
}

/// One is in line, and a second has the lock and stands still: whoever brings a buffer puts it
/// where the others find it, and goes on.
#[test]
fn a_second_waiter_with_the_lock_delays_no_release_to_the_first() {
    let (pool, mut held) = pool(2);
    let first = thread::spawn({
        let pool = pool.clone();
        move || drop(pool.acquire(1).unwrap())
    });
    while pool.stats().waiting == 0 {
        thread::yield_now();
    }
    let stalled = stalled_wait(&pool, Point::WaitLocked, LONG);
    for _ in 0..OPERATIONS {
        drop(held.pop().unwrap());
        held.push(pool.try_acquire(1).expect("nobody else runs"));
    }
    drop(held);
    assert!(stalled.release());
    first.join().unwrap();
    assert_eq!((pool.outstanding(), pool.stats().waiting), (0, 0));
}

/// Somebody else has the lock while a slot is brought: it is found after the unlock.
#[test]
fn what_is_brought_to_a_taken_lock_is_handed_out_by_who_has_it() {
    let (pool, mut held) = pool(2);
    let first = thread::spawn({
        let pool = pool.clone();
        move || pool.acquire(1).is_ok()
    });
    while pool.stats().waiting == 0 {
        thread::yield_now();
    }
    // A second one has the lock on its way out of line.
    let stalled = stalled_wait(&pool, Point::WaitUnlink, Duration::ZERO);
    drop(held.pop());
    assert!(
        first.join().unwrap(),
        "the one at the lock's door delays nobody"
    );
    assert!(!stalled.release() || pool.outstanding() <= 2);
    drop(held);
    assert_eq!((pool.outstanding(), pool.stats().waiting), (0, 0));
}

/// It was given a buffer and does not run: the others share what is left.
#[test]
fn a_waiter_that_was_served_and_does_not_run_holds_its_own_alone() {
    let (pool, mut held) = pool(2);
    let first = held.pop();
    let releaser = thread::spawn({
        let pool = pool.clone();
        move || {
            while pool.stats().waiting == 0 {
                thread::yield_now();
            }
            drop(first);
        }
    });
    let stalled = stalled_wait(&pool, Point::WakeRunning, LONG);
    releaser.join().unwrap();
    drop(held.pop());
    for _ in 0..OPERATIONS {
        drop(pool.acquire(1).unwrap());
        let mut task = pin!(pool.acquire_async(1));
        assert!(
            task.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        );
    }
    assert!(stalled.release());
    assert_eq!(pool.outstanding(), 0);
}
