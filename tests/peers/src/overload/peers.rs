//! What others decide by.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, Pending, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use clock_lib::ManualClock;
use throttle_net::{AdaptiveLimiter, AdaptiveStrategy, OwnedAdaptivePermit};
use tower::limit::ConcurrencyLimit;
use tower::load_shed::LoadShed;
use tower::{Service, ServiceBuilder};
use tower_resilience_adaptive::ConcurrencyAlgorithm;

use super::{Admission, INITIAL, MOST, PATIENCE_NS, Request};

/// Lets everyone in.
pub struct Uncontrolled;

impl Admission for Uncontrolled {
    fn name(&self) -> &'static str {
        "no admission control"
    }

    fn enter(&mut self, _: &Request, _: u64) -> bool {
        true
    }

    fn done(&mut self, _: &Request, _: u64) {}
}

/// A service that the simulator ends: its answer is the drop of its future.
#[derive(Clone)]
struct Held;

impl Service<()> for Held {
    type Response = ();
    type Error = Infallible;
    type Future = Pending<Result<(), Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (): ()) -> Self::Future {
        pending()
    }
}

type Shed = LoadShed<ConcurrencyLimit<Held>>;

/// tower's `LoadShed` over its `ConcurrencyLimit`, which needs no clock.
pub struct Tower {
    name: &'static str,
    service: Shed,
    calls: HashMap<u64, Pin<Box<<Shed as Service<()>>::Future>>>,
}

impl Tower {
    /// With a limit that its owner chose.
    pub fn new(name: &'static str, limit: usize) -> Self {
        let service = ServiceBuilder::new()
            .load_shed()
            .concurrency_limit(limit)
            .service(Held);
        Self {
            name,
            service,
            calls: HashMap::new(),
        }
    }
}

impl Admission for Tower {
    fn name(&self) -> &'static str {
        self.name
    }

    fn enter(&mut self, request: &Request, _: u64) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        assert!(self.service.poll_ready(&mut cx).is_ready());
        let mut call = Box::pin(self.service.call(()));
        let held = call.as_mut().poll(&mut cx).is_pending();
        held && self.calls.insert(request.id, call).is_none()
    }

    fn done(&mut self, request: &Request, _: u64) {
        drop(self.calls.remove(&request.id).expect("it came in"));
    }
}

/// One of tower-resilience-adaptive's algorithms, told what calls took, and a count of those in.
///
/// Its service measures by the standard library's clock, which no simulator can set; the
/// algorithms are its own code, public, and take what was measured.
pub struct Resilience {
    name: &'static str,
    algorithm: Box<dyn ConcurrencyAlgorithm>,
    in_flight: usize,
}

impl Resilience {
    pub fn new(name: &'static str, algorithm: impl ConcurrencyAlgorithm + 'static) -> Self {
        Self {
            name,
            algorithm: Box::new(algorithm),
            in_flight: 0,
        }
    }
}

impl Admission for Resilience {
    fn name(&self) -> &'static str {
        self.name
    }

    fn enter(&mut self, _: &Request, _: u64) -> bool {
        let room = self.in_flight < self.algorithm.limit();
        self.in_flight += usize::from(room);
        room
    }

    fn done(&mut self, request: &Request, now_ns: u64) {
        let took_ns = now_ns - request.arrived_ns;
        match took_ns <= PATIENCE_NS {
            // As its service does: with those in flight, this one included.
            true => self
                .algorithm
                .record_success_with_load(Duration::from_nanos(took_ns), self.in_flight),
            false => self.algorithm.record_failure(),
        }
        self.in_flight -= 1;
    }

    fn limit(&self) -> Option<u64> {
        Some(self.algorithm.limit() as u64)
    }
}

/// throttle-net's `AdaptiveLimiter`, on its own manual clock.
pub struct Throttle<S: AdaptiveStrategy + 'static> {
    name: &'static str,
    /// What took longer has failed, as far as it is told.
    most_ns: u64,
    limiter: Arc<AdaptiveLimiter<S, Arc<ManualClock>>>,
    clock: Arc<ManualClock>,
    permits: HashMap<u64, OwnedAdaptivePermit<S, Arc<ManualClock>>>,
}

impl<S: AdaptiveStrategy + 'static> Throttle<S> {
    /// A strategy that looks at latencies is told of a failure where an answer is of no use, as
    /// tower-resilience's are; to one that does not, a failure is all that a target can be.
    pub fn new(name: &'static str, strategy: S, most_ns: u64) -> Self {
        let clock = Arc::new(ManualClock::new());
        let limiter = AdaptiveLimiter::builder()
            .floor(1)
            .ceiling(MOST)
            .initial(INITIAL)
            .build(strategy);
        Self {
            name,
            most_ns,
            limiter: Arc::new(limiter.with_clock(clock.clone())),
            clock,
            permits: HashMap::new(),
        }
    }
}

impl<S: AdaptiveStrategy + 'static> Admission for Throttle<S> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn enter(&mut self, request: &Request, now_ns: u64) -> bool {
        self.clock.advance_to(Duration::from_nanos(now_ns));
        let entered = self.limiter.try_acquire_owned();
        entered.is_some_and(|permit| self.permits.insert(request.id, permit).is_none())
    }

    fn done(&mut self, request: &Request, now_ns: u64) {
        self.clock.advance_to(Duration::from_nanos(now_ns));
        let permit = self.permits.remove(&request.id).expect("it came in");
        match now_ns - request.arrived_ns <= self.most_ns {
            true => permit.success(),
            false => permit.failure(),
        }
    }

    fn limit(&self) -> Option<u64> {
        Some(self.limiter.current_limit().into())
    }
}
