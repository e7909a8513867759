//! The description of a cache.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;
use core::time::Duration;

use super::core::Core;
use super::evicted::Evicted;
use super::handle::Cache;
use super::hash::KeyedState;
use super::index;
use super::leaving::Listener;
use super::load::NoLoad;
use super::loads::Loads;
use super::outcome::ConfigError;
use super::rules::Rules;
use super::shard::Sizes;
use super::store::Store;
use super::tag::Tag;
use super::weights::Weigher;
use crate::sync::{Arc, Threads};
use crate::time::{Clock, StdClock, to_ns};

/// Entries in a shard at least, unless there is one shard only: smaller ones cost hit ratio.
const SHARD_MIN: usize = 256;

/// Entries in a shard at least when the number of shards is left to the builder.
const SHARD_GOOD: usize = 1_024;

/// Shards at most when the number is left to the builder.
const SHARDS_DEFAULT_MAX: usize = 16;

/// Shards at most: as many as the bits of a hash that pick one can tell apart.
const SHARDS_MAX: usize = 1 << 16;

/// Slots of all shards, spare ones included.
const SLOTS_MAX: usize = 1 << 30;

/// Spare slots of a shard: more than half the hazard records, a tenth of a small shard.
const RESERVE: usize = 32;

/// The description of a [`Cache`], checked by [`build`](Self::build).
///
/// Setters only store; [`on_evict`](Self::on_evict) and [`weight_max`](Self::weight_max) box what
/// they are given. [`build`](Self::build) takes the memory.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::Cache;
///
/// let cache: Cache<String, u32> = Cache::builder(10_000)
///     .shards(8)
///     .reserve(64)
///     .ttl(Duration::from_secs(60))
///     .jitter(0.1)
///     .stale_window(Duration::from_secs(30))
///     .error_window(Duration::from_secs(600))
///     .negative_ttl(Duration::from_secs(5))
///     .build()
///     .unwrap();
/// assert_eq!(cache.capacity(), 10_000);
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<K, V, S = KeyedState, C = StdClock> {
    capacity: usize,
    shards: Option<usize>,
    reserve: usize,
    tags: usize,
    jitter: f64,
    pub(super) rules: Rules,
    listener: Listener<K, V>,
    weight_max: Option<u64>,
    weigher: Weigher<K, V>,
    hasher: S,
    clock: C,
    entry: PhantomData<fn(K, V)>,
}

impl<K, V> Cache<K, V> {
    /// Starts the description of a cache of `capacity` entries. Allocates nothing.
    /// For an example see [`Cache`].
    pub fn builder(capacity: usize) -> Builder<K, V> {
        Builder::new(capacity)
    }
}

impl<K, V> Builder<K, V> {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            shards: None,
            reserve: RESERVE,
            tags: 0,
            jitter: 0.0,
            rules: Rules::FOREVER,
            listener: Listener::none(),
            weight_max: None,
            weigher: Weigher::none(),
            hasher: KeyedState::default(),
            clock: StdClock,
            entry: PhantomData,
        }
    }
}

