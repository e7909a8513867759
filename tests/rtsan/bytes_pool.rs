//! A pool of `Bytes` stops at no system call, lock or heap, whether it finds a buffer or not.

use bytes::{BufMut, Bytes};
use shorttail::pool::BytesPool;

use crate::realtime::nonblocking;

fn frozen(pool: &BytesPool) -> Bytes {
    let mut buf = pool.try_acquire(64).unwrap();
    buf.put_u64(7);
    buf.freeze()
}

#[test]
fn the_life_of_a_buffer() {
    let pool = BytesPool::builder().class(64, 1).build().unwrap();
    for _ in 0..100 {
        nonblocking(|| {
            let mut buf = pool.try_acquire(64).unwrap();
            assert!(pool.try_acquire(64).is_err());
            assert!(pool.try_acquire(65).is_err());
            buf.try_put(b"some bytes").unwrap();
            assert!(buf.try_put(&[0; 64]).is_err());
            let mut bytes = buf.into_owned().freeze();
            let copy = bytes.clone();
            let front = bytes.split_to(4);
            drop(bytes.slice(1..));
            assert!(pool.try_acquire(64).is_err());
            drop((copy, front, bytes));
            drop(pool.try_acquire(1).unwrap());
        });
    }
}

#[test]
fn looks_in_vain_and_hostages() {
    let pool = BytesPool::builder().class(64, 100).build().unwrap();
    let mut held: Vec<_> = (0..100).map(|_| frozen(&pool)).collect();
    for _ in 0..100 {
        let one = held.pop();
        nonblocking(|| {
            assert!(pool.try_acquire(64).is_err());
            drop(one);
            pool.maintain();
        });
        held.push(frozen(&pool));
    }
}

#[test]
fn a_workers_stock() {
    let pool = BytesPool::builder().class(64, 20).build().unwrap();
    let mut local = pool.local();
    nonblocking(|| {
        for _ in 0..100 {
            let mut buf = local.try_acquire(64).unwrap();
            buf.try_put(b"some bytes").unwrap();
            drop(local.freeze(buf));
        }
        local.trim();
    });
}

#[test]
fn the_pool_gone_first() {
    let pool = BytesPool::builder().class(64, 2).build().unwrap();
    let (kept, sent) = (frozen(&pool), frozen(&pool));
    let other = sent.clone();
    nonblocking(|| drop(sent));
    drop(pool);
    nonblocking(|| drop(kept.clone()));
    // Each of these frees a slot's memory: the one drop that may call the system.
    drop((kept, other));
}
