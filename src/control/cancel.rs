//! Telling work that nobody waits for it any more.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use crate::sync::Arc;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::time::{Deadline, now_ns};
use crate::wait::{TaskWaiter, WaitQueue};

const CANCELLED: u32 = 1;

/// A flag that goes up once: whoever does the work looks at it, or waits for it.
///
/// Clones are one flag. Nothing is cancelled by dropping one.
///
/// | call | costs | waits | allocates |
/// |---|---|---|---|
/// | [`is_cancelled`](Self::is_cancelled) | one load | no | nothing |
/// | [`cancel`](Self::cancel) | one exchange, and a wake for each that waits | no | nothing |
/// | [`wait`](Self::wait) and the like | a place in line | yes | nothing |
///
/// # Examples
/// ```
/// use shorttail::control::Cancel;
///
/// let cancel = Cancel::new();
/// let work = std::thread::spawn({
///     let cancel = cancel.clone();
///     move || (0_u64..).take_while(|_| !cancel.is_cancelled()).count()
/// });
/// cancel.cancel();
/// work.join().unwrap();
/// ```
#[derive(Clone)]
pub struct Cancel {
    shared: Arc<Shared>,
}

struct Shared {
    /// Changed by read-modify-writes only: waiters and `cancel` meet here.
    state: AtomicU32,
    waiting: WaitQueue,
}

impl Shared {
    /// For who waits: either this sees the cancel, or the cancel sees who waits.
    fn look(&self) -> Option<()> {
        // AcqRel: an RMW, so that a waiter and `cancel` meet on the word. [control-4]
        let state = self.state.fetch_add(0, Ordering::AcqRel);
        (state == CANCELLED).then_some(())
    }
}

impl Cancel {
    /// A flag that is down. Allocates it; for an example see [`Cancel`].
    #[must_use]
    pub fn new() -> Self {
        let shared = Shared {
            state: AtomicU32::new(0),
            waiting: WaitQueue::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Whether it was cancelled; what was written before [`cancel`](Self::cancel) is then seen.
    ///
    /// For an example see [`Cancel`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        // Acquire: what was written before the cancel comes with it. [control-4]
        self.shared.state.load(Ordering::Acquire) == CANCELLED
    }

    /// Raises the flag and wakes all who wait; whether this was the first to.
    ///
    /// For an example see [`wait`](Self::wait).
    pub fn cancel(&self) -> bool {
        // AcqRel: hands over what was written before; an RMW, so that those who wait and we meet on
        // the word. [control-4]
        let first = self.shared.state.swap(CANCELLED, Ordering::AcqRel) != CANCELLED;
        if first {
            self.shared.waiting.notify_all();
        }
        first
    }

    /// Blocks until it is cancelled, or for `timeout`; whether it was.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::control::Cancel;
    /// let cancel = Cancel::new();
    /// assert!(!cancel.wait(Duration::ZERO));
    /// assert!(cancel.cancel() && !cancel.cancel()); // once
    /// assert!(cancel.wait(Duration::MAX));
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn wait(&self, timeout: Duration) -> bool {
        let deadline = Deadline::after(now_ns(), timeout);
        let waited = self.shared.waiting.wait(deadline, || self.shared.look());
        waited.is_ok() || self.is_cancelled()
    }

    /// Waits until it is cancelled. Polled again after that, it completes again.
    ///
    /// # Cancel safety
    /// Dropped before, it has changed nothing.
    ///
    /// # Examples
    /// ```
    /// use std::future::pending;
    /// use shorttail::control::Cancel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let cancel = Cancel::new();
    /// cancel.cancel();
    /// let answer = tokio::select! {
    ///     () = cancel.cancelled_async() => None,
    ///     answer = pending() => Some::<u32>(answer),
    /// };
    /// assert_eq!(answer, None);
    /// # }
    /// ```
    pub fn cancelled_async(&self) -> CancelledFuture<'_> {
        CancelledFuture {
            shared: &self.shared,
            waiter: TaskWaiter::new(),
        }
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// Waits for a cancel. Made by [`Cancel::cancelled_async`]. A poll looks at the flag's word by a
/// read-modify-write, the first that has to wait takes a place in line too; none allocates.
///
/// # Cancel safety
/// Dropped before, it has changed nothing.
///
/// # Examples
/// See [`Cancel::cancelled_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct CancelledFuture<'c> {
    shared: &'c Shared,
    waiter: TaskWaiter,
}

impl CancelledFuture<'_> {
    fn waiter(self: Pin<&mut Self>) -> Pin<&mut TaskWaiter> {
        // SAFETY: the waiter is pinned whenever the whole is: it is never moved out, the whole is
        // `!Unpin` through it, and `drop` treats it as pinned.
        unsafe { self.map_unchecked_mut(|this| &mut this.waiter) }
    }
}

impl Future for CancelledFuture<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = self.shared;
        // SAFETY: always this queue, which the borrow of its `Cancel` keeps in place, and `drop`
        // releases the waiter.
        unsafe { self.waiter().poll(&shared.waiting, cx, || shared.look()) }
    }
}

impl Drop for CancelledFuture<'_> {
    fn drop(&mut self) {
        let shared = self.shared;
        // SAFETY: it is not moved any more.
        let waiter = unsafe { Pin::new_unchecked(self) }.waiter();
        // SAFETY: the queue that `poll` gave.
        unsafe { waiter.release(&shared.waiting) };
    }
}

impl fmt::Debug for CancelledFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelledFuture")
            .field("waiting", &self.waiter.is_linked())
            .finish_non_exhaustive()
    }
}
