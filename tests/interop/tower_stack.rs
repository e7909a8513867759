//! The layers in one `ServiceBuilder` with those of the `tower` crate: its buffer, its limit of
//! calls at once, its time-out.

use std::collections::VecDeque;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use shorttail::control::{Class, Failure, Gate, Reason, RetryBudget, RetryPolicy, StopReason};
use shorttail::interop::tower::{
    AdmissionError, AdmissionLayer, DeadlineError, DeadlineLayer, RetryLayer, RetryRules,
};
use shorttail::time::{Clock, Deadline, MockClock};
use tokio::sync::Semaphore;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

use crate::polled::Polled;

/// A request is its deadline.
type Request = Deadline;
/// What comes out of the limit inside: the buffer and the time-out box the errors.
type Refusal = AdmissionError<BoxError>;
type Failed = DeadlineError<Refusal>;

/// Longer than any test: what is to be cut off is dropped, or has no time at all.
const LONG: Duration = Duration::from_secs(3_600);

/// What the origin saw.
#[derive(Default)]
struct Seen {
    answers: VecDeque<u16>,
    calls: u32,
    now: u32,
    most: u32,
}

/// Answers as told and then with 200, each when it is let.
#[derive(Clone)]
struct Origin {
    seen: Arc<Mutex<Seen>>,
    let_go: Arc<Semaphore>,
}

impl Origin {
    /// That answers so many at once, and no more before it is let.
    fn new(answers: impl IntoIterator<Item = u16>, let_go: usize) -> Self {
        let answers = answers.into_iter().collect();
        Self {
            seen: Arc::new(Mutex::new(Seen {
                answers,
                ..Seen::default()
            })),
            let_go: Arc::new(Semaphore::new(let_go)),
        }
    }

    /// Calls so far, those of now, and the most at once.
    fn counts(&self) -> (u32, u32, u32) {
        let seen = self.seen.lock().unwrap();
        (seen.calls, seen.now, seen.most)
    }
}

/// A call that is under way.
struct Under(Arc<Mutex<Seen>>);

impl Under {
    fn way(seen: &Arc<Mutex<Seen>>) -> Self {
        let mut now = seen.lock().unwrap();
        now.calls += 1;
        now.now += 1;
        now.most = now.most.max(now.now);
        Self(Arc::clone(seen))
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        self.0.lock().unwrap().now -= 1;
    }
}

impl Service<Request> for Origin {
    type Response = u16;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<u16, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        let under_way = Under::way(&self.seen);
        let let_go = Arc::clone(&self.let_go);
        Box::pin(async move {
            let_go.acquire().await?.forget();
            let answer = under_way.0.lock().unwrap().answers.pop_front();
            drop(under_way);
            Ok(answer.unwrap_or(200))
        })
    }
}

#[derive(Clone)]
struct Rules;

impl RetryRules<Request, u16, Refusal> for Rules {
    fn copy(&self, request: &Request) -> Option<Request> {
        Some(*request)
    }
    fn is_idempotent(&self, _: &Request) -> bool {
        true
    }
    fn failure(&self, answer: Result<&u16, &Refusal>) -> Option<Failure> {
        match answer {
            Ok(503) => Some(Failure::transient()),
            Ok(_) => None,
            Err(AdmissionError::Refused(_)) => Some(Failure::refused()),
            Err(_) => Some(Failure::permanent()),
        }
    }
    fn deadline(&self, request: &Request) -> Deadline {
        *request
    }
}

/// What the tests look at beside the service.
struct Parts {
    gate: Arc<Gate>,
    policy: &'static RetryPolicy,
    clock: Arc<MockClock>,
}

impl Parts {
    /// A gate for so many, and so many retries.
    fn new(limit: u32, retries: u32) -> Self {
        let budget = RetryBudget::new(0.001).unwrap().floor(retries);
        let policy = RetryPolicy::builder().attempts_max(3).budget(budget);
        Self {
            gate: Arc::new(Gate::builder(limit).build().unwrap()),
            policy: Box::leak(Box::new(policy.build().unwrap())),
            clock: Arc::new(MockClock::new()),
        }
    }

