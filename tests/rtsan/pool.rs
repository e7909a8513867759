//! Acquiring, filling, sharing and releasing stop at no system call, lock or heap.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use shorttail::pool::BufferPool;

use crate::realtime::nonblocking;

#[test]
fn the_life_of_a_buffer() {
    let pool = BufferPool::builder().class(64, 1).build().unwrap();
    for _ in 0..100 {
        nonblocking(|| {
            let mut buf = pool.try_acquire(64).unwrap();
            assert!(pool.try_acquire(64).is_err());
            assert!(pool.try_acquire(65).is_err());
            buf.try_put(b"some bytes").unwrap();
            assert!(buf.try_put(&[0; 64]).is_err());
            let mut bytes = buf.freeze();
            let copy = bytes.clone();
            let front = bytes.split_to(4);
            drop(bytes.slice(1..));
            drop((copy, front));
            let mut buf = bytes.try_into_mut().unwrap();
            buf.compact();
            assert!(buf.try_put_slice(&[0; 80]).is_err());
            assert!(buf.try_put_fmt(format_args!("{}", 7)).is_err());
            let mut front = buf.freeze();
            let back = front.split_off(9);
            front.try_unsplit(back).unwrap();
            drop(front);
            drop(pool.try_acquire(1));
        });
    }
}

#[test]
fn wiping_on_release() {
    let pool = BufferPool::builder()
        .class(64, 1)
        .wipe(true)
        .build()
        .unwrap();
    for _ in 0..100 {
        nonblocking(|| {
            let mut buf = pool.try_acquire(64).unwrap();
            buf.try_put(b"a secret").unwrap();
            drop(buf.freeze());
        });
    }
}

#[test]
fn a_workers_stock() {
    let pool = BufferPool::builder().class(64, 20).build().unwrap();
    let mut local = pool.local();
    nonblocking(|| {
        for _ in 0..100 {
            let mut buf = local.try_acquire(64).unwrap();
            buf.try_put(b"some bytes").unwrap();
            local.put_back(buf);
        }
        local.trim();
    });
}

/// Who brings a buffer while a task waits gives it to that, and wakes it.
#[test]
fn a_release_to_a_task_that_waits() {
    let pool = BufferPool::builder().class(64, 1).build().unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        let held = pool.try_acquire(1).unwrap();
        let mut waits = pin!(pool.acquire_async(1));
        assert!(waits.as_mut().poll(&mut cx).is_pending());
        nonblocking(|| drop(held.freeze()));
        assert!(waits.as_mut().poll(&mut cx).is_ready());
    }
}

/// The heap's calls are permitted where it was asked for, and nothing beside them is.
#[test]
fn a_buffer_from_the_heap_within_its_budget() {
    let builder = BufferPool::builder().class(64, 1).heap_overflow(64);
    let pool = builder.track_age(true).build().unwrap();
    let _slot = pool.try_acquire(1).unwrap();
    nonblocking(|| {
        let buf = pool.try_acquire(64).unwrap();
        assert!(buf.is_on_heap() && pool.try_acquire(64).is_err());
        drop(buf.freeze());
    });
}

/// What ages cost: a reading of the clock, and stores.
#[test]
fn ages_kept_and_listed() {
    let pool = BufferPool::builder().class(64, 2).track_age(true);
    let pool = pool.build().unwrap();
    let mut local = pool.local();
    for _ in 0..100 {
        nonblocking(|| {
            let bytes = pool.try_acquire(64).unwrap().freeze();
            let buf = local.try_acquire(64).unwrap();
            assert_eq!(pool.outstanding_older_than(Duration::ZERO).count(), 2);
            local.put_back(buf);
            drop(bytes);
            assert_eq!(pool.outstanding_older_than(Duration::ZERO).count(), 0);
        });
    }
}

#[test]
fn the_pool_gone_first_but_for_the_last_release() {
    let pool = BufferPool::builder().class(64, 2).build().unwrap();
    let first = pool.try_acquire(1).unwrap().freeze();
    let last = pool.try_acquire(1).unwrap();
    drop(pool);
    // Other holds are left on the memory, so this drop frees nothing.
    nonblocking(|| drop(first));
    // Frees the memory: the one release that may call the system.
    drop(last);
}
