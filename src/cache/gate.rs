//! When a service may take traffic.

use core::fmt;
use core::time::Duration;

use super::rules::to_ns;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::time::{Clock, Deadline, StdClock, now_ns};
use crate::wait::WaitQueue;

const WARMING: u32 = 0;
const READY: u32 = 1;
const DEGRADED: u32 = 2;

/// What a [`ReadyGate`] says.
///
/// # Examples
/// ```
/// use shorttail::cache::{Readiness, ReadyGate};
/// assert_eq!(ReadyGate::new(1).state(), Readiness::Warming);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Not yet: keep traffic away.
    Warming,
    /// As warm as asked for.
    Ready,
    /// Not as warm as asked for, but there is no more to wait for.
    Degraded,
}

/// The part that warmers hold.
pub(crate) struct Door {
    needed: u64,
    reached: AtomicU64,
    state: AtomicU32,
    waiters: WaitQueue,
}

impl Door {
    /// Counts entries that are there.
    pub(crate) fn note(&self, entries: u64) {
        // Relaxed: the count alone decides; the state word carries the news. [cache-14]
        let before = self.reached.fetch_add(entries, Ordering::Relaxed);
        if before.saturating_add(entries) >= self.needed {
            self.settle(READY);
        }
    }

    /// Opens the gate if it is still closed: there is no more to come.
    pub(crate) fn give_up(&self) {
        self.settle(DEGRADED);
    }

    fn settle(&self, state: u32) {
        let settled = self
            .state
            // AcqRel: whoever sees the gate open sees the entries; an RMW for the waiters' RMW.
            // Relaxed: on failure it was open already. [cache-14]
            .compare_exchange(WARMING, state, Ordering::AcqRel, Ordering::Relaxed);
        if settled.is_ok() {
            self.waiters.notify_all();
        }
    }

    fn look(&self) -> Readiness {
        // AcqRel: an RMW, so that a waiter and `settle` meet on the word. [cache-14]
        match self.state.fetch_add(0, Ordering::AcqRel) {
            WARMING => Readiness::Warming,
            READY => Readiness::Ready,
            _ => Readiness::Degraded,
        }
    }
}

/// Says when enough entries are warm, or that waiting for more is over.
///
/// It opens degraded when its deadline passes, or when every warmer that ran for it ended short.
/// Give it a deadline: without one, a gate whose warmer never runs stays shut. Once open it stays
/// as it opened. Clones are one gate.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Readiness, ReadyGate};
///
/// let gate = ReadyGate::new(2).deadline(Duration::from_secs(30));
/// gate.note(1);
/// assert!(!gate.is_ready());
/// gate.note(1);
/// assert_eq!(gate.wait(Duration::from_secs(1)), Readiness::Ready);
/// ```
#[must_use = "a gate is for asking"]
pub struct ReadyGate<C = StdClock> {
    pub(crate) door: Arc<Door>,
    clock: C,
    until: Deadline,
}

impl ReadyGate {
    /// A gate that opens when `entries` are there.
    pub fn new(entries: u64) -> Self {
        Self::with_clock(entries, StdClock)
    }

    /// A gate that opens when `part` of `total` entries are there, from 0 to 1, rounded up.
    ///
    /// # Examples
    /// ```
    /// # use shorttail::cache::ReadyGate;
    /// let gate = ReadyGate::fraction(0.9, 10);
    /// gate.note(9);
    /// assert!(gate.is_ready());
    /// ```
    pub fn fraction(part: f64, total: u64) -> Self {
        Self::new((part.clamp(0.0, 1.0) * total as f64).ceil() as u64)
    }
}

impl<C: Clock> ReadyGate<C> {
    /// As [`new`](ReadyGate::new), with the clock its deadline is read on.
    pub fn with_clock(entries: u64, clock: C) -> Self {
        let door = Door {
            needed: entries,
            reached: AtomicU64::new(0),
            state: AtomicU32::new(if entries == 0 { READY } else { WARMING }),
            waiters: WaitQueue::new(),
        };
        Self {
            door: Arc::new(door),
            clock,
            until: Deadline::NEVER,
        }
    }

    /// Opens the gate, degraded, `after` from now at the latest.
    pub fn deadline(mut self, after: Duration) -> Self {
        self.until = Deadline::after(self.clock.now_ns(), after);
        self
    }

    /// Counts `entries` that are there; for entries that no [`Warmer`](super::Warmer) brought.
    ///
    /// Never waits, never allocates.
    pub fn note(&self, entries: u64) {
        self.door.note(entries);
    }

    /// Opens the gate, degraded, unless it is open. Never waits, never allocates.
    pub fn give_up(&self) {
        self.door.give_up();
    }

    /// Whether traffic may come, degraded or not. Never waits, never allocates.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state() != Readiness::Warming
    }

    /// Where it stands. Never waits, never allocates.
    #[must_use]
    pub fn state(&self) -> Readiness {
        let state = self.door.look();
        if state == Readiness::Warming && self.until.is_expired(self.clock.now_ns()) {
            self.door.give_up();
            return self.door.look();
        }
        state
    }

    /// Blocks until it is open, or for `timeout`. Allocates nothing.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> Readiness {
        let left_ns = to_ns(self.until.remaining(self.clock.now_ns()));
        let patience_ns = if self.until == Deadline::NEVER {
            to_ns(timeout)
        } else {
            left_ns.min(to_ns(timeout))
        };
        let deadline = Deadline::after(now_ns(), Duration::from_nanos(patience_ns));
        let open = || Some(self.door.look()).filter(|state| *state != Readiness::Warming);
        let waited = self.door.waiters.wait(deadline, open);
        waited.unwrap_or_else(|_| self.state())
    }
}

impl<C: Clone> Clone for ReadyGate<C> {
    fn clone(&self) -> Self {
        Self {
            door: Arc::clone(&self.door),
            clock: self.clock.clone(),
            until: self.until,
        }
    }
}

impl<C: Clock> fmt::Debug for ReadyGate<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyGate")
            .field("state", &self.state())
            .field("needed", &self.door.needed)
            .finish_non_exhaustive()
    }
}