impl<K, V, S, C> Builder<K, V, S, C> {
    /// Number of independently locked parts, 65 536 at most, rounded up to a power of two, and
    /// to as many as leave each at most 65 535 slots, spare ones included.
    ///
    /// Left alone: as many as leave each 1024 entries, at most 16 but for that. For an example see
    /// [`Builder`].
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = Some(shards);
        self
    }

    /// Spare slots of each shard, 32 if not set, at least 1.
    ///
    /// They take room from the 65 535 slots of a shard: so many that shards would come to have
    /// fewer than 256 entries are refused.
    ///
    /// A reader that stands still in the middle of a read keeps one of them. For an example see
    /// [`Builder`].
    pub fn reserve(mut self, slots: usize) -> Self {
        self.reserve = slots;
        self
    }

    /// How long a stored value is fresh; for ever if not set. For an example see [`Builder`].
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.rules.ttl_ns = to_ns(ttl);
        self
    }

    /// Part of the time to live, from 0 to 1, by which each entry's may be shortened.
    ///
    /// Spreads the expiry of entries stored together. For an example see [`Builder`].
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = part;
        self
    }

    /// How long an entry is kept that nobody reads; for ever if not set.
    ///
    /// What was not read, nor stored, for so long is gone at once, whatever its time to live and
    /// the windows that follow would still allow; it counts as expired. A read is noted if the last
    /// note is a sixteenth of this time old, so that readers of an entry in demand write nothing:
    /// an entry may thus go when nobody has read it for fifteen sixteenths.
    /// [`contains`](Cache::contains) and walks are not noted, and negative entries idle too.
    ///
    /// Each read then reads the clock. Takes eight bytes an entry.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use shorttail::cache::{Cache, Lookup};
    /// use shorttail::time::MockClock;
    ///
    /// let clock = Arc::new(MockClock::new());
    /// let builder = Cache::builder(10).tti(Duration::from_secs(160));
    /// let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// clock.advance(Duration::from_secs(159));
    /// assert_eq!(cache.get(&1), Lookup::Fresh("one"));
    /// clock.advance(Duration::from_secs(159));
    /// assert_eq!(cache.get(&1), Lookup::Fresh("one"));
    /// clock.advance(Duration::from_secs(160));
    /// assert_eq!(cache.get(&1), Lookup::Miss);
    /// ```
    pub fn tti(mut self, tti: Duration) -> Self {
        self.rules.tti_ns = to_ns(tti);
        self
    }

    /// How long past its time to live a value may still be served while it is refreshed;
    /// for an example see [`Builder`].
    pub fn stale_window(mut self, window: Duration) -> Self {
        self.rules.stale_window_ns = to_ns(window);
        self
    }

    /// How long past the stale window a value may still stand in for a failed load;
    /// for an example see [`Builder`].
    pub fn error_window(mut self, window: Duration) -> Self {
        self.rules.error_window_ns = to_ns(window);
        self
    }

    /// How long a negative entry lasts; for ever if not set, whatever the [`ttl`](Self::ttl) is.
    /// Set it where a loader may say that there is nothing. For an example see [`Builder`].
    pub fn negative_ttl(mut self, ttl: Duration) -> Self {
        self.rules.negative_ttl_ns = to_ns(ttl);
        self
    }

    /// Hands every entry that leaves to `listener`, by value, and with why it left.
    ///
    /// It is called where an entry would be dropped: by a later write of its shard or by
    /// [`maintain`](Cache::maintain), on that call's thread, after the lock was let go of; at most
    /// twice a write. An entry may be some writes late: in each shard half as many as it has
    /// [spare slots](Self::reserve), or 32, wait besides those that readers hold. Entries that are
    /// there when the cache is dropped are dropped with it, untold.
    ///
    /// It may take its time, which holds up its caller alone, and may call the cache. What it
    /// writes into the cache that calls it takes free slots only, and is refused for
    /// [`Pressure`](super::RefusedWhy::Pressure) where there is none: thus it is never called
    /// inside itself. Listeners of several caches may write into one another, four deep. A panic
    /// ends the one call, is [counted](super::Stats::listener_panics) and goes no further. A
    /// listener that owns the cache keeps it alive for ever: let it have a `Weak`.
    ///
    /// # Examples
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use shorttail::cache::{Cache, Evicted, EvictedWhy};
    ///
    /// let left = Arc::new(Mutex::new(Vec::new()));
    /// let tell = Arc::clone(&left);
    /// let cache = Cache::builder(100)
    ///     .on_evict(move |entry: Evicted<u32, &str>| {
    ///         tell.lock().unwrap().push((entry.key, entry.why));
    ///     })
    ///     .build()
    ///     .unwrap();
    /// cache.insert(1, "one").unwrap();
    /// cache.insert(1, "uno").unwrap();
    /// cache.remove(&1);
    /// cache.maintain(100);
    /// let told = [(1, EvictedWhy::Replaced), (1, EvictedWhy::Removed)];
    /// assert_eq!(*left.lock().unwrap(), told);
    /// ```
    pub fn on_evict(mut self, listener: impl Fn(Evicted<K, V>) + Send + Sync + 'static) -> Self {
        self.listener = Listener::new(listener);
        self
    }

    /// The most that all entries may weigh together, and what one weighs; nobody weighs if not set.
    ///
    /// It is never exceeded: each shard may hold its part of `max`, and an insert pushes out what
    /// it must before its entry is there. That is bounded as ever: 16 slot visits, and more than
    /// two entries only while fewer than 64 in the shard await their drop. If what leaves thus
    /// weighs too little, the insert is refused for [`Weight`](super::RefusedWhy::Weight), and
    /// another try goes on from there; an entry that alone weighs more than the part of its shard
    /// is refused for [`Oversized`](super::RefusedWhy::Oversized) at once. Where single entries
    /// weigh a good part of `max`, set [`shards`](Self::shards) to few.
    ///
    /// `weigher` is called once for each insert of a value, before the lock is taken; it may call
    /// the cache, and a panic of it passes on and leaves the cache as it was. What it said holds
    /// for as long as the entry is there. Negative entries weigh nothing: a quarter of the shards
    /// is their bound. Entries that left and await their drop are not weighed.
    ///
    /// Takes four bytes an entry.
    ///
    /// # Examples
    /// ```
    /// use shorttail::cache::{Cache, RefusedWhy};
    ///
    /// let cache = Cache::builder(1_000)
    ///     .shards(1)
    ///     .weight_max(1 << 20, |_, page: &Vec<u8>| u32::try_from(page.len()).unwrap_or(u32::MAX))
    ///     .build()
    ///     .unwrap();
    /// cache.insert("a", vec![0; 1 << 19]).unwrap();
    /// assert_eq!(cache.weight(), 1 << 19);
    /// let refused = cache.insert("b", vec![0; (1 << 20) + 1]).unwrap_err();
    /// assert_eq!(refused.why, RefusedWhy::Oversized);
    /// ```
    pub fn weight_max(
        mut self,
        max: u64,
        weigher: impl Fn(&K, &V) -> u32 + Send + Sync + 'static,
    ) -> Self {
        self.weight_max = Some(max);
        self.weigher = Weigher::new(weigher);
        self
    }

    /// Number of [tags](super::Tag), 0 if not set, 65 534 at most. Each takes eight bytes.
    /// For an example see [`Terms`](super::Terms).
    pub fn tags(mut self, tags: usize) -> Self {
        self.tags = tags;
        self
    }

    /// The hasher to use in place of the keyed default.
    ///
    /// # Examples
    /// ```
    /// use std::collections::hash_map::RandomState;
    /// # use shorttail::cache::{Cache, Lookup};
    /// let cache = Cache::builder(10).hasher(RandomState::new()).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert_eq!(cache.get(&1), Lookup::Fresh("one"));
    /// ```
    pub fn hasher<T>(self, hasher: T) -> Builder<K, V, T, C> {
        self.over(|_, clock| (hasher, clock))
    }

    /// The clock to use in place of the system's; for an example see [`tti`](Self::tti).
    pub fn clock<T>(self, clock: T) -> Builder<K, V, S, T> {
        self.over(|hasher, _| (hasher, clock))
    }

    /// The same with what `change` makes of the hasher and the clock.
    fn over<T, U>(self, change: impl FnOnce(S, C) -> (T, U)) -> Builder<K, V, T, U> {
        let (hasher, clock) = change(self.hasher, self.clock);
        Builder {
            capacity: self.capacity,
            shards: self.shards,
            reserve: self.reserve,
            tags: self.tags,
            jitter: self.jitter,
            rules: self.rules,
            listener: self.listener,
            weight_max: self.weight_max,
            weigher: self.weigher,
            hasher,
            clock,
            entry: PhantomData,
        }
    }
}

