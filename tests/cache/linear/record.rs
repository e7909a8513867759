//! Histories of `get`, `insert`, `remove`, `invalidate_all` and `invalidate_tag`, and of what
//! does not wait, made at random. A cache has a spare slot for each thread and no more, so that
//! slots are used again while somebody reads, and a value is read while it is about to be
//! overwritten, if ever.

use std::thread;

use shorttail::cache::{Cache, Contended, Inserted, Lookup, RefusedWhy, Tag, Terms};

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
    fn try_insert(&self, key: u8, value: u8) -> Did;
    fn try_remove(&self, key: u8) -> Did;
    fn invalidate(&self) -> Did;
    /// What has the key's tag: the key alone.
    fn invalidate_tag(&self, key: u8) -> Did;
}

/// A value that is read after its clone has begun and others have had their turn.
struct Late(u8);

impl Clone for Late {
    fn clone(&self) -> Self {
        thread::yield_now();
        Self(self.0)
    }
}

/// Each key has a tag of its own.
fn terms(key: u8) -> Terms {
    Terms::new().tag(Tag::new(key.into()))
}

impl Kept for Cache<u8, Late> {
    fn insert(&self, key: u8, value: u8) -> Did {
        match Self::insert_with_terms(self, key, Late(value), terms(key)) {
            Ok(told) => Did::Inserted(key, value, told == Inserted::Replaced),
            Err(refused) => panic!("readers hold few slots: {:?}", refused.why),
        }
    }

    fn try_insert(&self, key: u8, value: u8) -> Did {
        match Self::try_insert_with_terms(self, key, Late(value), terms(key)) {
            Ok(told) => Did::Inserted(key, value, told == Inserted::Replaced),
            Err(refused) => {
                let RefusedWhy::Contended = refused.why else {
                    panic!("readers hold few slots: {:?}", refused.why);
                };
                Did::GaveUp
            }
        }
    }

    fn get(&self, key: u8) -> Did {
        match Self::get(self, &key) {
            Lookup::Fresh(value) => Did::Got(key, value.0),
            Lookup::Miss => Did::Missed(key),
            Lookup::Stale(_) | Lookup::Negative => panic!("neither lives nor negatives here"),
        }
    }

    fn remove(&self, key: u8) -> Did {
        Did::Removed(key, Self::remove(self, &key))
    }

    fn try_remove(&self, key: u8) -> Did {
        match Self::try_remove(self, &key) {
            Ok(there) => Did::Removed(key, there),
            Err(Contended) => Did::GaveUp,
        }
    }

    fn invalidate(&self) -> Did {
        self.invalidate_all();
        Did::Invalidated
    }

    fn invalidate_tag(&self, key: u8) -> Did {
        Self::invalidate_tag(self, Tag::new(key.into())).expect("each key has a tag");
        Did::InvalidatedTag(key)
    }
}

const CALLS: usize = 14;

/// The history of each cache, called by `threads` threads, [`CALLS`] times by each.
pub(super) fn record<C: Kept>(caches: &[C], threads: usize, seed: u64) -> Vec<Vec<Call<Did>>> {
    rounds::record(caches, threads, seed, calls)
}

fn calls(cache: &impl Kept, clock: &Clock, thread: usize, choices: &mut Choices) -> Vec<Call<Did>> {
    let one = |n: usize| {
        let value = (thread * CALLS + n) as u8;
        let key = choices.next(u64::from(KEYS)) as u8;
        match choices.next(32) {
            0 => clock.call(|| cache.invalidate()),
            1 => clock.call(|| cache.invalidate_tag(key)),
            2 => clock.call(|| cache.remove(key)),
            3 => clock.call(|| cache.try_remove(key)),
            4..6 => {
                thread::yield_now(); // for schedules that one processor alone would not have
                clock.call(|| cache.get(key))
            }
            6..18 => clock.call(|| cache.get(key)),
            18..24 => clock.call(|| cache.try_insert(key, value)),
            _ => clock.call(|| cache.insert(key, value)),
        }
    };
    (0..CALLS).map(one).collect()
}

fn run(rounds: usize, seed: u64) {
    for capacity in [1, 4] {
        for threads in [3, 4] {
            let cache = |_| {
                let builder = Cache::builder(capacity).reserve(threads);
                builder.tags(KEYS.into()).build().unwrap()
            };
            let caches: Vec<Cache<u8, Late>> = (0..rounds).map(cache).collect();
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
