//! Loads as loader threads see them: taken up, asked, stored if still current, landed.
//!
//! All of it may run user code (the loader, `Clone`, `Drop`, `Eq`, the clock, wakers), and any of
//! that may panic. No panic ends a loader thread, and every load that was taken up lands.

use core::cell::Cell;
use core::hash::{BuildHasher, Hash};

use super::ask::Stay;
use super::core::Core;
use super::early::Reach;
use super::flight::{Current, Hold, Landed, Plan};
use super::hash::Same;
use super::inflight::Stage;
use super::load::Load;
use super::loads::count;
use super::locked::Locked;
use super::marked::Marked;
use super::sequence::Born;
use super::slot::Entry;
use super::tag::Tag;
use crate::channel::Receiver;
use crate::sync::chaos::{Point, point};
use crate::sync::shielded;
use crate::time::Clock;

thread_local! {
    /// On a loader thread: its cache, and the flight it runs.
    static RUNS: Cell<Option<(usize, u32)>> = const { Cell::new(None) };
}

/// What is known of a load by now; what a panic interrupts keeps what was written before it.
pub(crate) struct Report<V, E> {
    landed: Option<Landed<V, E>>,
    /// Set once the store has decided.
    current: Option<Current>,
}

impl<V, E> Default for Report<V, E> {
    fn default() -> Self {
        Self {
            landed: None,
            current: None,
        }
    }
}

/// Runs a part of the load of flight `number` of `cache`, and says so to what that calls.
pub(crate) fn on_this_thread<T>(cache: &T, number: u32, work: impl FnOnce()) {
    /// Puts back what was there, also when a panic goes on.
    struct Before(Option<(usize, u32)>);
    impl Drop for Before {
        fn drop(&mut self) {
            RUNS.set(self.0);
        }
    }
    let runs = (core::ptr::from_ref(cache).addr(), number);
    let _before = Before(RUNS.replace(Some(runs)));
    work();
}

