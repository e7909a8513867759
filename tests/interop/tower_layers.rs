//! The layers of deadlines and retries, and all of them together.

use std::collections::VecDeque;
use std::future::{Future, Ready, ready};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use shorttail::control::{Class, Failure, Gate, RetryBudget, RetryPolicy, StopReason};
use shorttail::interop::tower::{
    AdmissionError, AdmissionLayer, DeadlineError, DeadlineLayer, RetryLayer, RetryRules,
};
use shorttail::time::{Clock, Deadline, MockClock};
use tower_layer::Layer;
use tower_service::Service;

use crate::polled::Polled;

/// A request: what it is, until when its answer is of use, whether it may be made twice, and be
/// sent twice.
#[derive(Clone, Debug)]
struct Request {
    until: Deadline,
    idempotent: bool,
    copies: bool,
}

const ANY: Request = Request {
    until: Deadline::NEVER,
    idempotent: true,
    copies: true,
};

/// Answers as told, in order; then with 200.
#[derive(Clone, Default)]
struct Told {
    answers: Arc<Mutex<VecDeque<Result<u16, &'static str>>>>,
    calls: Arc<Mutex<u32>>,
}

impl Told {
    fn new(answers: impl Into<VecDeque<Result<u16, &'static str>>>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into()));
        Self {
            answers,
            ..Self::default()
        }
    }
}

impl Service<Request> for Told {
    type Response = u16;
    type Error = &'static str;
    type Future = Ready<Result<u16, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        if self.answers.lock().unwrap().front() == Some(&Err("not ready")) {
            return Poll::Ready(Err("not ready"));
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        *self.calls.lock().unwrap() += 1;
        ready(self.answers.lock().unwrap().pop_front().unwrap_or(Ok(200)))
    }
}

#[derive(Clone)]
struct Rules;

impl RetryRules<Request, u16, &'static str> for Rules {
    fn copy(&self, request: &Request) -> Option<Request> {
        request.copies.then(|| request.clone())
    }
    fn is_idempotent(&self, request: &Request) -> bool {
        request.idempotent
    }
    fn failure(&self, answer: Result<&u16, &&'static str>) -> Option<Failure> {
        match answer {
            Ok(503) => Some(Failure::transient()),
            Ok(_) => None,
            Err(&"refused") => Some(Failure::unsent()),
            Err(_) => Some(Failure::permanent()),
        }
    }
    fn deadline(&self, request: &Request) -> Deadline {
        request.until
    }
}

fn policy(budget: Option<RetryBudget>) -> &'static RetryPolicy {
    let mut builder = RetryPolicy::builder().attempts_max(3);
    if let Some(budget) = budget {
        builder = builder.budget(budget);
    }
    Box::leak(Box::new(builder.build().unwrap()))
}

/// Ready, called, and polled once.
fn call<S: Service<Request>>(
    service: &mut S,
    request: Request,
) -> Option<Result<S::Response, S::Error>> {
    let mut cx = Context::from_waker(futures_util::task::noop_waker_ref());
    match service.poll_ready(&mut cx) {
        Poll::Ready(Ok(())) => service.call(request).now_or_never(),
        Poll::Ready(Err(error)) => Some(Err(error)),
        Poll::Pending => None,
    }
}

fn at_once(_: Duration) -> Ready<()> {
    ready(())
}

#[test]
fn what_fails_is_sent_again_as_often_as_the_policy_has_it() {
    let policy = policy(None);
    let told = Told::new([Ok(503), Err("refused"), Ok(201), Ok(503), Ok(503), Ok(503)]);
    let clock = Arc::new(MockClock::new());
    let mut service =
        RetryLayer::new(policy, Rules, at_once, clock).layer(Polled::new(told.clone()));
    assert_eq!(call(&mut service, ANY), Some(Ok(201)));
    assert_eq!(*told.calls.lock().unwrap(), 3);
    assert_eq!(call(&mut service, ANY), Some(Ok(503))); // the last attempt's answer
    let stats = policy.stats();
    assert_eq!((stats.succeeded, stats.sends(), stats.cancelled), (1, 6, 0));
    assert_eq!(stats.stopped(StopReason::Attempts), 1);
}

