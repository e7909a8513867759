//! Sixteen buffers of 64 KiB held at once by one thread.

use std::hint::black_box;

use shorttail::pool::BufferPool;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

use super::{KIB, Pool, SLOTS, allocators, forever, peers};

pub(super) const HELD: usize = 16;

/// An operation is one buffer.
fn solo<const SIZE: usize, P: Pool<SIZE>>() -> (&'static str, Work) {
    let pool: &P = forever(SLOTS);
    let work: Work = Box::new(move |operations| {
        for _ in 0..operations.div_ceil(HELD as u64) {
            lap(pool);
        }
    });
    (P::NAME, work)
}

/// Takes sixteen, then gives them back.
pub(super) fn lap<const SIZE: usize, P: Pool<SIZE>>(pool: &'static P) {
    let held: [P::Buffer; HELD] = std::array::from_fn(|_| pool.filled());
    for buffer in black_box(held) {
        pool.release(buffer);
    }
}

pub(super) fn run(bench: &mut Bench) {
    const SIZE: usize = 64 * KIB;
    let contenders = vec![
        solo::<SIZE, BufferPool>(),
        solo::<SIZE, peers::Malloc>(),
        solo::<SIZE, peers::Reclaimed>(),
        solo::<SIZE, allocators::Fresh<mimalloc::MiMalloc>>(),
        solo::<SIZE, allocators::Fresh<tikv_jemallocator::Jemalloc>>(),
        solo::<SIZE, opool::Pool<peers::Buffers<SIZE>, Vec<u8>>>(),
        solo::<SIZE, object_pool::Pool<Vec<u8>>>(),
        solo::<SIZE, lockfree_object_pool::LinearObjectPool<Vec<u8>>>(),
        solo::<SIZE, sharded_slab::Pool<peers::Buffer<SIZE>>>(),
        solo::<SIZE, crossbeam_queue::ArrayQueue<Vec<u8>>>(),
        solo::<SIZE, zeropool::ZeroPool>(),
        solo::<SIZE, std::sync::Mutex<Vec<Vec<u8>>>>(),
    ];
    let name = "pool: 16 of 64 KiB held at once, one thread, per buffer";
    Solo::new(name, contenders).run(bench);
}
