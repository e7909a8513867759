//! Retries in front of a service, within a budget.

use core::fmt;
use core::future::Future;
use core::mem;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use tower_layer::Layer;
use tower_service::Service;

use crate::control::attempts::Course;
use crate::control::{Attempts, Decision, Failure, RetryPolicy};
use crate::sync::global::Arc;
use crate::time::{Clock, Deadline};

/// What a [`RetryLayer`] has to know of requests `Q`, answers `T` and errors `E`.
///
/// # Examples
/// See [`RetryLayer`].
pub trait RetryRules<Q, T, E> {
    /// What is sent if the first one fails; `None` for what can be sent once only, such as a body
    /// that is read while it is sent. Asked before each attempt.
    fn copy(&self, request: &Q) -> Option<Q>;

    /// Whether it may be made twice. What may not is repeated only if it was
    /// [unsent](Failure::unsent).
    fn is_idempotent(&self, request: &Q) -> bool;

    /// How it failed; `None` if it went well.
    fn failure(&self, answer: Result<&T, &E>) -> Option<Failure>;

    /// Until when its answer is of use: no attempt begins after that.
    fn deadline(&self, _request: &Q) -> Deadline {
        Deadline::NEVER
    }
}

/// Sends what failed again, as a [`RetryPolicy`] decides: so often, after such delays, within the
/// deadline, and while the [budget](crate::control::RetryBudget) that its callers share has retries
/// left.
///
/// The policy is a `static`, or [shared](Self::shared) by the layer, its services and their calls.
/// `timer` waits, as `tokio::time::sleep` does. The answer, or the error, is that of the last
/// attempt. The service is cloned for each call; of its own the layer allocates nothing.
///
/// # Examples
/// ```
/// use std::future::{Ready, ready};
/// use std::sync::LazyLock;
/// use std::time::Duration;
/// use shorttail::control::{Failure, RetryBudget, RetryPolicy};
/// use shorttail::interop::tower::{RetryLayer, RetryRules};
/// use shorttail::time::StdClock;
/// use tower_layer::Layer;
/// use tower_service::Service;
/// # use core::task::{Context, Poll};
/// # #[derive(Clone)]
/// # struct FailsAtFirst(std::sync::Arc<std::sync::atomic::AtomicU32>);
/// # impl Service<&'static str> for FailsAtFirst {
/// #     type Response = u16;
/// #     type Error = std::io::Error;
/// #     type Future = Ready<Result<u16, Self::Error>>;
/// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
/// #         Poll::Ready(Ok(()))
/// #     }
/// #     fn call(&mut self, _: &'static str) -> Self::Future {
/// #         let before = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
/// #         ready(Ok(if before == 0 { 503 } else { 200 }))
/// #     }
/// # }
/// # let service = FailsAtFirst(Default::default());
///
/// static POLICY: LazyLock<RetryPolicy> = LazyLock::new(|| {
///     let budget = RetryBudget::new(0.1).expect("one retry for ten calls").floor(10);
///     RetryPolicy::builder().attempts_max(3).budget(budget).build().expect("it fits")
/// });
///
/// #[derive(Clone)]
/// struct Gets;
/// impl<E> RetryRules<&'static str, u16, E> for Gets {
///     fn copy(&self, request: &&'static str) -> Option<&'static str> {
///         Some(request)
///     }
///     fn is_idempotent(&self, request: &&'static str) -> bool {
///         request.starts_with("GET ")
///     }
///     fn failure(&self, answer: Result<&u16, &E>) -> Option<Failure> {
///         match answer {
///             Ok(503) | Err(_) => Some(Failure::transient()),
///             Ok(_) => None,
///         }
///     }
/// }
///
/// # futures_util::future::FutureExt::now_or_never(async {
/// let sleep = |_delay: Duration| ready(()); // tokio::time::sleep in a service
/// let mut service = RetryLayer::new(&POLICY, Gets, sleep, StdClock).layer(service);
/// assert_eq!(service.call("GET /a").await.unwrap(), 200);
/// assert_eq!(POLICY.stats().sends(), 2);
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct RetryLayer<J, T, C, P = &'static RetryPolicy> {
    policy: P,
    rules: J,
    timer: T,
    clock: C,
}

