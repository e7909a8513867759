//! Hits alone, by one thread and by several: the keys in an order that no prefetcher follows.

use std::hint::black_box;
use std::sync::{Arc, Mutex};

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Muster, Team};

use super::{Cache, ENTRIES, Value, next, ours, peers, value};

fn hits<C: Cache>(threads: usize) -> (&'static str, Muster) {
    let cache = Arc::new(C::with_room(2 * ENTRIES as usize));
    cache.fill(ENTRIES);
    let muster = move || (0..threads).map(|thread| body(&cache, thread)).collect();
    (C::NAME, Box::new(muster))
}

fn body<C: Cache>(cache: &Arc<C>, thread: usize) -> Body {
    let (cache, mut key) = (Arc::clone(cache), thread as u64 * 1_234 % ENTRIES);
    Box::new(move |course: &mut Course| {
        while course.goes_on() {
            key = next(key);
            let found = course.call(|| cache.get(black_box(key)));
            assert_eq!(found, Some(value(key)));
            course.count();
        }
    })
}

pub(crate) fn run(bench: &mut Bench) {
    let cells = [
        (
            1,
            "cache-read: hit, 1 thread, 10 000 entries, room for twice as many",
        ),
        (
            2,
            "cache-read: hit, 2 threads, 10 000 entries, room for twice as many",
        ),
        (
            8,
            "cache-read: hit, 8 threads, 10 000 entries, room for twice as many",
        ),
    ];
    for (threads, name) in cells {
        if !bench.takes(name) {
            continue;
        }
        let contenders = vec![
            hits::<ours::Coarse<Value>>(threads),
            hits::<ours::Timed<Value>>(threads),
            hits::<shorttail::cache::Cache<u64, Value>>(threads),
            hits::<moka::sync::Cache<u64, Value>>(threads),
            hits::<peers::MokaLru<Value>>(threads),
            hits::<mini_moka::sync::Cache<u64, Value>>(threads),
            hits::<quick_cache::sync::Cache<u64, Value>>(threads),
            hits::<tinyufo::TinyUfo<u64, Value>>(threads),
            hits::<foyer_memory::Cache<u64, Value>>(threads),
            hits::<peers::FoyerS3<Value>>(threads),
            hits::<peers::Amalgam>(threads),
            hits::<Mutex<lru::LruCache<u64, Value>>>(threads),
        ];
        Team::new(name, contenders).run(bench);
    }
}
