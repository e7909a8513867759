//! The description of a cache with a loader.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use super::asked::Asked;
use super::builder::Builder;
use super::early::Early;
use super::flight::{Flights, LOADS_MAX};
use super::handle::Cache;
use super::load::Load;
use super::load_async::{Async, AsyncLoad};
use super::load_runner::LoadRunner;
use super::load_task::LoadTask;
use super::loads::{LoadCounts, Loads};
use super::outcome::ConfigError;
use super::queued::Queued;
use crate::channel::bounded;
use crate::limit::Breaker;
use crate::sync::atomic::{AtomicBool, AtomicU32};
use crate::sync::{Arc, Work};
use crate::time::{Clock, to_ns};

/// The description of a [`Cache`] with a loader; made by [`Builder::loader`].
///
/// Setters only store; [`build`](Self::build) and its kin take the memory.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Cache, Load, Outcome};
///
/// struct Lengths;
/// impl Load<String, usize> for Lengths {
///     type Error = ();
///     fn load(&self, key: &String) -> Result<Option<usize>, ()> {
///         Ok(Some(key.len()))
///     }
/// }
///
/// let cache = Cache::builder(1_000)
///     .ttl(Duration::from_secs(60))
///     .loader(Lengths)
///     .loads_max(16)
///     .loader_threads(4)
///     .lease(Duration::from_secs(10))
///     .error_backoff(Duration::from_millis(100))
///     .waiters_max(64)
///     .build()
///     .unwrap();
/// assert_eq!(cache.get_or_load("four", Duration::from_secs(5)), Outcome::Fresh(4));
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct LoadingBuilder<K, V, L, S, C> {
    pub(super) store: Builder<K, V, S, C>,
    pub(super) loader: L,
    pub(super) loads_max: usize,
    pub(super) threads: usize,
    pub(super) lease: Duration,
    pub(super) backoff: Duration,
    pub(super) waiters_max: u32,
    pub(super) breaker: Option<Breaker>,
    pub(super) beta: f64,
}

impl<K, V, S, C> Builder<K, V, S, C> {
    /// The source of values that are not there; goes on with settings for loads. For an example see
    /// [`LoadingBuilder`].
    pub fn loader<L: Load<K, V>>(self, loader: L) -> LoadingBuilder<K, V, L, S, C> {
        LoadingBuilder::new(self, loader)
    }
}

impl<K, V, L, S, C> LoadingBuilder<K, V, L, S, C> {
    pub(crate) const fn new(store: Builder<K, V, S, C>, loader: L) -> Self {
        Self {
            store,
            loader,
            loads_max: 32,
            threads: 4,
            lease: Duration::from_secs(30),
            backoff: Duration::ZERO,
            waiters_max: u32::MAX,
            breaker: None,
            beta: 0.0,
        }
    }

    /// Loads queued or running at a time, 32 if not set; what comes on top is shed.
    ///
    /// A load that ended keeps its result until the last caller that waits for it has taken it.
    /// There is room for as many of these as for loads: twice the number in all. Tasks that hold
    /// on to a [`LoadFuture`](super::LoadFuture) without polling it can use that room up, and
    /// then loads are shed with fewer than this number running, until they poll or drop it.
    /// [`Stats::loads_unread`](super::Stats::loads_unread) counts them. For an example see
    /// [`LoadingBuilder`].
    pub fn loads_max(mut self, loads: usize) -> Self {
        self.loads_max = loads;
        self
    }

    /// Threads that call the loader, 4 if not set; tasks, with
    /// [`build_tasks`](LoadingBuilder::build_tasks). For an example see [`LoadingBuilder`].
    pub fn loader_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// After how long a load counts as hung, 30 s if not set; it runs from when a loader thread
    /// takes the load up, not from when it is queued.
    ///
    /// The key may then be loaded by one successor; the hung load keeps its thread and its
    /// place among [`loads_max`](Self::loads_max), and stores nothing once a successor began.
    /// While it goes on it is one of the [`zombies`](super::Stats::zombies). If every loader thread
    /// is held by one, no load begins: it would wait for a thread that may never come back.
    /// Whoever asks for a missing key has a value of the error window or
    /// [`Miss::Shed`](super::Miss::Shed), at once. For an example see [`LoadingBuilder`].
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long a key rests after a failed load, doubled with each failure up to 64 times it.
    ///
    /// Zero if not set: the next caller tries again. Up to half of each rest is taken off, by key
    /// and moment: keys that failed together do not come back together. A shard remembers 64 keys,
    /// each in a place of its hash: of more that fail at a time some take others' places, and rest
    /// for less. Against a source that fails for all keys there is the [breaker](Self::breaker).
    /// For an example see [`LoadingBuilder`].
    pub fn error_backoff(mut self, first: Duration) -> Self {
        self.backoff = first;
        self
    }

