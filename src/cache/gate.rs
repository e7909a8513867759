//! When a service may take traffic.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use super::hash::KeyedState;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::time::{Clock, Deadline, StdClock, now_ns, to_ns};
use crate::wait::WaitQueue;

const WARMING: u32 = 0;
const READY: u32 = 1;
const DEGRADED: u32 = 2;

/// What a [`ReadyGate`] says.
///
/// # Examples
/// ```
/// use shorttail::cache::{Readiness, ReadyGate};
/// let gate = ReadyGate::new(1);
/// assert_eq!(gate.state(), Readiness::Warming);
/// gate.give_up();
/// assert_eq!(gate.state(), Readiness::Degraded);
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
    /// The keys it waits for, if it waits for these and not for a number.
    named: Option<Named>,
}

/// Keys that are waited for, each known by 128 bits of hashes that are keyed at random.
struct Named {
    states: [KeyedState; 2],
    /// Ascending, each with whether it is there.
    keys: Box<[(u128, AtomicBool)]>,
}

impl Named {
    fn new<K: Hash>(keys: impl IntoIterator<Item = K>) -> Self {
        let states = [KeyedState::default(), KeyedState::default()];
        let mut marks: Vec<_> = keys.into_iter().map(|key| mark(&states, &key)).collect();
        marks.sort_unstable();
        marks.dedup();
        let absent = |mark| (mark, AtomicBool::new(false));
        let keys = marks.into_iter().map(absent).collect();
        Self { states, keys }
    }

    /// Whether the key is waited for and has come just now.
    fn comes<Q: Hash + ?Sized>(&self, key: &Q) -> bool {
        let mark = mark(&self.states, key);
        let found = self.keys.binary_search_by_key(&mark, |(mark, _)| *mark);
        // Relaxed: elects who counts it; the count decides. [cache-14]
        found.is_ok_and(|at| !self.keys[at].1.swap(true, Ordering::Relaxed))
    }
}

fn mark<Q: Hash + ?Sized>(states: &[KeyedState; 2], key: &Q) -> u128 {
    let [high, low] = states.each_ref().map(|state| state.hash_one(key));
    u128::from(high) << 64 | u128::from(low)
}

impl Door {
    fn new(needed: u64, named: Option<Named>) -> Self {
        Self {
            needed,
            reached: AtomicU64::new(0),
            state: AtomicU32::new(if needed == 0 { READY } else { WARMING }),
            waiters: WaitQueue::new(),
            named,
        }
    }

    /// Counts a key's entry that is there.
    pub(crate) fn note_key<Q: Hash + ?Sized>(&self, key: &Q) {
        if self.named.as_ref().is_none_or(|named| named.comes(key)) {
            self.count(1);
        }
    }

    /// Counts entries that are there, of whatever key.
    fn note(&self, entries: u64) {
        if self.named.is_none() {
            self.count(entries);
        }
    }

