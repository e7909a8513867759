//! 64 small things made and dropped together: boxes, and an arena.

use std::hint::black_box;

use shorttail::arena::ArenaPool;
use shorttail::measure::trial::{Arm, Report};
use shorttail::time::StdClock;

use super::Effort;

const CALLS: u64 = 64;

pub(crate) fn run(effort: Effort) -> Report {
    let arenas = ArenaPool::new(4, 64 * 1_024).expect("a sound size");
    let boxed = Arm::inline("Box", |number| {
        let held: [_; CALLS as usize] =
            std::array::from_fn(|call| Box::new([number + call as u64; 8]));
        drop(black_box(held));
    });
    let bumped = Arm::inline("arena", |number| {
        let arena = arenas.try_acquire().expect("one worker, four arenas");
        for call in 0..CALLS {
            black_box(arena.try_alloc([number + call; 8]).expect("4 KiB of 64"));
        }
    });
    let trial = effort.inline_trial("arena: 64 x 64 bytes dropped together", 20_000.0);
    trial
        .run(&StdClock, [boxed, bumped])
        .expect("sound settings")
}
