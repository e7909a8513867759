//! What a caller that may load comes to: what there is, or a load that it waits for.

use core::cell::Cell;
use core::hash::{BuildHasher, Hash};

use super::answer::{Miss, Outcome, Stale};
use super::ask::{Ask, Trust};
use super::begin::{Begun, Wanted};
use super::budget::Budget;
use super::core::{Claim, Core, Seen};
use super::flight::{Aloft, Current, Hold, Job, Landed};
use super::hash::{Equivalent, KeyHash, Same};
use crate::time::{Clock, Deadline, now_ns};

/// A load to wait for, and whether the call that asks began it; or what there is instead.
type Awaited<'a, K, V, E> = Result<(Hold<'a, K, V, E>, bool), Outcome<V, E>>;

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
    pub(crate) fn at_once(
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
    ) -> Awaited<'_, K, V, E>
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
