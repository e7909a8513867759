//! Flights: the fixed table of loads, each with its key, its result and those who wait for it.

use crate::slots::SlotSet;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::sync::{MODEL, UnsafeCell, shielded};
use crate::wait::WaitQueue;

use super::ask::Trust;
use super::hash::KeyHash;
use super::lagging::Lagging;

/// The result is there.
const DONE: u32 = 1;
/// The key was inserted by hand meanwhile: look there.
const WRITTEN: u32 = 2;
/// Somebody asked for the key; else it is loaded to warm the cache.
const WANTED: u32 = 4;
/// The cache was closed.
const CLOSED: u32 = 8;
/// Somebody said that nobody wants it.
const CANCELLED: u32 = 16;

/// Loads at a time at most: flights are found by a linear search under a shard's lock.
pub(crate) const LOADS_MAX: usize = 1_024;

/// Waiters that an insert or a landing wakes itself; each of them wakes others.
const WAKES: usize = if MODEL { 1 } else { 3 };

/// Waiters that a woken one wakes.
const WAKES_ON: usize = if MODEL { 1 } else { 2 };

/// How a load ended.
pub(crate) enum Landed<V, E> {
    Value(V),
    Nothing,
    Failed(E),
    Panicked,
    Shed,
    /// The breaker let no call through.
    BrokenOff,
    /// Who ran it was dropped, or it was cancelled before a thread took it up.
    Cancelled,
    Closed,
    /// The key was written before a thread took the load up: look there.
    Moot,
}

/// Asks the source for a caller. Not called where `Sync` of the flight is needed: moved out by the
/// load's runner.
pub(crate) type Job<K, V, E> = Box<dyn FnOnce(&K) -> Result<Option<V>, E> + Send>;

/// What is known of a load that has not landed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aloft {
    Still,
    /// The key was inserted by hand: the store may have it.
    Written,
    /// The cache was closed: do not wait.
    Closed,
    /// It goes on for nobody.
    Cancelled,
}

/// What became of what a load said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Current {
    Stored,
    /// It is current, but was not stored: no place for it, or nothing to store.
    Refused,
    /// The key was written or invalidated while it was loaded: the store is asked first.
    Superseded,
}

/// What is set when a flight begins and read until it is free again.
pub(crate) struct Plan<K> {
    pub(crate) key: K,
    /// The key's; loader threads never hash.
    pub(crate) hash: KeyHash,
    pub(crate) lease: u64,
    /// When the fresh entry ends that it is to replace before then; 0 if there is none.
    pub(crate) replaces: u64,
}

pub(crate) struct Flight<K, V, E> {
    /// One for the load, one for each waiter; free at 0.
    holds: AtomicU32,
    state: AtomicU32,
    plan: UnsafeCell<Option<Plan<K>>>,
    /// A second key, for the store.
    spare: UnsafeCell<Option<K>>,
    /// What is asked in place of the loader.
    job: UnsafeCell<Option<Job<K, V, E>>>,
    result: UnsafeCell<Option<Ended<V, E>>>,
    pub(crate) waiters: WaitQueue,
    /// The task that runs the load, to be told that it was cancelled.
    pub(crate) runner: WaitQueue,
}

// SAFETY: waiters on several threads read one plan and one result (`K, V, E: Sync`), and the last
// holder, on any thread, drops them (`Send`). Who writes when is the protocol of `holds` and
// `DONE`; weaker bounds would race a `Cell` in an error.
unsafe impl<K: Send + Sync, V: Send + Sync, E: Send + Sync> Sync for Flight<K, V, E> {}

/// All flights of a cache.
pub(crate) struct Flights<K, V, E> {
    flights: Box<[Flight<K, V, E>]>,
    /// Which flights are free.
    free: SlotSet,
    /// Loads queued or running.
    active: AtomicU32,
    /// Most of them.
    active_max: u32,
    leases: AtomicU64,
    lagging: Lagging,
}

/// How a load ended and what became of that.
type Ended<V, E> = (Landed<V, E>, Current);

/// What a flight held.
type Left<K, V, E> = (
    Option<Plan<K>>,
    Option<K>,
    Option<Job<K, V, E>>,
    Option<Ended<V, E>>,
);

/// A free flight and a permit to load. Dropped: given back.
pub(crate) struct Vacant<'a, K, V, E> {
    flights: &'a Flights<K, V, E>,
    number: u32,
}

/// A hold on a flight; it stays as it is until this is dropped.
pub(crate) struct Hold<'a, K, V, E> {
    flights: &'a Flights<K, V, E>,
    number: u32,
}