impl<K, V, S, C> Builder<K, V, S, C>
where
    K: Eq + Hash,
    S: BuildHasher,
    C: Clock,
{
    /// Takes all the memory the store will ever use, and writes to each slot and each index lane of
    /// it once.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that does not fit.
    /// # Examples
    /// See [`Builder`].
    pub fn build(self) -> Result<Cache<K, V, NoLoad, S, C>, ConfigError> {
        Ok(Cache {
            core: Arc::new(self.core(0, Loads::none())?),
            threads: Threads::none(),
        })
    }

    /// The store and what goes with it, with room for `loads_max` loads.
    pub(crate) fn core<E>(
        mut self,
        loads_max: usize,
        loads: Loads<K, V, E>,
    ) -> Result<Core<K, V, E, S, C>, ConfigError> {
        let shards = self.checked_shards()?;
        self.rules.jitter = (self.jitter * 65536.0) as u32;
        let sizes = Sizes {
            capacity: self.capacity,
            reserve: self.reserve.max(1),
            negatives_max: (self.capacity / shards / 4).max(1),
            loads_max,
            backs_off: loads.backoff_ns > 0,
            tags: self.tags,
            weight_max: self.weight_max,
            idles: self.rules.idles(),
        };
        let mut store = Store::new(self.capacity, shards, sizes);
        store.listener = self.listener;
        store.weigher = self.weigher;
        Ok(Core {
            store,
            hasher: self.hasher,
            clock: self.clock,
            rules: self.rules,
            loads,
        })
    }
}