#[test]
fn what_may_not_be_made_twice_is_repeated_only_if_it_was_not_sent() {
    let policy = policy(None);
    let told = Told::new([Err("refused"), Ok(503)]);
    let clock = Arc::new(MockClock::new());
    let mut service =
        RetryLayer::new(policy, Rules, at_once, clock).layer(Polled::new(told.clone()));
    let once = Request {
        idempotent: false,
        ..ANY
    };
    assert_eq!(call(&mut service, once), Some(Ok(503)));
    assert_eq!(policy.stats().stopped(StopReason::NotIdempotent), 1);
    // And what there is no copy of is not sent again, whatever it is.
    told.answers.lock().unwrap().push_back(Err("refused"));
    let single = Request {
        copies: false,
        ..ANY
    };
    assert_eq!(call(&mut service, single), Some(Err("refused")));
    let stats = policy.stats();
    assert_eq!(
        (stats.stopped(StopReason::Permanent), stats.cancelled),
        (1, 0)
    );
}

#[test]
fn the_budget_and_the_deadline_bound_the_retries() {
    let policy = policy(Some(RetryBudget::new(0.01).unwrap().floor(1)));
    let told = Told::new([Ok(503), Ok(200), Ok(503)]);
    let clock = Arc::new(MockClock::new());
    let mut service =
        RetryLayer::new(policy, Rules, at_once, clock.clone()).layer(Polled::new(told.clone()));
    assert_eq!(call(&mut service, ANY), Some(Ok(200)));
    assert_eq!(call(&mut service, ANY), Some(Ok(503))); // the one retry is spent
    assert_eq!(policy.stats().stopped(StopReason::Budget), 1);

    told.answers.lock().unwrap().push_back(Ok(503));
    let late = Request {
        until: Deadline::at(clock.now_ns()),
        ..ANY
    };
    assert_eq!(call(&mut service, late), Some(Ok(503)));
    assert_eq!(policy.stats().stopped(StopReason::Deadline), 1);
}

#[test]
fn a_delay_is_waited_for_and_a_dropped_call_counts_as_cancelled() {
    let policy = policy(None);
    let told = Told::new([Ok(503), Ok(503)]);
    let (let_go, delay) = shorttail::channel::bounded::<()>(2);
    let delays = Arc::new(Mutex::new(Vec::new()));
    let timer = {
        let delays = Arc::clone(&delays);
        move |after: Duration| {
            delays.lock().unwrap().push(after);
            let delay = delay.clone();
            async move { delay.recv_async().await.unwrap() }
        }
    };
    let clock = Arc::new(MockClock::new());
    let mut service = RetryLayer::new(policy, Rules, timer, clock).layer(Polled::new(told.clone()));
    let mut cx = Context::from_waker(futures_util::task::noop_waker_ref());
    assert!(service.poll_ready(&mut cx).is_ready());
    let mut answer = Box::pin(service.call(ANY));
    assert!(answer.as_mut().poll(&mut cx).is_pending());
    assert_eq!(*told.calls.lock().unwrap(), 1); // not before the delay is over
    assert!(format!("{answer:?}").contains("Delayed"));
    let_go.try_send(()).unwrap();
    assert!(answer.as_mut().poll(&mut cx).is_pending());
    assert_eq!(
        (*told.calls.lock().unwrap(), delays.lock().unwrap().len()),
        (2, 2)
    );
    drop(answer);
    let stats = policy.stats();
    // The third was granted, and counts as sent.
    assert_eq!((stats.cancelled, stats.calls(), stats.sends()), (1, 1, 3));
}

#[test]
fn a_shared_policy_goes_with_the_last_call() {
    let policy = Arc::new(RetryPolicy::builder().attempts_max(2).build().unwrap());
    let told = Told::new([Ok(503), Ok(200), Ok(503)]);
    let clock = Arc::new(MockClock::new());
    let layer = RetryLayer::shared(Arc::clone(&policy), Rules, at_once, clock.clone());
    let mut service = layer.layer(Polled::new(told));
    assert_eq!(call(&mut service, ANY), Some(Ok(200)));
    let never = |_: Duration| std::future::pending::<()>();
    let mut waits = RetryLayer::shared(Arc::clone(&policy), Rules, never, clock)
        .layer(Polled::new(Told::new([Ok(503)])));
    let mut cx = Context::from_waker(futures_util::task::noop_waker_ref());
    assert!(waits.poll_ready(&mut cx).is_ready());
    let mut answer = Box::pin(waits.call(ANY));
    assert!(answer.as_mut().poll(&mut cx).is_pending());
    drop((layer, service, waits));
    assert!(Arc::strong_count(&policy) > 1); // the call has it
    drop(answer);
    assert_eq!(Arc::strong_count(&policy), 1);
    let stats = policy.stats();
    assert_eq!((stats.calls(), stats.succeeded, stats.cancelled), (2, 1, 1));
}

