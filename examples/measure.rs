//! Where do requests spend their time, and what do they take from the heap?
//!
//! Two workers answer requests from a bounded channel. Each request carries a stage timer; the
//! handler is an allocation region. At the end the stages print as percentiles with the stage that
//! holds the tail, the slowest requests by number, and the handler's allocations beside those of
//! the whole process.
//!
//! Run: `cargo run --release --example measure`. Last line:
//! `handler: 20000 visits, 0 allocs, 0 reallocs, 0 frees, 0 bytes`
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::hint::black_box;
use std::thread;

use shorttail::channel::{Receiver, bounded};
use shorttail::measure::{
    AllocGuard, AllocRegion, Exemplars, Stage, StageReport, StageSet, StageTimer, process_allocs,
    wake_calls,
};
use shorttail::time::{Clock, StdClock};

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

static HANDLER: AllocRegion = AllocRegion::new("handler");

const REQUESTS: u64 = 20_000;
const WORKERS: usize = 2;

struct Request {
    number: u64,
    timer: StageTimer,
}

/// The work: a few microseconds of arithmetic; every hundredth request is ten times as long.
fn handle(number: u64) -> u64 {
    let _scope = HANDLER.enter();
    let rounds = if number % 100 == 0 { 20_000 } else { 2_000 };
    (0..rounds).fold(number, |hash, round| {
        black_box(hash.rotate_left(5) ^ round).wrapping_mul(0x517c_c1b7_2722_0a95)
    })
}

/// How often the mark of the slow requests follows the p99, in requests of a worker.
const REMARK: u64 = 1_000;

fn work(requests: &Receiver<Request>, stages: &StageSet, slowest: &Exemplars) {
    let mut report = StageReport::new();
    let mut done = 0;
    while let Ok(mut request) = requests.recv() {
        request.timer.lap(Stage::QUEUE_WAIT, StdClock.now_ns());
        black_box(handle(request.number));
        request.timer.lap(Stage::PROCESSING, StdClock.now_ns());
        stages.record(&request.timer);
        // A service has a trace id here.
        slowest.offer(u128::from(request.number), &request.timer);
        done += 1;
        if done % REMARK == 0 {
            stages.report_into(&mut report);
            stages.mark_slow(report.total().quantile(0.99).unwrap_or(u64::MAX));
        }
    }
}

fn main() {
    let stages = StageSet::standard(WORKERS);
    let slowest = Exemplars::new(3);
    let mut seen = Vec::with_capacity(slowest.capacity());
    let (sender, receiver) = bounded(64);
    let mut report = StageReport::new();
    let (before, wakes_before) = (process_allocs(), wake_calls());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            let receiver = receiver.clone();
            let (stages, slowest) = (&stages, &slowest);
            scope.spawn(move || work(&receiver, stages, slowest));
        }
        drop(receiver);
        for number in 0..REQUESTS {
            let timer = StageTimer::start(StdClock.now_ns());
            let sent = sender.send(Request { number, timer });
            sent.expect("the workers receive until the sender is gone");
        }
        drop(sender);
    });
    let (all, wakes) = (process_allocs() - before, wake_calls() - wakes_before);

    stages.report_into(&mut report);
    slowest.take_into(&mut seen);
    assert_eq!(report.total().count(), REQUESTS);
    assert!(!HANDLER.counts().is_allocating());
    println!("nanoseconds, {REQUESTS} requests, {WORKERS} workers\n{report}\n");
    for one in &seen {
        let (total_ns, queued_ns) = (one.timer.total_ns(), one.timer.spent_ns(Stage::QUEUE_WAIT));
        println!(
            "request {}: {total_ns} ns, {queued_ns} of them queued",
            one.trace_id
        );
    }
    println!("wakes by system call: {wakes}");
    println!("process, starting its threads included: {all}");
    println!("{HANDLER}");
}
