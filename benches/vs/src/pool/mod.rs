//! A buffer of 4 KiB taken, 256 bytes written, given back.

mod allocators;
mod peers;
mod team;

use std::hint::black_box;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

const SIZE: usize = 4_096;
const SLOTS: usize = 64;
const BYTES: [u8; 256] = [7; 256];

/// A source of buffers. One that lives for ever, so that buffers can go to other threads.
trait Pool: Sync + Sized + 'static {
    const NAME: &'static str;
    type Buffer: 'static;

    fn new() -> Self;
    /// A buffer with room for `SIZE` bytes that holds `BYTES`.
    fn filled(&'static self) -> Self::Buffer;
    /// Gives it back; most do so when the buffer is dropped.
    fn release(&'static self, buffer: Self::Buffer) {
        drop(buffer);
    }
}

impl Pool for shorttail::pool::BufferPool {
    const NAME: &'static str = "shorttail";
    type Buffer = shorttail::pool::PooledBuf;

    fn new() -> Self {
        let builder = Self::builder().class(SIZE, SLOTS);
        builder.build().expect("one sound class")
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut buffer = self.try_acquire(SIZE).expect("one of 64");
        buffer.try_put(black_box(&BYTES)).expect("it fits");
        buffer
    }
}

fn forever<P: Pool>() -> &'static P {
    Box::leak(Box::new(P::new()))
}

fn cycle<P: Pool>(pool: &'static P) {
    let buffer = pool.filled();
    pool.release(black_box(buffer));
}

fn solo<P: Pool>() -> (&'static str, Work) {
    let pool: &P = forever();
    let work: Work = Box::new(move |operations| (0..operations).for_each(|_| cycle(pool)));
    (P::NAME, work)
}

pub(crate) fn run(bench: &mut Bench) {
    let contenders = vec![
        solo::<shorttail::pool::BufferPool>(),
        solo::<peers::Malloc>(),
        solo::<peers::Reclaimed>(),
        solo::<allocators::Fresh<mimalloc::MiMalloc>>(),
        solo::<allocators::Fresh<tikv_jemallocator::Jemalloc>>(),
        solo::<opool::Pool<peers::Buffers, Vec<u8>>>(),
        solo::<object_pool::Pool<Vec<u8>>>(),
        solo::<lockfree_object_pool::LinearObjectPool<Vec<u8>>>(),
        solo::<sharded_slab::Pool<peers::Buffer>>(),
        solo::<crossbeam_queue::ArrayQueue<Vec<u8>>>(),
        solo::<zeropool::ZeroPool>(),
        solo::<std::sync::Mutex<Vec<Vec<u8>>>>(),
    ];
    let name = "pool: acquire 4 KiB, write 256 B, release, one thread";
    Solo::new(name, contenders).run(bench);
    team::run(bench);
}
