//! No allocation here: the assertion, for calls and for futures, and its exception.

use core::fmt;
use core::future::Future;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::AllocCounts;
use super::guard::must_be_installed;
use super::watch::{Arming, Permission};

/// Runs `work` and panics if the calling thread allocates or reallocates meanwhile.
///
/// Frees are let through: dropping what the caller brought along is the caller's business. So is
/// what runs under [`permit_allocs`]. Assertions nest; what an inner one minds, an outer one minds
/// too, and names its own first call, be it the inner one's. Other threads are not judged.
///
/// For tests, and cheap enough for a service under test: two readings of the thread's counts, and
/// while `work` runs a look at each of the thread's calls to the allocator, which then counts by
/// read-modify-writes. Allocates only for what it has to say against `work`.
///
/// # Panics
/// If memory was asked for, with the counts, and with kind, size and backtrace of the first call
/// that did; and if no [`AllocGuard`](super::AllocGuard) is installed. Never inside the
/// allocator: `work` runs to its end.
///
/// The backtrace needs no `RUST_BACKTRACE`. It is taken on Linux only, and not from a thread that
/// was panicking or was itself taking or printing a backtrace; the message says so then.
///
/// # Examples
/// ```should_panic
/// use shorttail::measure::{AllocGuard, assert_no_alloc};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// // expected no allocation, saw 1 allocs, 0 reallocs, 0 frees, 4 bytes
/// // the first: alloc of 4 bytes, aligned to 1, from: ...
/// assert_no_alloc(|| String::from("heap"));
/// ```
#[track_caller]
pub fn assert_no_alloc<R>(work: impl FnOnce() -> R) -> R {
    must_be_installed();
    judged(work, format_args!("expected no allocation"))
}

/// Runs `work` and panics with `what`, the counts and the first offender if it has allocated.
#[track_caller]
fn judged<R>(work: impl FnOnce() -> R, what: fmt::Arguments<'_>) -> R {
    let arming = Arming::new();
    let result = work();
    let seen = arming.seen();
    if seen.is_allocating() {
        fail(arming, seen, what);
    }
    result
}

#[cold]
#[track_caller]
fn fail(arming: Arming, seen: AllocCounts, what: fmt::Arguments<'_>) -> ! {
    let first = arming.complaint().unwrap_or_default();
    drop(arming);
    panic!("{what}, saw {seen}\n{first}")
}

/// Runs `work` as an exception to every [`assert_no_alloc`] around it on this thread.
///
/// For the one cold step inside a hot call: the log line, the first use. What it allocates is
/// still counted. An assertion inside `work` judges `work`'s own part. Two readings of the thread's
/// counts; allocates nothing itself.
///
/// # Examples
/// ```
/// use shorttail::measure::{AllocGuard, assert_no_alloc, permit_allocs};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// let label = assert_no_alloc(|| permit_allocs(|| format!("slow request {}", 7)));
/// assert_eq!(label, "slow request 7");
/// ```
pub fn permit_allocs<R>(work: impl FnOnce() -> R) -> R {
    let _permission = Permission::new();
    work()
}

/// Wraps `future` so that a poll panics if it allocates or reallocates, on whatever thread.
///
/// Allocates nothing itself; a poll costs what an [`assert_no_alloc`] costs.
///
/// # Panics
/// A poll panics as [`assert_no_alloc`] does, and names the poll and where this was called.
///
/// # Examples
/// ```
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
/// use shorttail::measure::{AllocGuard, no_alloc_polls};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// let mut future = pin!(no_alloc_polls(async { 6 * 7 }));
/// let mut context = Context::from_waker(Waker::noop());
/// assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(42));
/// ```
#[track_caller]
pub fn no_alloc_polls<F: Future>(future: F) -> NoAllocPolls<F> {
    NoAllocPolls {
        polls: 0,
        made_at: Location::caller(),
        future,
    }
}

/// A future whose polls may not allocate; made by [`no_alloc_polls`].
///
/// # Cancel safety
/// That of the inner future: dropping the wrapper drops it. What that drop does is not judged.
///
/// # Examples
/// ```should_panic
/// use std::pin::pin;
/// use std::task::{Context, Waker};
/// use shorttail::measure::{AllocGuard, NoAllocPolls, no_alloc_polls};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// fn guarded(future: impl Future<Output = String>) -> NoAllocPolls<impl Future<Output = String>> {
///     no_alloc_polls(future)
/// }
///
/// let mut future = pin!(guarded(async { String::from("heap") }));
/// let _ready = future.as_mut().poll(&mut Context::from_waker(Waker::noop())); // panics
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct NoAllocPolls<F> {
    polls: u64,
    made_at: &'static Location<'static>,
    future: F,
}

impl<F: Future> Future for NoAllocPolls<F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        must_be_installed();
        // SAFETY: the future is not moved out of: it is pinned again at once, and the other two
        // fields have no say in pinning. There is no `Drop` impl, and the type is `Unpin` only if
        // `F` is (auto trait). A method that hands out `&mut F` would break this.
        let this = unsafe { self.get_unchecked_mut() };
        this.polls += 1;
        // SAFETY: as above.
        let future = unsafe { Pin::new_unchecked(&mut this.future) };
        let (poll, made_at) = (this.polls, this.made_at);
        judged(
            || future.poll(cx),
            format_args!("expected no allocation in poll {poll}, guarded at {made_at}"),
        )
    }
}

impl<F> fmt::Debug for NoAllocPolls<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoAllocPolls")
            .field("polls", &self.polls)
            .field("made_at", &self.made_at)
            .finish_non_exhaustive()
    }
}