    /// How many callers wait for one load at a time, without bound if not set; who comes on top has
    /// a value of the error window or [`Miss::Shed`](super::Miss::Shed), at once.
    ///
    /// A hot key whose source is slow cannot take up all the threads of a service then. Who begins
    /// a load waits for it whatever the number, as one on top if others were there first; a
    /// [`Warmer`](super::Warmer) that waits for it counts too. Who does not wait is let in, and
    /// counts while its call looks. For an example see [`LoadingBuilder`].
    pub fn waiters_max(mut self, waiters: u32) -> Self {
        self.waiters_max = waiters;
        self
    }

    /// Asks `breaker`, on the cache's clock, before the loader; none if not set.
    ///
    /// While it is open no load begins: whoever asks for a key that is not there has a value of the
    /// error window or [`Miss::BreakerOpen`](super::Miss::BreakerOpen), at once. A panic is a
    /// failure; an error is one if the loader [says so](Load::is_failure); that there is nothing
    /// under a key is none. A load that outlives its [lease](Self::lease) has failed at the lease's
    /// end, whatever it says later and whenever it returns: the breaker hears of it, once, when the
    /// next load is asked for after that end, or when a value of the stale window is served.
    ///
    /// A refresh that is refused takes no lock, and a miss takes none while no load is under way.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::cache::{Cache, Load, Miss, Outcome};
    /// use shorttail::limit::Breaker;
    ///
    /// struct Dead;
    /// impl Load<u32, u32> for Dead {
    ///     type Error = &'static str;
    ///     fn load(&self, _: &u32) -> Result<Option<u32>, &'static str> {
    ///         Err("down")
    ///     }
    /// }
    /// let breaker = Breaker::builder().calls(2).build().unwrap();
    /// let cache = Cache::builder(10).loader(Dead).breaker(breaker).build().unwrap();
    /// let long = Duration::from_secs(5);
    /// for key in 0..2 {
    ///     assert_eq!(cache.get_or_load(&key, long), Outcome::Miss(Miss::LoaderError("down")));
    /// }
    /// assert_eq!(cache.get_or_load(&2, long), Outcome::Miss(Miss::BreakerOpen));
    /// ```
    pub fn breaker(mut self, breaker: Breaker) -> Self {
        self.breaker = Some(breaker);
        self
    }

    /// Refreshes entries before their time is over: a hit of
    /// [`get_or_load`](super::Cache::get_or_load) begins that, at random, the likelier the nearer
    /// the end is and the longer the entry's last load took. Off if not set, or 0; 1 is what the
    /// source below finds best; 1 000 at most.
    ///
    /// With the load having taken *c* and *left* between the hit and the end, the chance is
    /// *e* to the power of *−left / (beta · c)*, and none from 16 *beta · c* on. Thus a key that is
    /// asked for often is as good as never found expired, and not all that were stored together
    /// are refreshed together. The hit has the value that is there, at once; one load goes on
    /// behind, on the terms of a refresh of a stale value. An entry that was inserted by hand has
    /// no such time, and is left alone, as is one that does not expire.
    /// [`get`](super::Cache::get) never loads.
    ///
    /// The time a load took is kept to a quarter, in a byte of the entry that was spare. A hit
    /// looks at that byte; where it is set, it draws a number (63 instructions, `benches/icount`),
    /// and takes a logarithm if the end is near.
    ///
    /// # Sources
    /// A. Vattani, F. Chierichetti, K. Lowenstein: Optimal Probabilistic Cache Stampede Prevention,
    /// VLDB 2015. The draw is a hash of the key and the moment: the same for all hits of a key at
    /// one tick of the clock.
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::cache::{Cache, Load, Outcome};
    ///
    /// struct Rates;
    /// impl Load<u32, u32> for Rates {
    ///     type Error = ();
    ///     fn load(&self, currency: &u32) -> Result<Option<u32>, ()> {
    ///         Ok(Some(currency * 100))
    ///     }
    /// }
    /// let builder = Cache::builder(10).ttl(Duration::from_secs(60)).loader(Rates);
    /// let cache = builder.early_refresh(1.0).build().unwrap();
    /// assert_eq!(cache.get_or_load(&7, Duration::from_secs(5)), Outcome::Fresh(700));
    /// ```
    pub fn early_refresh(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }

