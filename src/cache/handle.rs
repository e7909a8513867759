//! The cache.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use super::builder::Builder;
use super::core::Core;
use super::hash::{Equivalent, KeyedState};
use super::load::{Load, NoLoad};
use super::outcome::{Inserted, Lookup, Refused};
use super::rules::to_ns;
use super::shard::Trust;
use super::slot::Entry;
use super::stats::Stats;
use super::threads::Threads;
use crate::sync::Arc;
use crate::time::{Clock, StdClock};

/// A fixed number of entries that readers share without a lock.
///
/// All memory is taken by [`Builder::build`]: about `size_of::<(K, V)>() + 120` bytes an entry.
/// Share it by reference or through an `Arc`. Dropping it waits for the loads that run, as long as
/// their source takes: off an executor's thread, that is.
///
/// A removed, replaced or evicted entry is dropped by a later write of its shard, at most two a
/// write, or by [`maintain`](Self::maintain); until then it takes one of the shard's spare slots.
///
/// `Hash`, `Eq` and [`Equivalent`] of the key run under a shard's lock in writes: they must not
/// call the cache. `Clone` and `Drop` of keys and values run outside of it and may.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Inserted, Lookup};
///
/// let cache = Cache::builder(1_000).build().unwrap();
/// assert_eq!(cache.insert("a".to_string(), 1), Ok(Inserted::Stored));
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

