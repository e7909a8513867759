//! The other caches, each as its documentation makes one, with its size told where that is taken.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

use foyer_memory::{CacheBuilder, S3FifoConfig};
use moka::policy::EvictionPolicy;

use super::{Cache, Expires, Forgets, Sent, Value};

impl<V: Sent> Cache<V> for moka::sync::Cache<u64, V> {
    const NAME: &'static str = "moka";

    fn with_room(entries: usize) -> Self {
        moka_builder(entries).build()
    }
    fn offer(&self, key: u64, value: V) -> bool {
        self.insert(key, value);
        true
    }
    fn get(&self, key: u64) -> Option<V> {
        Self::get(self, &key)
    }
    fn settle(&self) {
        self.run_pending_tasks();
    }
}

fn moka_builder<V: Sent>(
    entries: usize,
) -> moka::sync::CacheBuilder<u64, V, moka::sync::Cache<u64, V>> {
    moka::sync::Cache::builder()
        .max_capacity(entries as u64)
        .initial_capacity(entries)
}

impl<V: Sent> Expires<V> for moka::sync::Cache<u64, V> {
    fn with_ttl(entries: usize, ttl: Duration) -> Self {
        moka_builder(entries).time_to_live(ttl).build()
    }
}

impl<V: Sent> Forgets<V> for moka::sync::Cache<u64, V> {
    fn forget_all(&self) {
        self.invalidate_all();
    }
}

/// moka's other policy.
pub(super) struct MokaLru<V: Sent>(moka::sync::Cache<u64, V>);

impl<V: Sent> Cache<V> for MokaLru<V> {
    const NAME: &'static str = "moka, LRU";

    fn with_room(entries: usize) -> Self {
        let builder = moka_builder(entries).eviction_policy(EvictionPolicy::lru());
        Self(builder.build())
    }
    fn offer(&self, key: u64, value: V) -> bool {
        self.0.offer(key, value)
    }
    fn get(&self, key: u64) -> Option<V> {
        self.0.get(&key)
    }
    fn settle(&self) {
        self.0.run_pending_tasks();
    }
}

impl<V: Sent> Expires<V> for MokaLru<V> {
    fn with_ttl(entries: usize, ttl: Duration) -> Self {
        let builder = moka_builder(entries).eviction_policy(EvictionPolicy::lru());
        Self(builder.time_to_live(ttl).build())
    }
}

impl<V: Sent> Forgets<V> for MokaLru<V> {
    fn forget_all(&self) {
        self.0.invalidate_all();
    }
}

impl<V: Sent> Cache<V> for mini_moka::sync::Cache<u64, V> {
    const NAME: &'static str = "mini-moka";

    fn with_room(entries: usize) -> Self {
        let builder = Self::builder().max_capacity(entries as u64);
        builder.initial_capacity(entries).build()
    }
    fn offer(&self, key: u64, value: V) -> bool {
        self.insert(key, value);
        true
    }
    fn get(&self, key: u64) -> Option<V> {
        Self::get(self, &key)
    }
    fn settle(&self) {
        mini_moka::sync::ConcurrentCacheExt::sync(self);
    }
}

impl<V: Sent> Expires<V> for mini_moka::sync::Cache<u64, V> {
    fn with_ttl(entries: usize, ttl: Duration) -> Self {
        let builder = Self::builder().max_capacity(entries as u64);
        builder.initial_capacity(entries).time_to_live(ttl).build()
    }
}

impl<V: Sent> Forgets<V> for mini_moka::sync::Cache<u64, V> {
    fn forget_all(&self) {
        self.invalidate_all();
    }
}

impl<V: Sent> Cache<V> for quick_cache::sync::Cache<u64, V> {
    const NAME: &'static str = "quick_cache";

    fn with_room(entries: usize) -> Self {
        Self::new(entries)
    }
    fn offer(&self, key: u64, value: V) -> bool {
        self.insert(key, value);
        true
    }
    fn get(&self, key: u64) -> Option<V> {
        Self::get(self, &key)
    }
}

impl<V: Sent> Forgets<V> for quick_cache::sync::Cache<u64, V> {
    fn forget_all(&self) {
        self.clear();
    }
}

impl<V: Sent> Cache<V> for tinyufo::TinyUfo<u64, V> {
    const NAME: &'static str = "TinyUFO";

    fn with_room(entries: usize) -> Self {
        Self::new(entries, entries)
    }
    fn offer(&self, key: u64, value: V) -> bool {
        Self::put(self, key, value, 1);
        true
    }
    fn get(&self, key: u64) -> Option<V> {
        Self::get(self, &key)
    }
}

impl<V: Sent> Cache<V> for foyer_memory::Cache<u64, V> {
    const NAME: &'static str = "foyer";

