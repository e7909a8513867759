//! Requests that end on other threads and in tasks of a runtime, on the machine's own clock: only
//! counts are asserted.

use std::thread;

use shorttail::channel;
use shorttail::measure::trial::{Arm, Plan, Report, Request, Trial, Verdict};
use shorttail::time::{Clock, StdClock};

const PAIRS: usize = 6;
const BLOCK_NS: u64 = 10_000_000;

/// 100 requests a block.
fn trial() -> Trial {
    Trial::new("shape", Plan::uniform(10_000.0))
        .block_ns(BLOCK_NS)
        .pairs(PAIRS)
        .workers(2)
}

fn assert_whole(report: &Report) {
    assert_eq!(report.shape, "handed over");
    for arm in &report.arms {
        assert_eq!(
            arm.latency_ns.count(),
            (PAIRS * 2 * 100) as u64,
            "{}",
            arm.name
        );
        assert_eq!(arm.service_ns.count(), arm.latency_ns.count());
        assert_eq!(arm.send_lag_ns.count(), arm.latency_ns.count());
        assert!(arm.latency_ns.max() >= arm.service_ns.max());
    }
    let text = report.verdict.to_string();
    assert!(
        !text.contains("dropped") && !text.contains("did not end"),
        "{text}"
    );
}

#[test]
fn requests_end_on_other_threads() {
    let (sender, receiver) = channel::bounded::<Request>(64);
    thread::scope(|scope| {
        for _ in 0..3 {
            let receiver = receiver.clone();
            scope.spawn(move || {
                receiver
                    .into_iter()
                    .for_each(|request| request.finish(StdClock.now_ns()));
            });
        }
        let hand = |name: &str| {
            let sender = sender.clone();
            Arm::handed_over(name, move |request| drop(sender.send(request)))
        };
        let arms = [hand("a"), hand("b")];
        drop((sender, receiver));
        assert_whole(&trial().run(&StdClock, arms).unwrap());
    });
}

#[test]
fn requests_end_in_tasks() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let spawn = |request: Request| {
        drop(runtime.spawn(async move {
            tokio::task::yield_now().await;
            request.finish(StdClock.now_ns());
        }));
    };
    let arms = [Arm::handed_over("a", spawn), Arm::handed_over("b", spawn)];
    assert_whole(&trial().run(&StdClock, arms).unwrap());
}

#[test]
fn a_task_that_is_dropped_has_lost_its_request() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let spawn = |request: Request| {
        let number = request.number();
        let task = runtime.spawn(async move {
            if number == 7 {
                drop(request);
            } else {
                request.finish(StdClock.now_ns());
            }
        });
        drop(task);
    };
    let arms = [Arm::handed_over("a", spawn), Arm::handed_over("b", spawn)];
    let report = trial().run(&StdClock, arms).unwrap();
    // One a block: a warm-up group, the pairs, two groups of the base against itself.
    let lost = format!(
        "{} requests were dropped, or ended before they began by another clock",
        4 * (1 + PAIRS + 2)
    );
    assert_eq!(report.verdict, Verdict::Invalid(lost));
}
