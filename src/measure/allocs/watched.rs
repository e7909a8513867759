//! A future whose polls are counted into a region.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::AllocRegion;

/// A future whose polls run inside an [`AllocRegion`]; made by [`AllocRegion::watch`]. A poll costs
/// what a visit to the region does.
///
/// # Cancel safety
/// That of the inner future: dropping the wrapper drops it, and polls so far stay counted. What
/// the inner future's drop does is not counted.
///
/// # Examples
/// ```
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
/// use shorttail::measure::{AllocGuard, AllocRegion};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
/// static HANDLER: AllocRegion = AllocRegion::new("handler");
///
/// let mut future = pin!(HANDLER.watch(async { Box::new(1) }));
/// let mut context = Context::from_waker(Waker::noop());
/// assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(Box::new(1)));
/// assert_eq!(HANDLER.counts().allocs, 1);
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Watched<'r, F> {
    region: &'r AllocRegion,
    future: F,
}

impl<'r, F> Watched<'r, F> {
    pub(super) const fn new(region: &'r AllocRegion, future: F) -> Self {
        Self { region, future }
    }
}

impl<F: Future> Future for Watched<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let region = self.region;
        // SAFETY: `future` is pinned whenever `self` is: nothing here moves it out, there is no
        // `Drop` impl that could, and the type is `Unpin` only if `F` is (auto trait). A method
        // that hands out `&mut F` or takes `future` by value from a pin would break this.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.future) };
        region.run(|| future.poll(cx))
    }
}

impl<F> fmt::Debug for Watched<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched")
            .field("region", &self.region.name())
            .finish_non_exhaustive()
    }
}