    fn with_room(entries: usize) -> Self {
        CacheBuilder::new(entries).build()
    }
    fn offer(&self, key: u64, value: V) -> bool {
        drop(self.insert(key, value));
        true
    }
    fn get(&self, key: u64) -> Option<V> {
        Self::get(self, &key).map(|entry| entry.value().clone())
    }
}

impl<V: Sent> Forgets<V> for foyer_memory::Cache<u64, V> {
    fn forget_all(&self) {
        self.clear();
    }
}

/// foyer with the policy that is ours.
pub(super) struct FoyerS3<V: Sent>(foyer_memory::Cache<u64, V>);

impl<V: Sent> Cache<V> for FoyerS3<V> {
    const NAME: &'static str = "foyer, S3-FIFO";

    fn with_room(entries: usize) -> Self {
        let builder = CacheBuilder::new(entries);
        Self(
            builder
                .with_eviction_config(S3FifoConfig::default())
                .build(),
        )
    }
    fn offer(&self, key: u64, value: V) -> bool {
        self.0.offer(key, value)
    }
    fn get(&self, key: u64) -> Option<V> {
        Cache::get(&self.0, key)
    }
}

impl<V: Sent> Forgets<V> for FoyerS3<V> {
    fn forget_all(&self) {
        self.0.clear();
    }
}

impl Cache for stretto::Cache<u64, Value> {
    const NAME: &'static str = "stretto";

    fn with_room(entries: usize) -> Self {
        // Ten counters an entry, as its documentation advises; each entry costs one.
        Self::new(10 * entries, entries as i64).expect("sound sizes")
    }
    fn offer(&self, key: u64, value: Value) -> bool {
        self.insert(key, value, 1)
    }
    fn put(&self, key: u64, value: Value) {
        // It may turn an insert down, and does so under load.
        self.offer(key, value);
    }
    fn get(&self, key: u64) -> Option<Value> {
        Self::get(self, &key).map(|found| *found.value())
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

impl Amalgam {
    fn of(builder: amalgam::CacheBuilder<Value>) -> Self {
        Self {
            cache: amalgam::BlockingCache::from_builder(builder).expect("sound settings"),
            keys: (0..100_000).map(|key| format!("{key:05}")).collect(),
        }
    }
}

impl Cache for Amalgam {
    const NAME: &'static str = "amalgam, string keys";

    fn with_room(entries: usize) -> Self {
        Self::of(amalgam::Cache::builder().max_capacity(entries as u64))
    }
    fn offer(&self, key: u64, value: Value) -> bool {
        let done = self.cache.set(&self.keys[key as usize], value).execute();
        done.expect("taken");
        true
    }
    fn get(&self, key: u64) -> Option<Value> {
        let found = self.cache.try_get(&self.keys[key as usize]).execute();
        found.expect("an answer")
    }
}

impl Expires<Value> for Amalgam {
    fn with_ttl(entries: usize, ttl: Duration) -> Self {
        let builder = amalgam::Cache::builder().max_capacity(entries as u64);
        Self::of(builder.default_options(amalgam::EntryOptions::new(ttl)))
    }
}

impl Forgets<Value> for Amalgam {
    fn forget_all(&self) {
        let done = self
            .cache
            .clear(amalgam::cache::ClearMode::Remove)
            .execute();
        done.expect("cleared");
    }
}

impl<V: Sent> Cache<V> for Mutex<lru::LruCache<u64, V>> {
    const NAME: &'static str = "Mutex<lru>";

    fn with_room(entries: usize) -> Self {
        Self::new(lru::LruCache::new(
            NonZeroUsize::new(entries).expect("some room"),
        ))
    }
    fn offer(&self, key: u64, value: V) -> bool {
        // What leaves is dropped under the lock unless it is carried out, as a service would.
        let left = self.lock().expect("nobody panics").push(key, value);
        drop(left);
        true
    }
    fn get(&self, key: u64) -> Option<V> {
        self.lock().expect("nobody panics").get(&key).cloned()
    }
}

impl<V: Sent> Forgets<V> for Mutex<lru::LruCache<u64, V>> {
    fn forget_all(&self) {
        self.lock().expect("nobody panics").clear();
    }
}

/// Without a bound: what a map costs.
impl Cache for Mutex<HashMap<u64, Value>> {
    const NAME: &'static str = "Mutex<HashMap>";

    fn with_room(entries: usize) -> Self {
        Self::new(HashMap::with_capacity(entries))
    }
    fn offer(&self, key: u64, value: Value) -> bool {
        self.lock().expect("nobody panics").insert(key, value);
        true
    }
    fn get(&self, key: u64) -> Option<Value> {
        self.lock().expect("nobody panics").get(&key).copied()
    }
}
