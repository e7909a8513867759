//! The other caches, each as its documentation makes one.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use super::{Cache, Value};

impl Cache for moka::sync::Cache<u64, Value> {
    const NAME: &'static str = "moka";

    fn with_room(entries: usize) -> Self {
        Self::new(entries as u64)
    }
    fn put(&self, key: u64, value: Value) {
        self.insert(key, value);
    }
    fn get(&self, key: u64) -> Option<Value> {
        moka::sync::Cache::get(self, &key)
    }
}

impl Cache for mini_moka::sync::Cache<u64, Value> {
    const NAME: &'static str = "mini-moka";

    fn with_room(entries: usize) -> Self {
        Self::new(entries as u64)
    }
    fn put(&self, key: u64, value: Value) {
        self.insert(key, value);
    }
    fn get(&self, key: u64) -> Option<Value> {
        mini_moka::sync::Cache::get(self, &key)
    }
}

impl Cache for quick_cache::sync::Cache<u64, Value> {
    const NAME: &'static str = "quick_cache";

    fn with_room(entries: usize) -> Self {
        Self::new(entries)
    }
    fn put(&self, key: u64, value: Value) {
        self.insert(key, value);
    }
    fn get(&self, key: u64) -> Option<Value> {
        quick_cache::sync::Cache::get(self, &key)
    }
}

impl Cache for tinyufo::TinyUfo<u64, Value> {
    const NAME: &'static str = "TinyUFO";

    fn with_room(entries: usize) -> Self {
        Self::new(entries, entries)
    }
    fn put(&self, key: u64, value: Value) {
        tinyufo::TinyUfo::put(self, key, value, 1);
    }
    fn get(&self, key: u64) -> Option<Value> {
        tinyufo::TinyUfo::get(self, &key)
    }
}

impl Cache for foyer_memory::Cache<u64, Value> {
    const NAME: &'static str = "foyer";

    fn with_room(entries: usize) -> Self {
        foyer_memory::CacheBuilder::new(entries).build()
    }
    fn put(&self, key: u64, value: Value) {
        drop(self.insert(key, value));
    }
    fn get(&self, key: u64) -> Option<Value> {
        foyer_memory::Cache::get(self, &key).map(|entry| *entry.value())
    }
}

impl Cache for stretto::Cache<u64, Value> {
    const NAME: &'static str = "stretto";

    fn with_room(entries: usize) -> Self {
        // Ten counters an entry, as its documentation advises; each entry costs one.
        Self::new(10 * entries, entries as i64).expect("sound sizes")
    }
    fn put(&self, key: u64, value: Value) {
        // It may turn an insert down, and does so under load.
        self.insert(key, value, 1);
    }
    fn get(&self, key: u64) -> Option<Value> {
        stretto::Cache::get(self, &key).map(|found| *found.value())
    }
    fn fill(&self, keys: u64) {
        for key in 0..keys {
            while Cache::get(self, key).is_none() {
                self.insert(key, super::value(key), 1);
                self.wait().expect("its thread goes on");
            }
        }
    }
}

/// Its keys are strings: made before, so that only hashing and comparing them counts.
pub(super) struct Amalgam {
    cache: amalgam::BlockingCache<Value>,
    keys: Vec<String>,
}

impl Cache for Amalgam {
    const NAME: &'static str = "amalgam, string keys";

    fn with_room(entries: usize) -> Self {
        let builder = amalgam::Cache::builder().max_capacity(entries as u64);
        Self {
            cache: amalgam::BlockingCache::from_builder(builder).expect("sound settings"),
            keys: (0..100_000).map(|key| format!("{key:05}")).collect(),
        }
    }
    fn put(&self, key: u64, value: Value) {
        let done = self.cache.set(&self.keys[key as usize], value).execute();
        done.expect("taken");
    }
    fn get(&self, key: u64) -> Option<Value> {
        let found = self.cache.try_get(&self.keys[key as usize]).execute();
        found.expect("an answer")
    }
}

impl Cache for Mutex<lru::LruCache<u64, Value>> {
    const NAME: &'static str = "Mutex<lru>";

    fn with_room(entries: usize) -> Self {
        Self::new(lru::LruCache::new(
            NonZeroUsize::new(entries).expect("some room"),
        ))
    }
    fn put(&self, key: u64, value: Value) {
        self.lock().expect("nobody panics").put(key, value);
    }
    fn get(&self, key: u64) -> Option<Value> {
        self.lock().expect("nobody panics").get(&key).copied()
    }
}

/// Without a bound: what a map costs.
impl Cache for Mutex<HashMap<u64, Value>> {
    const NAME: &'static str = "Mutex<HashMap>";

    fn with_room(entries: usize) -> Self {
        Self::new(HashMap::with_capacity(entries))
    }
    fn put(&self, key: u64, value: Value) {
        self.lock().expect("nobody panics").insert(key, value);
    }
    fn get(&self, key: u64) -> Option<Value> {
        self.lock().expect("nobody panics").get(&key).copied()
    }
}
