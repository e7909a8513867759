//! Filling a cache before, or while, traffic comes.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::time::Duration;
use std::collections::VecDeque;

use super::core::Core;
use super::flight::{Aloft, Current, Hold, Landed};
use super::gate::{Door, ReadyGate};
use super::handle::Cache;
use super::load::Load;
use super::loads::{Ask, Begun};
use super::shard::Trust;
use crate::limit::{Pacer, TooEarly};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::time::{Clock, Deadline, now_ns};
use crate::wait::WaitQueue;

/// How long a wait for a load or for the rate may last before the stop mark is looked at.
const SLICE: Duration = Duration::from_millis(5);

/// Loads keys into a cache, no faster and no longer than it was told.
///
/// It runs on the caller's thread and loads through the cache's loader. What it brings is of low
/// trust: it fills free room, and in a full cache takes only the place of an entry nobody used,
/// for a key that left lately. It never has more loads under way than half of what the cache
/// allows, so callers that miss keep the other half.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Cache, Load, Lookup, ReadyGate, WarmEnd, Warmer};
///
/// struct Doubles;
/// impl Load<u32, u32> for Doubles {
///     type Error = ();
///     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
///         Ok(Some(key * 2))
///     }
/// }
///
/// let cache = Cache::builder(1_000).loader(Doubles).build().unwrap();
/// let gate = ReadyGate::fraction(0.9, 500).deadline(Duration::from_secs(30));
/// let warmer = Warmer::new()
///     .concurrency(8)
///     .deadline(Duration::from_secs(60))
///     .errors_max(10)
///     .opens(&gate);
/// assert_eq!(warmer.run(&cache, 0..500), WarmEnd::Finished);
/// assert_eq!(warmer.progress().done, 500);
/// assert!(gate.is_ready());
/// assert_eq!(cache.get(&21), Lookup::Fresh(42));
/// ```
#[must_use = "a warmer does nothing until `run`"]
pub struct Warmer {
    concurrency: usize,
    rate_per_s: Option<u32>,
    deadline: Option<Duration>,
    errors_max: u64,
    door: Option<Arc<Door>>,
    shared: Arc<Shared>,
}

/// Watches and stops a [`Warmer`] from elsewhere.
///
/// # Examples
/// ```
/// use shorttail::cache::Warmer;
/// let handle = Warmer::new().handle();
/// handle.stop();
/// assert_eq!(handle.progress().done, 0);
/// ```
#[derive(Clone)]
pub struct WarmHandle(Arc<Shared>);

struct Shared {
    done: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    skipped_fresh: AtomicU64,
    stopped: AtomicBool,
    /// Where the rate is waited for.
    pace: WaitQueue,
}

/// How far a [`Warmer`] is. Each key counts once.
///
/// # Examples
/// ```
/// use shorttail::cache::WarmProgress;
/// assert_eq!(WarmProgress::default().total(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WarmProgress {
    /// Loaded and stored, negatives included.
    pub done: u64,
    /// Not loaded: the loader failed or panicked, or the key rests after a failure.
    pub failed: u64,
    /// Not loaded because too many loads were under way or the breaker was open; or loaded and not
    /// stored, for want of a place or because the key was written meanwhile.
    pub refused: u64,
    /// Not loaded because a fresh entry was there.
    pub skipped_fresh: u64,
}

impl WarmProgress {
    /// Keys dealt with.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.done + self.failed + self.refused + self.skipped_fresh
    }
}

/// Why [`Warmer::run`] came back.
///
/// # Examples
/// ```
/// use shorttail::cache::WarmEnd;
/// assert_ne!(WarmEnd::Finished, WarmEnd::Stopped);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarmEnd {
    /// The source has no more keys, and every load has landed.
    Finished,
    /// [`WarmHandle::stop`] was called.
    Stopped,
    /// The deadline passed.
    Deadline,
    /// More loads failed than allowed.
    Errors,
    /// The cache was closed.
    Closed,
}

impl Default for Warmer {
    fn default() -> Self {
        Self::new()
    }
}

impl Warmer {
    /// One load at a time, as fast as they land, without end.
    pub fn new() -> Self {
        Self {
            concurrency: 1,
            rate_per_s: None,
            deadline: None,
            errors_max: u64::MAX,
            door: None,
            shared: Arc::new(Shared {
                done: AtomicU64::new(0),
                failed: AtomicU64::new(0),
                refused: AtomicU64::new(0),
                skipped_fresh: AtomicU64::new(0),
                stopped: AtomicBool::new(false),
                pace: WaitQueue::new(),
            }),
        }
    }

    /// Loads under way at a time; at least 1, at most half of what the cache allows.
    pub fn concurrency(mut self, loads: usize) -> Self {
        self.concurrency = loads;
        self
    }

