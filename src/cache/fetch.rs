//! Getting a value, loading it if need be.

use core::hash::{BuildHasher, Hash};

use super::answer::Outcome;
use super::budget::Budget;
use super::future::LoadFuture;
use super::handle::Cache;
use super::hash::Equivalent;
use super::load::Load;
use super::start::Start;
use crate::time::Clock;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    V: Clone,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// The key's value, loading it if need be, within `budget`.
    ///
    /// A fresh, negative or stale entry is returned at once; a stale one is refreshed behind by
    /// one load however many ask. A missing one is loaded by one load, for which all who ask
    /// wait until their own budget is out; the load then goes on behind. A [`Budget`] may be
    /// shorter where a value within its error window could stand in. With a budget of zero the
    /// call does not wait. Called by a loader of this cache, the budget is zero. A caller that
    /// leaves does not end the load; [`cancel_load`](Self::cancel_load) does. Who waits for a load
    /// that hangs asks again after each [lease](super::LoadingBuilder::lease) of waiting, a
    /// millisecond at least, and so has its successor's answer.
    ///
    /// # Guarantees
    /// A hit costs what [`get`](Self::get) costs. Allocates nothing beyond what `to_owned`,
    /// `V::clone` and the loader do; `to_owned` is called twice, by whoever begins a load, or finds
    /// once the keys are made that another has begun it or that the room for one is gone; by nobody
    /// else who is shed. Waits for the load, and at most for another writer of the shard;
    /// with a budget of zero for neither, but for one case: if the load it began finds its place
    /// in the loaders' queue held by a loader thread that stands still, or the cache is closed
    /// meanwhile, taking the load back waits for the shard's writer.
    /// # Errors
    /// [`Outcome::Miss`] says why there is no value, with the loader's error if it had one.
    /// # Examples
    /// See [`Load`].
    pub fn get_or_load<Q>(&self, key: &Q, budget: impl Into<Budget>) -> Outcome<V, L::Error>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        self.core.get_or_load(key, budget.into(), &mut || None)
    }

    /// As [`get_or_load`](Self::get_or_load), for a task; the caller brings the time-out.
    ///
    /// The look-up and the start of the load happen in the call, not at the first poll. Called by
    /// a loader of this cache, it does not wait. It has no clock of its own: the future of a load
    /// that hangs waits for that one until somebody else's successor stores a value. Drop it at the
    /// time-out, and ask again.
    ///
    /// # Guarantees
    /// As [`get_or_load`](Self::get_or_load); waiting allocates nothing. An insert of the key, or
    /// the end of its load, wakes three who wait, and each of them two more when it is polled, or
    /// one when it is dropped. Should those three stand still, each load of the cache that ends
    /// later, and each [`maintain`](Self::maintain), wakes three more. A future that is kept and
    /// not polled keeps the load's result:
    /// [`loads_max`](super::LoadingBuilder::loads_max) says what that costs.
    /// # Cancel safety
    /// Dropping the future leaves the load to go on for the others and for the cache.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Load, Outcome};
    /// # struct Next;
    /// # impl Load<u32, u32> for Next {
    /// #     type Error = ();
    /// #     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
    /// #         Ok(Some(key + 1))
    /// #     }
    /// # }
    /// # fn main() {
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder(10).loader(Next).build().unwrap();
    /// assert_eq!(cache.get_or_load_async(&1).await, Outcome::Fresh(2));
    /// # });
    /// # }
    /// ```
    pub fn get_or_load_async<Q>(&self, key: &Q) -> LoadFuture<'_, K, V, L, S, C>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let hash = self.core.hash(key);
        let nested = self.core.running_here();
        let start = match self.core.start(hash, key, nested.is_none(), &mut || None) {
            Start::Wait { hold, stale, began } if nested.is_some() => Start::Over(
                self.core
                    .at_once(&hold, hash, nested, began)
                    .or_stale(stale),
            ),
            start => start,
        };
        LoadFuture::new(&self.core, hash, start)
    }

    /// Ends loading: no load begins any more, and everybody who waits for one is released.
    ///
    /// Loads that run go on; dropping the cache waits for them. Entries stay readable.
    ///
    /// # Guarantees
    /// Never waits. One step a flight, and one wake each for all who wait.
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::cache::{Cache, Load, Miss, Outcome};
    /// # struct Next;
    /// # impl Load<u32, u32> for Next {
    /// #     type Error = ();
    /// #     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
    /// #         Ok(Some(key + 1))
    /// #     }
    /// # }
    /// let cache = Cache::builder(10).loader(Next).build().unwrap();
    /// cache.close();
    /// let outcome = cache.get_or_load(&1, Duration::from_secs(5));
    /// assert_eq!(outcome, Outcome::Miss(Miss::Closed));
    /// ```
    pub fn close(&self) {
        self.core.loads.close();
    }
}
