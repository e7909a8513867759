//! Decisions about calls, refusals included.

use std::sync::Arc;
use std::time::Duration;

use shorttail::control::{
    Cancel, Class, ClientThrottle, Decision, EndpointBudget, Failure, Gate, HedgePolicy,
    Idempotent, MeasuredToggle, RetryBudget, RetryPolicy, Share, Side, Toggle,
};
use shorttail::limit::AdaptiveLimit;
use shorttail::measure::Histogram;
use shorttail::time::Deadline;

use crate::realtime::nonblocking;

struct GetUser;

impl Idempotent for GetUser {}

#[test]
fn retries() {
    let budget = RetryBudget::new(0.1).unwrap().floor(1);
    let policy = RetryPolicy::builder().budget(budget).build().unwrap();
    nonblocking(|| {
        policy.start_unmarked(Deadline::NEVER, 0).succeeded();
        policy.start_nested(Deadline::NEVER).cancelled();
        policy.start(&GetUser, Deadline::NEVER, 0).succeeded();
        let mut attempts = policy.start_unchecked(Deadline::after(0, Duration::from_secs(9)), 0);
        assert!(matches!(
            attempts.failed(Failure::transient(), 0),
            Decision::Retry { .. }
        ));
        assert!(matches!(
            attempts.failed(Failure::transient(), 0),
            Decision::Stop(_)
        ));
    });
}

#[test]
fn retry_budgets() {
    let budget = RetryBudget::new(0.5).unwrap().floor_per_second(1);
    nonblocking(|| {
        (0..4).for_each(|_| budget.deposit(0));
        while budget.try_withdraw(0) {}
        assert!(budget.try_withdraw(2_000_000_000));
    });
}

#[test]
fn hedges() {
    let policy = HedgePolicy::new(0.9, RetryBudget::new(0.1).unwrap()).unwrap();
    let mut latency_ns = Histogram::new();
    latency_ns.record(1_000);
    policy.update(&latency_ns.snapshot());
    nonblocking(|| {
        policy.start_unchecked(Deadline::NEVER, 0).answered(5);
        assert!(policy.start(&GetUser, Deadline::NEVER, 0).try_hedge(5_000));
    });
}

#[test]
fn cancels() {
    let cancel = Cancel::new();
    nonblocking(|| assert!(!cancel.is_cancelled()));
    cancel.cancel();
    nonblocking(|| assert!(cancel.is_cancelled()));
}

#[test]
fn gates() {
    let limit = AdaptiveLimit::new(2, 1..=4).unwrap();
    let gate = Arc::new(Gate::builder(2).adaptive(limit).build().unwrap());
    let enter = |at_ns| gate.try_enter(Class::NORMAL, Deadline::NEVER, at_ns);
    nonblocking(|| {
        // Windows end meanwhile, and the limit moves.
        for at_ns in (0..200).map(|call| call * 20_000_000) {
            enter(at_ns).unwrap().finish(at_ns + 1_000_000);
        }
        let at_ns = 4_000_000_000;
        let owned = gate.try_enter_owned(Class::CRITICAL, Deadline::NEVER, at_ns);
        assert!(gate.load(at_ns) > 0.0);
        owned.unwrap().finish(at_ns + 5);
        enter(at_ns).unwrap().cut_off(at_ns + 5);
        enter(at_ns).unwrap().overloaded();
        assert!(
            gate.try_enter(Class::NORMAL, Deadline::at(1), at_ns)
                .is_err()
        );
    });
}

#[test]
fn client_throttles() {
    let throttle = ClientThrottle::new(2.0).unwrap();
    nonblocking(|| {
        throttle.accepted(0);
        assert!((0..100).any(|call| throttle.try_send(call).is_err()));
    });
}

#[test]
fn endpoint_budgets() {
    let budget = EndpointBudget::builder("x").p99(Duration::from_nanos(5));
    let budget = budget.unit(Duration::from_nanos(100)).build(0).unwrap();
    nonblocking(|| {
        for latency_ns in 0..1_000 {
            budget.observe(latency_ns);
        }
        assert!(budget.tick(99).is_none() && budget.tick(100).is_some());
        assert!(budget.tick(100).is_none());
    });
}

#[test]
fn toggles() {
    static TOGGLE: Toggle = Toggle::off("realtime");
    let measured = MeasuredToggle::new(&TOGGLE, 1);
    nonblocking(|| {
        assert!(!TOGGLE.is_on());
        TOGGLE.set(Share::from_basis_points(5_000).unwrap());
        let on = (0..100).filter(|key| TOGGLE.is_on_for(*key)).count();
        assert!((20..80).contains(&on));
        measured.record(measured.side_for(7), 1_000);
        measured.record(Side::On, 2_000);
    });
}
