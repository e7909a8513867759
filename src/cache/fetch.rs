//! Getting a value, loading it if need be.

use core::cell::Cell;
use core::hash::{BuildHasher, Hash};

use super::answer::{Miss, Outcome, Stale};
use super::budget::Budget;
use super::core::{Claim, Core, Seen};
use super::flight::{Aloft, Current, Hold, Job, Landed};
use super::future::LoadFuture;
use super::handle::Cache;
use super::hash::{Equivalent, KeyHash};
use super::load::Load;
use super::loads::{Ask, Begun, Wanted};
use super::locked::Same;
use super::shard::Trust;
use crate::time::{Clock, Deadline, now_ns};

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

/// A load to wait for, and whether the call that asks began it; or what there is instead.
type Asked<'a, K, V, E> = Result<(Hold<'a, K, V, E>, bool), Outcome<V, E>>;

/// A lease may be shorter: who waits does not ask again and again for a load that is queued.
const PATIENCE_MIN_NS: u64 = 1_000_000;

/// What a caller that may load starts with.
pub(crate) enum Start<'a, K, V, E> {
    Over(Outcome<V, E>),
    /// A load is under way; `stale` stands in for its failure.
    Wait {
        hold: Hold<'a, K, V, E>,
        stale: Option<V>,
        began: bool,
    },
}

