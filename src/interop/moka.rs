//! Loads, outcomes, a breaker and warming in front of a `moka::sync::Cache`; feature `moka`.
//!
//! For a service that has such a cache and keeps it. A [`MokaFront`] has a small [`Cache`] of this
//! crate beside it: its loads are those of that cache, with one load a key, leases, budgets,
//! back-off and breaker, and what they bring goes into both. A value that moka has let go of may be
//! served from the small one as long as its own rules say: fresh, stale while it is refreshed, or
//! in place of an error. It also remembers that the source has nothing under a key, which moka has
//! no word for.
//!
//! # What is not promised
//! What stands in `cache` of allocation, of bounded work and of threads that stand still ends where
//! moka is called, which each look-up does first:
//!
//! - An insert allocates, and any call of moka may do its pending maintenance on the caller's
//!   thread, drop other entries and call its eviction listener there. Nobody bounds how many.
//! - Its capacity is approached, not kept, and its policy may turn a new key away without a word:
//!   a key that was warmed counts as done when it was handed to moka.
//! - Times are those of two clocks. What moka expires by its own rules is as stale here as the
//!   small cache says, whose time to live is at most moka's time to live and time to idle.
//! - Only what is written through the front is ordered with loads. A write to moka itself, or one
//!   of its own `get_with`, may be overwritten by a load that began earlier, and what is removed
//!   there may still be served from the small cache.
//! - Of an expiry policy of moka's own, for each entry, the front knows nothing: give the small
//!   cache a time to live no longer than the shortest.
//! - What the small cache does for entries near their end, and after an `expire`, it does for its
//!   own: a hit of moka's is fresh, and refreshed by nobody.
//! - It has no tags, and so there is no `invalidate_tag`: entries of moka's do not know theirs.
//! - A load that another load or a write overtakes does not reach moka, and stays in the small
//!   cache alone if that takes it. So it is too with one key in 4 096 that shares its lock, by
//!   chance.
//! - `Hash`, `Eq`, `Clone` and `Drop` of keys and values, moka's listener, and listener, weigher
//!   and clock of the small cache run while the front holds a lock of the key in writes, and so do
//!   the wakers of tasks that wait for a load which [`insert`](MokaFront::insert),
//!   [`remove`](MokaFront::remove) or [`cancel_load`](MokaFront::cancel_load) ends: they must not
//!   call the front, nor poll the task in the call. A runtime's wakers only put it into a queue.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use std::hash::RandomState;

use moka::sync::Cache as Moka;

use crate::cache::{
    Budget, Cache, ConfigError, KeyedState, Load, LoadFuture, LoadingBuilder, Lookup, NoLoad,
    Outcome, Stats, Tag, WarmEnd, Warmer,
};
use crate::sync::{Arc, Lock};
use crate::time::{Clock, StdClock};

/// Locks of keys' writes: so many that a load seldom meets a write or a load of another key's.
const FENCES: usize = 4_096;

/// A `moka::sync::Cache` behind the loads and outcomes of this crate.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use futures_util::FutureExt;
/// use shorttail::cache::{Cache, Load, Lookup, Miss, Outcome, WarmEnd, Warmer};
/// use shorttail::interop::moka::MokaFront;
///
/// struct Squares;
/// impl Load<u32, u64> for Squares {
///     type Error = &'static str;
///     fn load(&self, key: &u32) -> Result<Option<u64>, Self::Error> {
///         Ok(Some(u64::from(*key).pow(2)))
///     }
/// }
///
/// let moka = moka::sync::Cache::new(100_000);
/// // What is remembered beside it: enough for what is loaded within its windows.
/// let beside = Cache::builder(1_000)
///     .stale_window(Duration::from_secs(30))
///     .error_window(Duration::from_secs(600))
///     .loader(Squares)
///     .loads_max(16);
/// let front = MokaFront::new(moka.clone(), beside).unwrap();
/// assert_eq!(front.get_or_load(&7, Duration::from_secs(5)), Outcome::Fresh(49));
/// assert_eq!(moka.get(&7), Some(49));
/// let warmer = Warmer::new().concurrency(4);
/// assert_eq!(front.warm(&warmer, 0..100), WarmEnd::Finished);
/// assert_eq!((warmer.progress().done, warmer.progress().skipped_fresh), (99, 1));
/// assert_eq!(front.get_or_load_async(&7).now_or_never(), Some(Outcome::Fresh(49)));
///
/// front.insert(200, 1);
/// assert_eq!((front.get(&200), front.moka().get(&200)), (Lookup::Fresh(1), Some(1)));
/// front.remove(&200);
/// assert_eq!(front.get(&200), Lookup::Miss);
/// let wait = Duration::from_secs(5);
/// assert_eq!(front.load_with(&200, wait, |_| Ok(Some(9))), Outcome::Fresh(9));
/// assert!(!front.cancel_load(&300)); // it has none
/// assert!(front.stats().misses > 0); // of 200, as it was not there
/// front.invalidate_all();
/// front.close();
/// assert_eq!(front.get_or_load(&300, wait), Outcome::Miss(Miss::Closed));
/// ```
pub struct MokaFront<K, V, L = NoLoad, S = KeyedState, C = StdClock, M = RandomState>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    L: Load<K, V>,
    M: BuildHasher + Clone + Send + Sync + 'static,
{
    beside: Cache<K, V, MokaLoad<K, V, L, M>, S, C>,
    behind: Arc<Behind<K, V, M>>,
}

