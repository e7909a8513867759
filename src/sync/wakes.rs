//! What a non-blocking call may do that a sanitizer would stop: the wake of a sleeping thread, its
//! one system call, and growth that was asked for.

use super::global::{AtomicU64, Ordering};
use super::permit::permitted;

static WAKES: AtomicU64 = AtomicU64::new(0);

/// Runs `call`, the system call that wakes a sleeper, and counts it.
///
/// RealtimeSanitizer stops any system call in a non-blocking function; this is the one place
/// that may lift it for one, and the count shows that it is lifted for sleepers only.
#[cold]
#[inline(never)]
pub(crate) fn wake_call<R>(call: impl FnOnce() -> R) -> R {
    // Relaxed: a statistic; publishes nothing. [sync-3]
    WAKES.fetch_add(1, Ordering::Relaxed);
    permitted(call)
}

/// Runs `call`, which takes a block from the heap for an arena or a pool that was built to grow, or
/// gives one back.
///
/// The calls that may come here never do where nothing was said of growth, so they are checked as
/// non-blocking ones; the blocks taken are counted by the pool.
#[cold]
#[inline(never)]
pub(crate) fn growth_call<R>(call: impl FnOnce() -> R) -> R {
    permitted(call)
}

/// Number of system calls made by this process to wake a sleeping thread through shorttail.
///
/// Wakes of async tasks are not in it: what a task's waker does is its executor's. Nor is the
/// system call of an unlock that finds a thread asleep at a waiter queue's or cache shard's lock.
///
/// # Guarantees
/// Never waits, never allocates; one relaxed load.
///
/// # Examples
/// ```
/// let before = shorttail::measure::wake_calls();
/// let (tx, rx) = shorttail::channel::bounded(1);
/// tx.try_send(1).unwrap();
/// assert_eq!(rx.try_recv(), Ok(1));
/// assert_eq!(shorttail::measure::wake_calls(), before); // nobody slept, so nobody was woken
/// ```
#[must_use]
pub fn wake_calls() -> u64 {
    // Relaxed: a statistic; publishes nothing. [sync-3]
    WAKES.load(Ordering::Relaxed)
}