impl<K, V> Cache<K, V> {
    /// Starts the description of a cache of `capacity` entries.
    pub fn builder(capacity: usize) -> Builder<K, V> {
        Builder::new(capacity)
    }
}

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

    /// Stores a value for the cache's time to live, evicting an entry if need be.
    ///
    /// A load of the key that is under way does not overwrite it; its callers get this value. A
    /// refused insert ends the load's claim too, and leaves what the cache had: follow it with
    /// [`remove`](Self::remove) where an older value must not be served.
    ///
    /// # Guarantees
    /// Waits at most for another writer of the shard. Allocates nothing. Drops at most two
    /// entries that left earlier, after the lock is released.
    /// # Errors
    /// [`Refused`] hands key and value back: readers held every spare slot of the shard.
    /// # Complexity
    /// Two index lines, at most 16 slot visits, and once per reserve a scan of 64 hazards.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Inserted};
    /// let cache = Cache::builder(10).build().unwrap();
    /// assert_eq!(cache.insert(1, "one"), Ok(Inserted::Stored));
    /// ```
    pub fn insert(&self, key: K, value: V) -> Result<Inserted, Refused<K, V>> {
        let (moment, ttl_ns) = (self.core.moment(), self.core.rules.ttl_ns);
        self.core.insert(key, value, ttl_ns, moment, Trust::Full)
    }

    /// As [`insert`](Self::insert), with a time to live of its own.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::cache::{Cache, Inserted};
    /// let cache = Cache::builder(10).build().unwrap();
    /// assert_eq!(cache.insert_for(1, "one", Duration::from_secs(60)), Ok(Inserted::Stored));
    /// ```
    pub fn insert_for(&self, key: K, value: V, ttl: Duration) -> Result<Inserted, Refused<K, V>> {
        let moment = self.core.moment_at(self.core.clock.now_ns());
        self.core
            .insert(key, value, to_ns(ttl), moment, Trust::Full)
    }

    /// As [`insert`](Self::insert), but never pushes out an entry that was used since it came.
    ///
    /// For bulk filling. It fills free room; in a full shard it takes the place of an unused
    /// entry, and only for a key that left lately.
    ///
    /// # Errors
    /// [`Refused`] with [`RefusedWhy::NoRoom`](super::RefusedWhy::NoRoom) when there is no such
    /// place, and as [`insert`](Self::insert).
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, RefusedWhy};
    /// let cache = Cache::builder(1).build().unwrap();
    /// cache.insert_low_trust(1, "one").unwrap();
    /// let refused = cache.insert_low_trust(2, "two").unwrap_err();
    /// assert_eq!((refused.key, refused.why), (2, RefusedWhy::NoRoom));
    /// ```
    pub fn insert_low_trust(&self, key: K, value: V) -> Result<Inserted, Refused<K, V>> {
        let (moment, ttl_ns) = (self.core.moment(), self.core.rules.ttl_ns);
        self.core.insert(key, value, ttl_ns, moment, Trust::Low)
    }

    /// Notes that the source has nothing under `key`, for the negative time to live.
    ///
    /// # Errors
    /// [`Refused`] with [`RefusedWhy::NegativeShare`](super::RefusedWhy::NegativeShare) when
    /// negative entries take a quarter of the shard, and as [`insert`](Self::insert).
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Lookup};
    /// let cache = Cache::<_, u32>::builder(10).build().unwrap();
    /// cache.insert_negative(1).unwrap();
    /// assert_eq!(cache.get(&1), Lookup::Negative);
    /// ```
    pub fn insert_negative(&self, key: K) -> Result<Inserted, Refused<K, ()>> {
        let (hash, moment) = (self.core.hash(&key), self.core.moment());
        let life = self.core.rules.negative_life(moment.now_ns, hash);
        let entry = Entry {
            key,
            value: None,
            generation: moment.generation,
        };
        self.core
            .put(hash, entry, life, moment, Trust::Full)
            .map_err(|(entry, why)| Refused {
                key: entry.key,
                value: (),
                why,
            })
    }

    /// Forgets the key; says whether it was there. A load that asked its source before does not
    /// bring it back, and who asks from now on does not wait for it.
    ///
    /// # Guarantees
    /// As [`insert`](Self::insert). Reads that began earlier may still see the value.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert!(cache.remove(&1));
    /// assert!(!cache.remove(&1));
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.core.hash(key);
        self.core.locked(hash, self.core.moment(), |locked| {
            locked.state.loads.mark_written(hash);
            let found = locked.find(hash, key);
            if let Some(at) = found {
                locked.remove(at);
            }
            found.is_some()
        })
    }

    /// Makes the key's value stale now: served while it is refreshed, for the stale window.
    ///
    /// Says whether it was there. Without a stale window nobody sees it again. Loads under way
    /// are treated as by [`remove`](Self::remove).
    ///
    /// # Guarantees
    /// As [`remove`](Self::remove).
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::cache::{Cache, Lookup};
    /// let cache = Cache::builder(10).stale_window(Duration::from_secs(60)).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert!(cache.expire(&1));
    /// assert_eq!(cache.get(&1), Lookup::Stale("one"));
    /// ```
    pub fn expire<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.core.hash(key);
        let now_ns = self.core.clock.now_ns();
        let window_ns = self.core.rules.stale_window_ns;
        self.core
            .locked(hash, self.core.moment_at(now_ns), |locked| {
                locked.state.loads.mark_written(hash);
                let found = locked.find(hash, key);
                if let Some(at) = found {
                    locked.shard.slots[at.slot as usize].expire(now_ns, window_ns);
                }
                found.is_some()
            })
    }

    /// Forgets every key in one step. Their slots are reused as new entries need them.
    ///
    /// Until then they count in [`len`](Self::len). Loads that asked their source before store
    /// nothing, and who asks from now on does not wait for them.
    ///
    /// # Guarantees
    /// Never waits, never allocates; one atomic addition.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Lookup};
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// cache.invalidate_all();
    /// assert_eq!(cache.get(&1), Lookup::Miss);
    /// ```
    pub fn invalidate_all(&self) {
        self.core.store.next_generation();
    }

    /// Drops up to `budget` entries that left earlier; says how many.
    ///
    /// # Guarantees
    /// Takes one shard's lock at a time, for two entries at a time.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// cache.remove(&1);
    /// assert_eq!(cache.maintain(100), 1);
    /// ```
    pub fn maintain(&self, budget: usize) -> usize {
        let store = &self.core.store;
        let mut dropped = 0;
        for shard in &store.shards {
            while dropped < budget {
                let moved = store.locked(shard, self.core.moment(), |locked| {
                    locked.reclaim(budget - dropped);
                    locked.leaving.iter().flatten().count()
                });
                dropped += moved;
                if moved == 0 {
                    break;
                }
            }
        }
        dropped
    }

    /// Entries in the cache, dead ones whose slot was not needed yet included.
    ///
    /// # Guarantees
    /// Never waits; one load a shard. Exact when nobody writes meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.store.shards.iter().map(|shard| shard.len()).sum()
    }

    /// Whether [`len`](Self::len) is 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most entries it ever holds; never exceeded.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.core.store.capacity
    }

    /// The counters since the cache was built.
    ///
    /// # Guarantees
    /// Takes each shard's lock for a copy of its counters; reads are not held up.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::<u32, u32>::builder(10).build().unwrap();
    /// cache.get(&1);
    /// assert_eq!(cache.stats().misses, 1);
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::of(&self.core.store, &self.core.loads)
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
