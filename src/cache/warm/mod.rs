//! Filling a cache before, or while, traffic comes.

mod polled;
mod progress;
mod run;

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::task::{Context, Poll};
use core::time::Duration;

use super::ask::Trust;
use super::gate::{Door, ReadyGate};
use super::handle::Cache;
use super::load::Load;
use crate::limit::Pacer;
use crate::sync::Arc;
use crate::time::Clock;

use polled::Polled;
use progress::Account;
pub use progress::{WarmEnd, WarmHandle, WarmProgress};
use run::Run;

/// How long a wait for a load, a key or the rate may last before the stop mark is looked at.
const SLICE: Duration = Duration::from_millis(5);

/// Loads keys into a cache, no faster and no longer than it was told.
///
/// It runs on the caller's thread and loads through the cache's loader. What it brings is of low
/// trust: it fills free room, and in a full cache takes only the place of an entry nobody used,
/// for a key that left lately. It never has more loads under way than half of what the cache
/// allows, nor than half of those who run them, but one at least, so callers that miss keep the
/// other half; a load that is late keeps its place among them until it lands.
///
/// Keys whose source is ill are not used up: while the [breaker](super::LoadingBuilder::breaker) is
/// open the run waits for it, within [`deadline`](Self::deadline) and
/// [`key_deadline`](Self::key_deadline), and each probe that fails counts against
/// [`errors_max`](Self::errors_max).
///
/// Setters only store; [`opens`](Self::opens) in a list that grows.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Cache, Load, Lookup, ReadyGate, WarmEnd, Warmer};
///
/// struct Doubles;
/// impl Load<u32, u32> for Doubles {
///     type Error = ();
///     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
///         Ok(Some(key * 2))
///     }
/// }
///
/// let cache = Cache::builder(1_000).loader(Doubles).build().unwrap();
/// let gate = ReadyGate::fraction(0.9, 500).deadline(Duration::from_secs(30));
/// let warmer = Warmer::new()
///     .concurrency(2)
///     .deadline(Duration::from_secs(60))
///     .errors_max(10)
///     .opens(&gate);
/// assert_eq!(warmer.run(&cache, 0..500), WarmEnd::Finished);
/// assert_eq!(warmer.progress().done, 500);
/// assert!(gate.is_ready());
/// assert_eq!(cache.get(&21), Lookup::Fresh(42));
/// ```
#[must_use = "a warmer does nothing until `run`"]
pub struct Warmer {
    concurrency: usize,
    rate_per_s: Option<u32>,
    deadline: Option<Duration>,
    key_deadline: Option<Duration>,
    errors_max: u64,
    doors: Vec<Arc<Door>>,
    account: Arc<Account>,
}

/// How a run treats its keys.
pub(crate) struct Manner<'a, K> {
    pub(crate) trust: Trust,
    /// Whether a key that is fresh in the cache is passed over.
    pub(crate) looks: bool,
    /// Whether a key is warm already, for another reason.
    pub(crate) is_there: &'a dyn Fn(&K) -> bool,
}

impl<K> Manner<'_, K> {
    /// Of a run that fills the cache itself.
    fn ordinary() -> Self {
        Self {
            trust: Trust::Low,
            looks: true,
            is_there: &|_| false,
        }
    }
}

impl Default for Warmer {
    fn default() -> Self {
        Self::new()
    }
}

impl Warmer {
    /// One load at a time, as fast as they land, without end. Allocates. For an example see
    /// [`Warmer`].
    pub fn new() -> Self {
        Self {
            concurrency: 1,
            rate_per_s: None,
            deadline: None,
            key_deadline: None,
            errors_max: u64::MAX,
            doors: Vec::new(),
            account: Arc::new(Account::new()),
        }
    }

    /// Loads under way at a time; at least 1, at most half of what the cache allows, and of its
    /// loader threads or tasks. For an example see [`Warmer`].
    pub fn concurrency(mut self, loads: usize) -> Self {
        self.concurrency = loads;
        self
    }

    /// Loads begun in a second at most, on the cache's clock; none is made up for later, so that
    /// fewer are made, as the run's sleeps end late: two thirds of 10 000 a second in the bench
    /// `warm-up`. A clock that stands still, as a mock that nobody moves, stops the run after its
    /// first load.
    ///
    /// It is the rate of one run: runs at once add theirs, and each begins with a load. A load has
    /// begun when it is queued; where loaders are busy, those that were queued are made as these
    /// come free. For an example see [`key_deadline`](Self::key_deadline).
    pub fn rate_per_s(mut self, loads: u32) -> Self {
        self.rate_per_s = Some(loads.max(1));
        self
    }

    /// A run's own: the first load waits for no other run's.
    fn pacer(&self) -> Option<Pacer> {
        let paced = |rate| Pacer::per_second(rate, 1).expect("at least one a second, one at once");
        self.rate_per_s.map(paced)
    }

    /// How long the whole run may last, on the cache's clock; for an example see [`Warmer`].
    pub fn deadline(mut self, after: Duration) -> Self {
        self.deadline = Some(after);
        self
    }

