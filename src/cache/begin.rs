//! Asking for a load: joined, begun, queued or refused.

use core::hash::{BuildHasher, Hash};

use super::ask::{Ask, Trust};
use super::core::Core;
use super::flight::{Current, Flights, Hold, Job, Landed, Plan, Vacant};
use super::hash::{Equivalent, KeyHash, Same};
use super::inflight::{Stage, Underway};
use super::loads::count;
use super::locked::Locked;
use crate::time::Clock;

/// What came of asking for a load.
pub(crate) enum Begun<'a, K, V, E> {
    /// This call began it.
    Started(Hold<'a, K, V, E>),
    /// It was under way.
    Joined(Hold<'a, K, V, E>),
    /// The store has the key by now.
    Stored,
    BackingOff,
    BrokenOff,
    Shed,
    /// Only if asked not to wait.
    Contended,
    Closed,
}

/// What a look under the lock came to.
enum Step<'a, K, V, E> {
    Over(Begun<'a, K, V, E>),
    /// There is room for a load; its keys are to be made first, outside of the lock. Whoever makes
    /// them has no place yet: callers of one key that all begin at once would take each other's.
    NeedKeys,
}

/// What a load begins with: its key, and another for the store.
type Prepared<K> = Option<(K, K)>;

/// A place for a load, and what it begins with.
type Placed<'a, K, V, E> = (Vacant<'a, K, V, E>, K, K);

/// That, or what comes instead. Under the shard's lock.
fn place<'a, K, V, E>(
    flights: &'a Flights<K, V, E>,
    prepared: &mut Prepared<K>,
) -> Result<Placed<'a, K, V, E>, Step<'a, K, V, E>> {
    if prepared.is_none() {
        return Err(match flights.has_room() {
            true => Step::NeedKeys,
            false => Step::Over(Begun::Shed),
        });
    }
    // Keys that are left there are dropped outside of the lock.
    let vacant = flights.claim().ok_or(Step::Over(Begun::Shed))?;
    let (key, spare) = prepared.take().expect("just seen");
    Ok((vacant, key, spare))
}

