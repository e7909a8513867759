//! Read hits by one thread, keys spread over the table.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;

use crate::run::{Cell, Work};

const KEYS: u64 = 10_000;

/// A cache of numbers.
trait Cache: 'static {
    fn put(&mut self, key: u64, value: u64);
    fn get(&self, key: u64) -> Option<u64>;
}

impl Cache for shorttail::cache::Cache<u64, u64> {
    fn put(&mut self, key: u64, value: u64) {
        self.insert(key, value).expect("room for all");
    }
    fn get(&self, key: u64) -> Option<u64> {
        match shorttail::cache::Cache::get(self, &key) {
            shorttail::cache::Lookup::Fresh(value) => Some(value),
            _ => None,
        }
    }
}

impl Cache for moka::sync::Cache<u64, u64> {
    fn put(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
    fn get(&self, key: u64) -> Option<u64> {
        moka::sync::Cache::get(self, &key)
    }
}

impl Cache for quick_cache::sync::Cache<u64, u64> {
    fn put(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
    fn get(&self, key: u64) -> Option<u64> {
        quick_cache::sync::Cache::get(self, &key)
    }
}

impl Cache for tinyufo::TinyUfo<u64, u64> {
    fn put(&mut self, key: u64, value: u64) {
        tinyufo::TinyUfo::put(self, key, value, 1);
    }
    fn get(&self, key: u64) -> Option<u64> {
        tinyufo::TinyUfo::get(self, &key)
    }
}

impl Cache for Mutex<HashMap<u64, u64>> {
    fn put(&mut self, key: u64, value: u64) {
        self.get_mut().expect("nobody panics").insert(key, value);
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.lock().expect("nobody panics").get(&key).copied()
    }
}

fn work(mut cache: impl Cache) -> Work {
    (0..KEYS).for_each(|key| cache.put(key, key));
    let mut key = 0;
    Box::new(move |operations| {
        for _ in 0..operations {
            key = (key + 7_919) % KEYS;
            assert_eq!(cache.get(black_box(key)), Some(key));
        }
    })
}

pub(crate) fn cells() -> Vec<Cell> {
    let room = 2 * KEYS as usize;
    let ours = shorttail::cache::Cache::builder(room)
        .build()
        .expect("a sound capacity");
    let contenders = vec![
        ("shorttail", work(ours)),
        ("moka", work(moka::sync::Cache::new(room as u64))),
        ("quick_cache", work(quick_cache::sync::Cache::new(room))),
        ("TinyUFO", work(tinyufo::TinyUfo::new(room, room))),
        ("Mutex<HashMap>", work(Mutex::new(HashMap::new()))),
    ];
    vec![Cell::new(
        "cache: read hit, one thread, 10 000 keys, room for twice as many",
        contenders,
    )]
}