    /// The whole stack: from outside, what comes in time, is retried, is admitted, stands in the
    /// buffer, one at once, for so long.
    fn stack(
        &self,
        origin: &Origin,
        time_out: Duration,
    ) -> impl Service<Request, Response = u16, Error = Failed, Future: Send> + Clone + use<> {
        let read = |until: &mut Request, _now_ns: u64| *until;
        let rank = |until: &Request| (Class::NORMAL, *until);
        let at_once = |_delay: Duration| -> Ready<()> { ready(()) };
        let clock = || Arc::clone(&self.clock);
        ServiceBuilder::new()
            .layer(DeadlineLayer::new(read, clock()))
            .layer(RetryLayer::new(self.policy, Rules, at_once, clock()))
            .layer(AdmissionLayer::new(Arc::clone(&self.gate), rank, clock()))
            .buffer(4)
            .concurrency_limit(1)
            .timeout(time_out)
            .service(Polled::new(origin.clone()))
    }

    /// Calls in the gate, and retries so far.
    fn counts(&self) -> (u32, u64) {
        let stats = self.policy.stats();
        (self.gate.stats().in_flight, stats.sends() - stats.calls())
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    runtime.block_on(test)
}

/// Lets the buffer's task and the calls go as far as they can.
async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn one_request_goes_through_the_whole_stack() {
    run(async {
        let (parts, origin) = (Parts::new(4, 10), Origin::new([], 1));
        let answer = parts.stack(&origin, LONG).oneshot(Deadline::NEVER).await;
        assert_eq!(answer.unwrap(), 200);
        assert_eq!((origin.counts(), parts.counts()), ((1, 0, 1), (0, 0)));
        let stats = parts.policy.stats();
        assert_eq!((stats.calls(), stats.succeeded, stats.sends()), (1, 1, 1));
        assert_eq!(parts.gate.stats().finished, 1);
    });
}

#[test]
fn it_is_retried_once_and_then_the_budget_is_spent() {
    run(async {
        let (parts, origin) = (Parts::new(4, 1), Origin::new([503, 200, 503], 3));
        let service = parts.stack(&origin, LONG);
        let answer = service.clone().oneshot(Deadline::NEVER).await;
        assert_eq!((answer.unwrap(), parts.counts()), (200, (0, 1)));
        assert_eq!(parts.policy.stats().stopped(StopReason::Budget), 0);
        let answer = service.oneshot(Deadline::NEVER).await;
        assert_eq!((answer.unwrap(), parts.counts()), (503, (0, 1)));
        assert_eq!(parts.policy.stats().stopped(StopReason::Budget), 1);
        // Each attempt was admitted for itself.
        assert_eq!(
            (origin.counts(), parts.gate.stats().finished),
            ((3, 0, 1), 3)
        );
    });
}

#[test]
fn an_overload_is_refused_at_the_gate() {
    run(async {
        let (parts, origin) = (Parts::new(1, 10), Origin::new([], 0));
        let service = parts.stack(&origin, LONG);
        let first = tokio::spawn(service.clone().oneshot(Deadline::NEVER));
        settle().await;
        assert_eq!((origin.counts(), parts.counts()), ((1, 1, 1), (1, 0)));
        match service.clone().oneshot(Deadline::NEVER).await {
            Err(DeadlineError::Inner(AdmissionError::Refused(refused))) => {
                assert_eq!(refused.reason, Reason::Limit);
            }
            other => panic!("{other:?}"),
        }
        // Neither sent nor retried.
        assert_eq!((origin.counts(), parts.counts()), ((1, 1, 1), (1, 0)));
        assert_eq!(parts.policy.stats().stopped(StopReason::Refused), 1);
        origin.let_go.add_permits(2);
        assert_eq!(first.await.unwrap().unwrap(), 200);
        // The refused one has kept nothing of buffer and limit.
        assert_eq!(service.oneshot(Deadline::NEVER).await.unwrap(), 200);
        assert_eq!((origin.counts(), parts.counts()), ((2, 0, 1), (0, 0)));
    });
}

#[test]
fn what_is_ready_is_waited_for_and_so_one_is_made_at_once() {
    run(async {
        let (parts, origin) = (Parts::new(8, 10), Origin::new([503], 9));
        let service = parts.stack(&origin, LONG);
        let calls = (0..8).map(|_| service.clone().oneshot(Deadline::NEVER));
        let answers = join_all(calls).await;
        assert!(
            answers
                .iter()
                .all(|answer| *answer.as_ref().unwrap() == 200)
        );
        // Eight calls and a retry, in a buffer of four and a limit of one.
        assert_eq!((origin.counts(), parts.counts()), ((9, 0, 1), (0, 1)));
    });
}

#[test]
fn a_call_that_is_dropped_gives_everything_back() {
    run(async {
        let (parts, origin) = (Parts::new(8, 10), Origin::new([], 0));
        let service = parts.stack(&origin, LONG);
        let call = || tokio::spawn(service.clone().oneshot(Deadline::NEVER));
        // One is made, the others stand behind it: in the limit, in the buffer, before it.
        let calls: Vec<_> = (0..8).map(|_| call()).collect();
        settle().await;
        assert_eq!(origin.counts(), (1, 1, 1));
        assert!(parts.gate.stats().in_flight > 4);
        calls.iter().for_each(tokio::task::JoinHandle::abort);
        settle().await;
        assert_eq!((origin.counts().1, parts.counts()), (0, (0, 0)));
        assert_eq!(parts.policy.stats().succeeded, 0);
        // All of the stack is free again: as many as before go through.
        let made = origin.counts().0;
        origin.let_go.add_permits(8);
        for answer in join_all((0..8).map(|_| call())).await {
            assert_eq!(answer.unwrap().unwrap(), 200);
        }
        assert_eq!(
            (origin.counts(), parts.counts()),
            ((made + 8, 0, 1), (0, 0))
        );
    });
}

#[test]
fn a_time_out_inside_ends_the_call_for_the_gate_too() {
    run(async {
        let (parts, origin) = (Parts::new(1, 10), Origin::new([], 0));
        let service = parts.stack(&origin, Duration::ZERO);
        match service.oneshot(Deadline::NEVER).await {
            Err(DeadlineError::Inner(AdmissionError::Inner(error))) => {
                assert!(error.is::<tower::timeout::error::Elapsed>(), "{error}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!((origin.counts(), parts.counts()), ((1, 0, 1), (0, 0)));
        assert_eq!(parts.policy.stats().stopped(StopReason::Permanent), 1);
    });
}

#[test]
fn what_comes_too_late_reaches_nothing() {
    run(async {
        let (parts, origin) = (Parts::new(1, 10), Origin::new([], 0));
        let late = Deadline::at(parts.clock.now_ns());
        let service = parts.stack(&origin, LONG);
        let answer = service.oneshot(late).await;
        assert!(matches!(answer, Err(DeadlineError::Late)), "{answer:?}");
        assert_eq!((origin.counts(), parts.counts()), ((0, 0, 0), (0, 0)));
        assert_eq!(parts.policy.stats().calls(), 0);
    });
}

/// What a refused call leaves behind without a buffer between: the service was ready, and stays so.
#[test]
fn a_refusal_keeps_what_readiness_took_until_its_service_is_dropped() {
    run(async {
        let (parts, origin) = (Parts::new(1, 10), Origin::new([], 1));
        let rank = |until: &Request| (Class::NORMAL, *until);
        let mut service = ServiceBuilder::new()
            .layer(AdmissionLayer::new(
                Arc::clone(&parts.gate),
                rank,
                Arc::clone(&parts.clock),
            ))
            .concurrency_limit(1)
            .service(Polled::new(origin.clone()));
        let held = parts.gate.try_enter(Class::NORMAL, Deadline::NEVER, 0);
        let mut other = service.clone();
        let refused = service.ready().await.unwrap().call(Deadline::NEVER).await;
        assert!(matches!(refused, Err(AdmissionError::Refused(_))));
        assert!(other.ready().now_or_never().is_none()); // `service` has the one permit
        drop((held, service));
        let answer = other.ready().await.unwrap().call(Deadline::NEVER).await;
        assert_eq!(answer.unwrap(), 200);
    });
}
