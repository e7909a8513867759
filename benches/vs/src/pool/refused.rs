//! An acquire that is refused, by the number of slots.

use std::hint::black_box;

use shorttail::pool::PooledBuf;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

use super::of;

fn refused(name: &'static str, slots: usize) -> (&'static str, Work) {
    const SIZE: usize = 64;
    let pool = of(SIZE, slots);
    let all: Vec<PooledBuf> = (0..slots)
        .map(|_| pool.try_acquire(SIZE).expect("a free one"))
        .collect();
    let work: Work = Box::new(move |operations| {
        let _all = &all;
        for _ in 0..operations {
            let refused = pool.try_acquire(black_box(SIZE));
            assert!(black_box(refused).is_err());
        }
    });
    (name, work)
}

pub(super) fn run(bench: &mut Bench) {
    let contenders = vec![
        refused("shorttail, 1 slot", 1),
        refused("shorttail, 64 slots", 64),
        refused("shorttail, 4096", 4_096),
        refused("shorttail, 65 536", 65_536),
    ];
    Solo::new("pool: acquire refused, none is free", contenders).run(bench);
}
