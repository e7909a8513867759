//! A [`Gate`] in front of a `tower` service.
//!
//! ```
//! use std::sync::Arc;
//! use shorttail::control::{Class, Gate, Reason};
//! use shorttail::interop::tower::{AdmissionError, AdmissionLayer};
//! use shorttail::time::{Deadline, StdClock};
//! use tower_layer::Layer;
//! use tower_service::Service;
//! # use core::task::{Context, Poll};
//! # struct Answers;
//! # impl Service<u32> for Answers {
//! #     type Response = u32;
//! #     type Error = std::io::Error;
//! #     type Future = std::future::Ready<Result<u32, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
//! #         Poll::Ready(Ok(()))
//! #     }
//! #     fn call(&mut self, request: u32) -> Self::Future {
//! #         std::future::ready(Ok(request + 1))
//! #     }
//! # }
//!
//! # futures_util::future::FutureExt::now_or_never(async {
//! let gate = Arc::new(Gate::builder(1).build()?);
//! let rank = |_: &u32| (Class::NORMAL, Deadline::NEVER);
//! let mut service = AdmissionLayer::new(gate.clone(), rank, StdClock).layer(Answers);
//! assert_eq!(service.call(1).await?, 2);
//! let held = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0);
//! match service.call(1).await {
//!     Err(AdmissionError::Refused(refused)) => assert_eq!(refused.reason, Reason::Limit),
//!     other => panic!("{other:?}"),
//! }
//! # drop(held);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap().unwrap();
//! ```

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::error;

use tower_layer::Layer;
use tower_service::Service;

use crate::control::{Class, Gate, OwnedPermit, Refused};
use crate::sync::global::Arc;
use crate::time::{Clock, Deadline};

/// Puts a gate in front of a service: see the [page](self).
///
/// `rank` tells of a request whose it is and until when its answer is of use; the clock is the one
/// of its deadlines. Clones share the gate.
///
/// # Examples
/// See the page.
#[derive(Clone, Debug)]
pub struct AdmissionLayer<R, C> {
    gate: Arc<Gate>,
    rank: R,
    clock: C,
}

impl<R, C> AdmissionLayer<R, C> {
    /// Asks `gate`.
    pub const fn new(gate: Arc<Gate>, rank: R, clock: C) -> Self {
        Self { gate, rank, clock }
    }
}

impl<S, R: Clone, C: Clone> Layer<S> for AdmissionLayer<R, C> {
    type Service = Admission<S, R, C>;

    fn layer(&self, inner: S) -> Self::Service {
        Admission {
            layer: self.clone(),
            inner,
        }
    }
}

/// A service behind a gate. Made by [`AdmissionLayer`].
///
/// A call asks the gate once, and never waits for it: readiness is the inner service's alone. The
/// permit is held until the answer is there, and what that took is noted; an error and a call that
/// is dropped leave without a word. Allocates nothing.
///
/// # Examples
/// See the page.
#[derive(Clone, Debug)]
pub struct Admission<S, R, C> {
    layer: AdmissionLayer<R, C>,
    inner: S,
}

impl<S, R, C, Q> Service<Q> for Admission<S, R, C>
where
    S: Service<Q>,
    R: FnMut(&Q) -> (Class, Deadline),
    C: Clock + Clone,
{
    type Response = S::Response;
    type Error = AdmissionError<S::Error>;
    type Future = AdmissionFuture<S::Future, C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(AdmissionError::Inner)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let AdmissionLayer { gate, rank, clock } = &mut self.layer;
        let (class, deadline) = rank(&request);
        let state = match gate.try_enter_owned(class, deadline, clock.now_ns()) {
            Ok(permit) => State::Admitted {
                answer: self.inner.call(request),
                held: Some((permit, clock.clone())),
            },
            Err(refused) => State::Refused(refused),
        };
        AdmissionFuture { state }
    }
}

/// The answer of an [`Admission`].
///
/// # Cancel safety
/// Dropped, it drops the inner call and gives the permit back.
///
/// # Examples
/// See the page.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct AdmissionFuture<F, C> {
    state: State<F, C>,
}

#[derive(Debug)]
enum State<F, C> {
    Admitted {
        answer: F,
        held: Option<(OwnedPermit, C)>,
    },
    Refused(Refused),
}

impl<F, C, T, E> Future for AdmissionFuture<F, C>
where
    F: Future<Output = Result<T, E>>,
    C: Clock,
{
    type Output = Result<T, AdmissionError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: `answer` is pinned whenever this future is: it is never moved out, and there is
        // no `drop` here that could. The rest is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let (answer, held) = match &mut this.state {
            State::Refused(refused) => return Poll::Ready(Err(AdmissionError::Refused(*refused))),
            State::Admitted { answer, held } => (answer, held),
        };
        // SAFETY: as above.
        let polled = unsafe { Pin::new_unchecked(answer) }.poll(cx);
        if let Poll::Ready(answered) = &polled {
            match (held.take(), answered) {
                (Some((permit, clock)), Ok(_)) => permit.finish(clock.now_ns()),
                (left, _) => drop(left),
            }
        }
        polled.map_err(AdmissionError::Inner)
    }
}

/// Why an [`Admission`] has no answer.
///
/// # Examples
/// See the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdmissionError<E> {
    /// The gate refused it: it was not called.
    Refused(Refused),
    /// The service's own error.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for AdmissionError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E: error::Error + 'static> error::Error for AdmissionError<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Refused(refused) => Some(refused),
            Self::Inner(error) => error.source(),
        }
    }
}
