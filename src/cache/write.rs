//! What stores entries.

use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use super::handle::Cache;
use super::load::Load;
use super::loads::Ask;
use super::outcome::{Inserted, Refused};
use super::rules::to_ns;
use super::shard::Trust;
use super::slot::Entry;
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
    /// refused insert ends the load's claim too, and leaves what the cache had: follow it with
    /// [`remove`](Self::remove) where an older value must not be served.
    ///
    /// # Guarantees
    /// Waits at most for another writer of the shard. Allocates nothing. Drops at most two
    /// entries that left earlier, after the lock is released.
    /// # Errors
    /// [`Refused`] hands key and value back: readers held every spare slot of the shard.
    /// # Complexity
    /// Two index lines and at most 16 slot visits. Once in half as many writes as a shard has spare
    /// slots, or in 32, and while readers hold all of those in each, a scan: of up to 64 hazard
    /// records, and of 64 slots that left at most besides those that readers hold.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Inserted};
    /// let cache = Cache::builder(10).build().unwrap();
    /// assert_eq!(cache.insert(1, "one"), Ok(Inserted::Stored));
    /// ```
    pub fn insert(&self, key: K, value: V) -> Result<Inserted, Refused<K, V>> {
        self.store_value(key, value, Ask::patient(Trust::Full))
    }

    /// As [`insert`](Self::insert), but does not wait for another writer of the shard.
    ///
    /// # Guarantees
    /// Never waits: it tries for the shard's lock 64 times and then gives up. Allocates nothing.
    /// Drops at most two entries that left earlier, after the lock is released. Letting go of the
    /// lock may wake a writer that sleeps: the one system call.
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
        let (trust, patient) = (Trust::Full, false);
        self.store_value(key, value, Ask { trust, patient })
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
            .insert(key, value, to_ns(ttl), moment, Ask::patient(Trust::Full))
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
        self.store_value(key, value, Ask::patient(Trust::Low))
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
        let until = self.core.rules.negative_until(moment.now_ns, hash);
        let entry = Entry {
            key,
            value: None,
            generation: moment.generation,
        };
        self.core
            .put(hash, entry, until, moment, Ask::patient(Trust::Full))
            .map_err(|(entry, why)| Refused {
                key: entry.key,
                value: (),
                why,
            })
    }

    /// Stores a value for the cache's time to live.
    fn store_value(&self, key: K, value: V, ask: Ask) -> Result<Inserted, Refused<K, V>> {
        let (moment, ttl_ns) = (self.core.moment(), self.core.rules.ttl_ns);
        self.core.insert(key, value, ttl_ns, moment, ask)
    }
}
