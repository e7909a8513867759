//! Buffers taken, 256 bytes written to each, given back.

mod allocators;
mod held;
mod peers;
mod refused;
mod shared;
mod stall;
mod team;

use std::cell::RefCell;
use std::hint::black_box;

use shorttail::pool::{BufferPool, LocalPool};

use crate::bench::Bench;
use crate::solo::{Solo, Work};

const KIB: usize = 1_024;
const SLOTS: usize = 64;
const BYTES: [u8; 256] = [7; 256];

/// A source of buffers of a size. One that lives for ever, so that buffers can go to other threads.
trait Pool<const SIZE: usize>: Sync + Sized + 'static {
    const NAME: &'static str;
    type Buffer: 'static;

    /// With so many buffers, if their number is fixed.
    fn new(slots: usize) -> Self;
    /// A buffer with room for `SIZE` bytes that holds `BYTES`.
    fn filled(&'static self) -> Self::Buffer;
    /// Gives it back; most do so when the buffer is dropped.
    fn release(&'static self, buffer: Self::Buffer) {
        drop(buffer);
    }
}

impl<const SIZE: usize> Pool<SIZE> for BufferPool {
    const NAME: &'static str = "shorttail";
    type Buffer = shorttail::pool::PooledBuf;

    fn new(slots: usize) -> Self {
        of(SIZE, slots)
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut buffer = self.try_acquire(SIZE).expect("a free one");
        buffer.try_put(black_box(&BYTES)).expect("it fits");
        buffer
    }
}

fn of(size: usize, slots: usize) -> BufferPool {
    let builder = BufferPool::builder().class(size, slots);
    builder.build().expect("one sound class")
}

/// What a cell makes of each pool.
trait Each<const SIZE: usize> {
    type Contender;

    fn of<P: Pool<SIZE>>(&self) -> (&'static str, Self::Contender);
}

/// Every pool and allocator that a thread may use for itself, shorttail's first.
fn each<const SIZE: usize, E: Each<SIZE>>(cell: &E) -> Vec<(&'static str, E::Contender)> {
    vec![
        cell.of::<BufferPool>(),
        cell.of::<peers::Malloc>(),
        cell.of::<peers::Reclaimed>(),
        cell.of::<allocators::Fresh<mimalloc::MiMalloc>>(),
        cell.of::<allocators::Fresh<tikv_jemallocator::Jemalloc>>(),
        cell.of::<opool::Pool<peers::Buffers<SIZE>, Vec<u8>>>(),
        cell.of::<object_pool::Pool<Vec<u8>>>(),
        cell.of::<lockfree_object_pool::LinearObjectPool<Vec<u8>>>(),
        cell.of::<sharded_slab::Pool<peers::Buffer<SIZE>>>(),
        cell.of::<crossbeam_queue::ArrayQueue<Vec<u8>>>(),
        cell.of::<zeropool::ZeroPool>(),
        cell.of::<std::sync::Mutex<Vec<Vec<u8>>>>(),
    ]
}

fn forever<const SIZE: usize, P: Pool<SIZE>>(slots: usize) -> &'static P {
    Box::leak(Box::new(P::new(slots)))
}

fn cycle<const SIZE: usize, P: Pool<SIZE>>(pool: &'static P) {
    let buffer = pool.filled();
    pool.release(black_box(buffer));
}

/// One thread that has one buffer at a time.
struct OneHeld;

impl<const SIZE: usize> Each<SIZE> for OneHeld {
    type Contender = Work;

    fn of<P: Pool<SIZE>>(&self) -> (&'static str, Work) {
        let pool: &P = forever(SLOTS);
        let work: Work = Box::new(move |operations| (0..operations).for_each(|_| cycle(pool)));
        (P::NAME, work)
    }
}

/// A worker's own stock of shorttail's buffers.
fn local<const SIZE: usize>() -> (&'static str, Work) {
    let mut local: LocalPool = of(SIZE, SLOTS).local();
    let work: Work = Box::new(move |operations| {
        for _ in 0..operations {
            let mut buffer = local.try_acquire(SIZE).expect("a free one");
            buffer.try_put(black_box(&BYTES)).expect("it fits");
            local.put_back(black_box(buffer));
        }
    });
    ("shorttail, local", work)
}

/// The floor: a stack of buffers that no other thread can reach.
fn own_stack<const SIZE: usize>() -> (&'static str, Work) {
    let stack: Vec<Vec<u8>> = (0..SLOTS).map(|_| Vec::with_capacity(SIZE)).collect();
    let stack = RefCell::new(stack);
    let work: Work = Box::new(move |operations| {
        for _ in 0..operations {
            let mut buffer = stack.borrow_mut().pop().expect("a free one");
            buffer.clear();
            buffer.extend_from_slice(black_box(&BYTES));
            stack.borrow_mut().push(black_box(buffer));
        }
    });
    ("own stack (floor)", work)
}

pub(crate) fn run(bench: &mut Bench) {
    const SIZE: usize = 16 * KIB;
    let mut contenders = each::<SIZE, _>(&OneHeld);
    contenders.splice(1..1, [local::<SIZE>(), own_stack::<SIZE>()]);
    let name = "pool: acquire 16 KiB, write 256 B, release, one thread";
    Solo::new(name, contenders).run(bench);
    held::run(bench);
    shared::run(bench);
    refused::run(bench);
    team::run(bench);
}

pub(crate) fn run_stall(bench: &mut Bench) {
    stall::run(bench);
}
