//! The mix by several threads. An operation is a call of either kind; the timed call is `get`.

use std::hint::black_box;
use std::sync::{Arc, Mutex};

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Muster, Team};

use super::keys::Keys;
use super::{Cache, ENTRIES, INSERT_EVERY, Value, ours, peers, value};

fn mix<C: Cache>(threads: usize) -> (&'static str, Muster) {
    let cache = Arc::new(C::with_room(ENTRIES as usize));
    let mut keys = Keys::new(0);
    (0..3 * ENTRIES).for_each(|_| cache.put(keys.next(), value(0)));
    let muster = move || (0..threads).map(|thread| body(&cache, thread)).collect();
    (C::NAME, Box::new(muster))
}

fn body<C: Cache>(cache: &Arc<C>, thread: usize) -> Body {
    let (cache, mut keys) = (Arc::clone(cache), Keys::new(thread));
    Box::new(move |course: &mut Course| {
        let mut number = 0;
        while course.goes_on() {
            let key = keys.next();
            number += 1;
            if number % INSERT_EVERY == 0 {
                cache.put(key, value(key));
            } else {
                black_box(course.call(|| cache.get(key)));
            }
            course.count();
        }
    })
}

fn contenders(threads: usize) -> Vec<(&'static str, Muster)> {
    vec![
        mix::<shorttail::cache::Cache<u64, Value>>(threads),
        mix::<ours::Coarse<Value>>(threads),
        mix::<moka::sync::Cache<u64, Value>>(threads),
        mix::<peers::MokaLru<Value>>(threads),
        mix::<mini_moka::sync::Cache<u64, Value>>(threads),
        mix::<quick_cache::sync::Cache<u64, Value>>(threads),
        mix::<tinyufo::TinyUfo<u64, Value>>(threads),
        mix::<foyer_memory::Cache<u64, Value>>(threads),
        mix::<peers::FoyerS3<Value>>(threads),
        mix::<stretto::Cache<u64, Value>>(threads),
        mix::<Mutex<lru::LruCache<u64, Value>>>(threads),
    ]
}

pub(super) fn run(bench: &mut Bench) {
    let name = "cache: 95 % get, 5 % insert, 2 threads, zipf 0.9 of 100 000 keys, room for 10 000";
    Team::new(name, contenders(2)).run(bench);
    if bench.effort.is_full {
        let name =
            "cache: 95 % get, 5 % insert, 8 threads, zipf 0.9 of 100 000 keys, room for 10 000";
        Team::new(name, contenders(8)).run(bench);
    }
}
