//! How long a task goes on before it lets others have their turn.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use crate::time::{Clock, StdClock, to_ns};

/// Operations between two readings of the clock.
const LOOK_EACH: u64 = 32;

/// What a task may do at a stretch: so many operations, and for so long.
///
/// A task that loops over much work asks [`should_yield`](Self::should_yield) after each
/// operation, and when it is told so lets others have the thread: in a [`Pool`](super::Pool) it
/// [submits](super::Task::try_submit) what is left, on an async runtime it awaits
/// [`checkpoint_async`](Self::checkpoint_async) instead.
///
/// # Guarantees
/// A call counts, and each thirty-second reads the clock. Never allocates, never waits. Operations
/// that may take long by themselves are seen late: thirty-two of them may pass.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::workers::TaskBudget;
///
/// let mut budget = TaskBudget::new(1_000, Duration::from_secs(1));
/// let mut done = 0;
/// loop {
///     done += 1; // one operation
///     if budget.should_yield() {
///         break;
///     }
/// }
/// assert_eq!(done, 1_000);
/// ```
#[derive(Clone, Debug)]
pub struct TaskBudget<C = StdClock> {
    /// Wide, so that no number of operations comes to what is no bound.
    ops: u64,
    length_ns: u64,
    used: u64,
    end_ns: u64,
    clock: C,
}

impl TaskBudget {
    /// `ops` operations, and `time` from now on. `u32::MAX` and `Duration::MAX` are no bound.
    /// Reads the clock. For an example see [`TaskBudget`].
    #[must_use]
    pub fn new(ops: u32, time: Duration) -> Self {
        Self::with_clock(ops, time, StdClock)
    }
}

impl<C: Clock> TaskBudget<C> {
    /// As [`new`](TaskBudget::new), on another clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::MockClock;
    /// use shorttail::workers::TaskBudget;
    ///
    /// let clock = MockClock::new();
    /// let mut budget = TaskBudget::with_clock(u32::MAX, Duration::from_micros(50), &clock);
    /// clock.advance(Duration::from_micros(50));
    /// assert_eq!((1..).find(|_| budget.should_yield()), Some(32)); // the next look at the clock
    /// ```
    #[must_use]
    pub fn with_clock(ops: u32, time: Duration, clock: C) -> Self {
        let now_ns = clock.now_ns();
        Self::started(ops, to_ns(time), now_ns, clock)
    }

    pub(super) const fn started(ops: u32, length_ns: u64, now_ns: u64, clock: C) -> Self {
        Self {
            ops: if ops == u32::MAX {
                u64::MAX
            } else {
                ops as u64
            },
            length_ns,
            used: 0,
            end_ns: now_ns.saturating_add(length_ns),
            clock,
        }
    }

    /// Counts an operation that was done; whether it was the last for now. Once it was, so it
    /// says until [`restart`](Self::restart). For an example see [`TaskBudget`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn should_yield(&mut self) -> bool {
        if self.used >= self.ops {
            return true;
        }
        self.used += 1;
        if self.used % LOOK_EACH == 0 && self.is_late() {
            self.used = self.ops;
        }
        self.used >= self.ops
    }

    pub(super) const fn clock(&self) -> &C {
        &self.clock
    }

    /// An end that saturated never comes.
    fn is_late(&self) -> bool {
        self.end_ns != u64::MAX && self.clock.now_ns() >= self.end_ns
    }

    /// Begins anew: the task had yielded, and goes on now. Reads the clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shorttail::workers::TaskBudget;
    ///
    /// let mut budget = TaskBudget::new(2, Duration::MAX);
    /// assert_eq!([(); 3].map(|()| budget.should_yield()), [false, true, true]);
    /// budget.restart();
    /// assert!(!budget.should_yield());
    /// ```
    pub fn restart(&mut self) {
        self.used = 0;
        self.end_ns = self.clock.now_ns().saturating_add(self.length_ns);
    }

    /// For a task of an async runtime: counts an operation, and if it was the last for now lets the
    /// runtime's other tasks run once and begins anew. One that counts for tokio too is in
    /// `interop::tokio`, by feature `tokio`.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has counted an operation or not; nothing else.
    ///
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// use std::time::Duration;
    /// use shorttail::workers::TaskBudget;
    ///
    /// let mut budget = TaskBudget::new(100, Duration::from_micros(200));
    /// for _line in 0..10 {
    ///     // parse it
    ///     budget.checkpoint_async().await;
    /// }
    /// # }).unwrap();
    /// ```
    pub const fn checkpoint_async(&mut self) -> CheckpointFuture<'_, C> {
        CheckpointFuture {
            budget: self,
            yielded: false,
        }
    }
}

/// The future of [`TaskBudget::checkpoint_async`]: done at its first poll or at its second,
/// whenever that comes. Allocates nothing.
///
/// # Cancel safety
/// Dropped before completion, it has counted an operation or not; nothing else.
///
/// # Examples
/// See [`TaskBudget::checkpoint_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct CheckpointFuture<'a, C = StdClock> {
    budget: &'a mut TaskBudget<C>,
    yielded: bool,
}

impl<C: Clock> Future for CheckpointFuture<'_, C> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            self.budget.restart();
            return Poll::Ready(());
        }
        if !self.budget.should_yield() {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<C> fmt::Debug for CheckpointFuture<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckpointFuture")
            .field("yielded", &self.yielded)
            .finish_non_exhaustive()
    }
}
