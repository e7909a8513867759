//! The cache: its handle, reads and sizes. What writes is in `write` and `forget`.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::core::Core;
use super::hash::{Equivalent, KeyedState};
use super::load::{Load, NoLoad};
use super::outcome::Lookup;
use super::stats::Stats;
use crate::sync::{Arc, Threads};
use crate::time::{Clock, StdClock};

/// A fixed number of entries that readers share without a lock.
///
/// All memory is taken by [`Builder::build`](super::Builder::build): about `size_of::<(K, V)>() +
/// 50` bytes an entry. Share it by reference or through an `Arc`. Dropping it waits for the loads
/// that run, as long as their source takes: off an executor's thread, that is.
///
/// A removed, replaced or evicted entry is dropped, or handed to the
/// [listener](super::Builder::on_evict), by a later write of its shard, at most two a write, or by
/// [`maintain`](Self::maintain); until then it takes a slot. In each shard at most half as many as
/// it has spare slots, or 32, wait for that besides those that readers hold; where entries
/// [weigh](super::Builder::weight_max), 64.
///
/// A write moves key and value a few times, some of them through the stack: box large values.
///
/// `Hash`, `Eq` and [`Equivalent`] of the key run under a shard's lock in writes: they must not
/// call the cache. `Clone` and `Drop` of keys and values run outside of it and may; a `Drop` that
/// inserts such values again into a full cache drops without an end.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Inserted, Lookup};
///
/// let cache = Cache::builder(1_000).build().unwrap();
/// assert!(cache.is_empty());
/// assert_eq!(cache.insert("a".to_string(), 1), Ok(Inserted::Stored));
/// assert_eq!(cache.len(), 1);
/// assert_eq!(cache.get("a"), Lookup::Fresh(1));
/// assert!(cache.remove("a"));
/// assert_eq!(cache.get("a"), Lookup::Miss);
/// ```
pub struct Cache<K, V, L: Load<K, V> = NoLoad, S = KeyedState, C = StdClock> {
    pub(crate) core: Shared<K, V, L, S, C>,
    /// Joined when the cache is dropped; before `core`, as fields are.
    pub(crate) threads: Threads,
}

/// What handle and loader threads share.
pub(crate) type Shared<K, V, L, S, C> = Arc<Core<K, V, <L as Load<K, V>>::Error, S, C>>;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// A clone of the key's value, or why there is none.
    ///
    /// # Guarantees
    /// Never waits, never loads, never allocates (`V::clone` aside). A retry means that a
    /// writer replaced or removed this entry meanwhile; a reader or writer that stands still
    /// anywhere holds nobody up.
    /// # Complexity
    /// Two cache lines of the index and the slot. The clock is read only if the entry expires.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Lookup};
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert_eq!(cache.get(&1), Lookup::Fresh("one"));
    /// assert_eq!(cache.get(&2), Lookup::Miss);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Lookup<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Clone,
    {
        self.with(key, |found| found.cloned())
    }

    /// Lends the key's value to `read`; the entry's slot is not reused before it returns.
    ///
    /// `read` may call the cache again, panic, or take its time: it holds back one slot.
    ///
    /// # Guarantees
    /// As [`get`](Self::get), without the clone.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one".to_string()).unwrap();
    /// assert_eq!(cache.with(&1, |found| found.value().map(String::len)), Some(3));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn with<Q, R>(&self, key: &Q, read: impl FnOnce(Lookup<&V>) -> R) -> R
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.core.view(self.core.hash(key), key, read)
    }

    /// Whether [`get`](Self::get) would find anything; neither counted nor noted as a use.
    ///
    /// # Guarantees
    /// As [`get`](Self::get).
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert!(cache.contains(&1));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.core.peek(self.core.hash(key), key)
    }

    /// Entries in the cache, dead ones whose slot was not needed yet included.
    ///
    /// # Guarantees
    /// Never waits, never allocates; one load a shard. Exact when nobody writes meanwhile.
    /// # Examples
    /// See [`Cache`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.store.shards.iter().map(|shard| shard.len()).sum()
    }

    /// What the entries weigh, those counted by [`len`](Self::len); 0 if
    /// [nobody weighs them](super::Builder::weight_max).
    ///
    /// # Guarantees
    /// As [`len`](Self::len). Never more than the weight at most.
    /// # Examples
    /// See [`Builder::weight_max`](super::Builder::weight_max).
    #[must_use]
    pub fn weight(&self) -> u64 {
        let shards = self.core.store.shards.iter();
        shards.map(|shard| shard.counts().weight.get()).sum()
    }

    /// Whether [`len`](Self::len) is 0, at its cost; for an example see [`Cache`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most entries it ever holds; never exceeded. One load. For an example see
    /// [`Builder`](super::Builder).
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.core.store.capacity
    }

    /// The counters since the cache was built.
    ///
    /// # Guarantees
    /// Never waits and holds nobody up; some thirty loads a shard.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::<u32, u32>::builder(10).build().unwrap();
    /// cache.get(&1);
    /// assert_eq!(cache.stats().misses, 1);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.core.stats()
    }
}

impl<K, V, L: Load<K, V>, S, C> Drop for Cache<K, V, L, S, C> {
    /// Closes the cache and waits for the loads that run.
    fn drop(&mut self) {
        self.core.loads.close();
        self.threads.join();
    }
}

impl<K, V, L: Load<K, V>, S, C> fmt::Debug for Cache<K, V, L, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("capacity", &self.core.store.capacity)
            .finish_non_exhaustive()
    }
}
