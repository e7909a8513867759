//! A buffer of 16 KiB taken, 256 bytes written, frozen, cloned, both dropped.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use shorttail::pool::{BufferPool, BytesPool};

use crate::bench::Bench;
use crate::solo::{Solo, Work};

use super::{BYTES, KIB, SLOTS, of};

const SIZE: usize = 16 * KIB;

fn drop_both<B: Clone>(frozen: B) {
    let clone = black_box(&frozen).clone();
    drop(black_box(clone));
    drop(black_box(frozen));
}

fn filled(pool: &BufferPool) -> shorttail::pool::PooledBuf {
    let mut buffer = pool.try_acquire(SIZE).expect("a free one");
    buffer.try_put(black_box(&BYTES)).expect("it fits");
    buffer
}

fn pooled_bytes() -> Work {
    let pool = of(SIZE, SLOTS);
    Box::new(move |operations| {
        (0..operations).for_each(|_| drop_both(filled(&pool).freeze()));
    })
}

fn into_bytes() -> Work {
    let pool = of(SIZE, SLOTS);
    Box::new(move |operations| {
        (0..operations).for_each(|_| drop_both(filled(&pool).freeze().into_bytes()));
    })
}

fn bytes_pool() -> Work {
    let builder = BytesPool::builder().class(SIZE, SLOTS);
    let pool = builder.build().expect("one sound class");
    Box::new(move |operations| {
        for _ in 0..operations {
            let mut buffer = pool.try_acquire(SIZE).expect("a free one");
            buffer.try_put(black_box(&BYTES)).expect("it fits");
            drop_both(buffer.freeze());
        }
    })
}

fn local_bytes() -> Work {
    let builder = BytesPool::builder().class(SIZE, SLOTS);
    let pool: &BytesPool = Box::leak(Box::new(builder.build().expect("one sound class")));
    let mut local = pool.local();
    Box::new(move |operations| {
        for _ in 0..operations {
            let mut buffer = local.try_acquire(SIZE).expect("a free one");
            buffer.try_put(black_box(&BYTES)).expect("it fits");
            drop_both(local.freeze(buffer));
        }
    })
}

fn malloc() -> Work {
    Box::new(|operations| {
        for _ in 0..operations {
            let mut fresh = Vec::with_capacity(SIZE);
            fresh.extend_from_slice(black_box(&BYTES));
            drop_both(Bytes::from(fresh));
        }
    })
}

fn reclaimed() -> Work {
    let mut own = BytesMut::with_capacity(SIZE);
    Box::new(move |operations| {
        for _ in 0..operations {
            assert!(own.try_reclaim(SIZE));
            own.extend_from_slice(black_box(&BYTES));
            drop_both(own.split().freeze());
        }
    })
}

pub(super) fn run(bench: &mut Bench) {
    let contenders = vec![
        ("shorttail PooledBytes", pooled_bytes()),
        ("shorttail into_bytes", into_bytes()),
        ("shorttail BytesPool", bytes_pool()),
        ("shorttail LocalBytes", local_bytes()),
        ("malloc + Bytes", malloc()),
        ("BytesMut reclaimed", reclaimed()),
    ];
    let name = "pool: 16 KiB filled, frozen, cloned, both dropped, one thread";
    Solo::new(name, contenders).run(bench);
}
