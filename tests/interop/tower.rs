//! A gate in front of a service.

use std::error::Error;
use std::future::{Future, Pending, Ready, pending, ready};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shorttail::control::{Class, Gate, Reason, Tier};
use shorttail::interop::tower::{Admission, AdmissionError, AdmissionLayer, Ended, ErrorsCutOff};
use shorttail::limit::AdaptiveLimit;
use shorttail::time::{Clock, Deadline, MockClock};
use tower_layer::Layer;
use tower_service::Service;

/// Answers at once, or never.
struct Answers<F> {
    ready: bool,
    answer: fn(u32) -> F,
}

impl<F: Future<Output = io::Result<u32>>> Service<u32> for Answers<F> {
    type Response = u32;
    type Error = io::Error;
    type Future = F;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.ready {
            true => Poll::Ready(Ok(())),
            false => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn call(&mut self, request: u32) -> F {
        (self.answer)(request)
    }
}

type Ranked = fn(&u32) -> (Class, Deadline);
type Gated<F, J = ErrorsCutOff> = Admission<Answers<F>, Ranked, Arc<MockClock>, J>;

/// A request below ten is sheddable; its deadline is so many milliseconds, none if that is zero.
fn rank(request: &u32) -> (Class, Deadline) {
    let class = if *request < 10 {
        Class::SHEDDABLE
    } else {
        Class::CRITICAL
    };
    let deadline = match u64::from(*request) {
        0 => Deadline::NEVER,
        ms => Deadline::at(ms * 1_000_000),
    };
    (class, deadline)
}

fn gated<F>(limit: u32, answer: fn(u32) -> F) -> (Arc<Gate>, Arc<MockClock>, Gated<F>)
where
    F: Future<Output = io::Result<u32>>,
{
    let gate = Arc::new(Gate::builder(limit).build().unwrap());
    let clock = Arc::new(MockClock::new());
    let ready = true;
    let layer = AdmissionLayer::new(gate.clone(), rank as Ranked, clock.clone());
    (gate, clock, layer.layer(Answers { ready, answer }))
}

fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn echoed(request: u32) -> Ready<io::Result<u32>> {
    ready(match request {
        7 => Err(io::ErrorKind::NotFound.into()),
        request => Ok(request),
    })
}

fn hanging(_: u32) -> Pending<io::Result<u32>> {
    pending()
}

#[test]
fn an_answer_is_finished_and_an_error_at_once_says_nothing() {
    let (gate, _, mut service) = gated(1, echoed);
    assert!(matches!(poll(service.call(20)), Poll::Ready(Ok(20))));
    assert_eq!(gate.stats().finished, 1);
    let Poll::Ready(Err(error)) = poll(service.call(7)) else {
        panic!("not found");
    };
    assert!(
        matches!(&error, AdmissionError::Inner(inner) if inner.kind() == io::ErrorKind::NotFound)
    );
    assert_eq!((gate.stats().finished, gate.stats().in_flight), (1, 0));
    assert_eq!(
        error.to_string(),
        io::Error::from(io::ErrorKind::NotFound).to_string()
    );
}

#[test]
fn a_refusal_is_typed_and_the_service_is_not_called() {
    let (gate, clock, mut service) = gated(2, hanging);
    let first = service.call(20);
    let Poll::Ready(Err(AdmissionError::Refused(refused))) = poll(service.call(5)) else {
        panic!("its share is full");
    };
    assert_eq!(
        (refused.reason, refused.tier),
        (Reason::Share, Tier::Sheddable)
    );
    let second = service.call(20);
    let Poll::Ready(Err(error)) = poll(service.call(20)) else {
        panic!("the limit is reached");
    };
    assert_eq!(error.source().unwrap().to_string(), error.to_string());
    clock.advance(Duration::from_millis(20));
    assert!(clock.now_ns() > 0);
    let Poll::Ready(Err(AdmissionError::Refused(late))) = poll(service.call(20)) else {
        panic!("its deadline has passed");
    };
    assert_eq!(late.reason, Reason::Expired);
    drop((first, second));
    assert_eq!(gate.stats().in_flight, 0);
}

#[test]
fn readiness_is_the_service_s_and_waits_for_no_permit() {
    let (gate, _, mut service) = gated(1, hanging);
    let _held = gate.try_enter(Class::CRITICAL, Deadline::NEVER, 0).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(service.poll_ready(&mut cx), Poll::Ready(Ok(()))));
    let clock = Arc::new(MockClock::new());
    let layer = AdmissionLayer::new(gate.clone(), rank as Ranked, clock);
    let (ready, answer) = (false, hanging as fn(u32) -> Pending<io::Result<u32>>);
    let mut broken = layer.layer(Answers { ready, answer });
    assert!(matches!(
        broken.poll_ready(&mut cx),
        Poll::Ready(Err(AdmissionError::Inner(_)))
    ));
}