impl<K, V, E, S, C> Core<K, V, E, S, C>
where
    K: Eq + Hash,
    S: BuildHasher,
    C: Clock,
{
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
            self.run_queued(loader, number);
        }
    }

    /// Runs the load that came out of the queue, on this thread. Never panics.
    pub(crate) fn run_queued<L>(&self, loader: &L, number: u32)
    where
        L: Load<K, V, Error = E>,
        V: Clone,
    {
        let hold = self.loads.flights.held(number);
        on_this_thread(self, number, || self.run(loader, hold));
    }

    /// Runs one load to its end. Never panics.
    fn run<L>(&self, loader: &L, hold: Hold<'_, K, V, E>)
    where
        L: Load<K, V, Error = E>,
        V: Clone,
    {
        let mut report = Report::default();
        shielded(|| self.fly(loader, &hold, &mut report));
        self.settle(hold, report, Landed::Panicked);
    }

    /// Lands a load that was taken up; `broken` says how it ended if it did not come to its end.
    pub(crate) fn settle(
        &self,
        hold: Hold<'_, K, V, E>,
        report: Report<V, E>,
        broken: Landed<V, E>,
    ) {
        let (result, lost) = match report {
            Report {
                landed: Some(landed),
                current: Some(current),
            } => ((landed, current), None),
            Report { landed, current } => {
                self.revoke(&hold);
                // A value may have been stored in its stead, or by itself before it was dropped.
                let current = current.unwrap_or(Current::Superseded);
                ((broken, current), landed)
            }
        };
        self.loads.counts.note(&result.0);
        if let Some((ticket, _)) = self.loads.asked.end(hold.number()) {
            // It was cancelled, or the clock panicked before the breaker could be told.
            if let Some(breaker) = &self.loads.breaker {
                breaker.cancelled(ticket);
            }
        }
        self.loads.flights.finish();
        point(Point::CacheLanding);
        // SAFETY: we run the load, and this is the end of it.
        shielded(|| unsafe { self.loads.flights.land(&hold, result) });
        shielded(|| drop(lost));
        shielded(|| drop(hold));
    }

    /// Asks the loader, and the store whether what it said is current.
    fn fly<L>(&self, loader: &L, hold: &Hold<'_, K, V, E>, report: &mut Report<V, E>)
    where
        L: Load<K, V, Error = E>,
        V: Clone,
    {
        let Some(asked_ns) = self.prepare(loader, hold, report) else {
            return;
        };
        let mut answer = None;
        shielded(|| {
            // SAFETY: we run the load.
            let job = unsafe { hold.flight().take_job() };
            answer = Some(match job {
                Some(job) => job(&hold.plan().key),
                None => loader.load(&hold.plan().key),
            });
        });
        self.conclude(loader, hold, asked_ns, answer, report);
    }

    /// Takes the load up; gives when, if the loader is to be asked.
    pub(crate) fn prepare<L>(
        &self,
        loader: &L,
        hold: &Hold<'_, K, V, E>,
        report: &mut Report<V, E>,
    ) -> Option<u64>
    where
        L: Load<K, V, Error = E>,
    {
        if self.loads.is_closed() {
            self.revoke(hold);
            report.landed = Some(Landed::Closed);
            report.current = Some(Current::Refused);
            return None;
        }
        let mut tag = None;
        if !shielded(|| tag = loader.tag(&hold.plan().key)) {
            report.landed = Some(Landed::Panicked);
            self.fail(hold, &mut report.current);
            return None;
        }
        let asked_ns = match self.take_up(hold, tag) {
            Ok(asked_ns) => asked_ns,
            Err(why) => {
                report.landed = Some(why);
                report.current = Some(Current::Superseded);
                // The claim of a refresh is not this load's any more: who cancelled it gave that
                // back, and what was stored since came without one.
                return None;
            }
        };
        let Ok(ticket) = self.loads.admit(asked_ns) else {
            self.revoke(hold);
            count(&self.loads.counts.broken_off);
            report.landed = Some(Landed::BrokenOff);
            report.current = Some(Current::Refused);
            self.unclaim(hold.plan().hash, &Same(&hold.plan().key));
            return None;
        };
        let until_ns = asked_ns.saturating_add(self.loads.lease_ns);
        self.loads.asked.begin(hold.number(), until_ns, ticket);
        Some(asked_ns)
    }

    /// Asks the store whether what the loader said is current; none is a panic.
    pub(crate) fn conclude<L>(
        &self,
        loader: &L,
        hold: &Hold<'_, K, V, E>,
        asked_ns: u64,
        answer: Option<Result<Option<V>, E>>,
        report: &mut Report<V, E>,
    ) where
        L: Load<K, V, Error = E>,
        V: Clone,
    {
        let mut loaded = None;
        let mut failed = true; // a panic is a failure
        shielded(|| {
            let Some(answer) = answer else { return };
            let fails = answer.as_ref().is_err_and(|error| loader.is_failure(error));
            loaded = Some(answer.map(|value| {
                let weight = (self.store.weigher).weigh(&hold.plan().key, value.as_ref());
                let copy = value.clone();
                (value, weight, copy)
            }));
            failed = fails;
        });
        self.answered(hold, failed);
        let (landed, stored) = match loaded {
            Some(Ok((value, weight, copy))) => {
                let landed = copy.map_or(Landed::Nothing, Landed::Value);
                (landed, Some((value, weight)))
            }
            Some(Err(error)) => (Landed::Failed(error), None),
            None => (Landed::Panicked, None),
        };
        report.landed = Some(landed);
        let current = &mut report.current;
        if let Some((value, weight)) = stored {
            shielded(|| self.publish(hold, value, weight, asked_ns, current));
            if current.is_some() {
                return;
            }
            // The clock or a key's `eq` panicked before the store decided.
            report.landed = Some(Landed::Panicked);
        }
        self.fail(hold, current);
    }

    /// The loader has answered, or panicked. Tells the breaker how that ended, unless it has heard
    /// that it hung.
    fn answered(&self, hold: &Hold<'_, K, V, E>, failed: bool) {
        let Some(breaker) = &self.loads.breaker else {
            self.loads.asked.end(hold.number());
            return;
        };
        let now_ns = self.clock.now_ns(); // may panic: the ticket is to be given back then
        if let Some((ticket, until_ns)) = self.loads.asked.end(hold.number()) {
            match failed || now_ns >= until_ns {
                true => breaker.failed(ticket, now_ns),
                false => breaker.succeeded(ticket, now_ns),
            }
        }
    }

    /// Notes that the loader is about to be asked, and gives when; or says that the store has the
    /// key by now, or that the load was cancelled.
    fn take_up(&self, hold: &Hold<'_, K, V, E>, tag: Option<Tag>) -> Result<u64, Landed<V, E>> {
        let plan = hold.plan();
        let moment = self.moment_at(self.clock.now_ns());
        let born = Born::new(self.store.sequence.count(), tag);
        let until_ns = moment.now_ns.saturating_add(self.loads.lease_ns);
        self.locked(plan.hash, moment, |locked| {
            let key = Same(&plan.key);
            let is_there = locked.is_fresh(plan.hash, &key)
                && (plan.replaces == 0 || locked.end_of(plan.hash, &key) != plan.replaces);
            if is_there {
                locked.state.loads.end(plan.lease);
                locked.counts().superseded.add_alone(1);
                return Err(Landed::Moot);
            }
            let loads = &mut locked.state.loads;
            if !loads.ask(plan.lease, until_ns, born) {
                loads.end(plan.lease);
                return Err(Landed::Cancelled);
            }
            Ok(moment.now_ns)
        })
    }

    /// Stores a loaded value, if the lease still holds and the key was not written since.
    fn publish(
        &self,
        hold: &Hold<'_, K, V, E>,
        value: Option<V>,
        weight: u32,
        asked_ns: u64,
        current: &mut Option<Current>,
    ) {
        // SAFETY: we run the load.
        let key = unsafe { hold.flight().take_spare() };
        let plan = hold.plan();
        let hash = plan.hash;
        let moment = self.moment_at(self.clock.now_ns());
        let (rules, now_ns) = (&self.rules, moment.now_ns);
        let (fresh_until, reach) = match &value {
            Some(_) => (
                rules.fresh_until(now_ns, rules.ttl_ns, hash),
                self.loads.early.reach(now_ns.saturating_sub(asked_ns)),
            ),
            None => (rules.negative_until(now_ns, hash), Reach::NONE),
        };
        let is_negative = value.is_none();
        // What is not stored is dropped after the unlock, also when the work under it panics.
        let mut given = Some(Entry {
            key,
            value,
            born: Born::new(0, None),
        });
        let mut marked = Marked::none();
        self.locked(hash, moment, |locked| {
            let stage = locked.state.loads.end(plan.lease).map(|load| load.stage);
            match stage {
                Some(Stage::Asking { born, .. }) if !locked.sequence.is_dead(born) => {
                    let entry = given.as_mut().expect("made above");
                    entry.born = born;
                }
                _ => {
                    locked.counts().superseded.add_alone(1);
                    *current = Some(Current::Superseded);
                    return;
                }
            }
            locked.state.backoff.succeed(hash);
            let stay = Stay {
                fresh_until,
                trust: hold.flight().trust(),
                weight,
            };
            *current = Some(match locked.insert(hash, &mut given, stay) {
                Ok(_) => Current::Stored,
                Err(_) => {
                    // An older value stays as long as its windows say, and its refresh claimed for
                    // the rest of the lease; but not where there is none any more.
                    if let Some(at) = locked.find(hash, &Same(&plan.key)).filter(|_| is_negative) {
                        locked.remove(at);
                    }
                    Current::Refused
                }
            });
            if *current == Some(Current::Stored) {
                self.note_stored(locked, plan, reach, &mut marked);
            }
        });
        marked.each(|number| self.loads.flights.wake_written(number));
        if *current == Some(Current::Superseded) && !hold.flight().is_cancelled() {
            // What it was to refresh may be refreshed again; who cancelled it has said so.
            self.unclaim(hash, &Same(&plan.key));
        }
        drop(given);
    }

    /// What follows from a stored value: how far ahead it may be refreshed, and that who waits for
    /// a load which this one succeeded finds it in the store.
    fn note_stored(
        &self,
        locked: &mut Locked<'_, K, V>,
        plan: &Plan<K>,
        reach: Reach,
        marked: &mut Marked,
    ) {
        for number in locked.state.loads.succeeded(plan.hash) {
            self.loads.flights.mark_written(number);
            marked.mark(number);
        }
        if reach != Reach::NONE {
            if let Some(at) = locked.find(plan.hash, &Same(&plan.key)) {
                locked.shard.slots[at.slot as usize].set_reach(reach);
            }
        }
    }

    /// Notes a failed load; the entry it was to refresh may be claimed again after a rest.
    fn fail(&self, hold: &Hold<'_, K, V, E>, current: &mut Option<Current>) {
        let plan = hold.plan();
        let hash = plan.hash;
        let moment = self.moment_at(self.clock.now_ns());
        self.locked(hash, moment, |locked| {
            *current = match locked.state.loads.end(plan.lease).map(|load| load.stage) {
                None | Some(Stage::Succeeded) => {
                    *current = Some(Current::Superseded); // a successor has the key
                    return;
                }
                Some(Stage::Void) => Some(Current::Superseded),
                Some(_) => Some(Current::Refused),
            };
            let base_ns = self.loads.backoff_ns;
            let again_ns = locked.state.backoff.fail(hash, moment.now_ns, base_ns);
            if let Some(at) = locked.find(hash, &Same(&plan.key)) {
                locked.shard.claims.allow(at.slot, again_ns);
            }
        });
    }
}