impl<K, V, S, C> Builder<K, V, S, C> {
    /// The number of shards, if all that was said fits together.
    pub(crate) fn checked_shards(&self) -> Result<usize, ConfigError> {
        if self.capacity == 0 {
            return Err(ConfigError::NoCapacity);
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            return Err(ConfigError::Jitter);
        }
        if self.tags > Tag::MOST {
            return Err(ConfigError::Tags);
        }
        let reserve = self.reserve.max(1);
        let fewest = self.fewest_shards(reserve).ok_or(ConfigError::TooLarge)?;
        let shards = self.shard_count()?.max(fewest);
        if shards > 1 && self.capacity / shards < SHARD_MIN {
            return Err(ConfigError::Reserve);
        }
        let spare = reserve.checked_mul(shards);
        let slots = spare.and_then(|spare| spare.checked_add(self.capacity));
        if slots.is_none_or(|slots| slots > SLOTS_MAX) {
            return Err(ConfigError::TooLarge);
        }
        if self.weight_max.is_some_and(|max| max < shards as u64) {
            return Err(ConfigError::WeightMax);
        }
        Ok(shards)
    }

    /// As many shards as keep the numbers of each one's slots within the index.
    fn fewest_shards(&self, reserve: usize) -> Option<usize> {
        let room = index::SLOTS_MAX.checked_sub(reserve)?;
        if room == 0 {
            return None;
        }
        self.capacity.div_ceil(room).checked_next_power_of_two()
    }

    fn shard_count(&self) -> Result<usize, ConfigError> {
        match self.shards {
            None => {
                let fit = (self.capacity / SHARD_GOOD).clamp(1, SHARDS_DEFAULT_MAX);
                Ok(1 << fit.ilog2())
            }
            Some(0 | 1) => Ok(1),
            Some(many) => match many.checked_next_power_of_two() {
                Some(shards) if shards <= SHARDS_MAX.min(self.capacity / SHARD_MIN) => Ok(shards),
                _ => Err(ConfigError::TooManyShards),
            },
        }
    }
}

impl<K, V, S, C> fmt::Debug for Builder<K, V, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("capacity", &self.capacity)
            .field("shards", &self.shards)
            .field("reserve", &self.reserve)
            .finish_non_exhaustive()
    }
}
