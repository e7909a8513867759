//! 64 hits of a warm cache: a map behind a mutex, and the cache.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;

use shorttail::cache::Cache;
use shorttail::measure::trial::{Arm, Report};
use shorttail::time::StdClock;

use super::Effort;

const KEYS: u64 = 10_000;

/// The keys of a request: spread over the table, the same for both arms.
fn keys(number: u64) -> impl Iterator<Item = u64> {
    (0..64).map(move |call| (number * 64 + call) * 7_919 % KEYS)
}

pub(crate) fn run(effort: Effort) -> Report {
    let map: Mutex<HashMap<u64, u64>> = Mutex::new((0..KEYS).map(|key| (key, key)).collect());
    let cache = Cache::builder(2 * KEYS as usize)
        .build()
        .expect("a sound capacity");
    (0..KEYS).for_each(|key| {
        cache.insert(key, key).expect("room for all");
    });
    let locked = Arm::inline("Mutex<HashMap>", |number| {
        keys(number).for_each(|key| {
            black_box(map.lock().expect("nobody panics").get(&key).copied());
        });
    });
    let cached = Arm::inline("cache", |number| {
        keys(number).for_each(|key| {
            black_box(cache.get(&key));
        });
    });
    let trial = effort.inline_trial("cache: 64 hits", 20_000.0);
    trial
        .workers(2)
        .run(&StdClock, [locked, cached])
        .expect("sound settings")
}
