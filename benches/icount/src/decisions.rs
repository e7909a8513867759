//! What is measured of a request, and decided about it. Each takes the time as an argument.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use shorttail::control::{
    Cancel, Class, EndpointBudget, Failure, Gate, RetryBudget, RetryPolicy, Toggle,
};
use shorttail::limit::{Backoff, Breaker, Jitter, Pacer};
use shorttail::measure::{Exemplars, SharedRecorder, Stage, StageSet, StageTimer};
use shorttail::time::Deadline;

use crate::cells::{Cell, cell};

pub(crate) fn all() -> Vec<Cell> {
    vec![
        cell("measure: record into a shared one", 52.0, shared_record),
        cell("measure: three laps, into a set", 202.0, stages),
        cell("measure: exemplar, not slow enough", 34.0, || {
            exemplar(|_| 5)
        }),
        cell("measure: exemplar, kept", 381.0, || {
            exemplar(|slower| slower)
        }),
        cell("control: deadline check", 20.0, deadline),
        cell("control: is cancelled", 15.0, cancelled),
        cell("control: gate, enter and leave", 122.0, gate),
        cell("control: gate, refused", 178.0, full_gate),
        cell("control: a further retry", 161.0, retry),
        cell("control: deposit and withdraw", 64.0, retry_budget),
        cell("control: endpoint observes", 44.0, observe),
        cell("control: toggle is on", 9.0, toggle),
        cell("limit: pacer passes", 36.0, pacer),
        cell("limit: breaker, a call", 205.0, breaker),
        cell("limit: delay with jitter", 87.0, delay),
    ]
}

fn shared_record() -> Box<dyn FnMut()> {
    let shared = SharedRecorder::new(2);
    let mut value = 0;
    Box::new(move || {
        value += 977;
        shared.record(black_box(value));
    })
}

fn stages() -> Box<dyn FnMut()> {
    let set = StageSet::standard(8);
    let mut now_ns = 0;
    Box::new(move || {
        let mut timer = StageTimer::start(black_box(now_ns));
        for (stage, after_ns) in [
            (Stage::QUEUE_WAIT, 700),
            (Stage::SCHEDULING, 1_300),
            (Stage::PROCESSING, 9_000),
        ] {
            timer.lap(stage, black_box(now_ns + after_ns));
        }
        now_ns += 10_000;
        set.record(&timer);
    })
}

/// Offers of requests that take as long as `total_ns` of their number says.
fn exemplar(total_ns: fn(u64) -> u64) -> Box<dyn FnMut()> {
    let slowest: Exemplars = Exemplars::new(8);
    let mut number = 0;
    let mut offer = move |total_ns| {
        let mut timer = StageTimer::start(0);
        timer.lap(Stage::PROCESSING, black_box(total_ns));
        slowest.offer(u128::from(total_ns), &timer);
    };
    (1_000_000..1_000_008).for_each(&mut offer);
    Box::new(move || {
        number += 1;
        offer(total_ns(2_000_000 + number));
    })
}

fn deadline() -> Box<dyn FnMut()> {
    let deadline = Deadline::after(0, Duration::from_secs(1));
    Box::new(move || {
        black_box(black_box(deadline).is_expired(black_box(7)));
    })
}

fn cancelled() -> Box<dyn FnMut()> {
    let cancel = Cancel::new();
    Box::new(move || {
        black_box(black_box(&cancel).is_cancelled());
    })
}

fn gate() -> Box<dyn FnMut()> {
    let gate = Gate::builder(100).build().expect("a limit");
    Box::new(move || {
        let never = black_box(Deadline::NEVER);
        assert!(gate.try_enter(Class::NORMAL, never, black_box(7)).is_ok());
    })
}

fn full_gate() -> Box<dyn FnMut()> {
    let full = Arc::new(Gate::builder(1).build().expect("a limit"));
    let held = full.try_enter_owned(Class::CRITICAL, Deadline::NEVER, 7);
    let held = held.expect("nobody is in");
    Box::new(move || {
        let _held = &held;
        let never = black_box(Deadline::NEVER);
        assert!(full.try_enter(Class::NORMAL, never, black_box(7)).is_err());
    })
}

/// A decision that is not the call's first, with something in the budget each time.
fn retry() -> Box<dyn FnMut()> {
    let backoff = Backoff::exponential(Duration::from_millis(10), Duration::from_secs(1));
    let budget = RetryBudget::new(1_000.0).expect("a ratio");
    let builder = RetryPolicy::builder().attempts_max(u32::MAX);
    let builder = builder.backoff(backoff).budget(budget.floor(4_000_000));
    let policy: &RetryPolicy = Box::leak(Box::new(builder.build().expect("a policy")));
    let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
    Box::new(move || {
        let granted = attempts.failed(Failure::transient(), black_box(0));
        let _ = black_box(granted);
    })
}

fn retry_budget() -> Box<dyn FnMut()> {
    let budget = RetryBudget::new(1.0).expect("a ratio");
    Box::new(move || {
        budget.deposit(black_box(0));
        black_box(budget.try_withdraw(black_box(0)));
    })
}

fn observe() -> Box<dyn FnMut()> {
    let budget = EndpointBudget::builder("x").p99(Duration::from_millis(1));
    let budget = budget.build(0).expect("a target");
    Box::new(move || budget.observe(black_box(500)))
}

fn toggle() -> Box<dyn FnMut()> {
    static TOGGLE: Toggle = Toggle::off("x");
    Box::new(|| {
        black_box(TOGGLE.is_on());
    })
}

fn pacer() -> Box<dyn FnMut()> {
    let pacer = Pacer::per_second(1_000_000, 10).expect("a rate");
    let mut now_ns = 0;
    Box::new(move || {
        now_ns += 1_000;
        assert!(pacer.try_pass(black_box(now_ns)).is_ok());
    })
}

fn breaker() -> Box<dyn FnMut()> {
    let breaker = Breaker::builder().build().expect("a breaker");
    Box::new(move || {
        let ticket = breaker.admit(black_box(0)).expect("closed");
        breaker.succeeded(ticket, black_box(0));
    })
}

fn delay() -> Box<dyn FnMut()> {
    let delays = Backoff::exponential(Duration::from_millis(1), Duration::MAX);
    let mut delays = delays.jitter(Jitter::Full).delays();
    Box::new(move || {
        black_box(delays.next());
    })
}
