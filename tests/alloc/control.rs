//! Decisions about calls take nothing from the heap: granted, refused, cancelled or dropped.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use shorttail::control::{
    Cancel, Carried, Class, ClientThrottle, Decision, EndpointBudget, Failure, Gate, HedgePolicy,
    IncidentWindow, MeasuredToggle, RetryBudget, RetryPolicy, Share, Side, Toggle, Toggles,
    previous_attempts, pushback, time_out,
};
use shorttail::limit::{AdaptiveLimit, Backoff, Jitter};
use shorttail::measure::{Exemplars, Histogram, Stage, StageSet, StageTimer, assert_no_alloc};
use shorttail::time::{Clock, Deadline, MockClock};

#[test]
fn retries_allocate_nothing() {
    for jitter in [
        Jitter::None,
        Jitter::Full,
        Jitter::Equal,
        Jitter::Decorrelated,
    ] {
        let backoff = Backoff::exponential(Duration::from_millis(1), Duration::from_secs(1));
        let budget = RetryBudget::new(0.2).unwrap().floor_per_second(1);
        let built = RetryPolicy::builder()
            .backoff(backoff.jitter(jitter))
            .budget(budget);
        let policy = built.build().unwrap();
        assert_no_alloc(|| {
            for now_ns in 0..1_000 {
                let deadline = Deadline::after(now_ns, Duration::from_millis(now_ns));
                let mut attempts = policy.start_unchecked(deadline, now_ns);
                while let Decision::Retry { .. } = attempts.failed(Failure::transient(), now_ns) {}
                drop(policy.start_unmarked(deadline, now_ns));
                policy.start_nested(deadline).succeeded();
            }
            let _ = policy.stats();
        });
    }
}

#[test]
fn hedges_and_time_outs_allocate_nothing() {
    let policy = HedgePolicy::new(0.9, RetryBudget::new(0.1).unwrap()).unwrap();
    let mut latency_ns = Histogram::new();
    latency_ns.record_n(1_000, 100_000);
    let live = latency_ns.snapshot();
    assert_no_alloc(|| {
        policy.update(&live);
        for _ in 0..100 {
            let _ = policy.start_unchecked(Deadline::NEVER, 0).try_hedge(2_000);
            policy.start_unchecked(Deadline::NEVER, 0).answered(5);
        }
        assert!(time_out(&live, 0.001).is_some());
    });
}

#[test]
fn headers_allocate_nothing() {
    assert_no_alloc(|| {
        let deadline = Deadline::after(0, Duration::from_millis(250));
        let wire = deadline.to_grpc_timeout(9).unwrap();
        assert!(Deadline::from_grpc_timeout(wire.as_bytes(), 5).is_ok());
        assert!(Deadline::from_grpc_timeout(b"250", 5).is_err());
        let wire = deadline.to_millis(9).unwrap();
        assert!(Deadline::from_millis(wire.as_bytes(), 5).is_ok());
        assert!(Deadline::from_millis(b"250m", 5).is_err());
        assert!(previous_attempts(b"2").is_ok() && previous_attempts(b"x").is_err());
        assert!(pushback(b"-1").is_ok() && pushback(b"").is_err());
    });
}

#[test]
fn waiting_for_a_cancel_allocates_nothing() {
    let (cancel, mut cx) = (Cancel::new(), Context::from_waker(Waker::noop()));
    assert_no_alloc(|| {
        assert!(!cancel.is_cancelled() && !cancel.wait(Duration::ZERO));
        let mut left = pin!(cancel.cancelled_async());
        assert!(left.as_mut().poll(&mut cx).is_pending());
        cancel.cancel();
        assert!(left.as_mut().poll(&mut cx).is_ready() && cancel.wait(Duration::ZERO));
    });
}

