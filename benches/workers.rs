//! What it costs to hand in a job, and to take it and run it.
//!
//! `cargo bench --bench workers`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use shorttail::time::{Clock, CoarseClock, Deadline, StdClock};
use shorttail::workers::{Inline, Pool, Task, TaskBudget, Worker};

const HOT: usize = 0;
/// Jobs that are handed in, and then run: so both are measured apart, in cells of one and of both.
const JOBS: usize = 512;

type Parts<J, W, C> = (Pool<J, C>, Vec<Worker<J, W, C>>);

fn ignore<J, C: Clock>(job: J, _: &mut Task<'_, J, C>) {
    black_box(&job);
}

fn parts<J, C: Clock>(clock: C) -> Parts<J, impl shorttail::workers::Work<J, C>, C> {
    let lanes = Pool::builder().lane("hot", JOBS).lane("cold", JOBS);
    let lanes = lanes.workers(1).clock(clock);
    lanes.build_manual(ignore::<J, C>).unwrap()
}

/// A submit alone, nobody asleep: `JOBS` of them, the runs between them not timed.
fn submits<C: Clock + Clone>(c: &mut Criterion, name: &str, clock: &C) {
    let (pool, workers) = parts::<u64, C>(clock.clone());
    c.bench_function(&format!("workers/submit, {name}"), |b| {
        b.iter_custom(|iterations| {
            let mut taken = std::time::Duration::ZERO;
            let mut left = iterations;
            while left > 0 {
                let now = left.min(JOBS as u64);
                let start = std::time::Instant::now();
                for job in 0..now {
                    pool.try_submit(HOT, black_box(job), Deadline::NEVER)
                        .unwrap();
                }
                taken += start.elapsed();
                while workers[0].run_one() {}
                left -= now;
            }
            taken
        });
    });
    c.bench_function(&format!("workers/submit and run, {name}"), |b| {
        b.iter(|| {
            pool.try_submit(HOT, black_box(7), Deadline::NEVER).unwrap();
            workers[0].run_one()
        });
    });
    drop(workers);
}

fn pools(c: &mut Criterion) {
    submits(c, "std clock", &StdClock);
    submits(c, "coarse clock", &&CoarseClock::new());
    c.bench_function("workers/std clock alone", |b| b.iter(|| StdClock.now_ns()));
    let (pool, workers) = parts::<Inline<48>, _>(StdClock);
    c.bench_function("workers/submit and run a closure", |b| {
        b.iter(|| {
            let number = black_box(7_u64);
            let job = Inline::new(move || _ = black_box(number));
            pool.try_submit(HOT, job, Deadline::NEVER).unwrap();
            workers[0].run_one()
        });
    });
    drop(workers);
    let mut budget = TaskBudget::new(u32::MAX, std::time::Duration::from_secs(3_600));
    c.bench_function("workers/should_yield", |b| b.iter(|| budget.should_yield()));
}

criterion_group!(benches, pools);
criterion_main!(benches);
