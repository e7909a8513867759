//! Twenty small values made, then all dropped at once.

use std::hint::black_box;
use std::sync::Mutex;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

const VALUES: u64 = 20;
const BYTES: usize = 4_096;
const ARENAS: usize = 64;

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

/// Arenas of a pool, one acquired and given back for each operation.
trait Arenas: 'static {
    fn fill_and_return(&mut self, seed: u64);
}

impl Arenas for shorttail::arena::ArenaPool {
    fn fill_and_return(&mut self, seed: u64) {
        let arena = self.try_acquire().expect("a free one");
        for value in 0..VALUES {
            black_box(arena.try_alloc([seed + value; 4]).expect("room for all"));
        }
    }
}

/// The usual recipe.
impl Arenas for Mutex<Vec<bumpalo::Bump>> {
    fn fill_and_return(&mut self, seed: u64) {
        // Locked, as it is where threads share it.
        let shared = &*self;
        let taken = shared.lock().expect("nobody panics").pop();
        let mut arena = taken.expect("a free one");
        arena.fill_and_reset(seed);
        shared.lock().expect("nobody panics").push(arena);
    }
}

/// Its guard gives an arena back as it is: it is reset before.
impl Arenas for bump_scope::BumpPool {
    fn fill_and_return(&mut self, seed: u64) {
        self.reset();
        let arena = self.get();
        for value in 0..VALUES {
            black_box(arena.alloc([seed + value; 4]));
        }
    }
}

fn pooled(mut arenas: impl Arenas) -> Work {
    Box::new(move |operations| (0..operations).for_each(|seed| arenas.fill_and_return(seed)))
}

fn work(mut arena: impl Arena) -> Work {
    Box::new(move |operations| (0..operations).for_each(|seed| arena.fill_and_reset(seed)))
}

pub(crate) fn run(bench: &mut Bench) {
    let contenders = vec![
        (
            "shorttail",
            work(shorttail::arena::Arena::new(BYTES).expect("a sound size")),
        ),
        ("bumpalo", work(bumpalo::Bump::with_capacity(BYTES))),
        ("bump-scope", work(bump_scope::Bump::with_size(BYTES))),
        ("Box", work(Boxes)),
    ];
    Solo::new("arena: 20 values of 32 bytes, reset", contenders).run(bench);
    let bumps = || (0..ARENAS).map(|_| bumpalo::Bump::with_capacity(BYTES));
    let contenders = vec![
        (
            "shorttail",
            pooled(shorttail::arena::ArenaPool::new(ARENAS, BYTES).expect("sound sizes")),
        ),
        (
            "Mutex<Vec<bumpalo>>",
            pooled(Mutex::new(bumps().collect::<Vec<_>>())),
        ),
        ("bump-scope pool", pooled(bump_scope::BumpPool::new())),
    ];
    Solo::new(
        "arena: acquired, 20 values of 32 bytes, returned",
        contenders,
    )
    .run(bench);
}
