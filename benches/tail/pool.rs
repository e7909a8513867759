//! 64 buffers taken, touched and given back: the allocator, and the pool.

use std::hint::black_box;

use shorttail::measure::trial::{Arm, Report};
use shorttail::pool::BufferPool;
use shorttail::time::StdClock;

use super::Effort;

const CALLS: usize = 64;
const SIZE: usize = 4_096;

pub(crate) fn run(effort: Effort) -> Report {
    let pool = BufferPool::builder()
        .class(SIZE, 2 * CALLS)
        .build()
        .expect("one sound class");
    let allocator = Arm::inline("malloc", |_| {
        let held: [_; CALLS] = std::array::from_fn(|_| {
            let mut buffer = Vec::<u8>::with_capacity(SIZE);
            buffer.extend_from_slice(black_box(b"hello"));
            buffer
        });
        drop(black_box(held));
    });
    let pooled = Arm::inline("pool", |_| {
        let held: [_; CALLS] = std::array::from_fn(|_| {
            let mut buffer = pool
                .try_acquire(SIZE)
                .expect("twice as many slots as calls");
            buffer.try_put(black_box(b"hello")).expect("it fits");
            buffer
        });
        drop(black_box(held));
    });
    let trial = effort.inline_trial("pool: 64 x 4 KiB held together", 20_000.0);
    trial
        .run(&StdClock, [allocator, pooled])
        .expect("sound settings")
}