impl<K, V, E> Flights<K, V, E> {
    /// Twice as many flights as loads: a finished one stays until its last waiter has looked.
    pub(crate) fn new(loads_max: usize) -> Self {
        let count = u32::try_from(loads_max * 2).expect("checked by the builder");
        let flight = |_| Flight {
            holds: AtomicU32::new(0),
            state: AtomicU32::new(0),
            plan: UnsafeCell::new(None),
            spare: UnsafeCell::new(None),
            job: UnsafeCell::new(None),
            result: UnsafeCell::new(None),
            waiters: WaitQueue::new(),
            runner: WaitQueue::new(),
        };
        Self {
            flights: (0..count).map(flight).collect(),
            free: SlotSet::new(loads_max * 2),
            active: AtomicU32::new(0),
            active_max: count / 2,
            leases: AtomicU64::new(0),
            lagging: Lagging::new(loads_max * 2),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    /// Most loads queued or running.
    pub(crate) const fn max(&self) -> u32 {
        self.active_max
    }

    /// Loads queued or running.
    pub(crate) fn active(&self) -> u32 {
        // Relaxed: a reading. [cache-9]
        self.active.load(Ordering::Relaxed)
    }

    /// Landed loads whose result somebody has yet to take.
    pub(crate) fn unread(&self) -> u32 {
        let taken = u32::try_from(self.free.in_use()).unwrap_or(u32::MAX);
        taken.saturating_sub(self.active())
    }

    /// Whether [`claim`](Self::claim) would give something now.
    pub(crate) fn has_room(&self) -> bool {
        self.active() < self.active_max && self.free.in_use() < self.flights.len()
    }

    /// Takes one of the permits to load, and a free flight. Allocates nothing.
    pub(crate) fn claim(&self) -> Option<Vacant<'_, K, V, E>> {
        let one_more = |active: u32| (active < self.active_max).then_some(active + 1);
        self.active
            // Relaxed: the count alone is what matters; never above the most. [cache-10]
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .ok()?;
        let Some(number) = self.free.claim() else {
            self.finish();
            return None;
        };
        let flights = self;
        Some(Vacant { flights, number })
    }

    /// Makes a load of a claimed flight; the hold is the load's.
    pub(crate) fn begin(
        &self,
        vacant: Vacant<'_, K, V, E>,
        plan: impl FnOnce(u64) -> Plan<K>,
        spare: K,
        trust: Trust,
    ) -> Hold<'_, K, V, E> {
        let number = vacant.number;
        core::mem::forget(vacant); // the load has it from here on
        let flight = &self.flights[number as usize];
        self.lagging.forget(number);
        // Relaxed: a unique number. [cache-10]
        let lease = self.leases.fetch_add(1, Ordering::Relaxed) + 1;
        flight.plan.with_mut(|cell| {
            // SAFETY: the flight is free and its number was claimed by us alone;
            // nobody reads it before it is registered.
            unsafe { *cell = Some(plan(lease)) };
        });
        flight.spare.with_mut(|cell| {
            // SAFETY: as above.
            unsafe { *cell = Some(spare) };
        });
        let wanted = if trust == Trust::Full { WANTED } else { 0 };
        // AcqRel: no waiter sees the former load's end; an RMW like every write of the
        // word. [cache-11]
        flight.state.swap(wanted, Ordering::AcqRel);
        // Relaxed: the shard's lock hands the flight to joiners, the queue to the
        // loader. [cache-12]
        flight.holds.store(1, Ordering::Relaxed);
        self.held(number)
    }

    /// How many hold a flight that is registered: its load, and who waits or is about to look.
    pub(crate) fn holders(&self, number: u32) -> u32 {
        // Relaxed: a bound on who joins, under the lock; who began it joins after. [cache-12]
        self.flights[number as usize].holds.load(Ordering::Relaxed)
    }