impl<J, T, C> RetryLayer<J, T, C> {
    /// Retries by `policy` what fails by `rules`; `timer` waits, `clock` is that of the deadlines.
    ///
    /// For an example see [`RetryLayer`].
    pub const fn new(policy: &'static RetryPolicy, rules: J, timer: T, clock: C) -> Self {
        Self {
            policy,
            rules,
            timer,
            clock,
        }
    }
}

impl<J, T, C> RetryLayer<J, T, C, Arc<RetryPolicy>> {
    /// As [`new`](RetryLayer::new), by a policy that was built while the service runs, as from its
    /// configuration: the last call that is dropped drops it.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use shorttail::control::RetryPolicy;
    /// use shorttail::interop::tower::RetryLayer;
    /// use shorttail::time::StdClock;
    ///
    /// let policy = Arc::new(RetryPolicy::builder().attempts_max(2).build()?);
    /// # let (rules, sleep) = ((), |_: std::time::Duration| std::future::ready(()));
    /// let layer = RetryLayer::shared(Arc::clone(&policy), rules, sleep, StdClock);
    /// assert_eq!(Arc::strong_count(&policy), 2);
    /// # drop(layer);
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    pub const fn shared(policy: Arc<RetryPolicy>, rules: J, timer: T, clock: C) -> Self {
        Self {
            policy,
            rules,
            timer,
            clock,
        }
    }
}

impl<S, J: Clone, T: Clone, C: Clone, P: Clone> Layer<S> for RetryLayer<J, T, C, P> {
    type Service = Retry<S, J, T, C, P>;

    fn layer(&self, inner: S) -> Self::Service {
        Retry {
            layer: self.clone(),
            inner,
        }
    }
}

/// A service whose failures are retried. Made by [`RetryLayer`].
///
/// Readiness is the inner service's, for the first attempt and, inside of the call, for the others.
/// A call clones the service and the layer, and reads the clock when it begins and after each
/// failure; it never blocks, and of its own allocates nothing.
///
/// # Examples
/// See [`RetryLayer`].
#[derive(Clone, Debug)]
pub struct Retry<S, J, T, C, P = &'static RetryPolicy> {
    layer: RetryLayer<J, T, C, P>,
    inner: S,
}

impl<S, J, T, F, C, Q, P> Service<Q> for Retry<S, J, T, C, P>
where
    S: Service<Q> + Clone,
    J: RetryRules<Q, S::Response, S::Error> + Clone,
    T: Fn(Duration) -> F + Clone,
    F: Future<Output = ()>,
    C: Clock + Clone,
    P: Deref<Target = RetryPolicy> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = RetryFuture<S, Q, J, T, F, C, P>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let layer = self.layer.clone();
        let (deadline, now_ns) = (layer.rules.deadline(&request), layer.clock.now_ns());
        let attempts = match layer.rules.is_idempotent(&request) {
            true => layer.policy.start_unchecked(deadline, now_ns),
            false => layer.policy.start_unmarked(deadline, now_ns),
        };
        let call = Call {
            paused: Some(attempts.pause()),
            policy: layer.policy.clone(),
        };
        let next = layer.rules.copy(&request);
        // The one that was polled ready is the one that is called.
        let other = self.inner.clone();
        let mut service = mem::replace(&mut self.inner, other);
        RetryFuture {
            state: State::Calling(service.call(request)),
            service,
            next,
            call,
            layer,
        }
    }
}

/// The answer of a [`Retry`] service.
///
/// # Cancel safety
/// Dropped, it drops the attempt that is under way, or the delay, and counts as cancelled in the
/// policy's [`stats`](RetryPolicy::stats). What the budget gave for retries that were begun is
/// spent.
///
/// # Examples
/// See [`RetryLayer`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RetryFuture<S, Q, J, T, F, C, P = &'static RetryPolicy>
where
    S: Service<Q>,
    P: Deref<Target = RetryPolicy>,
{
    state: State<S::Future, F>,
    service: S,
    /// What is sent next.
    next: Option<Q>,
    call: Call<P>,
    layer: RetryLayer<J, T, C, P>,
}

