//! Loads: begun by callers, run by the cache's own threads, published only if still current.

use core::cell::Cell;
use core::hash::{BuildHasher, Hash};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::core::Core;
use super::flight::{Current, Flights, Hold, Landed, Plan};
use super::hash::{Equivalent, KeyHash};
use super::inflight::{Since, Underway};
use super::load::Load;
use super::locked::{Locked, Same};
use super::shard::Trust;
use super::slot::{Entry, NEVER};
use crate::channel::{Receiver, Sender};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::time::Clock;

thread_local! {
    /// On a loader thread: its cache, and the flight it runs.
    static RUNS: Cell<Option<(usize, u32)>> = const { Cell::new(None) };
}

/// What a cache with a loader has besides its store.
pub(crate) struct Loads<K, V, E> {
    pub(crate) flights: Flights<K, V, E>,
    /// Numbers of flights that wait for a loader thread.
    pub(crate) queue: Option<Sender<u32>>,
    pub(crate) lease_ns: u64,
    pub(crate) backoff_ns: u64,
    pub(crate) closed: AtomicBool,
    pub(crate) counts: LoadCounts,
}

/// Counters of loads.
pub(crate) struct LoadCounts {
    pub(crate) started: AtomicU64,
    pub(crate) loaded: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) panicked: AtomicU64,
    pub(crate) shed: AtomicU64,
}

