//! Sixteen buffers of 64 KiB held at once by one thread.

use std::hint::black_box;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

use super::{Each, KIB, Pool, SLOTS, each, forever};

pub(super) const HELD: usize = 16;

/// One thread; an operation is one buffer.
struct ManyHeld;

impl<const SIZE: usize> Each<SIZE> for ManyHeld {
    type Contender = Work;

    fn of<P: Pool<SIZE>>(&self) -> (&'static str, Work) {
        let pool: &P = forever(SLOTS);
        let work: Work = Box::new(move |operations| {
            for _ in 0..operations.div_ceil(HELD as u64) {
                lap(pool);
            }
        });
        (P::NAME, work)
    }
}

/// Takes sixteen, then gives them back.
pub(super) fn lap<const SIZE: usize, P: Pool<SIZE>>(pool: &'static P) {
    let held: [P::Buffer; HELD] = std::array::from_fn(|_| pool.filled());
    for buffer in black_box(held) {
        pool.release(buffer);
    }
}

pub(super) fn run(bench: &mut Bench) {
    let name = "pool: 16 of 64 KiB held at once, one thread, per buffer";
    Solo::new(name, each::<{ 64 * KIB }, _>(&ManyHeld)).run(bench);
}