impl<K, V, E, S, C> Core<K, V, E, S, C>
where
    K: Eq + Hash,
    V: Clone,
    E: Clone,
    S: BuildHasher,
    C: Clock,
{
    /// The key's value, within `budget`; a load that this begins asks the `job`, if there is one.
    pub(crate) fn get_or_load<Q>(
        &self,
        key: &Q,
        budget: Budget,
        job: &mut dyn FnMut() -> Option<Job<K, V, E>>,
    ) -> Outcome<V, E>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        // Who asks for a load of its own waits for that one: a successor would ask the loader.
        let is_own = Cell::new(false);
        let job = &mut || job().inspect(|_| is_own.set(true));
        let hash = self.hash(key);
        let nested = self.running_here();
        let patient = !budget.wait(false).is_zero() && nested.is_none();
        match self.start(hash, key, patient, job) {
            Start::Over(outcome) => outcome,
            Start::Wait { hold, stale, began } if !patient => {
                self.at_once(&hold, hash, nested, began).or_stale(stale)
            }
            Start::Wait { hold, stale, .. } => {
                let until = Deadline::after(now_ns(), budget.wait(stale.is_some()));
                let late = Outcome::Miss(Miss::Deadline);
                let outcome = self.await_load(hold, (hash, key), until, job, &is_own);
                outcome.unwrap_or(late).or_stale(stale)
            }
        }
    }

    /// Waits for a load. One that hangs is succeeded by who asks next: so that somebody does, who
    /// waits asks again each time that a lease could have ended meanwhile, if no load `is_own`.
    fn await_load<'a, Q>(
        &'a self,
        mut hold: Hold<'a, K, V, E>,
        (hash, key): (KeyHash, &Q),
        until: Deadline,
        job: &mut dyn FnMut() -> Option<Job<K, V, E>>,
        is_own: &Cell<bool>,
    ) -> Option<Outcome<V, E>>
    where
        Q: Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        loop {
            let wakes = match is_own.get() {
                true => until,
                false => {
                    let patience_ns = self.loads.lease_ns.max(PATIENCE_MIN_NS);
                    until.min(Deadline::at(now_ns().saturating_add(patience_ns)))
                }
            };
            let waiters = &hold.flight().waiters;
            if let Ok(outcome) = waiters.wait(wakes, || self.result(&hold, hash)) {
                hold.flight().pass_on();
                return Some(outcome);
            }
            if wakes == until {
                return None;
            }
            drop(hold); // it would count among those who wait
            hold = match self.ask(hash, key, true, job) {
                Ok((again, _)) => again,
                Err(outcome) => return Some(outcome),
            };
        }
    }

    /// What there is for who does not wait, perhaps because it runs flight `nested` itself.
    fn at_once(
        &self,
        hold: &Hold<'_, K, V, E>,
        hash: KeyHash,
        nested: Option<u32>,
        began: bool,
    ) -> Outcome<V, E> {
        let why = match nested {
            Some(flight) if flight == hold.number() && !began => Miss::Reentrant,
            _ if began => Miss::LoadStarted,
            _ => Miss::InFlight,
        };
        self.result(hold, hash).unwrap_or(Outcome::Miss(why))
    }

    /// Looks the key up, and asks for a load if there is nothing to serve.
    pub(crate) fn start<Q>(
        &self,
        hash: KeyHash,
        key: &Q,
        patient: bool,
        job: &mut dyn FnMut() -> Option<Job<K, V, E>>,
    ) -> Start<'_, K, V, E>
    where
        Q: Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let stale = match self.look(hash, key, Claim::Stale) {
            Seen::Fresh(value) => return Start::Over(Outcome::Fresh(value)),
            Seen::Early(value) => {
                self.refresh(hash, key, Wanted::Newer, job);
                return Start::Over(Outcome::Fresh(value));
            }
            Seen::Negative => return Start::Over(Outcome::Negative),
            Seen::Stale(value, claimed) => {
                if claimed {
                    self.refresh(hash, key, Wanted::Fresh, job);
                }
                let why = Stale::Refreshing;
                return Start::Over(Outcome::Stale { value, why });
            }
            Seen::Grace(value) => Some(value),
            Seen::Nothing => None,
        };
        if self.loads.flights.is_empty() {
            return Start::Over(Outcome::Miss(Miss::NoLoader).or_stale(stale));
        }
        match self.ask(hash, key, patient, job) {
            Ok((hold, began)) => Start::Wait { hold, stale, began },
            Err(outcome) => Start::Over(outcome.or_stale(stale)),
        }
    }

    /// Asks for a load for a caller.
    fn ask<Q>(
        &self,
        hash: KeyHash,
        key: &Q,
        patient: bool,
        job: &mut dyn FnMut() -> Option<Job<K, V, E>>,
    ) -> Asked<'_, K, V, E>
    where
        Q: Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let trust = Trust::Full;
        let begun = self.begin_for(hash, key, Ask { trust, patient }, Wanted::Fresh, job);
        Err(Outcome::Miss(match begun {
            Begun::Started(hold) => return Ok((hold, true)),
            Begun::Joined(hold) => return Ok((hold, false)),
            // Else it was pushed out again within these few steps.
            Begun::Stored => {
                return Err(self.stored(hash, key).unwrap_or(Outcome::Miss(Miss::Shed)));
            }
            Begun::BackingOff => Miss::BackingOff,
            Begun::BrokenOff => Miss::BreakerOpen,
            Begun::Shed => Miss::Shed,
            Begun::Contended => Miss::Contended,
            Begun::Closed => Miss::Closed,
        }))
    }

    /// Begins the refresh that this caller claimed; waits for nobody.
    fn refresh<Q>(
        &self,
        hash: KeyHash,
        key: &Q,
        wanted: Wanted,
        job: &mut dyn FnMut() -> Option<Job<K, V, E>>,
    ) where
        Q: Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let (trust, patient) = (Trust::Full, false);
        let begun = match self.loads.flights.is_empty() {
            true => Begun::Closed,
            false => self.begin_for(hash, key, Ask { trust, patient }, wanted, job),
        };
        match begun {
            Begun::Started(_) | Begun::Joined(_) | Begun::Stored => {}
            _ => self.unclaim(hash, key),
        }
    }

    /// What a waiter gets, once there is something.
    pub(crate) fn result(&self, hold: &Hold<'_, K, V, E>, hash: KeyHash) -> Option<Outcome<V, E>> {
        let (landed, current) = match hold.flight().look() {
            Err(Aloft::Still) => return None,
            Err(Aloft::Written) => return self.stored(hash, &Same(&hold.plan().key)),
            Err(Aloft::Closed) => return Some(Outcome::Miss(Miss::Closed)),
            // It may have been stored by hand before.
            Err(Aloft::Cancelled) => {
                let stored = self.stored(hash, &Same(&hold.plan().key));
                return Some(stored.unwrap_or(Outcome::Miss(Miss::LoadCancelled)));
            }
            Ok(ended) => ended,
        };
        let superseded = *current == Current::Superseded;
        if superseded {
            if let Some(outcome) = self.stored(hash, &Same(&hold.plan().key)) {
                return Some(outcome);
            }
        }
        Some(match landed {
            Landed::Value(value) if superseded => Outcome::Stale {
                value: value.clone(),
                why: Stale::Superseded,
            },
            Landed::Value(value) => Outcome::Fresh(value.clone()),
            Landed::Nothing => Outcome::Negative,
            Landed::Failed(error) => Outcome::Miss(Miss::LoaderError(error.clone())),
            Landed::Panicked => Outcome::Miss(Miss::LoaderPanicked),
            // Moot: the key was there, and was pushed out again.
            Landed::Shed | Landed::Moot => Outcome::Miss(Miss::Shed),
            Landed::Cancelled => Outcome::Miss(Miss::LoadCancelled),
            Landed::BrokenOff => Outcome::Miss(Miss::BreakerOpen),
            Landed::Closed => Outcome::Miss(Miss::Closed),
        })
    }

    /// What the store has by now, if that is current.
    fn stored<Q>(&self, hash: KeyHash, key: &Q) -> Option<Outcome<V, E>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        match self.look(hash, key, Claim::Nothing) {
            Seen::Fresh(value) | Seen::Early(value) => Some(Outcome::Fresh(value)),
            Seen::Negative => Some(Outcome::Negative),
            Seen::Stale(..) | Seen::Grace(_) | Seen::Nothing => None,
        }
    }
}
