//! Ending a load because somebody says so.

use core::hash::{BuildHasher, Hash};
use core::pin::Pin;
use core::task::{Context, Poll};

use super::flight::Flight;
use super::handle::Cache;
use super::hash::Equivalent;
use super::inflight::Underway;
use super::load::Load;
use crate::time::Clock;
use crate::wait::TaskWaiter;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Ends the key's load, if it has one, for all who wait for it; says whether it had.
    ///
    /// A caller that leaves takes nothing with it; this is how to say that nobody wants the load.
    /// Whoever waits has a value of the error window or
    /// [`Miss::LoadCancelled`](super::Miss::LoadCancelled), and who asks next begins another load.
    /// One that is queued is not made; the future of one in a [task](super::LoadTask) is dropped,
    /// when the task is polled next, which this wakes it for. What a thread asks goes on until it
    /// returns and keeps its thread and place until then, as one that hangs does; it stores
    /// nothing. To tell such a source, have it look at a [`Cancel`](crate::control::Cancel). An
    /// entry that the load was to refresh stays. The breaker hears nothing of a load that a task
    /// drops, and of one on a thread what it says.
    ///
    /// # Guarantees
    /// Waits for a writer of the shard at most. Allocates nothing. Wakes three who wait, each of
    /// whom wakes others.
    /// # Complexity
    /// One step for each of the shard's loads.
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
    /// assert!(cache.cancel_load(&1));
    /// assert!(!cache.cancel_load(&1));
    /// assert!(loads.run_one(), "its number, not its load");
    /// assert_eq!(cache.get_or_load(&1, Duration::ZERO), started);
    /// ```
    pub fn cancel_load<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let flights = &self.core.loads.flights;
        if flights.is_empty() {
            return false;
        }
        let (hash, moment) = (self.core.hash(key), self.core.moment());
        let cancelled = self.core.locked(hash, moment, |locked| {
            let same = |load: &Underway| key.equivalent(&flights.plan(load.flight).key);
            let load = locked.state.loads.of(hash).find(same)?;
            locked.state.loads.succeed(load.lease);
            flights.mark_cancelled(load.flight);
            Some(load.flight)
        });
        if let Some(number) = cancelled {
            // What it was to refresh may be refreshed by who asks next.
            self.core.unclaim(hash, key);
            flights.wake_cancelled(number);
        }
        cancelled.is_some()
    }
}

/// What wakes the task that runs a load when that is cancelled. Unlinked when dropped.
pub(crate) struct Told<'a, K, V, E> {
    flight: &'a Flight<K, V, E>,
    waiter: TaskWaiter,
}

impl<'a, K, V, E> Told<'a, K, V, E> {
    pub(crate) const fn new(flight: &'a Flight<K, V, E>) -> Self {
        let waiter = TaskWaiter::new();
        Self { flight, waiter }
    }

    /// Ready once the load was cancelled. Allocates nothing.
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: only `waiter` is structurally pinned, and it is not moved here.
        let this = unsafe { self.get_unchecked_mut() };
        let flight = this.flight;
        // SAFETY: a field of a pinned value, never moved out of it.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        // SAFETY: one flight for the life of the waiter, which the load keeps while it runs; `drop`
        // releases it.
        unsafe { waiter.poll(&flight.runner, cx, || flight.is_cancelled().then_some(())) }
    }
}

impl<K, V, E> Drop for Told<'_, K, V, E> {
    fn drop(&mut self) {
        // SAFETY: we are being dropped, and if the waiter was ever polled we were pinned.
        let waiter = unsafe { Pin::new_unchecked(&mut self.waiter) };
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&self.flight.runner) };
    }
}
