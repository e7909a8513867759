//! Running a cache's loads on threads of one's own.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::answer::{Miss, Outcome};
use super::budget::Budget;
use super::hash::Equivalent;
use super::load::Load;
use super::queued::Queued;
use super::start::Start;
use crate::time::{Clock, Deadline, now_ns};

/// Runs a cache's loads where its owner calls it; made by
/// [`build_manual`](super::LoadingBuilder::build_manual).
///
/// The cache has no threads then. Callers of [`get_or_load`](super::Cache::get_or_load) wait, as
/// long as their budget allows, for a load that somebody runs here: an event loop that calls
/// [`run_one`](Self::run_one) when it has time, a thread that does nothing but
/// [`run`](Self::run), or a caller itself, by [`get_or_load`](Self::get_or_load). Several threads
/// may use it at once, by reference. How many do is not known: loads are not shed because all of
/// them hang, but once there are [`loads_max`](super::LoadingBuilder::loads_max). Dropped, it
/// closes the cache for loads, as [`close`](super::Cache::close) does.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Cache, Load, Miss, Outcome};
///
/// struct Next;
/// impl Load<u32, u32> for Next {
///     type Error = ();
///     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
///         Ok(Some(key + 1))
///     }
/// }
/// let (cache, loads) = Cache::builder(10).loader(Next).build_manual().unwrap();
/// let started = Outcome::Miss(Miss::LoadStarted);
/// assert_eq!(cache.get_or_load(&1, Duration::ZERO), started);
/// assert!(loads.run_one());
/// assert!(!loads.run_one());
/// assert_eq!(cache.get_or_load(&1, Duration::ZERO), Outcome::Fresh(2));
///
/// let runner = std::thread::spawn(move || loads.run()); // or a thread that does nothing else
/// assert_eq!(cache.get_or_load(&2, Duration::from_secs(5)), Outcome::Fresh(3));
/// cache.close();
/// runner.join().unwrap();
/// ```
pub struct LoadRunner<K, V, L: Load<K, V>, S, C>(pub(crate) Queued<K, V, L, S, C>);

impl<K, V, L, S, C> LoadRunner<K, V, L, S, C>
where
    K: Eq + Hash,
    V: Clone,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Runs the load that was queued first, on this thread; says whether there was one.
    ///
    /// # Guarantees
    /// Takes as long as the loader takes, and the shard's lock twice; a panic of the loader is
    /// caught and told to whoever waits. Allocates nothing but what the loader does.
    /// # Examples
    /// See [`LoadRunner`].
    pub fn run_one(&self) -> bool {
        let Queued {
            core,
            loader,
            numbers,
        } = &self.0;
        let number = numbers.try_recv();
        number.is_ok_and(|number| {
            core.run_queued(&**loader, number);
            true
        })
    }

    /// Runs loads on this thread until the cache is closed or dropped. Waits for them.
    /// For an example see [`LoadRunner`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn run(&self) {
        self.0.core.serve(&*self.0.loader, &self.0.numbers);
    }

    /// As [`Cache::get_or_load`](super::Cache::get_or_load), but the caller runs what is queued,
    /// oldest first, until its key's load has ended.
    ///
    /// The budget bounds the wait for a load that another thread runs: what this one runs takes as
    /// long as it takes. Called by a loader of the cache it runs nothing, and does not wait.
    ///
    /// # Guarantees
    /// A hit costs what [`get`](super::Cache::get) costs. Allocates nothing beyond what `to_owned`,
    /// `V::clone` and the loader do.
    /// # Errors
    /// As [`Cache::get_or_load`](super::Cache::get_or_load).
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::cache::{Cache, Load, Outcome};
    /// # struct Next;
    /// # impl Load<u32, u32> for Next {
    /// #     type Error = ();
    /// #     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
    /// #         Ok(Some(key + 1))
    /// #     }
    /// # }
    /// let (_cache, loads) = Cache::builder(10).loader(Next).build_manual().unwrap();
    /// assert_eq!(loads.get_or_load(&1, Duration::ZERO), Outcome::Fresh(2));
    /// ```
    pub fn get_or_load<Q>(&self, key: &Q, budget: impl Into<Budget>) -> Outcome<V, L::Error>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let (core, budget) = (&self.0.core, budget.into());
        if core.running_here().is_some() {
            return core.get_or_load(key, budget, &mut || None);
        }
        let hash = core.hash(key);
        let (hold, stale) = match core.start(hash, key, true, &mut || None) {
            Start::Over(outcome) => return outcome,
            Start::Wait { hold, stale, .. } => (hold, stale),
        };
        let landed = loop {
            if let Some(outcome) = core.result(&hold, hash) {
                break Some(outcome);
            }
            if !self.run_one() {
                let deadline = Deadline::after(now_ns(), budget.wait(stale.is_some()));
                let waiters = &hold.flight().waiters;
                break waiters.wait(deadline, || core.result(&hold, hash)).ok();
            }
        };
        if landed.is_some() {
            hold.flight().pass_on();
        }
        let late = Outcome::Miss(Miss::Deadline);
        landed.unwrap_or(late).or_stale(stale)
    }
}

impl<K, V, L: Load<K, V>, S, C> fmt::Debug for LoadRunner<K, V, L, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadRunner").finish_non_exhaustive()
    }
}
