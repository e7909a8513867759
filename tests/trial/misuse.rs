//! Arms that panic, drop requests, or have too little to say.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use shorttail::measure::trial::{Arm, Plan, Request, Trial, Verdict};
use shorttail::time::{Clock, MockClock};

fn trial() -> Trial {
    Trial::new("misuse", Plan::uniform(1_000.0))
        .block_ns(10_000_000_000)
        .pairs(6)
}

#[test]
fn a_panic_of_an_arm_reaches_the_caller() {
    let clock = MockClock::new();
    let arms = [
        Arm::inline("fine", |_| ()),
        Arm::inline("panics", |number| assert_ne!(number, 77, "planted")),
    ];
    let run = || drop(trial().workers(2).run(&clock, arms));
    let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert!(
        payload
            .downcast_ref::<String>()
            .unwrap()
            .contains("planted")
    );
}

/// Finishes every request on a thread of its own, 40 µs after its start, then answers: on a mock
/// clock the trial's patience would pass while that thread has not run yet.
fn elsewhere(requests: &mpsc::Receiver<Request>, answers: &mpsc::Sender<()>) {
    for request in requests {
        let end_ns = request.start_ns() + 40_000;
        request.finish(end_ns);
        answers.send(()).unwrap();
    }
}

#[test]
fn handed_over_requests_are_all_counted() {
    let (sender, requests) = mpsc::channel();
    let (answers, answered) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || elsewhere(&requests, &answers));
        let ends = Mutex::new((sender, answered));
        let hand_over = |request| {
            let ends = ends.lock().unwrap();
            ends.0.send(request).unwrap();
            ends.1.recv().unwrap();
        };
        let arms = [
            Arm::handed_over("a", hand_over),
            Arm::handed_over("b", hand_over),
        ];
        // Few requests, since each costs two switches of threads; half of them lie beyond p50.
        let few = trial().block_ns(200_000_000).limit(0.5, 1.1);
        let report = few.run(&MockClock::new(), arms).unwrap();
        assert_eq!(report.shape, "handed over");
        assert_eq!(report.arms[0].latency_ns.count(), 6 * 2 * 200);
        assert_eq!(report.arms[1].service_ns.quantile(1.0), Some(40_000));
        assert_eq!(report.verdict, Verdict::Pass);
    });
}

#[test]
fn a_dropped_request_makes_the_run_invalid() {
    let clock = MockClock::new();
    let arm = |name, dropped: u64| {
        let clock = &clock;
        Arm::handed_over(name, move |request: Request| {
            clock.advance(Duration::from_micros(40));
            if request.number() != dropped {
                request.finish(clock.now_ns());
            }
        })
    };
    let report = trial()
        .run(&clock, [arm("keeps", u64::MAX), arm("drops", 5)])
        .unwrap();
    let Verdict::Invalid(why) = report.verdict else {
        panic!("lost requests were not missed");
    };
    assert!(
        why.ends_with("requests were dropped, or ended before they began by another clock"),
        "{why}"
    );
}

#[test]
fn a_request_that_never_ends_ends_the_run() {
    let clock = MockClock::new();
    let kept = Mutex::new(Vec::new());
    let arm = |name| Arm::handed_over(name, |request| kept.lock().unwrap().push(request));
    let report = trial().run(&clock, [arm("a"), arm("b")]).unwrap();
    let expected = "10000 requests did not end within 10 s".to_owned();
    assert_eq!(report.verdict, Verdict::Invalid(expected));
}

#[test]
fn too_few_samples_are_no_ground_for_a_verdict() {
    let clock = MockClock::new();
    let arm = |name| {
        let clock = &clock;
        Arm::inline(name, move |_| clock.advance(Duration::from_micros(40)))
    };
    // 36 000 requests an arm leave 36 beyond p99.9.
    let report = trial()
        .block_ns(3_000_000_000)
        .limit(0.999, 1.1)
        .run(&clock, [arm("a"), arm("b")])
        .unwrap();
    let Verdict::Invalid(why) = report.verdict else {
        panic!("36 samples were believed");
    };
    assert_eq!(
        why,
        "fewer than 100 samples beyond p99.9: 36000 requests, 100000 are needed"
    );
    assert!(report.ratios.iter().all(|ratio| ratio.q < 0.999));
    assert_eq!(report.arms[0].supported(0.999), None);
}
