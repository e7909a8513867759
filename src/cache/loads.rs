//! What a cache with a loader has besides its store, and what it counts.

use super::asked::Asked;
use super::early::Early;
use super::flight::{Flights, Landed};
use super::slot::NEVER;
use crate::channel::Sender;
use crate::limit::{Breaker, BrokenOff, Ticket};
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// What a cache with a loader has besides its store.
pub(crate) struct Loads<K, V, E> {
    pub(crate) flights: Flights<K, V, E>,
    /// Numbers of flights that wait for a loader thread.
    pub(crate) queue: Option<Sender<u32>>,
    pub(crate) lease_ns: u64,
    pub(crate) backoff_ns: u64,
    /// Who waits for one load, at most, and the load itself.
    pub(crate) holders_max: u32,
    pub(crate) breaker: Option<Breaker>,
    pub(crate) asked: Asked,
    pub(crate) early: Early,
    /// How many run at a time; falls as tasks that run them are dropped.
    pub(crate) runners: AtomicU32,
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
    pub(crate) broken_off: AtomicU64,
}

impl LoadCounts {
    pub(crate) fn new() -> Self {
        Self {
            started: AtomicU64::new(0),
            loaded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            panicked: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            broken_off: AtomicU64::new(0),
        }
    }

    /// Counts a load that was taken up by how it ended.
    pub(crate) fn note<V, E>(&self, landed: &Landed<V, E>) {
        match landed {
            Landed::Value(_) | Landed::Nothing => count(&self.loaded),
            Landed::Failed(_) => count(&self.failed),
            Landed::Panicked => count(&self.panicked),
            _ => {}
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
            holders_max: u32::MAX,
            breaker: None,
            asked: Asked::new(0),
            early: Early::OFF,
            runners: AtomicU32::new(0),
            closed: AtomicBool::new(false),
            counts: LoadCounts::new(),
        }
    }

    /// Whether a load that began now would be made. Never waits.
    pub(crate) fn breaker_admits(&self, now_ns: u64) -> bool {
        self.breaker.as_ref().is_none_or(|breaker| {
            self.asked.lapse(now_ns, Some(breaker));
            breaker.admits(now_ns)
        })
    }

    /// Asks the breaker, if there is one, whether the source may be asked now.
    pub(crate) fn admit(&self, now_ns: u64) -> Result<Option<Ticket>, BrokenOff> {
        let Some(breaker) = &self.breaker else {
            return Ok(None);
        };
        self.asked.lapse(now_ns, Some(breaker));
        breaker.admit(now_ns).map(Some)
    }

    /// Whether all who run loads are held by some that hang.
    pub(crate) fn all_hang(&self, now_ns: u64) -> bool {
        self.asked.lapse(now_ns, self.breaker.as_ref());
        self.asked.known_hung() >= self.runners()
    }

    /// How many run loads at a time.
    pub(crate) fn runners(&self) -> u32 {
        // Relaxed: a count of its own. [cache-17]
        self.runners.load(Ordering::Relaxed)
    }

    /// Notes that one of those who run loads is gone.
    pub(crate) fn lose_runner(&self) {
        // Relaxed: as in `runners`. [cache-17]
        self.runners.fetch_sub(1, Ordering::Relaxed);
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