    /// How long a key may wait for a place among the loads, and then until it is loaded, on the
    /// cache's clock; time that the rate takes is not counted.
    ///
    /// A key that has no value by then is late, and one that the breaker or the number of loads
    /// kept from being begun is refused. If not set, a key waits for its load and for the breaker
    /// as long as the run does, and is refused at once where callers take all loads.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// use shorttail::cache::Warmer;
    /// let warmer = Warmer::new().rate_per_s(500).errors_max(100);
    /// let warmer = warmer.key_deadline(Duration::from_secs(2));
    /// # drop(warmer);
    /// ```
    pub fn key_deadline(mut self, after: Duration) -> Self {
        self.key_deadline = Some(after);
        self
    }

    /// Keys that fail or are late after which the run ends; it ends with the one on top of it.
    /// For an example see [`Warmer`].
    pub fn errors_max(mut self, failures: u64) -> Self {
        self.errors_max = failures;
        self
    }

    /// A gate to count entries at, and to open degraded when the run ends short; of several, each.
    /// For an example see [`Warmer`].
    pub fn opens<C>(mut self, gate: &ReadyGate<C>) -> Self {
        self.doors.push(Arc::clone(&gate.door));
        self
    }

    /// A handle for another thread. Allocates nothing. For an example see [`WarmHandle`].
    #[must_use]
    pub fn handle(&self) -> WarmHandle {
        WarmHandle(Arc::clone(&self.account))
    }

    /// How far it is, over all runs. Never waits, never allocates. For an example see [`Warmer`].
    #[must_use]
    pub fn progress(&self) -> WarmProgress {
        self.account.progress()
    }

    /// Loads the keys of `source` that are not fresh in `cache`; blocks until it ends.
    ///
    /// When it ends early, loads under way go on, and count as unfinished. It allocates its window
    /// of loads, and what cloning keys allocates. While it waits for a load it wakes every 5 ms to
    /// look at the stop mark and at the deadlines, which are on the cache's clock. However it ends,
    /// by a panic of `source` too, each key that it took is counted once, and the gates are open
    /// afterwards. For an example see [`Warmer`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn run<K, V, L, S, C>(
        &self,
        cache: &Cache<K, V, L, S, C>,
        source: impl IntoIterator<Item = K>,
    ) -> WarmEnd
    where
        K: Eq + Hash + Clone,
        V: Clone,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        self.run_as(Manner::ordinary(), cache, source)
    }

    /// As [`run`](Self::run), where `manner` says what is done with a key.
    pub(crate) fn run_as<'a, K, V, L, S, C>(
        &'a self,
        manner: Manner<'a, K>,
        cache: &'a Cache<K, V, L, S, C>,
        source: impl IntoIterator<Item = K>,
    ) -> WarmEnd
    where
        K: Eq + Hash + Clone,
        V: Clone,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        let mut source = source.into_iter();
        let mut run = Run::new(self, &cache.core, manner);
        self.account
            .begin(cache.core.clock.now_ns(), source.size_hint());
        ended(run.all(|_| Ok(source.next())))
    }

    /// As [`run`](Self::run), for keys that come when they come: `poll_next` is polled as a
    /// stream is. With the feature `futures` there is `run_stream`, for these.
    ///
    /// It blocks its thread, since the rate and the deadlines need one that keeps the time: in an
    /// async program give it one for blocking work, in tokio `spawn_blocking`. While no key is
    /// there it sleeps until the waker is woken, and looks up every 5 ms. Allocates one waker more
    /// than [`run`](Self::run). After `Ready(None)` it is not polled again.
    ///
    /// # Examples
    /// ```
    /// use std::task::Poll;
    /// # use shorttail::cache::{Cache, Load};
    /// use shorttail::cache::{WarmEnd, Warmer};
    /// # struct Doubles;
    /// # impl Load<u32, u32> for Doubles {
    /// #     type Error = ();
    /// #     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
    /// #         Ok(Some(key * 2))
    /// #     }
    /// # }
    /// # let cache = Cache::builder(100).loader(Doubles).build().unwrap();
    /// let mut keys = 0..10;
    /// let warmer = Warmer::new();
    /// let end = warmer.run_polled(&cache, (0, None), |_cx| Poll::Ready(keys.next()));
    /// assert_eq!((end, warmer.progress().done), (WarmEnd::Finished, 10));
    /// ```
    ///
    /// `hint` says how many keys there will be, as [`Iterator::size_hint`] does.
    pub fn run_polled<K, V, L, S, C>(
        &self,
        cache: &Cache<K, V, L, S, C>,
        hint: (usize, Option<usize>),
        mut poll_next: impl FnMut(&mut Context<'_>) -> Poll<Option<K>>,
    ) -> WarmEnd
    where
        K: Eq + Hash + Clone,
        V: Clone,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        let mut run = Run::new(self, &cache.core, Manner::ordinary());
        self.account.begin(cache.core.clock.now_ns(), hint);
        let polled = Polled::new();
        ended(run.all(|run| polled.next(run, &mut poll_next)))
    }

    /// Tells the gates that a key is there.
    fn tell_gates<K: Hash>(&self, key: &K) {
        for door in &self.doors {
            door.note_key(key);
        }
    }

    /// Opens the gates that are not open yet.
    fn give_up(&self) {
        for door in &self.doors {
            door.give_up();
        }
    }
}

fn ended(result: Result<(), WarmEnd>) -> WarmEnd {
    result.map_or_else(|end| end, |()| WarmEnd::Finished)
}

impl fmt::Debug for Warmer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Warmer")
            .field("concurrency", &self.concurrency)
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}
