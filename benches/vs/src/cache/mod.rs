//! Values of 64 bytes under numbers: hits, overwrites, and a mix with evictions.

mod churn;
mod keys;
mod loads;
mod memory;
mod ours;
mod peers;
mod reads;
mod slow;
mod storms;
mod team;
mod together;

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;
use std::time::Duration;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

use keys::Keys;

pub(crate) use churn::run as run_churn;
pub(crate) use loads::{run_loads, run_stampede};
pub(crate) use memory::run as run_memory;
pub(crate) use reads::run as run_reads;
pub(crate) use slow::run as run_slow;
pub(crate) use storms::run as run_storms;

/// Entries of the hit and overwrite cells, and what the cache of a mix may hold.
const ENTRIES: u64 = 10_000;

/// One of so many calls of a mix inserts.
const INSERT_EVERY: u64 = 20;

type Value = [u8; 64];

/// What all of them take for a value.
trait Sent: Clone + Send + Sync + 'static {}

impl<V: Clone + Send + Sync + 'static> Sent for V {}

/// A cache.
trait Cache<V: Sent = Value>: Send + Sync + Sized + 'static {
    const NAME: &'static str;

    fn with_room(entries: usize) -> Self;

    /// Whether it was not turned down at once.
    fn offer(&self, key: u64, value: V) -> bool;

    fn get(&self, key: u64) -> Option<V>;

    fn put(&self, key: u64, value: V) {
        assert!(self.offer(key, value), "room, or an entry leaves");
    }

    /// Does what is left to do behind the calls.
    fn settle(&self) {}

    /// Puts all of the first keys and waits until each can be got.
    fn fill(&self, keys: u64)
    where
        Self: Cache,
    {
        (0..keys).for_each(|key| Cache::<Value>::put(self, key, value(key)));
    }
}

/// One whose entries have a time to live.
trait Expires<V: Sent>: Cache<V> {
    fn with_ttl(entries: usize, ttl: Duration) -> Self;
}

/// One that can be told to forget all.
trait Forgets<V: Sent>: Cache<V> {
    fn forget_all(&self);
}

fn value(key: u64) -> Value {
    [key as u8; 64]
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
        hits::<ours::Coarse<Value>>(),
        hits::<ours::Timed<Value>>(),
        hits::<moka::sync::Cache<u64, Value>>(),
        hits::<peers::MokaLru<Value>>(),
        hits::<mini_moka::sync::Cache<u64, Value>>(),
        hits::<quick_cache::sync::Cache<u64, Value>>(),
        hits::<tinyufo::TinyUfo<u64, Value>>(),
        hits::<foyer_memory::Cache<u64, Value>>(),
        hits::<peers::FoyerS3<Value>>(),
        hits::<stretto::Cache<u64, Value>>(),
        hits::<peers::Amalgam>(),
        hits::<Mutex<lru::LruCache<u64, Value>>>(),
        hits::<Mutex<HashMap<u64, Value>>>(),
    ];
    let name = "cache: read hit, one thread, 10 000 entries, room for twice as many";
    Solo::new(name, contenders).run(bench);
    let contenders = vec![
        overwrites::<shorttail::cache::Cache<u64, Value>>(),
        overwrites::<ours::Coarse<Value>>(),
        overwrites::<ours::Timed<Value>>(),
        overwrites::<moka::sync::Cache<u64, Value>>(),
        overwrites::<peers::MokaLru<Value>>(),
        overwrites::<mini_moka::sync::Cache<u64, Value>>(),
        overwrites::<quick_cache::sync::Cache<u64, Value>>(),
        overwrites::<tinyufo::TinyUfo<u64, Value>>(),
        overwrites::<foyer_memory::Cache<u64, Value>>(),
        overwrites::<peers::FoyerS3<Value>>(),
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
        mix::<peers::MokaLru<Value>>(),
        mix::<mini_moka::sync::Cache<u64, Value>>(),
        mix::<quick_cache::sync::Cache<u64, Value>>(),
        mix::<tinyufo::TinyUfo<u64, Value>>(),
        mix::<foyer_memory::Cache<u64, Value>>(),
        mix::<peers::FoyerS3<Value>>(),
        mix::<stretto::Cache<u64, Value>>(),
        mix::<peers::Amalgam>(),
        mix::<Mutex<lru::LruCache<u64, Value>>>(),
    ];
    let name = "cache: 95 % get, 5 % insert, one thread, zipf 0.9 of 100 000 keys, room for 10 000";
    Solo::new(name, contenders).run(bench);
    team::run(bench);
}