impl LoadCounts {
    pub(crate) fn new() -> Self {
        Self {
            started: AtomicU64::new(0),
            loaded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            panicked: AtomicU64::new(0),
            shed: AtomicU64::new(0),
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    // Relaxed: a statistic. [cache-9]
    counter.fetch_add(1, Ordering::Relaxed);
}

impl<K, V, E> Loads<K, V, E> {
    /// Of a cache without a loader.
    pub(crate) fn none() -> Self {
        Self {
            flights: Flights::new(0),
            queue: None,
            lease_ns: NEVER,
            backoff_ns: 0,
            closed: AtomicBool::new(false),
            counts: LoadCounts::new(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        // Acquire: with the Release in `close`; what its caller did before is seen. [cache-13]
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn close(&self) {
        // Release: see `is_closed`. [cache-13]
        self.closed.store(true, Ordering::Release);
        if let Some(queue) = &self.queue {
            queue.close();
        }
        self.flights.close();
    }
}

/// What came of asking for a load.
pub(crate) enum Begun<'a, K, V, E> {
    /// This call began it.
    Started(Hold<'a, K, V, E>),
    /// It was under way.
    Joined(Hold<'a, K, V, E>),
    /// The store has the key by now.
    Stored,
    BackingOff,
    Shed,
    /// Only if asked not to wait.
    Contended,
    Closed,
}

/// What a look under the lock came to.
enum Step<'a, K, V, E> {
    Over(Begun<'a, K, V, E>),
    /// A load may begin; the key is to be made first, outside of the lock.
    NeedKeys,
}

/// What a load gave: for the store, and for those who wait.
type Twice<V> = (Option<V>, Option<V>);

/// How to ask for a load.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) trust: Trust,
    /// Whether the lock may be waited for.
    pub(crate) patient: bool,
}

impl<K, V, E, S, C> Core<K, V, E, S, C>
where
    K: Eq + Hash,
    S: BuildHasher,
    C: Clock,
{
    /// Joins the key's load or begins one.
    pub(crate) fn begin<Q>(&self, hash: KeyHash, key: &Q, ask: Ask) -> Begun<'_, K, V, E>
    where
        Q: Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        if self.loads.is_closed() {
            return Begun::Closed;
        }
        let mut keys = None;
        loop {
            let moment = self.moment_at(self.clock.now_ns());
            let shard = self.store.shard(hash);
            let step = self.store.try_locked(shard, moment, ask.patient, |locked| {
                self.begin_locked(locked, hash, key, ask, &mut keys)
            });
            match step {
                None => return Begun::Contended,
                Some(Step::NeedKeys) => keys = Some((key.to_owned(), key.to_owned())),
                Some(Step::Over(Begun::Started(hold))) => return self.enqueue(hash, hold),
                Some(Step::Over(begun)) => {
                    if matches!(begun, Begun::Shed) {
                        count(&self.loads.counts.shed);
                    }
                    return begun;
                }
            }
        }
    }

    fn begin_locked<Q>(
        &self,
        locked: &mut Locked<'_, K, V>,
        hash: KeyHash,
        key: &Q,
        ask: Ask,
        keys: &mut Option<(K, K)>,
    ) -> Step<'_, K, V, E>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let now_ns = locked.moment.now_ns;
        let flights = &self.loads.flights;
        if locked.is_fresh(hash, key) {
            return Step::Over(Begun::Stored);
        }
        let same = locked
            .state
            .loads
            .of(hash)
            .find(|load| key.equivalent(&flights.plan(load.flight).key));
        if let Some(load) = same {
            if now_ns < load.lease_until_ns {
                if ask.trust == Trust::Full {
                    flights.want(load.flight);
                }
                return Step::Over(Begun::Joined(flights.join(load.flight)));
            }
            // The load hangs. It keeps its permit until it returns, but no longer publishes.
            locked.state.loads.end(load.lease);
        }
        if locked.state.backoff.holds(hash, now_ns) {
            return Step::Over(Begun::BackingOff);
        }
        let Some((key, spare)) = keys.take() else {
            return Step::NeedKeys;
        };
        let generation = locked.moment.generation;
        let plan = |lease| Plan {
            key,
            lease,
            generation,
        };
        let Some(hold) = flights.begin(plan, spare, ask.trust) else {
            return Step::Over(Begun::Shed);
        };
        locked.state.loads.begin(Underway {
            hash,
            flight: hold.number(),
            lease: hold.plan().lease,
            lease_until_ns: now_ns.saturating_add(self.loads.lease_ns),
            since: Since::Untouched,
        });
        Step::Over(Begun::Started(hold))
    }

    /// Hands a registered flight to the loader threads.
    fn enqueue<'a>(&'a self, hash: KeyHash, hold: Hold<'a, K, V, E>) -> Begun<'a, K, V, E> {
        let mine = self.loads.flights.join(hold.number());
        let number = hold.hand_over();
        let sent = match &self.loads.queue {
            Some(queue) => queue.try_send(number),
            None => unreachable!("flights exist only with a queue"),
        };
        if sent.is_ok() {
            count(&self.loads.counts.started);
            return Begun::Started(mine);
        }
        // Closed, or a loader thread stands still in the middle of taking a number.
        let landed = if self.loads.is_closed() {
            Landed::Closed
        } else {
            count(&self.loads.counts.shed);
            Landed::Shed
        };
        self.abandon(hash, self.loads.flights.held(number), landed);
        Begun::Joined(mine)
    }

    /// Ends a load without having run it.
    fn abandon(&self, hash: KeyHash, hold: Hold<'_, K, V, E>, landed: Landed<V, E>) {
        let lease = hold.plan().lease;
        self.locked(hash, self.moment(), |locked| {
            locked.state.loads.end(lease);
        });
        self.loads.flights.finish();
        // SAFETY: the load's hold was handed to us and nobody runs it.
        unsafe { hold.flight().land(landed) };
    }

    /// Whether this thread runs loads of this cache, and if so, which one now.
    pub(crate) fn running_here(&self) -> Option<u32> {
        let (core, flight) = RUNS.get()?;
        (core == core::ptr::from_ref(self).addr()).then_some(flight)
    }

    /// What a loader thread does until the cache is closed.
    pub(crate) fn serve<L>(&self, loader: &L, queue: &Receiver<u32>)
    where
        L: Load<K, V, Error = E>,
        V: Clone,
    {
        while let Ok(number) = queue.recv() {
            let hold = self.loads.flights.held(number);
            let hash = self.hash(&hold.plan().key);
            if self.loads.is_closed() {
                self.abandon(hash, hold, Landed::Closed);
                continue;
            }
            RUNS.set(Some((core::ptr::from_ref(self).addr(), number)));
            let loaded = catch_unwind(AssertUnwindSafe(|| {
                let value = loader.load(&hold.plan().key)?;
                let copy = value.clone();
                Ok((value, copy))
            }));
            RUNS.set(None);
            self.land(hash, hold, loaded.ok());
        }
    }

    /// Publishes what a load came to. `None`: it panicked.
    fn land(&self, hash: KeyHash, hold: Hold<'_, K, V, E>, loaded: Option<Result<Twice<V>, E>>) {
        let (stored, landed) = match loaded {
            Some(Ok((stored, Some(copy)))) => (Some(stored), Landed::Value(copy, Current::Stored)),
            Some(Ok((_, None))) => (Some(None), Landed::Nothing),
            Some(Err(error)) => (None, Landed::Failed(error)),
            None => (None, Landed::Panicked),
        };
        count(match &landed {
            Landed::Failed(_) => &self.loads.counts.failed,
            Landed::Panicked => &self.loads.counts.panicked,
            _ => &self.loads.counts.loaded,
        });
        let current = match stored {
            Some(value) => self.publish(hash, &hold, value),
            None => self.fail(hash, &hold),
        };
        let landed = match landed {
            Landed::Value(copy, _) => Landed::Value(copy, current),
            landed => landed,
        };
        self.loads.flights.finish();
        // SAFETY: we run the load, and this is the end of it.
        unsafe { hold.flight().land(landed) };
    }

    /// Stores a loaded value, if the lease still holds and the key was not written since.
    fn publish(&self, hash: KeyHash, hold: &Hold<'_, K, V, E>, value: Option<V>) -> Current {
        // SAFETY: we run the load.
        let key = unsafe { hold.flight().take_spare() };
        let plan = hold.plan();
        let moment = self.moment_at(self.clock.now_ns());
        let life = match &value {
            Some(_) => self.rules.life(moment.now_ns, self.rules.ttl_ns, hash),
            None => self.rules.negative_life(moment.now_ns, hash),
        };
        let entry = Entry {
            key,
            value,
            generation: plan.generation,
        };
        let mut refused = None;
        let current = self.locked(hash, moment, |locked| {
            let untouched = locked
                .state
                .loads
                .end(plan.lease)
                .is_some_and(|load| load.since == Since::Untouched);
            if !untouched || plan.generation != self.store.generation() {
                locked.state.counts.superseded += 1;
                refused = Some(entry);
                return Current::Superseded;
            }
            locked.state.backoff.succeed(hash);
            let trust = hold.flight().trust();
            if let Err((entry, _)) = locked.insert(hash, entry, life, trust) {
                // What could not be stored must not leave an older value behind.
                if let Some(at) = locked.find(hash, &Same(&plan.key)) {
                    locked.remove(at);
                }
                refused = Some(entry);
                return Current::Refused;
            }
            Current::Stored
        });
        drop(refused);
        current
    }

    /// Notes a failed load; the entry it was to refresh may be claimed again after a rest.
    fn fail(&self, hash: KeyHash, hold: &Hold<'_, K, V, E>) -> Current {
        let plan = hold.plan();
        let moment = self.moment_at(self.clock.now_ns());
        self.locked(hash, moment, |locked| {
            if locked.state.loads.end(plan.lease).is_none() {
                return; // a successor has the key
            }
            let base_ns = self.loads.backoff_ns;
            let again_ns = locked.state.backoff.fail(hash, moment.now_ns, base_ns);
            if let Some(at) = locked.find(hash, &Same(&plan.key)) {
                locked.shard.slots[at.slot as usize].allow_refresh(again_ns);
            }
        });
        Current::Refused
    }
}
