//! Waiting for an arena, as for a buffer: its own tests are in `tests/pool/waiting.rs`.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use shorttail::arena::{ArenaPool, Exhausted};
use shorttail::time::Deadline;

#[test]
fn an_arena_is_handed_over_empty_to_the_first() {
    let pool = ArenaPool::new(1, 1024).unwrap();
    let held = pool.acquire();
    held.try_alloc(7_u64).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    let mut first = pin!(pool.acquire_async());
    let mut second = pin!(pool.acquire_async());
    assert!(first.as_mut().poll(&mut cx).is_pending());
    assert!(second.as_mut().poll(&mut cx).is_pending());
    assert_eq!(pool.stats().waiting, 2);
    drop(held);
    assert_eq!(pool.try_acquire().unwrap_err(), Exhausted { arenas: 1 });
    let Poll::Ready(arena) = first.as_mut().poll(&mut cx) else {
        panic!("it was handed over");
    };
    assert_eq!(arena.used(), 0);
    assert!(second.as_mut().poll(&mut cx).is_pending());
    drop(arena);
    assert!(second.as_mut().poll(&mut cx).is_ready());
    assert_eq!(pool.stats().in_use, 0);
}

#[test]
fn a_wait_ends_in_time() {
    let pool = ArenaPool::new(1, 1024).unwrap();
    let held = pool.acquire_timeout(Duration::ZERO).unwrap();
    let none = Exhausted { arenas: 1 };
    assert_eq!(pool.acquire_timeout(Duration::ZERO).unwrap_err(), none);
    assert_eq!(
        pool.acquire_timeout(Duration::from_millis(1)).unwrap_err(),
        none
    );
    assert_eq!(pool.acquire_deadline(Deadline::at(0)).unwrap_err(), none);
    drop(held);
    assert!(pool.acquire_deadline(Deadline::at(0)).is_ok());
    assert_eq!(pool.stats().waiting, 0);
}

#[test]
fn threads_wait_for_each_other() {
    let pool = ArenaPool::new(2, 1024).unwrap();
    thread::scope(|scope| {
        for number in 0..5_u64 {
            let pool = &pool;
            scope.spawn(move || {
                for _ in 0..1_000 {
                    let arena = pool.acquire();
                    let value = arena.try_alloc(number).unwrap();
                    assert_eq!(*value, number);
                }
            });
        }
    });
    assert_eq!((pool.stats().in_use, pool.stats().waiting), (0, 0));
}

#[test]
fn a_wait_counts_as_one_refusal() {
    let pool = ArenaPool::new(1, 64).unwrap();
    let held = pool.try_acquire().unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pool.acquire_timeout(Duration::ZERO).is_err());
    assert_eq!(pool.stats().refused, 1);
    assert!(pool.acquire_deadline(Deadline::at(0)).is_err());
    assert_eq!(pool.stats().refused, 2);
    let mut wait = pin!(pool.acquire_async());
    assert!(wait.as_mut().poll(&mut cx).is_pending());
    assert!(wait.as_mut().poll(&mut cx).is_pending());
    assert_eq!(pool.stats().refused, 3);
    drop(held);
    assert!(wait.as_mut().poll(&mut cx).is_ready());
    assert_eq!(pool.stats().refused, 3);
}
