//! A worker's own stock.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use shorttail::pool::BufferPool;

use crate::pool;

#[test]
fn what_was_put_back_is_taken_first_and_is_empty() {
    let pool = pool(64, 4);
    let mut local = pool.local();
    let mut buf = local.try_acquire(1).unwrap();
    buf.try_put(b"secret").unwrap();
    let place = buf.as_ptr();
    local.put_back(buf);
    assert_eq!((local.stocked(), pool.outstanding()), (1, 1));
    let again = local.try_acquire(64).unwrap();
    assert_eq!(
        (again.as_ptr(), again.len(), again.capacity()),
        (place, 0, 64)
    );
}

#[test]
fn each_class_has_a_stock_of_eight() {
    let builder = BufferPool::builder().class(64, 10).class(256, 10);
    let pool = builder.build().unwrap();
    let mut local = pool.local();
    let bufs: Vec<_> = [1, 65].into_iter().cycle().take(20).collect();
    let bufs: Vec<_> = bufs
        .iter()
        .map(|len| pool.try_acquire(*len).unwrap())
        .collect();
    bufs.into_iter().for_each(|buf| local.put_back(buf));
    assert_eq!((local.stocked(), pool.outstanding()), (16, 16));
    assert_eq!(local.try_acquire(100).unwrap().capacity(), 256);
    assert_eq!((local.stocked(), pool.outstanding()), (15, 15));
    local.trim();
    assert_eq!((local.stocked(), pool.outstanding()), (0, 0));
    assert!(!local.try_acquire(257).unwrap_err().is_exhausted());
}

#[test]
fn another_pools_buffer_goes_home() {
    let (ours, theirs) = (pool(64, 1), pool(64, 1));
    let mut local = ours.local();
    local.put_back(theirs.try_acquire(1).unwrap());
    assert_eq!((local.stocked(), theirs.outstanding()), (0, 0));
}

#[test]
fn a_buffer_that_was_cut_is_whole_again() {
    let pool = pool(64, 1);
    let mut local = pool.local();
    let mut buf = local.try_acquire(1).unwrap();
    buf.try_put(b"abcdef").unwrap();
    let mut frozen = buf.freeze();
    drop(frozen.split_to(2));
    let thawed = frozen.try_into_mut().unwrap();
    assert!(thawed.capacity() < 64);
    local.put_back(thawed);
    assert_eq!(local.try_acquire(1).unwrap().capacity(), 64);
}

#[test]
fn who_waits_comes_before_the_stock() {
    let pool = pool(64, 2);
    let mut local = pool.local();
    let held = local.try_acquire(1).unwrap();
    let other = local.try_acquire(1).unwrap();
    let mut waits = pin!(pool.acquire_async(1));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(waits.as_mut().poll(&mut cx).is_pending());
    local.put_back(held);
    assert_eq!(local.stocked(), 0);
    assert!(waits.as_mut().poll(&mut cx).is_ready());
    local.put_back(other);
    assert_eq!(local.stocked(), 1);
}

/// The stock outlives the pool's other handles, and goes back on the worker's end.
#[test]
fn a_worker_that_ends_gives_its_stock_back() {
    let pool = pool(64, 1);
    let mut local = pool.local();
    let buf = local.try_acquire(1).unwrap();
    let worker = std::thread::spawn(move || local.put_back(buf));
    worker.join().unwrap();
    assert!(pool.try_acquire(1).is_ok());
    let mut last = pool.local();
    drop(pool);
    let buf = last.try_acquire(1).unwrap();
    last.put_back(buf);
    assert_eq!(last.stocked(), 1);
}