    fn count(&self, entries: u64) {
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
/// Enough is a number of entries ([`new`](Self::new), [`fraction`](Self::fraction)) or a set of
/// keys ([`keys`](Self::keys)); for both, have a gate for each and take traffic when both are open.
///
/// It opens degraded when its deadline passes, or when a warmer that ran for it ends and it is not
/// open yet: several warmers that run at once have a gate each. A key that comes up twice counts
/// twice for a number. Give it a deadline: without one, a gate whose warmer never runs stays shut.
/// Once open it stays as it opened. Clones are one gate; to make one allocates nothing.
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
    /// A gate that opens when `entries` are there. Allocates. For an example see [`ReadyGate`].
    pub fn new(entries: u64) -> Self {
        Self::with_clock(entries, StdClock)
    }

    /// A gate that opens when `part` of `total` entries are there, rounded up. A part outside of 0
    /// to 1 is the nearer of the two; what is no number is 1. Allocates.
    ///
    /// # Examples
    /// ```
    /// # use shorttail::cache::ReadyGate;
    /// let gate = ReadyGate::fraction(0.9, 10);
    /// gate.note(9);
    /// assert!(gate.is_ready());
    /// ```
    pub fn fraction(part: f64, total: u64) -> Self {
        let part = if part.is_nan() { 1.0 } else { part };
        let exact = part.clamp(0.0, 1.0) * total as f64;
        // 0.55 of 100 is a hair above 55 in floats, and means 55.
        Self::new((exact - exact * 1e-14).ceil() as u64)
    }

    /// A gate that opens when each of `keys` is there, negatives included.
    ///
    /// It knows of those that a [`Warmer`](super::Warmer) loads or finds fresh, and of those that
    /// [`note_key`](Self::note_key) says. Allocates 32 bytes a key, sorts them once, and holds no
    /// key.
    ///
    /// # Examples
    /// ```
    /// # use shorttail::cache::ReadyGate;
    /// let gate = ReadyGate::keys(["home", "login"]);
    /// gate.note_key("home");
    /// gate.note_key("news");
    /// assert!(!gate.is_ready());
    /// gate.note_key("login");
    /// assert!(gate.is_ready());
    /// ```
    pub fn keys<K: Hash>(keys: impl IntoIterator<Item = K>) -> Self {
        Self::keys_with_clock(keys, StdClock)
    }
}

impl<C: Clock> ReadyGate<C> {
    /// As [`new`](ReadyGate::new), with the clock its deadline is read on.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// # use shorttail::cache::{Readiness, ReadyGate};
    /// # use shorttail::time::MockClock;
    /// let clock = MockClock::new();
    /// let gate = ReadyGate::with_clock(2, &clock).deadline(Duration::from_secs(30));
    /// clock.advance(Duration::from_secs(30));
    /// assert_eq!(gate.state(), Readiness::Degraded);
    /// ```
    pub fn with_clock(entries: u64, clock: C) -> Self {
        Self::of(Door::new(entries, None), clock)
    }

    /// As [`keys`](ReadyGate::keys), with the clock its deadline is read on.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// # use shorttail::cache::{Readiness, ReadyGate};
    /// # use shorttail::time::MockClock;
    /// let clock = MockClock::new();
    /// let gate = ReadyGate::keys_with_clock(["home", "login"], &clock);
    /// let gate = gate.deadline(Duration::from_secs(30));
    /// clock.advance(Duration::from_secs(30));
    /// assert_eq!(gate.state(), Readiness::Degraded);
    /// ```
    pub fn keys_with_clock<K: Hash>(keys: impl IntoIterator<Item = K>, clock: C) -> Self {
        let named = Named::new(keys);
        Self::of(Door::new(named.keys.len() as u64, Some(named)), clock)
    }

    fn of(door: Door, clock: C) -> Self {
        Self {
            door: Arc::new(door),
            clock,
            until: Deadline::NEVER,
        }
    }

    /// Opens the gate, degraded, `after` from now at the latest. Reads the clock.
    /// For an example see [`with_clock`](Self::with_clock).
    pub fn deadline(mut self, after: Duration) -> Self {
        self.until = Deadline::after(self.clock.now_ns(), after);
        self
    }

    /// Counts `entries` that are there; for entries that no [`Warmer`](super::Warmer) brought. A
    /// gate that waits for keys counts none of them.
    ///
    /// Never waits, never allocates. For an example see [`ReadyGate`].
    pub fn note(&self, entries: u64) {
        self.door.note(entries);
    }

    /// Counts the entry of `key`; a gate that waits for keys, if it waits for this one, once.
    ///
    /// Never waits, never allocates. Two hashes of the key and a binary search where it waits for
    /// keys. For an example see [`keys`](ReadyGate::keys).
    pub fn note_key<Q: Hash + ?Sized>(&self, key: &Q) {
        self.door.note_key(key);
    }

    /// Opens the gate, degraded, unless it is open. Never waits, never allocates.
    /// For an example see [`Readiness`].
    pub fn give_up(&self) {
        self.door.give_up();
    }

    /// Whether traffic may come, degraded or not. Never waits, never allocates. For an example see
    /// [`ReadyGate`].
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state() != Readiness::Warming
    }

    /// Where it stands. Never waits, never allocates. For an example see [`Readiness`].
    #[must_use]
    pub fn state(&self) -> Readiness {
        let state = self.door.look();
        if state == Readiness::Warming && self.until.is_expired(self.clock.now_ns()) {
            self.door.give_up();
            return self.door.look();
        }
        state
    }

    /// Blocks until it is open, or for `timeout`. Allocates nothing. For an example see
    /// [`ReadyGate`].
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
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
