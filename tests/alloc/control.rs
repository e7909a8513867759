//! Decisions about calls take nothing from the heap: granted, refused, cancelled or dropped.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use shorttail::control::{
    Cancel, Decision, Failure, HedgePolicy, RetryBudget, RetryPolicy, previous_attempts, pushback,
    time_out,
};
use shorttail::limit::{Backoff, Jitter};
use shorttail::measure::{Histogram, assert_no_alloc};
use shorttail::time::Deadline;

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
            let _ = policy.start(Deadline::NEVER, 0).try_hedge(2_000);
            policy.start(Deadline::NEVER, 0).answered(5);
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
