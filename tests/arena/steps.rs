//! A pool of arenas and a model of it take the same steps and agree after each, to the byte: what
//! is refused, what is used and left, what the budget paid, what lies where it was put.
//!
//! What is done in a lent arena is in `session.rs`.

use std::mem;
use std::rc::Rc;

use shorttail::arena::{Arena, ArenaPool, Overflow, PooledArena};

use crate::model::Held;
use crate::pool_model::PoolModel;
use crate::session::Session;

/// Bytes that say what the pool is.
const TERMS: usize = 4;

struct World {
    pool: ArenaPool,
    model: PoolModel,
    count: usize,
    wipe: bool,
    lent: Vec<(PooledArena, Held)>,
    /// Held by every value that has to be dropped.
    alive: Rc<()>,
}

/// Takes the steps: two bytes each, behind those that say what the pool is.
pub(crate) fn run(steps: &[u8]) {
    let Some((terms, steps)) = steps.split_first_chunk::<TERMS>() else {
        return;
    };
    let mut world = World::new(terms.map(usize::from));
    let mut steps = steps
        .chunks_exact(2)
        .map(|step| (step[0], usize::from(step[1])));
    while let Some((step, arg)) = steps.next() {
        world.step(step, arg, &mut steps);
        world.agree();
    }
    world.end();
}

fn place(arena: &PooledArena) -> usize {
    std::ptr::from_ref::<Arena>(arena).addr()
}

impl World {
    fn new([kind, base, limit, budget]: [usize; TERMS]) -> Self {
        let (count, base) = (1 + kind % 3, 40 + base * 2);
        let (limit, budget) = (base + limit * 16, budget * 24);
        let (grows, wipe) = (kind & 64 != 0, kind & 128 != 0);
        let overflow = match grows {
            true => Overflow::Grow {
                arena_bytes_max: limit,
                budget_bytes: budget,
                spares: 1,
            },
            false => Overflow::Strict,
        };
        let builder = ArenaPool::builder(count, base).overflow(overflow);
        Self {
            pool: builder.wipe(wipe).build().expect("terms that agree"),
            model: PoolModel::new(base, grows.then_some((limit, budget))),
            count,
            wipe,
            lent: Vec::new(),
            alive: Rc::new(()),
        }
    }

    fn step(&mut self, step: u8, arg: usize, rest: &mut dyn Iterator<Item = (u8, usize)>) {
        match (step % 16, self.lent.len()) {
            (0..=2, _) | (_, 0) => self.acquire(),
            (3..=5, lent) => self.give_back(arg % lent),
            (6, _) => assert_eq!(self.pool.maintain(), self.model.maintain()),
            (7, lent) => {
                let (arena, held) = &mut self.lent[arg % lent];
                arena.reset();
                held.reset();
            }
            (8, 2..) => self.swap_two(),
            (_, lent) => {
                let (arena, held) = &mut self.lent[arg % lent];
                Session::new(arena, held, self.wipe, &self.alive).run(rest);
            }
        }
    }

    fn acquire(&mut self) {
        match self.pool.try_acquire() {
            Ok(arena) => {
                let held = self.model.lend(place(&arena));
                assert_eq!((arena.used(), held.used()), (0, 0));
                self.lent.push((arena, held));
                assert!(self.lent.len() <= self.count);
            }
            Err(refused) => {
                assert_eq!((refused.arenas, self.lent.len()), (self.count, self.count));
                self.model.refuse();
            }
        }
    }

    fn give_back(&mut self, nth: usize) {
        let (arena, held) = self.lent.swap_remove(nth);
        let place = place(&arena);
        drop(arena);
        self.model.take_back(place, held);
    }

    /// Two arenas take each other's places for good, with all that they have.
    fn swap_two(&mut self) {
        let [(first, first_held), .., (last, last_held)] = &mut self.lent[..] else {
            unreachable!("there are two");
        };
        mem::swap(&mut **first, &mut **last);
        mem::swap(first_held, last_held);
    }

    fn agree(&self) {
        self.model.agree(&self.pool.stats(), self.lent.len());
        for (arena, held) in &self.lent {
            assert_eq!(
                (arena.used(), arena.capacity()),
                (held.used(), held.capacity())
            );
            assert_eq!(arena.remaining(), held.remaining());
        }
        assert_eq!(Rc::strong_count(&self.alive), 1, "all are dropped");
    }

    /// All comes back, and in time the budget is as it was.
    fn end(mut self) {
        let mut rounds = 0;
        while !self.lent.is_empty() || self.pool.stats().grown_bytes > 0 {
            while !self.lent.is_empty() {
                self.give_back(0);
            }
            assert_eq!(self.pool.maintain(), self.model.maintain());
            self.agree();
            (0..self.count).for_each(|_| self.acquire());
            rounds += 1;
            assert!(rounds < 40, "{:?}", self.pool.stats());
            if self.pool.stats().grown_bytes == 0 {
                return;
            }
        }
    }
}
