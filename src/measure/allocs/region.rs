//! Counts attributed to a named part of a program.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;

use super::ledger::Tally;
use super::{AllocCounts, AllocGuard, Watched, ledger};
use crate::sync::global::{AtomicU64, Ordering};

/// A named part of a program, and what was asked of the allocator inside it.
///
/// Any number of threads may be inside at once; each adds what it did itself when it leaves.
/// Regions nest: what happens in an inner region is also in the outer one. A region that is entered
/// again inside itself, as by recursion, counts the inner visit in both visits. Compare with
/// [`process_allocs`](super::process_allocs) for everything else.
///
/// # Guarantees
/// [`enter`](Self::enter) and leaving read thread-local counts; leaving adds one relaxed
/// read-modify-write for the visit, and one more for each field that changed. Neither waits nor
/// allocates.
///
/// # Examples
/// ```
/// use shorttail::measure::{AllocGuard, AllocRegion};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
/// static HANDLER: AllocRegion = AllocRegion::new("handler");
///
/// fn handle(name: &str) -> String {
///     let _scope = HANDLER.enter();
///     name.to_owned()
/// }
///
/// let outside = String::from("not counted");
/// handle(&outside);
/// assert_eq!((HANDLER.counts().allocs, HANDLER.visits()), (1, 1));
/// assert!(HANDLER.to_string().starts_with("handler: 1 visits, 1 allocs"));
/// let name = HANDLER.run(|| HANDLER.name()); // the same for a closure
/// assert_eq!((name, HANDLER.visits()), ("handler", 2));
/// ```
#[derive(Debug)]
pub struct AllocRegion {
    name: &'static str,
    visits: AtomicU64,
    tally: Tally,
}

impl AllocRegion {
    /// A region nobody has been in; for an example see [`AllocRegion`].
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            visits: AtomicU64::new(0),
            tally: Tally::new(),
        }
    }

    /// Counts this thread's allocations until the returned scope is dropped, by panic too;
    /// for an example see [`AllocRegion`].
    ///
    /// A scope stays on its thread and so cannot be held across an `.await` of a task that may
    /// move; use [`watch`](Self::watch) for a future.
    ///
    /// # Panics
    /// If no [`AllocGuard`] is installed.
    #[inline]
    #[must_use = "the region ends when the scope is dropped"]
    #[track_caller]
    pub fn enter(&self) -> AllocScope<'_> {
        assert!(AllocGuard::is_installed(), "no AllocGuard is installed");
        AllocScope {
            region: self,
            before: ledger::thread_counts(),
            stays_on_its_thread: PhantomData,
        }
    }

    /// Runs `work` inside the region; for an example see [`AllocRegion`].
    ///
    /// # Panics
    /// If no [`AllocGuard`] is installed.
    #[track_caller]
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let _scope = self.enter();
        work()
    }

    /// Wraps `future` so that each of its polls runs inside the region, on whatever thread;
    /// for an example see [`Watched`].
    ///
    /// Every poll is a visit. The wrapper is the future and a reference; it allocates nothing.
    pub fn watch<F: Future>(&self, future: F) -> Watched<'_, F> {
        Watched::new(self, future)
    }

    /// The name given at construction; for an example see [`AllocRegion`].
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What was asked of the allocator in all visits that have ended. Five loads.
    /// For an example see [`AllocRegion`].
    #[must_use]
    pub fn counts(&self) -> AllocCounts {
        self.tally.get()
    }

    /// How many visits have ended. One load. For an example see [`AllocRegion`].
    #[must_use]
    pub fn visits(&self) -> u64 {
        // Relaxed: a statistic; publishes nothing. [measure-1]
        self.visits.load(Ordering::Relaxed)
    }
}

impl fmt::Display for AllocRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, visits, counts) = (self.name, self.visits(), self.counts());
        write!(f, "{name}: {visits} visits, {counts}")
    }
}

/// One thread's visit to an [`AllocRegion`]; ends when dropped. For an example see [`AllocRegion`].
///
/// A forgotten scope adds nothing to its region and harms nothing else.
#[derive(Debug)]
#[must_use = "the region ends when the scope is dropped"]
pub struct AllocScope<'r> {
    region: &'r AllocRegion,
    before: AllocCounts,
    /// The counts it compares are those of the thread that made it: neither `Send` nor `Sync`.
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Drop for AllocScope<'_> {
    #[inline]
    fn drop(&mut self) {
        self.region.tally.add(ledger::thread_counts() - self.before);
        // Relaxed: a statistic; publishes nothing. [measure-1]
        self.region.visits.fetch_add(1, Ordering::Relaxed);
    }
}