/// What a load is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A value; one that the store has is as good.
    Fresh,
    /// A newer one than the store has.
    Newer,
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
        self.begin_for(hash, key, ask, Wanted::Fresh, &mut || None)
    }

    /// The same, for what is `wanted`, asking the `job` in place of the loader if there is one.
    pub(crate) fn begin_for<Q>(
        &self,
        hash: KeyHash,
        key: &Q,
        ask: Ask,
        wanted: Wanted,
        job: &mut dyn FnMut() -> Option<Job<K, V, E>>,
    ) -> Begun<'_, K, V, E>
    where
        Q: Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        if self.loads.is_closed() {
            return Begun::Closed;
        }
        if self.loads.flights.active() == 0 && !self.loads.breaker_admits(self.clock.now_ns()) {
            // Nothing to join either: no lock.
            count(&self.loads.counts.broken_off);
            return Begun::BrokenOff;
        }
        let mut prepared = None; // dropped outside of the lock if it is not used
        loop {
            let moment = self.moment_at(self.clock.now_ns());
            let mut farewell = self.store.farewell();
            let (shard, leaving) = (self.store.shard(hash), &mut farewell.leaving);
            let step = (self.store).try_locked(shard, leaving, moment, ask.patient, |locked| {
                self.begin_locked(locked, hash, key, (ask, wanted), &mut prepared)
            });
            match step {
                None => return Begun::Contended,
                Some(Step::NeedKeys) => prepared = Some((key.to_owned(), key.to_owned())),
                Some(Step::Over(Begun::Started(hold))) => {
                    if let Some(job) = job() {
                        // SAFETY: ours is the load's hold until it is queued.
                        unsafe { hold.flight().set_job(job) };
                    }
                    return self.enqueue(hash, hold);
                }
                Some(Step::Over(begun)) => {
                    let counts = &self.loads.counts;
                    match begun {
                        Begun::Shed => count(&counts.shed),
                        Begun::BrokenOff => count(&counts.broken_off),
                        _ => {}
                    }
                    return begun;
                }
            }
        }
    }

    /// What comes of asking for a load that is under way.
    fn joined(&self, load: &Underway, ask: Ask, now_ns: u64) -> Begun<'_, K, V, E> {
        let flights = &self.loads.flights;
        if ask.trust == Trust::Full {
            flights.want(load.flight);
        }
        if ask.patient {
            // Nobody is there to take up what waits behind loads that hang.
            let is_stuck = matches!(load.stage, Stage::Queued) && self.loads.all_hang(now_ns);
            if is_stuck || flights.holders(load.flight) >= self.loads.holders_max {
                return Begun::Shed;
            }
        }
        Begun::Joined(flights.join(load.flight))
    }

    fn begin_locked<'a, Q>(
        &'a self,
        locked: &mut Locked<'_, K, V>,
        hash: KeyHash,
        key: &Q,
        (ask, wanted): (Ask, Wanted),
        prepared: &mut Prepared<K>,
    ) -> Step<'a, K, V, E>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let flights = &self.loads.flights;
        let replaces = match (locked.is_fresh(hash, key), wanted) {
            (false, _) => 0,
            (true, Wanted::Fresh) => return Step::Over(Begun::Stored),
            (true, Wanted::Newer) => locked.end_of(hash, key),
        };
        let same = locked
            .state
            .loads
            .of(hash)
            .find(|load| key.equivalent(&flights.plan(load.flight).key));
        let mut hung = None;
        if let Some(load) = same {
            if load.serves(locked.moment, locked.sequence) {
                return Step::Over(self.joined(&load, ask, locked.moment.now_ns));
            }
            hung = Some(load.lease);
        }
        if locked.state.backoff.holds(hash, locked.moment.now_ns) {
            return Step::Over(Begun::BackingOff);
        }
        if !self.loads.breaker_admits(locked.moment.now_ns) {
            return Step::Over(Begun::BrokenOff);
        }
        if self.loads.all_hang(locked.moment.now_ns) {
            return Step::Over(Begun::Shed);
        }
        let (vacant, key, spare) = match place(flights, prepared) {
            Ok(place) => place,
            Err(step) => return step,
        };
        if let Some(lease) = hung {
            // It hangs, or read what is no longer current, and has a successor now: it keeps its
            // permit until it returns, but no longer publishes.
            locked.state.loads.succeed(lease);
        }
        let plan = |lease| Plan {
            key,
            hash,
            lease,
            replaces,
        };
        let hold = flights.begin(vacant, plan, spare, ask.trust);
        locked.state.loads.begin(Underway {
            hash,
            flight: hold.number(),
            lease: hold.plan().lease,
            stage: Stage::Queued,
        });
        Step::Over(Begun::Started(hold))
    }

    /// Hands a registered flight to the loader threads. The queue has room for all, so this does
    /// not fail but for a closed cache, or a loader thread that stands still with a place of the
    /// queue half taken; only then is the shard's lock waited for once more.
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

    /// Ends a load without having run it. No user code before everybody is told.
    pub(crate) fn abandon(&self, hash: KeyHash, hold: Hold<'_, K, V, E>, landed: Landed<V, E>) {
        self.revoke(&hold);
        self.loads.flights.finish();
        // SAFETY: the load's hold was handed to us and nobody runs it.
        unsafe { self.loads.flights.land(&hold, (landed, Current::Refused)) };
        self.unclaim(hash, &Same(&hold.plan().key));
    }

    /// Takes the load off its shard's table, if it is still there.
    pub(crate) fn revoke(&self, hold: &Hold<'_, K, V, E>) {
        let (plan, moment) = (hold.plan(), self.moment_at(0));
        self.locked(plan.hash, moment, |locked| {
            locked.state.loads.end(plan.lease);
        });
    }
}
