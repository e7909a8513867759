//! Loads whose source is being asked just now: which of them hang, and what the breaker hears.
//!
//! A load that hangs says nothing itself. Whoever is about to ask for a load looks whether the
//! lease of one has ended, at one load a look while none has; the breaker hears of it then, once.

use super::slot::NEVER;
use crate::limit::{Breaker, Ticket};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};

struct One {
    flight: u32,
    /// When it counts as hung.
    until_ns: u64,
    /// Taken by whoever tells the breaker.
    ticket: Option<Ticket>,
    is_hung: bool,
}

/// All of a cache. Its lock is held for one look over them, and never while user code runs.
pub(crate) struct Asked {
    loads: Lock<Vec<One>>,
    /// No lease of a load that is not known to hang ends before this.
    next_ns: AtomicU64,
    /// Those that are known to hang.
    hung: AtomicU32,
}

impl Asked {
    pub(crate) fn new(loads_max: usize) -> Self {
        Self {
            loads: Lock::new(Vec::with_capacity(loads_max)),
            next_ns: AtomicU64::new(NEVER),
            hung: AtomicU32::new(0),
        }
    }

    /// Notes that the source is about to be asked. There is room for all that may run.
    pub(crate) fn begin(&self, flight: u32, until_ns: u64, ticket: Option<Ticket>) {
        let mut loads = self.loads.lock();
        debug_assert!(loads.len() < loads.capacity());
        loads.push(One {
            flight,
            until_ns,
            ticket,
            is_hung: false,
        });
        // Relaxed: written under the lock; a hint to those who look outside of it. [cache-17]
        let next_ns = self.next_ns.load(Ordering::Relaxed).min(until_ns);
        // Relaxed: as above. [cache-17]
        self.next_ns.store(next_ns, Ordering::Relaxed);
    }

    /// Notes that the source answered, or will not any more. Gives the ticket that the breaker has
    /// yet to hear of, and when the lease ends.
    pub(crate) fn end(&self, flight: u32) -> Option<(Ticket, u64)> {
        let mut loads = self.loads.lock();
        let at = loads.iter().position(|load| load.flight == flight)?;
        let load = loads.swap_remove(at);
        if load.is_hung {
            // Relaxed: as in `begin`. [cache-17]
            self.hung.fetch_sub(1, Ordering::Relaxed);
        }
        load.ticket.map(|ticket| (ticket, load.until_ns))
    }

    /// Notes whose lease has ended, and tells the breaker. Does not wait: if another looks just
    /// now, that one tells.
    #[inline]
    pub(crate) fn lapse(&self, now_ns: u64, breaker: Option<&Breaker>) {
        // Relaxed: as in `begin`; who sees it late looks again at the next load. [cache-17]
        if now_ns >= self.next_ns.load(Ordering::Relaxed) {
            self.look(now_ns, breaker);
        }
    }

    #[cold]
    fn look(&self, now_ns: u64, breaker: Option<&Breaker>) {
        let Some(mut loads) = self.loads.try_lock() else {
            return;
        };
        let mut next_ns = NEVER;
        for load in loads.iter_mut().filter(|load| !load.is_hung) {
            if now_ns < load.until_ns {
                next_ns = next_ns.min(load.until_ns);
                continue;
            }
            load.is_hung = true;
            // Relaxed: as in `begin`. [cache-17]
            self.hung.fetch_add(1, Ordering::Relaxed);
            if let (Some(breaker), Some(ticket)) = (breaker, load.ticket.take()) {
                breaker.failed(ticket, now_ns);
            }
        }
        // Relaxed: as in `begin`. [cache-17]
        self.next_ns.store(next_ns, Ordering::Relaxed);
    }

    /// How many are known to hang. One load.
    pub(crate) fn known_hung(&self) -> u32 {
        // Relaxed: a count of its own. [cache-17]
        self.hung.load(Ordering::Relaxed)
    }

    /// How many hang at `now_ns`, known or not; those that are known, while another has the lock.
    pub(crate) fn hung(&self, now_ns: u64) -> u32 {
        let Some(loads) = self.loads.try_lock() else {
            return self.known_hung();
        };
        let hung = loads.iter().filter(|load| now_ns >= load.until_ns).count();
        u32::try_from(hung).unwrap_or(u32::MAX)
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_that_outlives_its_lease_is_told_of_once() {
        let breaker = Breaker::builder().calls(3).build().unwrap();
        let asked = Asked::new(4);
        for flight in 0..4 {
            let ticket = breaker.admit(0).expect("closed");
            asked.begin(flight, 10 + u64::from(flight), Some(ticket));
        }
        asked.lapse(9, Some(&breaker));
        assert_eq!((asked.known_hung(), asked.hung(9)), (0, 0));
        for _ in 0..5 {
            asked.lapse(11, Some(&breaker));
            assert_eq!((asked.known_hung(), asked.hung(11)), (2, 2));
        }
        assert_eq!(breaker.opened(), 0, "two of three");
        assert!(asked.end(0).is_none(), "told already");
        assert_eq!(asked.known_hung(), 1);
        let (ticket, until_ns) = asked.end(3).expect("not told");
        assert_eq!(until_ns, 13);
        breaker.succeeded(ticket, 12);
        assert_eq!(breaker.opened(), 1, "two of three failed");
        asked.lapse(12, Some(&breaker));
        assert_eq!(asked.hung(12), 2);
        for flight in [1, 2] {
            assert!(asked.end(flight).is_none());
        }
        assert!(asked.end(2).is_none(), "not there");
        asked.lapse(NEVER - 1, Some(&breaker));
        assert_eq!((asked.known_hung(), asked.hung(NEVER)), (0, 0));
    }
}