/// What callers and loads share.
struct Behind<K, V, M> {
    moka: Moka<K, V, M>,
    /// Each counts the writes and the loads of its keys: a load that began before one of them does
    /// not store, and so none that hung does behind its successor.
    fences: Box<[Lock<u64>]>,
    hasher: KeyedState,
}

/// The loader of a [`MokaFront`]: the user's, and then moka. It is in the type of the futures.
///
/// # Examples
/// See [`MokaFront`].
pub struct MokaLoad<K, V, L, M> {
    loader: L,
    behind: Arc<Behind<K, V, M>>,
}

impl<K, V, M> Behind<K, V, M> {
    fn fence<Q: Hash + ?Sized>(&self, key: &Q) -> &Lock<u64> {
        &self.fences[self.hasher.hash_one(key) as usize % FENCES]
    }
}

impl<K, V, M> Behind<K, V, M>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    M: BuildHasher + Clone + Send + Sync + 'static,
{
    /// What `ask` brings, into moka too unless the key was written, or its load begun, meanwhile.
    fn load<E>(
        &self,
        key: &K,
        ask: impl FnOnce(&K) -> Result<Option<V>, E>,
    ) -> Result<Option<V>, E> {
        let fence = self.fence(key);
        let begun = {
            let mut changes = fence.lock();
            *changes += 1;
            *changes
        };
        if let Some(value) = self.moka.get(key) {
            return Ok(Some(value)); // it was written since the caller looked
        }
        let loaded = ask(key)?;
        if let Some(value) = &loaded {
            let (key, value) = (key.clone(), value.clone());
            let changes = fence.lock();
            if *changes == begun {
                self.moka.insert(key, value);
            }
        }
        Ok(loaded)
    }
}

impl<K, V, L, M> Load<K, V> for MokaLoad<K, V, L, M>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    L: Load<K, V>,
    M: BuildHasher + Clone + Send + Sync + 'static,
{
    type Error = L::Error;

    fn load(&self, key: &K) -> Result<Option<V>, L::Error> {
        self.behind.load(key, |key| self.loader.load(key))
    }

    fn tag(&self, key: &K) -> Option<Tag> {
        self.loader.tag(key)
    }

    fn is_failure(&self, error: &L::Error) -> bool {
        self.loader.is_failure(error)
    }
}