/// Entered, refused for each reason, waited for, cancelled, shrunk, and over many windows.
#[test]
fn a_gate_allocates_nothing_once_it_is_built() {
    let limit = AdaptiveLimit::new(4, 1..=64).unwrap();
    let gate = Gate::builder(4).adaptive(limit).shares(1.0, 0.5);
    let gate = gate.waiters_max(40).build();
    let (gate, clock) = (Arc::new(gate.unwrap()), MockClock::new());
    let mut cx = Context::from_waker(Waker::noop());
    let never = Deadline::NEVER;
    assert_no_alloc(|| {
        for _ in 0..2_000 {
            clock.advance(Duration::from_millis(20));
            let now_ns = clock.now_ns();
            let enter = |class, deadline| gate.try_enter(class, deadline, now_ns);
            enter(Class::CRITICAL, never)
                .unwrap()
                .finish(now_ns + 5_000_000);
            enter(Class::CRITICAL, never).unwrap().cut_off(now_ns + 1);
            enter(Class::CRITICAL, never).unwrap().overloaded();
            assert!(enter(Class::NORMAL, Deadline::at(now_ns)).is_err());
            drop(enter(Class::NORMAL.sticky(7), Deadline::at(now_ns + 1_000)));
            gate.set_limit(1);
            let held = gate.try_enter_owned(Class::NORMAL, never, now_ns).unwrap();
            assert!(enter(Class::SHEDDABLE, never).is_err());
            let mut left = pin!(gate.enter_async(Class::CRITICAL, never, &clock));
            assert!(left.as_mut().poll(&mut cx).is_pending());
            // More than there are cells.
            let mut waits: [_; 40] =
                core::array::from_fn(|_| gate.enter_async(Class::NORMAL, never, &clock));
            for wait in &mut waits {
                // SAFETY: the array is not moved before it is dropped.
                let wait = unsafe { std::pin::Pin::new_unchecked(wait) };
                assert!(wait.poll(&mut cx).is_pending());
            }
            drop(held);
            assert!(left.as_mut().poll(&mut cx).is_ready());
            assert!(gate.load(now_ns) >= 1.0 && gate.stats().waiting == 40);
        }
    });
}

#[test]
fn a_client_throttle_allocates_nothing() {
    let throttle = ClientThrottle::new(1.5).unwrap();
    assert_no_alloc(|| {
        for call in 0..10_000_u64 {
            if throttle.try_send(call * 1_000_000).is_ok() && call % 3 == 0 {
                throttle.accepted(call * 1_000_000);
            }
        }
        assert!(throttle.counts(10_000_000_000).0 > 0);
    });
}

#[test]
fn endpoint_budgets_allocate_nothing() {
    let described = || EndpointBudget::builder("x").p99(Duration::from_nanos(500));
    let budget = described()
        .unit(Duration::from_nanos(100))
        .build(0)
        .unwrap();
    let mut events = 0;
    assert_no_alloc(|| {
        for now_ns in 0..100_000 {
            budget.observe(now_ns / 2_000 * 400 % 1_200);
            while budget.tick(now_ns).is_some() {
                events += 1;
            }
        }
        let saved = budget.save();
        let mut carried = Carried::parse(&saved).unwrap();
        assert!(Carried::parse(&saved[1..]).is_err());
        assert!(carried.merge(&carried.clone()).is_ok() && carried.to_bytes() != saved);
        assert!(budget.compared_with().is_none());
        let _ = (budget.states(), budget.burn_rates(60));
    });
    assert!(events > 1, "{events}");
}

#[test]
fn the_window_of_an_incident_allocates_nothing_once_it_is_made() {
    let (stages, slowest) = (StageSet::standard(1), Exemplars::new(8));
    let mut window = IncidentWindow::new(&stages, &slowest);
    assert_no_alloc(|| {
        for trace_id in 0..1_000 {
            let mut timer = StageTimer::start(0);
            timer.lap(Stage::PROCESSING, trace_id);
            stages.record(&timer);
            slowest.offer(trace_id.into(), &timer);
            if trace_id % 50 == 0 {
                window.turn(&stages, &slowest);
            }
        }
        assert!(window.report().total().count() > 0);
    });
    assert_eq!(window.slowest().len(), 8);
}

#[test]
fn toggles_allocate_nothing() {
    static TOGGLE: Toggle = Toggle::off("allocates-nothing");
    static ALL: Toggles = Toggles::new(&[&TOGGLE]);
    let half = || ALL.set("allocates-nothing=50%");
    assert_eq!(half(), Ok(1));
    let measured = MeasuredToggle::new(&TOGGLE, 1).guard(0.5, 1.1).unwrap();
    assert_no_alloc(|| {
        assert_eq!(half(), Ok(1));
        assert!(ALL.set("allocates-nothing=much").is_err());
        for key in 0..10_000 {
            let side = measured.side_for(key);
            measured.record(side, if side == Side::On { 200 } else { 100 });
        }
        assert!(measured.end_window().is_none(), "one is not enough");
        for _ in 0..1_000 {
            measured.record(Side::On, 200);
            measured.record(Side::Off, 100);
        }
        assert!(measured.end_window().is_some());
    });
    assert_eq!(TOGGLE.share(), Share::NONE);
}
