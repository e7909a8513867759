//! Histories of `get`, `insert`, `remove` and `invalidate_all`, made at random.

use std::thread;

use shorttail::cache::{Cache, Inserted, Lookup};

use crate::choices::Choices;

use super::calls::{Call, Clock};
use super::rounds;
use super::search::assert_linearizable;
use super::spec::{Did, KEYS, State};

/// The calls of which there are histories.
pub(super) trait Kept: Sync {
    fn insert(&self, key: u8, value: u8) -> Did;
    fn get(&self, key: u8) -> Did;
    fn remove(&self, key: u8) -> Did;
    fn invalidate(&self) -> Did;
}

impl Kept for Cache<u8, u8> {
    fn insert(&self, key: u8, value: u8) -> Did {
        let told = Self::insert(self, key, value).expect("readers hold few slots");
        Did::Inserted(key, value, told == Inserted::Replaced)
    }

    fn get(&self, key: u8) -> Did {
        match Self::get(self, &key) {
            Lookup::Fresh(value) => Did::Got(key, value),
            Lookup::Miss => Did::Missed(key),
            other => panic!("neither lives nor negatives here: {other:?}"),
        }
    }

    fn remove(&self, key: u8) -> Did {
        Did::Removed(key, Self::remove(self, &key))
    }

    fn invalidate(&self) -> Did {
        self.invalidate_all();
        Did::Invalidated
    }
}

const CALLS: usize = 6;

/// The history of each cache, called by `threads` threads, [`CALLS`] times by each.
pub(super) fn record<C: Kept>(caches: &[C], threads: usize, seed: u64) -> Vec<Vec<Call<Did>>> {
    rounds::record(caches, threads, seed, calls)
}

fn calls(cache: &impl Kept, clock: &Clock, thread: usize, choices: &mut Choices) -> Vec<Call<Did>> {
    let one = |n: usize| {
        let value = (thread * CALLS + n) as u8;
        let key = choices.next(u64::from(KEYS)) as u8;
        match choices.next(32) {
            0..2 => clock.call(|| cache.invalidate()),
            2..6 => clock.call(|| cache.remove(key)),
            6..8 => {
                thread::yield_now(); // for schedules that one processor alone would not have
                clock.call(|| cache.get(key))
            }
            8..20 => clock.call(|| cache.get(key)),
            _ => clock.call(|| cache.insert(key, value)),
        }
    };
    (0..CALLS).map(one).collect()
}

fn run(rounds: usize, seed: u64) {
    for capacity in [1, 4] {
        for threads in [3, 4] {
            let cache = |_| Cache::builder(capacity).build().unwrap();
            let caches: Vec<Cache<u8, u8>> = (0..rounds).map(cache).collect();
            for history in record(&caches, threads, seed) {
                assert_linearizable(&history, &State::new(capacity));
            }
        }
    }
}

#[test]
fn the_answers_of_gets_and_writes_have_an_order() {
    run(600, 9);
}

#[test]
#[ignore = "stress: minutes"]
fn the_answers_of_gets_and_writes_have_an_order_for_long() {
    for seed in 0..200 {
        run(2_000, seed << 32);
    }
}
