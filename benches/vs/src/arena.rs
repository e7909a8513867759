//! Twenty small values made, then all dropped at once.

use std::hint::black_box;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

const VALUES: u64 = 20;

/// Memory for values that go together.
trait Arena: 'static {
    fn fill_and_reset(&mut self, seed: u64);
}

impl Arena for shorttail::arena::Arena {
    fn fill_and_reset(&mut self, seed: u64) {
        for value in 0..VALUES {
            black_box(self.try_alloc([seed + value; 4]).expect("room for all"));
        }
        self.reset();
    }
}

impl Arena for bumpalo::Bump {
    fn fill_and_reset(&mut self, seed: u64) {
        for value in 0..VALUES {
            black_box(self.alloc([seed + value; 4]));
        }
        self.reset();
    }
}

impl Arena for bump_scope::Bump {
    fn fill_and_reset(&mut self, seed: u64) {
        for value in 0..VALUES {
            black_box(self.alloc([seed + value; 4]));
        }
        self.reset();
    }
}

struct Boxes;

impl Arena for Boxes {
    fn fill_and_reset(&mut self, seed: u64) {
        let made: [_; VALUES as usize] =
            std::array::from_fn(|value| Box::new([seed + value as u64; 4]));
        drop(black_box(made));
    }
}

fn work(mut arena: impl Arena) -> Work {
    Box::new(move |operations| (0..operations).for_each(|seed| arena.fill_and_reset(seed)))
}

pub(crate) fn run(bench: &mut Bench) {
    let contenders = vec![
        (
            "shorttail",
            work(shorttail::arena::Arena::new(4_096).expect("a sound size")),
        ),
        ("bumpalo", work(bumpalo::Bump::with_capacity(4_096))),
        ("bump-scope", work(bump_scope::Bump::with_size(4_096))),
        ("Box", work(Boxes)),
    ];
    Solo::new("arena: 20 values of 32 bytes, reset", contenders).run(bench);
}
