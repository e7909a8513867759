//! A deadline in front of a service: what comes too late is not begun.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::error;

use tower_layer::Layer;
use tower_service::Service;

use crate::time::{Clock, Deadline};

/// Refuses requests whose deadline has passed before they were begun.
///
/// Work for a caller that has given up is what an overloaded service does most of all. `read` tells
/// a request's deadline at the moment that it is given, from a header or an extension; it may also
/// put the deadline into the request, for whatever is behind: an
/// [`AdmissionLayer`](super::AdmissionLayer)'s `rank`, or the calls that are made on behalf of it.
/// `interop::http::deadline`, of the feature `http`, reads the usual headers.
///
/// It sets no timer: a call that is under way when its deadline comes goes on. Put it inside of
/// what queues, so that the time in the queue counts.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use shorttail::interop::tower::{DeadlineError, DeadlineLayer};
/// use shorttail::time::{Clock, Deadline, MockClock};
/// use tower_layer::Layer;
/// use tower_service::Service;
/// # use core::task::{Context, Poll};
/// # struct Answers;
/// # impl Service<u64> for Answers {
/// #     type Response = u64;
/// #     type Error = std::io::Error;
/// #     type Future = std::future::Ready<Result<u64, Self::Error>>;
/// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
/// #         Poll::Ready(Ok(()))
/// #     }
/// #     fn call(&mut self, request: u64) -> Self::Future {
/// #         std::future::ready(Ok(request))
/// #     }
/// # }
///
/// # futures_util::future::FutureExt::now_or_never(async {
/// let clock = Arc::new(MockClock::new());
/// // Here a request is its deadline.
/// let read = |until_ns: &mut u64, _now_ns| Deadline::at(*until_ns);
/// let mut service = DeadlineLayer::new(read, clock.clone()).layer(Answers);
/// let until_ns = clock.now_ns() + 1_000_000;
/// assert!(service.call(until_ns).await.is_ok());
/// clock.advance(Duration::from_millis(1));
/// assert!(matches!(service.call(until_ns).await, Err(DeadlineError::Late)));
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLayer<R, C> {
    read: R,
    clock: C,
}

impl<R, C> DeadlineLayer<R, C> {
    /// Of the deadlines that `read` tells, on `clock`; for an example see [`DeadlineLayer`].
    pub const fn new(read: R, clock: C) -> Self {
        Self { read, clock }
    }
}

impl<S, R: Clone, C: Clone> Layer<S> for DeadlineLayer<R, C> {
    type Service = InTime<S, R, C>;

    fn layer(&self, inner: S) -> Self::Service {
        InTime {
            layer: self.clone(),
            inner,
        }
    }
}

/// A service whose requests come in time. Made by [`DeadlineLayer`].
///
/// A call reads the clock once and allocates nothing; readiness is the inner service's.
///
/// # Examples
/// See [`DeadlineLayer`].
#[derive(Clone, Debug)]
pub struct InTime<S, R, C> {
    layer: DeadlineLayer<R, C>,
    inner: S,
}

impl<S, R, C, Q> Service<Q> for InTime<S, R, C>
where
    S: Service<Q>,
    R: FnMut(&mut Q, u64) -> Deadline,
    C: Clock,
{
    type Response = S::Response;
    type Error = DeadlineError<S::Error>;
    type Future = InTimeFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(DeadlineError::Inner)
    }

    fn call(&mut self, mut request: Q) -> Self::Future {
        let now_ns = self.layer.clock.now_ns();
        let deadline = (self.layer.read)(&mut request, now_ns);
        let in_time = !deadline.is_expired(now_ns);
        InTimeFuture {
            answer: in_time.then(|| self.inner.call(request)),
        }
    }
}

/// The answer of an [`InTime`] service.
///
/// # Cancel safety
/// That of the inner call, which it drops with itself.
///
/// # Examples
/// See [`DeadlineLayer`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct InTimeFuture<F> {
    /// `None`: it came too late.
    answer: Option<F>,
}

impl<F, T, E> Future for InTimeFuture<F>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<T, DeadlineError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the one field is pinned whenever the whole is, and nothing moves it out: there is
        // no `Drop` here, and no other way to it by `&mut`.
        let answer = unsafe { self.map_unchecked_mut(|this| &mut this.answer) };
        match answer.as_pin_mut() {
            Some(answer) => answer.poll(cx).map_err(DeadlineError::Inner),
            None => Poll::Ready(Err(DeadlineError::Late)),
        }
    }
}

/// Why an [`InTime`] service has no answer.
///
/// # Examples
/// See [`DeadlineLayer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadlineError<E> {
    /// The deadline had passed: it was not called. 504 in HTTP, `DEADLINE_EXCEEDED` in gRPC.
    Late,
    /// The service's own error.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for DeadlineError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("the deadline has passed"),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E: error::Error + 'static> error::Error for DeadlineError<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Late => None,
            Self::Inner(error) => error.source(),
        }
    }
}
