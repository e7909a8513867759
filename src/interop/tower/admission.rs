//! A gate in front of a service.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::error;

use tower_layer::Layer;
use tower_service::Service;

use super::{Ended, ErrorsCutOff, Judge};
use crate::control::{Class, Gate, OwnedPermit, Refused};
use crate::sync::global::Arc;
use crate::time::{Clock, Deadline};

/// Puts a gate in front of a service: see the [page](super).
///
/// `rank` tells of a request whose it is and until when its answer is of use; the clock is the one
/// of its deadlines. Clones share the gate.
///
/// # Examples
/// For an example see [the page](super).
#[derive(Clone, Debug)]
pub struct AdmissionLayer<R, C, J = ErrorsCutOff> {
    gate: Arc<Gate>,
    rank: R,
    clock: C,
    judge: J,
}

impl<R, C> AdmissionLayer<R, C> {
    /// Asks `gate`; for an example see the [page](super).
    pub const fn new(gate: Arc<Gate>, rank: R, clock: C) -> Self {
        let judge = ErrorsCutOff;
        Self {
            gate,
            rank,
            clock,
            judge,
        }
    }
}

impl<R, C, J> AdmissionLayer<R, C, J> {
    /// Tells the gate of answers what this [`Judge`] says of them.
    ///
    /// # Examples
    /// ```
    /// # use std::{io::Error, sync::Arc};
    /// # use shorttail::control::{Class, Gate};
    /// # use shorttail::interop::tower::{AdmissionLayer, Ended};
    /// # use shorttail::time::{Deadline, StdClock};
    /// let gate = Arc::new(Gate::builder(64).build()?);
    /// let rank = |_: &u32| (Class::NORMAL, Deadline::NEVER);
    /// let by_status = |answer: Result<&u16, &Error>| match answer {
    ///     Ok(503) => Ended::Overloaded,
    ///     Ok(_) => Ended::Served,
    ///     Err(_) => Ended::CutOff,
    /// };
    /// let layer = AdmissionLayer::new(gate, rank, StdClock).judge(by_status);
    /// # drop(layer);
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    pub fn judge<K>(self, judge: K) -> AdmissionLayer<R, C, K> {
        let Self {
            gate, rank, clock, ..
        } = self;
        AdmissionLayer {
            gate,
            rank,
            clock,
            judge,
        }
    }
}

impl<S, R: Clone, C: Clone, J: Clone> Layer<S> for AdmissionLayer<R, C, J> {
    type Service = Admission<S, R, C, J>;

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
/// permit is held until the answer is there, and the gate is told what the [`Judge`] says of that.
/// A call that is dropped before it, by a time-out outside or a caller that is gone, was
/// [cut off](Ended::CutOff). It reads the clock when it begins and when it ends, unless the judge
/// says that it was overloaded or nothing, and clones the clock and the judge. Allocates nothing.
///
/// A call that is refused leaves the inner service as ready as it was: what it took for that, as
/// `tower`'s `ConcurrencyLimit` takes a permit, waits for the next call, or for the drop. Where a
/// service is kept beside others that share the limit, as one a connection is, give each request a
/// clone (`ServiceExt::oneshot`), or put a `Buffer` between.
///
/// # Examples
/// For an example see [the page](super).
#[derive(Clone, Debug)]
pub struct Admission<S, R, C, J = ErrorsCutOff> {
    layer: AdmissionLayer<R, C, J>,
    inner: S,
}

impl<S, R, C, J, Q> Service<Q> for Admission<S, R, C, J>
where
    S: Service<Q>,
    R: FnMut(&Q) -> (Class, Deadline),
    C: Clock + Clone,
    J: Judge<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = AdmissionError<S::Error>;
    type Future = AdmissionFuture<S::Future, C, J>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(AdmissionError::Inner)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let AdmissionLayer {
            gate,
            rank,
            clock,
            judge,
        } = &mut self.layer;
        let (class, deadline) = rank(&request);
        let state = match gate.try_enter_owned(class, deadline, clock.now_ns()) {
            Ok(permit) => State::Admitted {
                answer: self.inner.call(request),
                held: Held {
                    permit: Some(permit),
                    clock: clock.clone(),
                },
                judge: judge.clone(),
            },
            Err(refused) => State::Refused(refused),
        };
        AdmissionFuture { state }
    }
}

/// The answer of an [`Admission`].
///
/// # Cancel safety
/// Dropped, it drops the inner call and gives the permit back; the call was
/// [cut off](Ended::CutOff), and reads the clock for that.
///
/// # Examples
/// For an example see [the page](super).
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct AdmissionFuture<F, C: Clock, J = ErrorsCutOff> {
    state: State<F, C, J>,
}

#[derive(Debug)]
enum State<F, C: Clock, J> {
    /// In this order they are dropped: the call has ended when its permit is back.
    Admitted {
        answer: F,
        held: Held<C>,
        judge: J,
    },
    Refused(Refused),
}

/// A permit until the call has ended.
#[derive(Debug)]
struct Held<C: Clock> {
    permit: Option<OwnedPermit>,
    clock: C,
}

impl<C: Clock> Held<C> {
    fn end(&mut self, ended: Ended) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        match ended {
            Ended::Served => permit.finish(self.clock.now_ns()),
            Ended::CutOff => permit.cut_off(self.clock.now_ns()),
            Ended::Overloaded => permit.overloaded(),
            Ended::Unsaid => drop(permit),
        }
    }
}

impl<C: Clock> Drop for Held<C> {
    fn drop(&mut self) {
        self.end(Ended::CutOff);
    }
}

impl<F, C, J, T, E> Future for AdmissionFuture<F, C, J>
where
    F: Future<Output = Result<T, E>>,
    C: Clock,
    J: Judge<T, E>,
{
    type Output = Result<T, AdmissionError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: `answer` is pinned whenever this future is: it is never moved out, and there is
        // no `drop` of the whole that could. The rest is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let (answer, held, judge) = match &mut this.state {
            State::Refused(refused) => return Poll::Ready(Err(AdmissionError::Refused(*refused))),
            State::Admitted {
                answer,
                held,
                judge,
            } => (answer, held, judge),
        };
        // SAFETY: as above.
        let polled = unsafe { Pin::new_unchecked(answer) }.poll(cx);
        if let Poll::Ready(answered) = &polled {
            held.end(judge.judge(answered.as_ref()));
        }
        polled.map_err(AdmissionError::Inner)
    }
}

/// Why an [`Admission`] has no answer.
///
/// # Examples
/// For an example see [the page](super).
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
