//! What a decision about a call costs, without a clock reading: each takes the time as an argument.
//!
//! `cargo bench --bench control`

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use shorttail::control::{Cancel, Failure, HedgePolicy, RetryBudget, RetryPolicy};
use shorttail::limit::{Backoff, Breaker, Jitter, Pacer};
use shorttail::measure::Histogram;
use shorttail::time::Deadline;

fn policy() -> RetryPolicy {
    let backoff = Backoff::exponential(Duration::from_millis(10), Duration::from_secs(1));
    // A budget that every retry finds something in.
    let budget = RetryBudget::new(1_000.0).unwrap().floor(4_000_000);
    let built = RetryPolicy::builder()
        .attempts_max(u32::MAX)
        .backoff(backoff);
    built.budget(budget).build().unwrap()
}

fn retries(c: &mut Criterion) {
    let policy = policy();
    c.bench_function("control/call_that_succeeds", |b| {
        b.iter(|| {
            policy
                .start_unchecked(black_box(Deadline::NEVER), 0)
                .succeeded()
        });
    });
    c.bench_function("control/retry_decision", |b| {
        b.iter_batched_ref(
            || policy.start_unchecked(Deadline::NEVER, 0),
            |attempts| attempts.failed(Failure::transient(), black_box(0)),
            BatchSize::SmallInput,
        );
    });
    let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
    let _ = attempts.failed(Failure::transient(), 0);
    c.bench_function("control/further_retry_decision", |b| {
        b.iter(|| attempts.failed(Failure::transient(), black_box(0)));
    });
    let budget = RetryBudget::new(1.0).unwrap();
    c.bench_function("control/budget_deposit_and_withdraw", |b| {
        b.iter(|| {
            budget.deposit(black_box(0));
            budget.try_withdraw(black_box(0))
        });
    });
}

fn others(c: &mut Criterion) {
    let hedges = HedgePolicy::new(0.95, RetryBudget::new(0.1).unwrap()).unwrap();
    let mut latency_ns = Histogram::new();
    latency_ns.record(1_000);
    hedges.update(&latency_ns.snapshot());
    c.bench_function("control/hedge_not_needed", |b| {
        b.iter(|| {
            hedges
                .start(Deadline::NEVER, black_box(0))
                .answered(black_box(5))
        });
    });
    let cancel = Cancel::new();
    c.bench_function("control/is_cancelled", |b| {
        b.iter(|| black_box(&cancel).is_cancelled())
    });
    let deadline = Deadline::after(0, Duration::from_secs(1));
    c.bench_function("control/deadline_check", |b| {
        b.iter(|| black_box(deadline).is_expired(black_box(7)));
    });
    let delays = Backoff::exponential(Duration::from_millis(1), Duration::MAX);
    let mut delays = delays.jitter(Jitter::Full).delays();
    c.bench_function("limit/backoff_delay", |b| b.iter(|| delays.next()));
    let pacer = Pacer::per_second(1_000_000, 10).unwrap();
    let mut now_ns = 0;
    c.bench_function("limit/pacer_passes", |b| {
        b.iter(|| {
            now_ns += 1_000;
            pacer.try_pass(now_ns)
        });
    });
    let breaker = Breaker::builder().build().unwrap();
    c.bench_function("limit/breaker_call", |b| {
        b.iter(|| breaker.succeeded(breaker.admit(black_box(0)).unwrap(), black_box(0)));
    });
}

criterion_group!(benches, retries, others);
criterion_main!(benches);