    /// Joins a flight that is registered, under its shard's lock: the load holds it.
    pub(crate) fn join(&self, number: u32) -> Hold<'_, K, V, E> {
        // Relaxed: made from a living hold, as in `Arc::clone`. [cache-12]
        self.flights[number as usize]
            .holds
            .fetch_add(1, Ordering::Relaxed);
        self.held(number)
    }

    /// The load's own hold, given back by the loader that received its number.
    pub(crate) const fn held(&self, number: u32) -> Hold<'_, K, V, E> {
        Hold {
            flights: self,
            number,
        }
    }

    /// Notes that somebody asked for the key.
    pub(crate) fn want(&self, number: u32) {
        // AcqRel: an RMW like every write of the word. [cache-11]
        self.flights[number as usize]
            .state
            .fetch_or(WANTED, Ordering::AcqRel);
    }

    /// Tells the flight's waiters that the key was inserted; `wake` them after the unlock.
    pub(crate) fn mark_written(&self, number: u32) {
        // AcqRel: the insert before it, to the waiter's RMW that sees the mark. [cache-11]
        self.flights[number as usize]
            .state
            .fetch_or(WRITTEN, Ordering::AcqRel);
    }

    /// Tells who waits for the flight, and who runs it, that it is cancelled; wake them after the
    /// unlock.
    pub(crate) fn mark_cancelled(&self, number: u32) {
        // AcqRel: an RMW like every write of the word. [cache-11]
        self.flights[number as usize]
            .state
            .fetch_or(CANCELLED, Ordering::AcqRel);
    }

    pub(crate) fn wake_cancelled(&self, number: u32) {
        self.note_lagging(number); // the landing may never come
        // The runner's waker may panic.
        shielded(|| self.flights[number as usize].runner.notify_one());
        self.wake(number);
    }

    /// Wakes a few, each of whom wakes others.
    pub(crate) fn wake(&self, number: u32) {
        self.flights[number as usize].waiters.notify_many(WAKES);
    }

    /// Wakes a few who wait for a load that landed before, if those woken then did not.
    pub(crate) fn wake_lagging(&self) {
        if let Some(number) = self.take_lagging() {
            self.note_lagging(number);
            self.wake(number);
        }
    }

    /// As [`wake`](Self::wake), for a load whose key has a value now that its waiters take.
    pub(crate) fn wake_written(&self, number: u32) {
        self.note_lagging(number); // the landing may never come
        self.wake(number);
    }

    /// One whose waiters have something to wake for.
    fn take_lagging(&self) -> Option<u32> {
        let ended = DONE | WRITTEN | CANCELLED;
        self.lagging.take().filter(|number| {
            // Relaxed: a hint, as the bit is. [cache-21]
            self.flights[*number as usize].state.load(Ordering::Relaxed) & ended != 0
        })
    }

    fn note_lagging(&self, number: u32) {
        if self.flights[number as usize].waiters.asleep() > 0 {
            self.lagging.note(number);
        }
    }

    /// Publishes the result to all who wait, and wakes a few: of these, and of those that an
    /// earlier landing left.
    ///
    /// # Safety
    /// The caller runs the load of this hold, and calls this once.
    pub(crate) unsafe fn land(&self, hold: &Hold<'_, K, V, E>, result: Ended<V, E>) {
        // SAFETY: forwarded from the caller.
        unsafe { hold.flight().publish(result) };
        let earlier = self.take_lagging();
        // Noted before any wake: a waker may panic.
        for number in earlier.into_iter().chain([hold.number()]) {
            self.note_lagging(number);
        }
        self.wake(hold.number());
        if let Some(number) = earlier {
            self.wake(number);
        }
    }

    /// Releases everybody who waits for a load; the queue was closed before.
    pub(crate) fn close(&self) {
        for flight in &self.flights {
            // AcqRel: an RMW like every write of the word. A flight begun after this finds the
            // queue closed. [cache-11]
            flight.state.fetch_or(CLOSED, Ordering::AcqRel);
        }
        for flight in &self.flights {
            // A waker that panics keeps nobody else asleep.
            shielded(|| flight.waiters.notify_all());
        }
    }

    /// Gives the permit to load back.
    pub(crate) fn finish(&self) {
        // Relaxed: as in `begin`. [cache-10]
        self.active.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn plan(&self, number: u32) -> &Plan<K> {
        self.flights[number as usize].plan.with(|cell| {
            // SAFETY: set before the flight was registered and left alone until its last hold
            // goes; callers hold it, or find it registered under its shard's lock.
            unsafe { (*cell).as_ref() }.expect("a held flight has a plan")
        })
    }
}

impl<'a, K, V, E> Hold<'a, K, V, E> {
    pub(crate) const fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn flight(&self) -> &'a Flight<K, V, E> {
        &self.flights.flights[self.number as usize]
    }

    pub(crate) fn plan(&self) -> &Plan<K> {
        self.flights.plan(self.number)
    }

    /// Leaves the hold to whoever receives the number.
    pub(crate) fn hand_over(self) -> u32 {
        let number = self.number;
        core::mem::forget(self);
        number
    }
}

