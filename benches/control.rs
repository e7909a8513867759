//! What a decision about a call costs, without a clock reading: each takes the time as an argument.
//!
//! `cargo bench --bench control`

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use shorttail::control::{
    Cancel, Class, Decision, EndpointBudget, Failure, Gate, HedgePolicy, RetryBudget, RetryPolicy,
    Share, Toggle,
};
use shorttail::limit::{Backoff, Breaker, Jitter, Pacer};
use shorttail::measure::Histogram;
use shorttail::time::{Clock, Deadline, StdClock};

fn policy() -> RetryPolicy {
    let backoff = Backoff::exponential(Duration::from_millis(10), Duration::from_secs(1));
    // A budget that every retry finds something in.
    let budget = RetryBudget::new(1_000.0).unwrap().floor(4_000_000);
    let built = RetryPolicy::builder()
        .attempts_max(u32::MAX)
        .backoff(backoff);
    built.budget(budget).build().unwrap()
}

/// The time of so many retries of calls that go on failing, each of which is granted: a budget
/// lasts for four million.
fn further_retries(decisions: u64) -> Duration {
    let (mut spent, mut left) = (Duration::ZERO, decisions);
    while left > 0 {
        let part = left.min(1_000_000);
        left -= part;
        let policy = policy();
        let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
        let mut last = attempts.failed(Failure::transient(), 0);
        let begin = Instant::now();
        for _ in 0..part {
            last = black_box(attempts.failed(Failure::transient(), black_box(0)));
        }
        spent += begin.elapsed();
        assert!(matches!(last, Decision::Retry { .. }));
    }
    spent
}

/// The time of so many ways there and back: one thread sets a toggle, another sees it and sets a
/// second one, which the first sees.
fn toggles_seen(rounds: u64) -> Duration {
    static THERE: Toggle = Toggle::off("there");
    static BACK: Toggle = Toggle::off("back");
    let share = |round: u64| {
        if round % 2 == 0 {
            Share::ALL
        } else {
            Share::NONE
        }
    };
    let follow = |toggle: &Toggle, round| {
        while toggle.share() != share(round) {
            std::hint::spin_loop();
        }
    };
    THERE.set(Share::NONE);
    BACK.set(Share::NONE);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..rounds {
                follow(&THERE, round);
                BACK.set(share(round));
            }
        });
        let begin = Instant::now();
        for round in 0..rounds {
            THERE.set(share(round));
            follow(&BACK, round);
        }
        begin.elapsed()
    })
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
    c.bench_function("control/further_retry_decision", |b| {
        b.iter_custom(further_retries)
    });
    let budget = RetryBudget::new(1.0).unwrap();
    c.bench_function("control/budget_deposit_and_withdraw", |b| {
        b.iter(|| {
            budget.deposit(black_box(0));
            budget.try_withdraw(black_box(0))
        });
    });
}

fn budgets_and_toggles(c: &mut Criterion) {
    let budget = EndpointBudget::builder("x").p99(Duration::from_millis(1));
    let budget = budget.build(0).expect("a target");
    c.bench_function("control/endpoint_observe", |b| {
        b.iter(|| budget.observe(black_box(500)));
    });
    c.bench_function("control/endpoint_tick_within_a_unit", |b| {
        b.iter(|| budget.tick(black_box(5)));
    });
    static TOGGLE: Toggle = Toggle::off("x");
    c.bench_function("control/toggle_is_on", |b| b.iter(|| TOGGLE.is_on()));
    c.bench_function("control/toggle_there_and_back", |b| {
        b.iter_custom(toggles_seen)
    });
    TOGGLE.set(Share::from_basis_points(5_000).expect("a half"));
    let mut key = 0_u64;
    c.bench_function("control/toggle_is_on_for", |b| {
        b.iter(|| {
            key += 1;
            TOGGLE.is_on_for(black_box(key))
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
                .start_unchecked(Deadline::NEVER, black_box(0))
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
    // By how much the check is beyond the clock that it needs.
    c.bench_function("control/clock", |b| b.iter(|| StdClock.now_ns()));
    c.bench_function("control/clock_and_deadline_check", |b| {
        b.iter(|| black_box(deadline).is_expired(StdClock.now_ns()));
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

fn gates(c: &mut Criterion) {
    // A compare-exchange and a read-modify-write on a line of one's own: the floor of a gate.
    let word = AtomicU64::new(0);
    c.bench_function("control/floor_of_a_gate", |b| {
        b.iter(|| {
            let seen = word.load(Ordering::Relaxed);
            let next = black_box(seen + 1);
            let taken = word.compare_exchange(seen, next, Ordering::AcqRel, Ordering::Relaxed);
            assert!(taken.is_ok());
            word.fetch_sub(1, Ordering::AcqRel)
        });
    });
    let gate = Arc::new(Gate::builder(100).build().unwrap());
    let never = || black_box(Deadline::NEVER);
    // The window of the first call does not end while the clock stands.
    c.bench_function("control/gate_enter_and_leave", |b| {
        b.iter(|| gate.try_enter(Class::NORMAL, never(), black_box(7)).is_ok());
    });
    c.bench_function("control/gate_enter_and_finish", |b| {
        b.iter(|| {
            gate.try_enter(Class::NORMAL, never(), 7)
                .map(|permit| permit.finish(9))
        });
    });
    c.bench_function("control/gate_enter_with_deadline_and_finish", |b| {
        let deadline = black_box(Deadline::at(1_000));
        b.iter(|| {
            gate.try_enter(Class::NORMAL, deadline, 7)
                .map(|permit| permit.finish(9))
        });
    });
    c.bench_function("control/gate_enter_owned_and_leave", |b| {
        b.iter(|| {
            gate.try_enter_owned(Class::NORMAL, never(), black_box(7))
                .is_ok()
        });
    });
    let full = Gate::builder(1).build().unwrap();
    let _held = full.try_enter(Class::CRITICAL, never(), 7).unwrap();
    c.bench_function("control/gate_refuses", |b| {
        b.iter(|| {
            full.try_enter(Class::NORMAL, never(), black_box(7))
                .is_err()
        });
    });
    c.bench_function("control/gate_load", |b| {
        b.iter(|| black_box(&gate).load(black_box(7)))
    });
}

criterion_group!(benches, retries, budgets_and_toggles, others, gates);
criterion_main!(benches);