impl<K, V, L, S, C, M> MokaFront<K, V, L, S, C, M>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    L: Load<K, V> + Send + Sync + 'static,
    L::Error: Send + Sync + 'static,
    S: BuildHasher + Send + Sync + 'static,
    C: Clock + Send + Sync + 'static,
    M: BuildHasher + Clone + Send + Sync + 'static,
{
    /// Puts loads, as `beside` describes them, in front of `moka`. Allocates.
    ///
    /// For an example see [`MokaFront`].
    ///
    /// # Errors
    /// As [`LoadingBuilder::build`].
    pub fn new(
        moka: Moka<K, V, M>,
        beside: LoadingBuilder<K, V, L, S, C>,
    ) -> Result<Self, ConfigError> {
        let policy = moka.policy();
        let times = [policy.time_to_live(), policy.time_to_idle()];
        let behind = Arc::new(Behind {
            moka,
            fences: (0..FENCES).map(|_| Lock::new(0)).collect(),
            hasher: KeyedState::default(),
        });
        let through = |loader| MokaLoad {
            loader,
            behind: Arc::clone(&behind),
        };
        let ttl = times.into_iter().flatten().min();
        let beside = beside.around(ttl, through).build()?;
        Ok(Self { beside, behind })
    }

    /// What moka has, or else what is remembered beside it; loads nothing.
    ///
    /// For an example see [`MokaFront`].
    ///
    /// # Guarantees
    /// None of the kind that [`Cache::get`] has: moka is asked first.
    pub fn get<Q>(&self, key: &Q) -> Lookup<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match self.behind.moka.get(key) {
            Some(value) => Lookup::Fresh(value),
            None => self.beside.get(key),
        }
    }

    /// The key's value, loading it if need be, within `budget`: moka's, or else as by
    /// [`Cache::get_or_load`]. For an example see [`MokaFront`].
    ///
    /// # Errors
    /// [`Outcome::Miss`] says why there is no value.
    pub fn get_or_load<Q>(&self, key: &Q, budget: impl Into<Budget>) -> Outcome<V, L::Error>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        match self.behind.moka.get(key) {
            Some(value) => Outcome::Fresh(value),
            None => self.beside.get_or_load(key, budget),
        }
    }

    /// As [`get_or_load`](Self::get_or_load), for a task; the caller brings the time-out.
    ///
    /// The look-ups and the start of the load happen in the call, not at the first poll.
    ///
    /// For an example see [`MokaFront`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves the load to go on for the others and for both caches.
    pub fn get_or_load_async<Q>(&self, key: &Q) -> LoadFuture<'_, K, V, MokaLoad<K, V, L, M>, S, C>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        match self.behind.moka.get(key) {
            Some(value) => LoadFuture::over(&self.beside, Outcome::Fresh(value)),
            None => self.beside.get_or_load_async(key),
        }
    }

    /// As [`get_or_load`](Self::get_or_load), but a load that this call begins asks `load` in place
    /// of the loader, as by [`Cache::load_with`]. For an example see [`MokaFront`].
    ///
    /// # Errors
    /// [`Outcome::Miss`] says why there is no value.
    pub fn load_with<Q>(
        &self,
        key: &Q,
        budget: impl Into<Budget>,
        load: impl FnOnce(&K) -> Result<Option<V>, L::Error> + Send + 'static,
    ) -> Outcome<V, L::Error>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(value) = self.behind.moka.get(key) {
            return Outcome::Fresh(value);
        }
        let behind = Arc::clone(&self.behind);
        let through = move |key: &K| behind.load(key, load);
        self.beside.load_with(key, budget, through)
    }

    /// Ends the key's load, if it has one, for all who wait for it, as [`Cache::cancel_load`] does;
    /// what it brings is not stored, but that one which a thread is just taking up may
    /// still reach moka. Says whether it had.
    ///
    /// Waits for a write of the key, or of one that shares its lock.
    ///
    /// For an example see [`MokaFront`].
    pub fn cancel_load<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut changes = self.behind.fence(key).lock();
        let cancelled = self.beside.cancel_load(key);
        *changes += u64::from(cancelled);
        cancelled
    }

    /// Stores a value in moka. A load of the key that is under way does not overwrite it; its
    /// callers get this value.
    ///
    /// Waits for another write of the key, or of one that shares its lock. Moka may take it or, by
    /// its policy, not. For an example see [`MokaFront`].
    pub fn insert(&self, key: K, value: V) {
        let (own, copy) = (key.clone(), value.clone());
        let mut writes = self.behind.fence(&key).lock();
        *writes += 1;
        self.behind.moka.insert(key, value);
        if let Err(refused) = self.beside.insert(own, copy) {
            self.beside.remove::<K>(&refused.key);
        }
    }

    /// Forgets the key. A load that asked its source before does not bring it back.
    ///
    /// Waits for another write of the key, or of one that shares its lock.
    ///
    /// For an example see [`MokaFront`].
    pub fn remove<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut writes = self.behind.fence(key).lock();
        *writes += 1;
        self.behind.moka.invalidate(key);
        self.beside.remove(key);
    }

    /// Forgets every key. A load that asked its source before brings none back.
    ///
    /// Takes the locks of all keys' writes, one after the other. For an example see [`MokaFront`].
    pub fn invalidate_all(&self) {
        for fence in &*self.behind.fences {
            *fence.lock() += 1;
        }
        self.behind.moka.invalidate_all();
        self.beside.invalidate_all();
    }

    /// Loads the keys of `source` that neither cache has, as [`Warmer::run`] does.
    ///
    /// A key counts as done when it was handed to moka, which may turn it away: a cache to be
    /// warmed up while it is full is best built with moka's LRU policy.
    ///
    /// For an example see [`MokaFront`].
    pub fn warm(&self, warmer: &Warmer, source: impl IntoIterator<Item = K>) -> WarmEnd {
        let is_there = |key: &K| self.behind.moka.contains_key(key);
        warmer.run_through(&self.beside, source, is_there)
    }

    /// The cache behind it; for an example see [`MokaFront`].
    pub fn moka(&self) -> &Moka<K, V, M> {
        &self.behind.moka
    }

    /// The counters of what is beside it: its reads are those that moka did not have.
    ///
    /// For an example see [`MokaFront`].
    pub fn stats(&self) -> Stats {
        self.beside.stats()
    }

    /// Ends loading, as [`Cache::close`] does; for an example see [`MokaFront`].
    pub fn close(&self) {
        self.beside.close();
    }
}

impl<K, V, L, S, C, M> fmt::Debug for MokaFront<K, V, L, S, C, M>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    L: Load<K, V>,
    M: BuildHasher + Clone + Send + Sync + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MokaFront").finish_non_exhaustive()
    }
}

impl<K, V, L, M> fmt::Debug for MokaLoad<K, V, L, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MokaLoad").finish_non_exhaustive()
    }
}
