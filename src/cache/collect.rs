//! A cache from entries, and more entries into a cache.

use core::hash::{BuildHasher, Hash};

use super::handle::Cache;
use super::load::Load;
use crate::time::Clock;

impl<K, V, L, S, C> Extend<(K, V)> for &Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// [Inserts](Cache::insert) each entry. What is refused is dropped: it is only
    /// [counted](super::Stats).
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            drop(self.insert(key, value));
        }
    }
}

impl<K, V, L, S, C> Extend<(K, V)> for Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// [Inserts](Cache::insert) each entry. What is refused is dropped: it is only
    /// [counted](super::Stats).
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).extend(entries);
    }
}

impl<K, V> FromIterator<(K, V)> for Cache<K, V>
where
    K: Eq + Hash,
{
    /// A cache of these entries whose capacity is their number, an eighth and as much as shards
    /// come to differ by, since hashes fill them unevenly. Nothing in it expires.
    ///
    /// Allocates: the entries are collected first, for their number, and then the cache is built.
    ///
    /// # Panics
    /// If there are more than a cache can have.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries: Vec<_> = entries.into_iter().collect();
        // A shard of n/s keys deviates by √(n/s): six times that in each of `s` shards, of which a
        // builder makes sixteen until they are large, where the eighth is more.
        let uneven = 6.0 * (entries.len() as f64 * 16.0).sqrt();
        let capacity = entries.len() + entries.len() / 8 + uneven as usize + 1;
        let built = Self::builder(capacity).build();
        let cache = built.expect("no more entries than a cache can have");
        (&cache).extend(entries);
        cache
    }
}
