//! Waiting for a load in a task.

use core::fmt;
use core::future::Future;
use core::hash::{BuildHasher, Hash};
use core::pin::Pin;
use core::task::{Context, Poll};

use super::answer::{Miss, Outcome};
use super::core::Core;
use super::flight::Hold;
use super::handle::Shared;
use super::hash::KeyHash;
use super::load::Load;
use super::start::Start;
use crate::time::Clock;
use crate::wait::TaskWaiter;

/// Waits for a load; made by [`Cache::get_or_load_async`](super::Cache::get_or_load_async).
///
/// # Cancel safety
/// Dropping it leaves the load to go on; nothing is lost.
/// # Panics
/// If polled after it was ready.
/// # Examples
/// ```
/// use std::future::Future;
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
/// use shorttail::cache::{Cache, Load, Outcome};
///
/// struct Next;
/// impl Load<u32, u32> for Next {
///     type Error = ();
///     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
///         Ok(Some(key + 1))
///     }
/// }
///
/// let cache = Cache::builder(10).loader(Next).build().unwrap();
/// cache.insert(1, 7).unwrap();
/// let hit = pin!(cache.get_or_load_async(&1));
/// let polled = hit.poll(&mut Context::from_waker(Waker::noop()));
/// assert_eq!(polled, Poll::Ready(Outcome::Fresh(7)));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LoadFuture<'a, K, V, L: Load<K, V>, S, C> {
    core: &'a Core<K, V, L::Error, S, C>,
    hash: KeyHash,
    step: Step<'a, K, V, L::Error>,
    /// Linked at most into the queue of `step`'s flight.
    waiter: TaskWaiter,
}

enum Step<'a, K, V, E> {
    Over(Option<Outcome<V, E>>),
    Wait(Hold<'a, K, V, E>, Option<V>),
}

impl<'a, K, V, L: Load<K, V>, S, C> LoadFuture<'a, K, V, L, S, C> {
    pub(crate) fn new(
        core: &'a Shared<K, V, L, S, C>,
        hash: KeyHash,
        start: Start<'a, K, V, L::Error>,
    ) -> Self {
        Self {
            core,
            hash,
            step: match start {
                Start::Over(outcome) => Step::Over(Some(outcome)),
                Start::Wait { hold, stale, .. } => Step::Wait(hold, stale),
            },
            waiter: TaskWaiter::new(),
        }
    }

    /// The parts, the waiter pinned.
    fn parts(self: Pin<&mut Self>) -> Parts<'_, 'a, K, V, L, S, C> {
        // SAFETY: only `waiter` is structurally pinned, and it is not moved here; the rest is
        // never handed out pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: a field of a pinned value, never moved out of it.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (this.core, this.hash, &mut this.step, waiter)
    }
}

impl<K, V, L, S, C> LoadFuture<'_, K, V, L, S, C>
where
    K: Eq + Hash,
    V: Clone,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Whether a value of the error window stands in, should the load fail or the caller
    /// [give up](Self::give_up): for whom a shorter time-out may do, as a [`Budget`](super::Budget)
    /// has two. Looks at the future alone: neither waits nor allocates.
    ///
    /// # Examples
    /// ```
    /// use shorttail::cache::{Cache, Load};
    ///
    /// # struct Next;
    /// # impl Load<u32, u32> for Next {
    /// #     type Error = ();
    /// #     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
    /// #         Ok(Some(key + 1))
    /// #     }
    /// # }
    /// let cache = Cache::builder(10).loader(Next).build().unwrap();
    /// assert!(!cache.get_or_load_async(&1).has_stand_in());
    /// ```
    #[must_use]
    pub fn has_stand_in(&self) -> bool {
        matches!(self.step, Step::Wait(_, Some(_)))
    }

    /// What there is for a caller whose budget is out; the load goes on behind.
    ///
    /// A value within its error window stands in for the load; without one it is
    /// [`Miss::Deadline`]. Only the drop should follow.
    ///
    /// # Guarantees
    /// Never waits, never allocates.
    /// # Panics
    /// If the future was ready before.
    /// # Examples
    /// ```
    /// # use std::pin::pin;
    /// # use std::sync::Barrier;
    /// use shorttail::cache::{Cache, Load, Miss, Outcome};
    ///
    /// static LATE: Barrier = Barrier::new(2);
    /// struct Late;
    /// impl Load<u32, u32> for Late {
    ///     type Error = ();
    ///     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
    ///         LATE.wait();
    ///         Ok(Some(key + 1))
    ///     }
    /// }
    ///
    /// let cache = Cache::builder(10).loader(Late).build().unwrap();
    /// let mut load = pin!(cache.get_or_load_async(&1));
    /// assert_eq!(load.as_mut().give_up(), Outcome::Miss(Miss::Deadline));
    /// LATE.wait();
    /// ```
    pub fn give_up(self: Pin<&mut Self>) -> Outcome<V, L::Error> {
        let (core, hash, step, _) = self.parts();
        match step {
            Step::Over(outcome) => outcome.take().expect("not asked after it was ready"),
            Step::Wait(hold, stale) => {
                let landed = core.result(hold, hash);
                let late = Outcome::Miss(Miss::Deadline);
                landed.unwrap_or(late).or_stale(stale.take())
            }
        }
    }
}

type Parts<'p, 'a, K, V, L, S, C> = (
    &'a Core<K, V, <L as Load<K, V>>::Error, S, C>,
    KeyHash,
    &'p mut Step<'a, K, V, <L as Load<K, V>>::Error>,
    Pin<&'p mut TaskWaiter>,
);

impl<K, V, L, S, C> Future for LoadFuture<'_, K, V, L, S, C>
where
    K: Eq + Hash,
    V: Clone,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    type Output = Outcome<V, L::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (core, hash, step, waiter) = self.parts();
        let (hold, stale) = match step {
            Step::Over(outcome) => {
                return Poll::Ready(outcome.take().expect("not polled after it was ready"));
            }
            Step::Wait(hold, stale) => (hold, stale),
        };
        let waiters = &hold.flight().waiters;
        // SAFETY: one flight for the life of the waiter, whose queue lives in the cache that we
        // borrow; `drop` releases it. Changing the flight while linked would break it.
        let polled = unsafe { waiter.poll(waiters, cx, || core.result(hold, hash)) };
        let Poll::Ready(outcome) = polled else {
            return Poll::Pending;
        };
        hold.flight().pass_on();
        let outcome = outcome.or_stale(stale.take());
        *step = Step::Over(None);
        Poll::Ready(outcome)
    }
}

impl<K, V, L: Load<K, V>, S, C> Drop for LoadFuture<'_, K, V, L, S, C> {
    fn drop(&mut self) {
        // SAFETY: we are being dropped, and if the waiter was ever polled we were pinned.
        let pinned = unsafe { Pin::new_unchecked(self) };
        let (_, _, step, waiter) = pinned.parts();
        if let Step::Wait(hold, _) = step {
            // SAFETY: the queue given to `poll`, which the hold keeps to this flight.
            unsafe { waiter.release(&hold.flight().waiters) };
        }
    }
}

impl<K, V, L: Load<K, V>, S, C> fmt::Debug for LoadFuture<'_, K, V, L, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waits = matches!(self.step, Step::Wait(..));
        f.debug_struct("LoadFuture")
            .field("waits", &waits)
            .finish_non_exhaustive()
    }
}