#[test]
fn a_service_that_is_broken_ends_the_call() {
    let policy = policy(None);
    let told = Told::new([Ok(503), Err("not ready")]);
    let clock = Arc::new(MockClock::new());
    let mut service = RetryLayer::new(policy, Rules, at_once, clock).layer(Polled::new(told));
    assert_eq!(call(&mut service, ANY), Some(Err("not ready")));
    assert_eq!(policy.stats().stopped(StopReason::Permanent), 1);
}

#[test]
fn what_comes_too_late_is_not_begun() {
    let told = Told::new([]);
    let clock = Arc::new(MockClock::new());
    let read = |request: &mut Request, _: u64| request.until;
    let mut service = DeadlineLayer::new(read, clock.clone()).layer(Polled::new(told.clone()));
    let until = |ns| Request {
        until: Deadline::at(clock.now_ns() + ns),
        ..ANY
    };
    assert_eq!(call(&mut service, until(1)), Some(Ok(200)));
    assert_eq!(call(&mut service, ANY), Some(Ok(200)));
    assert_eq!(call(&mut service, until(0)), Some(Err(DeadlineError::Late)));
    assert_eq!(*told.calls.lock().unwrap(), 2);
    told.answers.lock().unwrap().push_back(Err("its own"));
    let failed = call(&mut service, ANY).unwrap().unwrap_err();
    assert_eq!(failed, DeadlineError::Inner("its own"));
}

/// The order in which a service has them: what the deadline lets through is admitted, and each
/// attempt is admitted anew.
#[test]
fn the_layers_stack() {
    let policy = policy(None);
    let told = Told::new([Ok(503), Ok(200)]);
    let clock = Arc::new(MockClock::new());
    let gate = Arc::new(Gate::builder(1).build().unwrap());
    let rank = |request: &Request| (Class::NORMAL, request.until);
    let read = |request: &mut Request, _: u64| request.until;
    let admitted =
        AdmissionLayer::new(gate.clone(), rank, clock.clone()).layer(Polled::new(told.clone()));

    #[derive(Clone)]
    struct Inside;
    type Refusal = AdmissionError<&'static str>;
    impl RetryRules<Request, u16, Refusal> for Inside {
        fn copy(&self, request: &Request) -> Option<Request> {
            Some(request.clone())
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
    }
    let retried = RetryLayer::new(policy, Inside, at_once, clock.clone()).layer(admitted);
    let mut service = DeadlineLayer::new(read, clock.clone()).layer(retried);
    assert_eq!(call(&mut service, ANY), Some(Ok(200)));
    let held = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0).unwrap();
    let refused = call(&mut service, ANY).unwrap().unwrap_err();
    assert!(matches!(
        refused,
        DeadlineError::Inner(AdmissionError::Refused(_))
    ));
    drop(held);
    assert_eq!(gate.stats().in_flight, 0);
    assert_eq!(policy.stats().stopped(StopReason::Refused), 1);
}

/// A future that cannot be moved is pinned with the layer's own.
#[test]
fn pinned_answers_are_never_moved() {
    #[derive(Clone)]
    struct Slow;
    impl Service<Request> for Slow {
        type Response = u16;
        type Error = &'static str;
        type Future = Pin<Box<dyn Future<Output = Result<u16, &'static str>>>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: Request) -> Self::Future {
            Box::pin(async {
                tokio::task::yield_now().await;
                Ok(200)
            })
        }
    }
    let clock = Arc::new(MockClock::new());
    let read = |_: &mut Request, _: u64| Deadline::NEVER;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let retried = RetryLayer::new(policy(None), Rules, at_once, clock.clone()).layer(Slow);
    let mut service = DeadlineLayer::new(read, clock).layer(retried);
    assert_eq!(runtime.block_on(pin!(service.call(ANY))), Ok(200));
}