const MS: Duration = Duration::from_millis(1);

/// Behind a gate whose limit adapts to a p90 of 50 ms, from 64.
fn adaptive<F, J: Clone>(answer: fn(u32) -> F, judge: J) -> (Arc<Gate>, Arc<MockClock>, Gated<F, J>)
where
    F: Future<Output = io::Result<u32>>,
{
    let limit = AdaptiveLimit::new(64, 1..=512).unwrap().target(50 * MS);
    let gate = Arc::new(Gate::builder(64).adaptive(limit).build().unwrap());
    let clock = Arc::new(MockClock::new());
    clock.advance(MS);
    let layer = AdmissionLayer::new(gate.clone(), rank as Ranked, clock.clone());
    let ready = true;
    let layer = layer.judge(judge);
    (gate, clock, layer.layer(Answers { ready, answer }))
}

/// The limit after windows of forty calls each, half of which are `ended` after they took so long.
fn limit_after<F, J>(
    (gate, clock, mut service): (Arc<Gate>, Arc<MockClock>, Gated<F, J>),
    took: Duration,
    windows: u32,
    mut ended: impl FnMut(<Gated<F, J> as Service<u32>>::Future),
) -> u32
where
    F: Future<Output = io::Result<u32>>,
    Gated<F, J>: Service<u32>,
{
    for _ in 0..windows {
        for _ in 0..20 {
            let permit = gate.try_enter(Class::CRITICAL, Deadline::NEVER, clock.now_ns());
            clock.advance(MS);
            permit.unwrap().finish(clock.now_ns());
        }
        let calls: Vec<_> = (0..20).map(|_| service.call(0)).collect();
        clock.advance(took);
        calls.into_iter().for_each(&mut ended);
        clock.advance(100 * MS);
    }
    drop(gate.try_enter(Class::CRITICAL, Deadline::NEVER, clock.now_ns()));
    assert_eq!(gate.stats().in_flight, 0);
    gate.stats().limit
}

fn timed_out(_: u32) -> Ready<io::Result<u32>> {
    ready(Err(io::ErrorKind::TimedOut.into()))
}

fn poll_to_the_end<F: Future>(future: F) {
    assert!(poll(future).is_ready());
}

#[test]
fn time_outs_of_the_service_bring_an_adaptive_limit_down() {
    let gated = adaptive(timed_out, ErrorsCutOff);
    let limit = limit_after(gated, 200 * MS, 8, poll_to_the_end);
    assert!(limit < 10, "{limit}");
}

#[test]
fn time_outs_outside_drop_the_call_and_bring_it_down_too() {
    let limit = limit_after(adaptive(hanging, ErrorsCutOff), 200 * MS, 8, drop);
    assert!(limit < 10, "{limit}");
}

/// Bad requests, and callers that are gone at once: neither slow nor fast.
#[test]
fn what_fails_at_once_moves_no_limit() {
    let gated = adaptive(timed_out, ErrorsCutOff);
    let gate = gated.0.clone();
    assert_eq!(limit_after(gated, Duration::ZERO, 8, poll_to_the_end), 64);
    assert_eq!(gate.stats().finished, 8 * 20);
    let gated = adaptive(hanging, ErrorsCutOff);
    assert_eq!(limit_after(gated, Duration::ZERO, 8, drop), 64);
}

#[test]
fn a_judge_s_word_counts() {
    let judged = |ended: fn(Result<&u32, &io::Error>) -> Ended, took| {
        let gated = adaptive(timed_out, ended);
        let gate = gated.0.clone();
        let limit = limit_after(gated, took, 8, poll_to_the_end);
        (limit, gate.stats().overloaded, gate.stats().finished)
    };
    let (limit, overloaded, finished) = judged(|_| Ended::Overloaded, Duration::ZERO);
    assert!(limit < 10 && overloaded > 60 && finished == 160, "{limit}");
    let (limit, overloaded, finished) = judged(|_| Ended::Unsaid, 200 * MS);
    assert_eq!((limit, overloaded, finished), (64, 0, 160));
    let (limit, overloaded, finished) = judged(|_| Ended::Served, 200 * MS);
    assert!(limit < 10 && overloaded == 0 && finished > 200, "{limit}");
}
