//! What a pooled buffer's steps cost, beside the global allocator's and a mutex's.

use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use criterion::{Criterion, criterion_group, criterion_main};
use shorttail::pool::{BufferPool, BytesPool, PooledBytes};

const SLOT: usize = 4096;

fn pool(slots: usize) -> BufferPool {
    BufferPool::builder().class(SLOT, slots).build().unwrap()
}

fn acquire_and_drop(c: &mut Criterion) {
    let mut group = c.benchmark_group("pool/acquire_drop");
    for slots in [64, 4096, 65_536] {
        let pool = BufferPool::builder().class(64, slots).build().unwrap();
        group.bench_function(format!("{slots}_slots"), |b| {
            b.iter(|| pool.try_acquire(64))
        });
    }
    let shared = pool(64);
    let mut local = shared.local();
    group.bench_function("local", |b| {
        b.iter(|| {
            let buf = black_box(local.try_acquire(64).unwrap());
            local.put_back(buf);
        });
    });
    let busy = pool(1024);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _buf = black_box(busy.try_acquire(64));
            }
        });
        group.bench_function("beside_a_busy_thread", |b| b.iter(|| busy.try_acquire(64)));
        stop.store(true, Ordering::Relaxed);
    });
    let builder = BufferPool::builder().class(SLOT, 1).heap_overflow(SLOT);
    let overflowing = builder.build().unwrap();
    group.bench_function("with_heap_overflow_unused", |b| {
        b.iter(|| overflowing.try_acquire(64));
    });
    let _slot = overflowing.try_acquire(64).unwrap();
    group.bench_function("from_the_heap", |b| b.iter(|| overflowing.try_acquire(64)));
    group.bench_function("malloc_4096", |b| b.iter(|| Vec::<u8>::with_capacity(SLOT)));
    let list = Mutex::new(vec![Vec::<u8>::with_capacity(SLOT)]);
    group.bench_function("mutex_list", |b| {
        b.iter(|| {
            let buf = black_box(list.lock().unwrap().pop().unwrap());
            list.lock().unwrap().push(buf);
        });
    });
    group.finish();
}

fn refusal(c: &mut Criterion) {
    let mut group = c.benchmark_group("pool/refused");
    for slots in [1, 64, 4096, 65_536] {
        let pool = BufferPool::builder().class(64, slots).build().unwrap();
        let _all: Vec<_> = (0..slots).map(|_| pool.try_acquire(64).unwrap()).collect();
        group.bench_function(format!("{slots}_slots"), |b| {
            b.iter(|| pool.try_acquire(64).unwrap_err());
        });
    }
    group.finish();
}

fn frozen(pool: &BufferPool) -> PooledBytes {
    let mut buf = pool.try_acquire(64).unwrap();
    buf.try_put(&[7; 64]).unwrap();
    buf.freeze()
}

fn sharing(c: &mut Criterion) {
    let pool = pool(64);
    let mut group = c.benchmark_group("pool/share");
    group.bench_function("acquire_put64_freeze_drop", |b| b.iter(|| frozen(&pool)));
    let shared = frozen(&pool);
    group.bench_function("clone_drop", |b| b.iter(|| shared.clone()));
    group.bench_function("slice_drop", |b| b.iter(|| shared.slice(8..16)));
    group.bench_function("acquire_put64_into_bytes_drop", |b| {
        b.iter(|| frozen(&pool).into_bytes());
    });
    group.bench_function("bytes_mut_put64_freeze_drop", |b| {
        b.iter(|| -> Bytes {
            let mut buf = BytesMut::with_capacity(SLOT);
            buf.extend_from_slice(&[7; 64]);
            buf.freeze()
        });
    });
    let bytes = Bytes::from(vec![7; 64]).slice(..60);
    group.bench_function("bytes_clone_drop", |b| b.iter(|| bytes.clone()));
    group.finish();
}

/// A buffer of 16 KiB that ends as `Bytes`, whoever makes them: 256 bytes, one clone, both dropped.
fn into_bytes(c: &mut Criterion) {
    const LARGE: usize = 16_384;
    let mut group = c.benchmark_group("pool/put256_freeze_clone_drop");
    let cloned = |bytes: Bytes| drop(black_box((bytes.clone(), bytes)));
    let source = [7; 256];
    let pool = BytesPool::builder().class(LARGE, 64).build().unwrap();
    group.bench_function("bytes_pool", |b| {
        b.iter(|| {
            let mut buf = pool.try_acquire(LARGE).unwrap();
            buf.try_put(black_box(&source)).unwrap();
            cloned(buf.freeze());
        });
    });
    let mut local = pool.local();
    group.bench_function("bytes_pool_local", |b| {
        b.iter(|| {
            let mut buf = local.try_acquire(LARGE).unwrap();
            buf.try_put(black_box(&source)).unwrap();
            cloned(local.freeze(buf));
        });
    });
    let mut by_hand = BytesMut::with_capacity(LARGE);
    group.bench_function("bytes_mut_by_hand", |b| {
        b.iter(|| {
            by_hand.reserve(LARGE);
            by_hand.extend_from_slice(black_box(&source));
            cloned(by_hand.split().freeze());
        });
    });
    group.bench_function("bytes_mut_malloc", |b| {
        b.iter(|| {
            let mut buf = BytesMut::with_capacity(LARGE);
            buf.extend_from_slice(black_box(&source));
            cloned(buf.freeze());
        });
    });
    let pooled = BufferPool::builder().class(LARGE, 64).build().unwrap();
    group.bench_function("pooled_bytes", |b| {
        b.iter(|| {
            let mut buf = pooled.try_acquire(LARGE).unwrap();
            buf.try_put(black_box(&source)).unwrap();
            let bytes = buf.freeze();
            drop(black_box((bytes.clone(), bytes)));
        });
    });
    group.finish();
}

criterion_group!(benches, acquire_and_drop, refusal, sharing, into_bytes);
criterion_main!(benches);