impl<K, V, E> Flight<K, V, E> {
    /// Takes the key for the store.
    ///
    /// # Safety
    /// The caller runs the load: only it touches the spare.
    pub(crate) unsafe fn take_spare(&self) -> K {
        self.spare.with_mut(|cell| {
            // SAFETY: by the caller's word nobody else is here.
            unsafe { (*cell).take() }.expect("taken once a load")
        })
    }

    /// Leaves what is to be asked in place of the loader.
    ///
    /// # Safety
    /// The caller has the load's own hold, and nobody runs the load yet.
    pub(crate) unsafe fn set_job(&self, job: Job<K, V, E>) {
        self.job.with_mut(|cell| {
            // SAFETY: only who runs the load touches the job, and by the caller's word nobody does.
            unsafe { *cell = Some(job) };
        });
    }

    /// What is to be asked in place of the loader, if anything.
    ///
    /// # Safety
    /// The caller runs the load: only it touches the job.
    pub(crate) unsafe fn take_job(&self) -> Option<Job<K, V, E>> {
        // SAFETY: by the caller's word nobody else is here.
        self.job.with_mut(|cell| unsafe { (*cell).take() })
    }

    pub(crate) fn trust(&self) -> Trust {
        // Relaxed: set under the lock we hold or before; a join that comes later has its own
        // look at the result. [cache-11]
        if self.state.load(Ordering::Relaxed) & WANTED == 0 {
            Trust::Low
        } else {
            Trust::Full
        }
    }

    /// Wakes the next waiters, for one that has its outcome.
    pub(crate) fn pass_on(&self) {
        self.waiters.notify_many(WAKES_ON);
    }

    /// Publishes the result to all who look from now on.
    ///
    /// # Safety
    /// The caller runs the load, and calls this once.
    unsafe fn publish(&self, result: Ended<V, E>) {
        self.result.with_mut(|cell| {
            // SAFETY: nobody reads the result before `DONE`, and only the load's runner writes.
            unsafe { *cell = Some(result) };
        });
        // AcqRel: publishes the result to the RMW by which a waiter looks; whichever comes
        // first, that one sees the result or the notify sees the waiter. [cache-11]
        self.state.fetch_or(DONE, Ordering::AcqRel);
    }

    /// The result, once landed; or what there is instead.
    pub(crate) fn look(&self) -> Result<&Ended<V, E>, Aloft> {
        // AcqRel: an RMW, so that it and the write that wakes are ordered; takes over the
        // result. [cache-11]
        let state = self.state.fetch_add(0, Ordering::AcqRel);
        if state & DONE == 0 {
            return Err(match state {
                _ if state & CLOSED != 0 => Aloft::Closed,
                _ if state & CANCELLED != 0 => Aloft::Cancelled,
                _ if state & WRITTEN != 0 => Aloft::Written,
                _ => Aloft::Still,
            });
        }
        Ok(self.result.with(|cell| {
            // SAFETY: written before `DONE`, which we have seen, and left alone while we hold
            // the flight.
            unsafe { (*cell).as_ref() }.expect("landed with a result")
        }))
    }

    /// Whether somebody said that nobody wants it.
    pub(crate) fn is_cancelled(&self) -> bool {
        // AcqRel: as in `look`, for the task that runs it. [cache-11]
        self.state.fetch_add(0, Ordering::AcqRel) & CANCELLED != 0
    }

    /// What the flight held, once nobody holds it.
    ///
    /// # Safety
    /// The last hold is gone and the flight is not yet free again.
    unsafe fn clear(&self) -> Left<K, V, E> {
        // SAFETY: nobody else can reach the cells, by the caller's word.
        let plan = self.plan.with_mut(|cell| unsafe { (*cell).take() });
        // SAFETY: as above.
        let spare = self.spare.with_mut(|cell| unsafe { (*cell).take() });
        // SAFETY: as above.
        let job = self.job.with_mut(|cell| unsafe { (*cell).take() });
        // SAFETY: as above.
        let result = self.result.with_mut(|cell| unsafe { (*cell).take() });
        (plan, spare, job, result)
    }
}

impl<K, V, E> Drop for Vacant<'_, K, V, E> {
    fn drop(&mut self) {
        self.flights.free.release(self.number);
        self.flights.finish();
    }
}

impl<K, V, E> Drop for Hold<'_, K, V, E> {
    fn drop(&mut self) {
        let flight = self.flight();
        // AcqRel: every holder's reads, before the last one clears. [cache-12]
        if flight.holds.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: ours was the last hold, and the number is not free yet.
            let left = unsafe { flight.clear() };
            self.flights.free.release(self.number);
            drop(left);
        }
    }
}
