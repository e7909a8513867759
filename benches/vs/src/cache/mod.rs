//! Values of 64 bytes under numbers: hits, overwrites, and a mix with evictions.

mod keys;
mod peers;
mod team;

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

use keys::Keys;

/// Entries of the hit and overwrite cells, and what the cache of a mix may hold.
const ENTRIES: u64 = 10_000;

/// One of so many calls of a mix inserts.
const INSERT_EVERY: u64 = 20;

type Value = [u8; 64];

/// A cache.
trait Cache: Send + Sync + Sized + 'static {
    const NAME: &'static str;

    fn with_room(entries: usize) -> Self;
    fn put(&self, key: u64, value: Value);
    fn get(&self, key: u64) -> Option<Value>;

    /// Puts all of the first keys and waits until each can be got.
    fn fill(&self, keys: u64) {
        (0..keys).for_each(|key| self.put(key, value(key)));
    }
}

fn value(key: u64) -> Value {
    [key as u8; 64]
}

impl Cache for shorttail::cache::Cache<u64, Value> {
    const NAME: &'static str = "shorttail";

    fn with_room(entries: usize) -> Self {
        Self::builder(entries).build().expect("a sound capacity")
    }
    fn put(&self, key: u64, value: Value) {
        self.insert(key, value).expect("room, or an entry leaves");
    }
    fn get(&self, key: u64) -> Option<Value> {
        match shorttail::cache::Cache::get(self, &key) {
            shorttail::cache::Lookup::Fresh(value) => Some(value),
            _ => None,
        }
    }
}

/// Keys in turn over the whole table, in an order that no prefetcher follows.
fn next(key: u64) -> u64 {
    (key + 7_919) % ENTRIES
}

fn hits<C: Cache>() -> (&'static str, Work) {
    let cache = C::with_room(2 * ENTRIES as usize);
    cache.fill(ENTRIES);
    let mut key = 0;
    let work: Work = Box::new(move |operations| {
        for _ in 0..operations {
            key = next(key);
            assert_eq!(cache.get(black_box(key)), Some(value(key)));
        }
    });
    (C::NAME, work)
}

fn overwrites<C: Cache>() -> (&'static str, Work) {
    let cache = C::with_room(2 * ENTRIES as usize);
    cache.fill(ENTRIES);
    let mut key = 0;
    let work: Work = Box::new(move |operations| {
        for _ in 0..operations {
            key = next(key);
            cache.put(black_box(key), value(key));
        }
    });
    (C::NAME, work)
}

/// A miss is an answer as well: what a cache keeps is its own affair.
fn mix<C: Cache>() -> (&'static str, Work) {
    let cache = C::with_room(ENTRIES as usize);
    let mut keys = Keys::new(0);
    (0..3 * ENTRIES).for_each(|_| cache.put(keys.next(), value(0)));
    let mut call = 0;
    let work: Work = Box::new(move |operations| {
        for _ in 0..operations {
            let key = keys.next();
            call += 1;
            if call % INSERT_EVERY == 0 {
                cache.put(key, value(key));
            } else {
                black_box(cache.get(key));
            }
        }
    });
    (C::NAME, work)
}

pub(crate) fn run(bench: &mut Bench) {
    let contenders = vec![
        hits::<shorttail::cache::Cache<u64, Value>>(),
        hits::<moka::sync::Cache<u64, Value>>(),
        hits::<mini_moka::sync::Cache<u64, Value>>(),
        hits::<quick_cache::sync::Cache<u64, Value>>(),
        hits::<tinyufo::TinyUfo<u64, Value>>(),
        hits::<foyer_memory::Cache<u64, Value>>(),
        hits::<stretto::Cache<u64, Value>>(),
        hits::<peers::Amalgam>(),
        hits::<Mutex<lru::LruCache<u64, Value>>>(),
        hits::<Mutex<HashMap<u64, Value>>>(),
    ];
    let name = "cache: read hit, one thread, 10 000 entries, room for twice as many";
    Solo::new(name, contenders).run(bench);
    let contenders = vec![
        overwrites::<shorttail::cache::Cache<u64, Value>>(),
        overwrites::<moka::sync::Cache<u64, Value>>(),
        overwrites::<mini_moka::sync::Cache<u64, Value>>(),
        overwrites::<quick_cache::sync::Cache<u64, Value>>(),
        overwrites::<tinyufo::TinyUfo<u64, Value>>(),
        overwrites::<foyer_memory::Cache<u64, Value>>(),
        overwrites::<stretto::Cache<u64, Value>>(),
        overwrites::<peers::Amalgam>(),
        overwrites::<Mutex<lru::LruCache<u64, Value>>>(),
        overwrites::<Mutex<HashMap<u64, Value>>>(),
    ];
    let name = "cache: overwrite, one thread, 10 000 entries, room for twice as many";
    Solo::new(name, contenders).run(bench);
    let contenders = vec![
        mix::<shorttail::cache::Cache<u64, Value>>(),
        mix::<moka::sync::Cache<u64, Value>>(),
        mix::<mini_moka::sync::Cache<u64, Value>>(),
        mix::<quick_cache::sync::Cache<u64, Value>>(),
        mix::<tinyufo::TinyUfo<u64, Value>>(),
        mix::<foyer_memory::Cache<u64, Value>>(),
        mix::<stretto::Cache<u64, Value>>(),
        mix::<peers::Amalgam>(),
        mix::<Mutex<lru::LruCache<u64, Value>>>(),
    ];
    let name = "cache: 95 % get, 5 % insert, one thread, zipf 0.9 of 100 000 keys, room for 10 000";
    Solo::new(name, contenders).run(bench);
    team::run(bench);
}