    /// Loads begun in a second at most, on the cache's clock; none is made up for later. A clock
    /// that stands still, as a mock that nobody moves, stops the run after its first load.
    pub fn rate_per_s(mut self, loads: u32) -> Self {
        self.rate_per_s = Some(loads.max(1));
        self
    }

    /// A run's own: the first load waits for no other run's.
    fn pacer(&self) -> Option<Pacer> {
        let paced = |rate| Pacer::per_second(rate, 1).expect("at least one a second, one at once");
        self.rate_per_s.map(paced)
    }

    /// How long the whole run may last, on the cache's clock.
    pub fn deadline(mut self, after: Duration) -> Self {
        self.deadline = Some(after);
        self
    }

    /// Failed loads after which the run ends; it ends with the one on top of it.
    pub fn errors_max(mut self, failures: u64) -> Self {
        self.errors_max = failures;
        self
    }

    /// The gate to count entries at, and to open degraded when the run ends short.
    pub fn opens<C>(mut self, gate: &ReadyGate<C>) -> Self {
        self.door = Some(Arc::clone(&gate.door));
        self
    }

    /// A handle for another thread.
    #[must_use]
    pub fn handle(&self) -> WarmHandle {
        WarmHandle(Arc::clone(&self.shared))
    }

    /// How far it is, over all runs.
    #[must_use]
    pub fn progress(&self) -> WarmProgress {
        self.shared.progress()
    }

    /// Loads the keys of `source` that are not fresh in `cache`; blocks until it ends.
    ///
    /// When it ends early, loads under way go on without being counted. It allocates its window
    /// of loads, and what cloning keys allocates. While it waits for a load it wakes every 5 ms to
    /// look at the stop mark and at the deadline, which is on the cache's clock. However it ends,
    /// by a panic of `source` too, the gate is open afterwards.
    pub fn run<K, V, L, S, C>(
        &self,
        cache: &Cache<K, V, L, S, C>,
        source: impl IntoIterator<Item = K>,
    ) -> WarmEnd
    where
        K: Eq + Hash + Clone,
        V: Clone,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        let core = &*cache.core;
        let now_ns = core.clock.now_ns();
        let until = match self.deadline {
            Some(after) => Deadline::after(now_ns, after),
            None => Deadline::NEVER,
        };
        let window = (core.loads.flights.max() as usize / 2).min(self.concurrency);
        let mut run = Run {
            warmer: self,
            core,
            until,
            pacer: self.pacer(),
            flying: VecDeque::with_capacity(window.max(1)),
            window: window.max(1),
        };
        let surrender = Surrender(self.door.as_deref());
        let end = match run.all(source.into_iter()) {
            Ok(()) => WarmEnd::Finished,
            Err(end) => end,
        };
        drop(surrender);
        end
    }
}

impl Shared {
    fn progress(&self) -> WarmProgress {
        // Relaxed: statistics. [cache-9]
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        WarmProgress {
            done: read(&self.done),
            failed: read(&self.failed),
            refused: read(&self.refused),
            skipped_fresh: read(&self.skipped_fresh),
        }
    }

    fn is_stopped(&self) -> bool {
        // AcqRel: an RMW, so that a waiter at `pace` and `stop` meet on the word. [cache-14]
        self.stopped.fetch_or(false, Ordering::AcqRel)
    }
}

impl WarmHandle {
    /// Ends the run, also one that has not begun. Never waits.
    pub fn stop(&self) {
        // AcqRel: see `is_stopped`. [cache-14]
        self.0.stopped.fetch_or(true, Ordering::AcqRel);
        self.0.pace.notify_all();
    }

    /// How far the warmer is. Never waits.
    #[must_use]
    pub fn progress(&self) -> WarmProgress {
        self.0.progress()
    }
}

/// Opens the gate degraded when the run ends, by a panic of the source or the clock too.
struct Surrender<'a>(Option<&'a Door>);

impl Drop for Surrender<'_> {
    fn drop(&mut self) {
        if let Some(door) = self.0 {
            door.give_up(); // nothing if enough entries had opened it
        }
    }
}

/// One run.
struct Run<'a, K, V, E, S, C> {
    warmer: &'a Warmer,
    core: &'a Core<K, V, E, S, C>,
    until: Deadline,
    /// When the next load may begin.
    pacer: Option<Pacer>,
    /// Loads under way, oldest first.
    flying: VecDeque<Hold<'a, K, V, E>>,
    window: usize,
}