/// A call, and the policy under which it is made.
#[derive(Debug)]
struct Call<P: Deref<Target = RetryPolicy>> {
    /// Gone when the call has ended.
    paused: Option<Course>,
    policy: P,
}

impl<P: Deref<Target = RetryPolicy>> Call<P> {
    fn take(&mut self) -> Option<Attempts<'_>> {
        let paused = self.paused.take()?;
        Some(Attempts::resume(&self.policy, paused))
    }

    fn failed(&mut self, failure: Failure, now_ns: u64) -> Option<Duration> {
        let mut attempts = self.take()?;
        let decision = attempts.failed(failure, now_ns);
        self.paused = Some(attempts.pause());
        match decision {
            Decision::Retry { after, .. } => Some(after),
            Decision::Stop(_) => None,
        }
    }
}

/// A call that has not ended counts as cancelled.
impl<P: Deref<Target = RetryPolicy>> Drop for Call<P> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// Pinned with the future.
enum State<A, F> {
    Calling(A),
    Delayed(F),
    /// The delay is over, the service is to be ready.
    Due,
}

impl<S, Q, J, T, F, C, P> Future for RetryFuture<S, Q, J, T, F, C, P>
where
    S: Service<Q>,
    J: RetryRules<Q, S::Response, S::Error>,
    T: Fn(Duration) -> F,
    F: Future<Output = ()>,
    C: Clock,
    P: Deref<Target = RetryPolicy>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: only what is in `state` is pinned, whenever this future is: it is never moved
        // out, only dropped in its place, and there is no `drop` of the whole that could.
        let this = unsafe { self.get_unchecked_mut() };
        loop {
            match &mut this.state {
                State::Calling(answer) => {
                    // SAFETY: as above.
                    let answer = ready!(unsafe { Pin::new_unchecked(answer) }.poll(cx));
                    match this.again(answer.as_ref()) {
                        Some(after) => this.state = State::Delayed((this.layer.timer)(after)),
                        None => return Poll::Ready(answer),
                    }
                }
                State::Delayed(delay) => {
                    // SAFETY: as above.
                    ready!(unsafe { Pin::new_unchecked(delay) }.poll(cx));
                    this.state = State::Due;
                }
                State::Due => {
                    if let Err(error) = ready!(this.service.poll_ready(cx)) {
                        this.give_up();
                        return Poll::Ready(Err(error));
                    }
                    let request = this.next.take();
                    let request = request.expect("a delay begins only with a request to send");
                    this.next = this.layer.rules.copy(&request);
                    this.state = State::Calling(this.service.call(request));
                }
            }
        }
    }
}

impl<S, Q, J, T, F, C, P> RetryFuture<S, Q, J, T, F, C, P>
where
    S: Service<Q>,
    J: RetryRules<Q, S::Response, S::Error>,
    C: Clock,
    P: Deref<Target = RetryPolicy>,
{
    /// After what delay it is sent again; `None` if the call has ended.
    fn again(&mut self, answer: Result<&S::Response, &S::Error>) -> Option<Duration> {
        let Some(failure) = self.layer.rules.failure(answer) else {
            if let Some(attempts) = self.call.take() {
                attempts.succeeded();
            }
            return None;
        };
        if self.next.is_none() {
            self.give_up();
            return None;
        }
        let now_ns = self.layer.clock.now_ns();
        self.call.failed(failure, now_ns)
    }

    /// Counts as a failure that is permanent: nothing can be sent again.
    fn give_up(&mut self) {
        let now_ns = self.layer.clock.now_ns();
        let _stop = self.call.failed(Failure::permanent(), now_ns);
    }
}

impl<S, Q, J, T, F, C, P> fmt::Debug for RetryFuture<S, Q, J, T, F, C, P>
where
    S: Service<Q>,
    P: Deref<Target = RetryPolicy>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Calling(_) => "Calling",
            State::Delayed(_) => "Delayed",
            State::Due => "Due",
        };
        f.debug_struct("RetryFuture")
            .field("state", &state)
            .field("attempts", &self.call.paused)
            .finish_non_exhaustive()
    }
}
