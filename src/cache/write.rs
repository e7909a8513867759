//! What stores entries.

use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use super::ask::{Ask, Trust};
use super::handle::Cache;
use super::load::Load;
use super::outcome::{Inserted, Refused};
use super::sequence::Born;
use super::slot::Entry;
use super::tag::Terms;
use crate::time::Clock;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Stores a value for the cache's time to live, evicting an entry if need be.
    ///
    /// A load of the key that is under way does not overwrite it; its callers get this value. A
    /// refused insert ends the load's claim too, and leaves what the key had: follow it with
    /// [`remove`](Self::remove) where an older value must not be served.
    ///
    /// # Guarantees
    /// Waits at most for another writer of the shard. Allocates nothing. Drops at most two
    /// entries that left earlier, after the lock is released: a `Drop` that inserts into the cache
    /// may so come to another such `Drop` within it. The keys' `Eq` runs under the lock, and must
    /// not call the cache.
    /// # Errors
    /// [`Refused`] hands key and value back: readers held every spare slot of the shard, or the
    /// entry [weighs](super::Builder::weight_max) more than could leave.
    /// # Complexity
    /// Two index lines and at most 16 slot visits. Once in half as many writes as a shard has spare
    /// slots, or in 32, and while readers hold all of those in each, a scan: of up to 64 hazard
    /// records, and of 64 slots that left at most besides those that readers hold. In a cache with
    /// a loader it looks for the key among the shard's loads, up to
    /// [`loads_max`](super::LoadingBuilder::loads_max).
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Inserted};
    /// let cache = Cache::builder(10).build().unwrap();
    /// assert_eq!(cache.insert(1, "one"), Ok(Inserted::Stored));
    /// ```
    pub fn insert(&self, key: K, value: V) -> Result<Inserted, Refused<K, V>> {
        self.core.insert(key, value, Terms::new(), true)
    }

    /// As [`insert`](Self::insert), but does not wait for another writer of the shard.
    ///
    /// # Guarantees
    /// Never waits: it tries for the shard's lock 64 times and then gives up. Allocates nothing.
    /// Drops at most two entries that left earlier, after the lock is released. Letting go of the
    /// lock may wake a writer that sleeps: the one system call in a cache without a loader. In one
    /// with a loader it wakes up to three of those who wait for a load of the key.
    /// # Errors
    /// [`Refused`] with [`RefusedWhy::Contended`](super::RefusedWhy::Contended) when another
    /// writer had the lock all the time, and as [`insert`](Self::insert). A contended insert
    /// changes nothing: loads of the key that are under way stay valid.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Inserted};
    /// let cache = Cache::builder(10).build().unwrap();
    /// assert_eq!(cache.try_insert(1, "one"), Ok(Inserted::Stored));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_insert(&self, key: K, value: V) -> Result<Inserted, Refused<K, V>> {
        self.core.insert(key, value, Terms::new(), false)
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
        self.core.insert(key, value, Terms::new().ttl(ttl), true)
    }

    /// As [`insert`](Self::insert), with what `terms` say.
    ///
    /// # Errors
    /// [`Refused`] with [`RefusedWhy::UnknownTag`](super::RefusedWhy::UnknownTag) when the cache
    /// has no such tag, and as [`insert`](Self::insert).
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::cache::{Cache, Lookup, Tag, Terms};
    /// let cache = Cache::builder(10).tags(1).build().unwrap();
    /// let terms = Terms::new().ttl(Duration::from_secs(60)).tag(Tag::new(0));
    /// cache.insert_with_terms(1, "one", terms).unwrap();
    /// assert_eq!(cache.get(&1), Lookup::Fresh("one"));
    /// ```
    pub fn insert_with_terms(
        &self,
        key: K,
        value: V,
        terms: Terms,
    ) -> Result<Inserted, Refused<K, V>> {
        self.core.insert(key, value, terms, true)
    }

    /// As [`insert_with_terms`](Self::insert_with_terms), but does not wait for another writer.
    ///
    /// # Guarantees
    /// As [`try_insert`](Self::try_insert).
    /// # Errors
    /// As [`insert_with_terms`](Self::insert_with_terms) and [`try_insert`](Self::try_insert).
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Inserted, Terms};
    /// let cache = Cache::builder(10).build().unwrap();
    /// let told = cache.try_insert_with_terms(1, "one", Terms::new().low_trust());
    /// assert_eq!(told, Ok(Inserted::Stored));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_insert_with_terms(
        &self,
        key: K,
        value: V,
        terms: Terms,
    ) -> Result<Inserted, Refused<K, V>> {
        self.core.insert(key, value, terms, false)
    }

    /// As [`insert`](Self::insert), but never pushes out an entry that was used since it came.
    ///
    /// For bulk filling. It fills free room; in a full shard it takes the place of a dead entry, if
    /// one is among the eight oldest of either queue, or, for a key that left lately, of an unused
    /// one.
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
        self.core.insert(key, value, Terms::new().low_trust(), true)
    }

    /// Notes that the source has nothing under `key`, for the negative time to live.
    ///
    /// # Errors
    /// [`Refused`] with [`RefusedWhy::NegativeShare`](super::RefusedWhy::NegativeShare) when
    /// negative entries take a quarter of the shard, and as [`insert`](Self::insert).
    /// # Complexity
    /// As [`insert`](Self::insert); where that quarter is taken, a look at sixteen slots for one
    /// that is dead, each time going on from the last.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Lookup};
    /// let cache = Cache::<_, u32>::builder(10).build().unwrap();
    /// cache.insert_negative(1).unwrap();
    /// assert_eq!(cache.get(&1), Lookup::Negative);
    /// ```
    pub fn insert_negative(&self, key: K) -> Result<Inserted, Refused<K, ()>> {
        self.put_negative(key, true)
    }

    /// As [`insert_negative`](Self::insert_negative), but does not wait for another writer.
    ///
    /// # Guarantees
    /// As [`try_insert`](Self::try_insert).
    /// # Errors
    /// As [`insert_negative`](Self::insert_negative) and [`try_insert`](Self::try_insert).
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Inserted};
    /// let cache = Cache::<_, u32>::builder(10).build().unwrap();
    /// assert_eq!(cache.try_insert_negative(1), Ok(Inserted::Stored));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_insert_negative(&self, key: K) -> Result<Inserted, Refused<K, ()>> {
        self.put_negative(key, false)
    }

    fn put_negative(&self, key: K, patient: bool) -> Result<Inserted, Refused<K, ()>> {
        let born = Born::new(self.core.store.sequence.count(), None);
        let (hash, moment) = (self.core.hash(&key), self.core.moment());
        let until = self.core.rules.negative_until(moment.now_ns, hash);
        let entry = Entry {
            key,
            value: None,
            born,
        };
        let trust = Trust::Full;
        self.core
            .put(hash, entry, until, moment, Ask { trust, patient })
            .map_err(|(entry, why)| Refused {
                key: entry.key,
                value: (),
                why,
            })
    }
}