impl<K, V, E, S, C> Run<'_, K, V, E, S, C>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher,
    C: Clock,
{
    fn all(&mut self, source: impl Iterator<Item = K>) -> Result<(), WarmEnd> {
        for key in source {
            self.check()?;
            while self.flying.len() >= self.window {
                self.land_oldest()?;
            }
            self.begin(&key)?;
        }
        while !self.flying.is_empty() {
            self.land_oldest()?;
        }
        Ok(())
    }

    fn begin(&mut self, key: &K) -> Result<(), WarmEnd> {
        let shared = &self.warmer.shared;
        let hash = self.core.hash(key);
        if self.core.is_fresh(hash, key) {
            self.add(&shared.skipped_fresh);
            return Ok(());
        }
        self.pace()?;
        let (trust, patient) = (Trust::Low, true);
        match self.core.begin(hash, key, Ask { trust, patient }) {
            Begun::Started(hold) | Begun::Joined(hold) => self.flying.push_back(hold),
            Begun::Stored => self.add(&shared.skipped_fresh),
            Begun::BackingOff => self.failed()?,
            Begun::BrokenOff | Begun::Shed | Begun::Contended => self.add(&shared.refused),
            Begun::Closed => return Err(WarmEnd::Closed),
        }
        Ok(())
    }

    /// Waits until the rate allows the next load.
    fn pace(&mut self) -> Result<(), WarmEnd> {
        let Some(pacer) = &self.pacer else {
            return Ok(());
        };
        while let Err(TooEarly::Wait(wait)) = pacer.try_pass(self.core.clock.now_ns()) {
            let shared = &self.warmer.shared;
            let deadline = Deadline::after(now_ns(), wait.min(SLICE));
            let stopped = || shared.is_stopped().then_some(());
            // Stopped or not is for `check` to say.
            let _ = shared.pace.wait(deadline, stopped);
            self.check()?;
        }
        Ok(())
    }

    /// Waits for the oldest load, and counts what it came to.
    fn land_oldest(&mut self) -> Result<(), WarmEnd> {
        let Some(hold) = self.flying.front() else {
            return Ok(());
        };
        let waiters = &hold.flight().waiters;
        let landed = loop {
            let deadline = Deadline::after(now_ns(), SLICE);
            match waiters.wait(deadline, || verdict(hold)) {
                Ok(landed) => break landed,
                Err(_) => self.check()?,
            }
        };
        hold.flight().pass_on();
        self.flying.pop_front();
        let shared = &self.warmer.shared;
        match landed {
            Verdict::Done => self.add(&shared.done),
            Verdict::Refused => self.add(&shared.refused),
            Verdict::Failed => self.failed()?,
            Verdict::Closed => return Err(WarmEnd::Closed),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), WarmEnd> {
        if self.warmer.shared.is_stopped() {
            return Err(WarmEnd::Stopped);
        }
        if self.core.loads.is_closed() {
            return Err(WarmEnd::Closed);
        }
        if self.until.is_expired(self.core.clock.now_ns()) {
            return Err(WarmEnd::Deadline);
        }
        Ok(())
    }

    fn add(&self, counter: &AtomicU64) {
        let shared = &self.warmer.shared;
        // Relaxed: a statistic. [cache-9]
        counter.fetch_add(1, Ordering::Relaxed);
        let there = core::ptr::eq(counter, &raw const shared.done)
            || core::ptr::eq(counter, &raw const shared.skipped_fresh);
        if let Some(door) = self.warmer.door.as_ref().filter(|_| there) {
            door.note(1);
        }
    }

    fn failed(&self) -> Result<(), WarmEnd> {
        let shared = &self.warmer.shared;
        self.add(&shared.failed);
        if shared.progress().failed > self.warmer.errors_max {
            return Err(WarmEnd::Errors);
        }
        Ok(())
    }
}

enum Verdict {
    Done,
    Refused,
    Failed,
    Closed,
}

fn verdict<K, V, E>(hold: &Hold<'_, K, V, E>) -> Option<Verdict> {
    Some(match hold.flight().look() {
        Err(Aloft::Still) => return None,
        Err(Aloft::Closed) | Ok((Landed::Closed, _)) => Verdict::Closed,
        Ok((Landed::Value(_) | Landed::Nothing, Current::Stored)) => Verdict::Done,
        Err(Aloft::Written) => Verdict::Refused,
        Ok((Landed::Value(_) | Landed::Nothing, _)) => Verdict::Refused,
        Ok((Landed::Shed | Landed::BrokenOff | Landed::Moot, _)) => Verdict::Refused,
        Ok((Landed::Failed(_) | Landed::Panicked, _)) => Verdict::Failed,
    })
}

impl fmt::Debug for Warmer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Warmer")
            .field("concurrency", &self.concurrency)
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WarmHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WarmHandle").field(&self.progress()).finish()
    }
}