    /// As [`Builder::build`], with room for all loads; and starts the loader threads, without
    /// waiting for them to run.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that does not fit, or says that a thread could not be
    /// started.
    /// # Examples
    /// See [`LoadingBuilder`].
    pub fn build(self) -> Result<Cache<K, V, L, S, C>, ConfigError>
    where
        K: Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        L: Load<K, V> + Send + Sync + 'static,
        L::Error: Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
        C: Clock + Send + Sync + 'static,
    {
        self.check_threads()?;
        let threads = self.threads;
        let queued = self.queued(threads)?;
        let mut cache = queued.cache();
        let queued = Arc::new(queued);
        let works = (0..threads).map(|_| {
            let queued = Arc::clone(&queued);
            Box::new(move || queued.core.serve(&*queued.loader, &queued.numbers)) as Work
        });
        let started = cache.threads.start(|_| "cache-loader".into(), works);
        if started {
            Ok(cache)
        } else {
            Err(ConfigError::Spawn)
        }
    }

    /// As [`build`](Self::build), without threads: loads run where the [`LoadRunner`] is called.
    ///
    /// The number of [`loader_threads`](Self::loader_threads) says nothing then.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that does not fit.
    /// # Examples
    /// See [`LoadRunner`].
    pub fn build_manual(self) -> Result<Manual<K, V, L, S, C>, ConfigError>
    where
        K: Eq + Hash,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        let queued = self.queued(usize::MAX)?;
        Ok((queued.cache(), LoadRunner(queued)))
    }

    fn check_threads(&self) -> Result<(), ConfigError> {
        match (1..=self.loads_max).contains(&self.threads) || self.loads_max == 0 {
            true => Ok(()),
            false => Err(ConfigError::LoaderThreads),
        }
    }

    /// All memory, and the end of the loads' queue, for so many who run them.
    fn queued(self, runners: usize) -> Result<Queued<K, V, L, S, C>, ConfigError>
    where
        K: Eq + Hash,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        if !(1..=LOADS_MAX).contains(&self.loads_max) {
            return Err(ConfigError::Loads);
        }
        let (queue, numbers) = bounded(self.loads_max);
        let loads = Loads {
            flights: Flights::new(self.loads_max),
            queue: Some(queue),
            lease_ns: to_ns(self.lease),
            backoff_ns: to_ns(self.backoff),
            holders_max: self.waiters_max.saturating_add(1),
            breaker: self.breaker,
            asked: Asked::new(self.loads_max),
            early: Early::new(self.beta).ok_or(ConfigError::Beta)?,
            runners: AtomicU32::new(u32::try_from(runners).unwrap_or(u32::MAX)),
            closed: AtomicBool::new(false),
            counts: LoadCounts::new(),
        };
        Ok(Queued {
            core: Arc::new(self.store.core(self.loads_max, loads)?),
            loader: Arc::new(self.loader),
            numbers,
        })
    }
}

impl<K, V, L: AsyncLoad<K, V>, S, C> LoadingBuilder<K, V, Async<L>, S, C> {
    /// As [`build`](Self::build), without threads: as many tasks as it has
    /// [`loader_threads`](Self::loader_threads), to be spawned on an executor. Waits for nobody.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that does not fit.
    /// # Examples
    /// See [`AsyncLoad`].
    pub fn build_tasks(self) -> Result<InTasks<K, V, L, S, C>, ConfigError>
    where
        K: Eq + Hash,
        S: BuildHasher,
        C: Clock,
    {
        self.check_threads()?;
        let tasks = self.threads;
        let queued = self.queued(tasks)?;
        let cache = queued.cache();
        let queued = Arc::new(queued);
        let tasks = (0..tasks).map(|_| LoadTask(Arc::clone(&queued)));
        Ok((cache, tasks.collect()))
    }
}

/// A cache, and who runs its loads when called.
type Manual<K, V, L, S, C> = (Cache<K, V, L, S, C>, LoadRunner<K, V, L, S, C>);

/// A cache, and the tasks that run its loads.
type InTasks<K, V, L, S, C> = (Cache<K, V, Async<L>, S, C>, Vec<LoadTask<K, V, L, S, C>>);

impl<K, V, L, S, C> fmt::Debug for LoadingBuilder<K, V, L, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadingBuilder")
            .field("store", &self.store)
            .field("loads_max", &self.loads_max)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}
