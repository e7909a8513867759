//! The stages of a request sum to its total, whatever the clock did.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use shorttail::channel;
use shorttail::measure::{Stage, StageReport, StageSet, StageTimer};
use shorttail::time::{Clock, MockClock};

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(256)
    })]

    #[test]
    fn stages_sum_exactly_to_the_total(
        start in 0..u64::MAX / 2,
        laps in prop::collection::vec((0_usize..4, 0..u64::MAX), 0..20),
    ) {
        let mut timer = StageTimer::<4>::start(start);
        let mut last = start;
        for (stage, now) in laps {
            timer.lap(Stage::nth(stage), now);
            last = last.max(now);
        }
        let sum: u64 = (0..4).map(|stage| timer.spent_ns(Stage::nth(stage))).sum();
        prop_assert_eq!(sum, timer.total_ns());
        prop_assert_eq!(timer.total_ns(), last - start);
    }

    #[test]
    fn the_sums_of_a_set_add_up_to_the_total(
        requests in prop::collection::vec([0..1_u64 << 30, 0..1 << 30, 0..1 << 30], 1..40),
    ) {
        let set = StageSet::standard(1);
        for laps in &requests {
            let mut timer = StageTimer::start(0);
            let mut now = 0;
            for (stage, lap) in laps.iter().enumerate() {
                now += lap;
                timer.lap(Stage::nth(stage), now);
            }
            set.record(&timer);
        }
        let report = set.report();
        let stages = [Stage::QUEUE_WAIT, Stage::SCHEDULING, Stage::PROCESSING];
        let sum: u64 = stages.iter().map(|stage| report.stage(*stage).sum()).sum();
        prop_assert_eq!(sum, report.total().sum());
        for stage in stages {
            prop_assert_eq!(report.stage(stage).count(), requests.len() as u64);
        }
    }
}

#[test]
fn a_clock_that_steps_back_costs_no_time_and_no_underflow() {
    let mut timer: StageTimer = StageTimer::start(100);
    assert_eq!(timer.lap(Stage::QUEUE_WAIT, 90), 0);
    assert_eq!(timer.lap(Stage::PROCESSING, 130), 30);
    assert_eq!(
        (timer.spent_ns(Stage::QUEUE_WAIT), timer.total_ns()),
        (0, 30)
    );
}

#[test]
fn a_stage_outside_the_timer_is_a_bug() {
    let lap = || StageTimer::<2>::start(0).lap(Stage::PROCESSING, 1);
    assert!(catch_unwind(lap).is_err());
}

#[test]
fn the_planted_slow_stage_is_the_one_named() {
    let set = StageSet::new(["queue wait", "scheduling", "processing", "render"], 2);
    for request in 0..1_000 {
        let mut timer = StageTimer::start(0);
        timer.lap(Stage::QUEUE_WAIT, 10);
        timer.lap(Stage::PROCESSING, 60);
        timer.lap(Stage::nth(3), if request % 50 == 0 { 9_000 } else { 61 });
        set.record(&timer);
    }
    let report = set.report();
    assert_eq!(report.slowest(0.5), Some((Stage::PROCESSING, 50)));
    let (stage, ns) = report.slowest(0.99).unwrap();
    assert_eq!(set.names()[stage.index()], "render");
    assert!((8_940..=8_940 + 8_940 / 31).contains(&ns));
}

/// What takes long in every request is not why some are slow.
#[test]
fn the_stage_that_holds_the_time_above_p99_is_the_planted_one() {
    for planted in 0..4 {
        let set = StageSet::for_tasks(1);
        let run = || {
            for request in 0..2_000 {
                let mut timer = StageTimer::start(0);
                let mut now = 0;
                for (stage, usual) in [40, 30, 9_000, 200].into_iter().enumerate() {
                    let slow = stage == planted && request % 50 == 0;
                    now += usual + if slow { 5_000 } else { request % 7 };
                    timer.lap(Stage::nth(stage), now);
                }
                set.record(&timer);
            }
        };
        run();
        let before = set.report();
        assert_eq!(before.tail(), None, "nothing is marked yet");
        set.mark_slow(before.total().quantile(0.97).unwrap());
        run();
        let tail = set.report().delta(&before).tail().unwrap();
        assert_eq!((tail.stage, tail.requests), (Stage::nth(planted), 40));
        assert!(tail.share > 0.97, "{tail:?}");
        let text = set.report().to_string();
        let line = format!("of their excess in {}", set.names()[planted]);
        assert!(text.lines().last().unwrap().ends_with(&line), "{text}");
    }
}

/// A long stage's bucket is wider than the whole excess of a short one, and its edges lie on
/// either side of what requests take.
#[test]
fn a_small_excess_is_found_beside_a_stage_that_is_long_in_every_request() {
    for long in [100_000_000, 101_000_000, 102_700_000] {
        let named = |excess: [u64; 3]| {
            let set = StageSet::standard(1);
            set.mark_slow(long + 10_000);
            for request in 0..1_000 {
                let mut timer = StageTimer::start(0);
                let mut now = 0;
                for (stage, usual) in [5_000, 1_000, long].into_iter().enumerate() {
                    now += usual + if request % 100 == 0 { excess[stage] } else { 0 };
                    timer.lap(Stage::nth(stage), now);
                }
                set.record(&timer);
            }
            set.report().tail().unwrap()
        };
        let tail = named([400_000, 0, 0]);
        assert_eq!((tail.stage, tail.requests), (Stage::QUEUE_WAIT, 10));
        assert_eq!(tail.excess_ns, 10 * 400_000);
        let tail = named([300_000, 0, 400_000]);
        assert_eq!(tail.stage, Stage::PROCESSING);
        assert_eq!(tail.excess_ns, 10 * 400_000);
    }
}

#[test]
fn where_every_request_is_slow_its_whole_time_counts() {
    let set = StageSet::standard(1);
    set.mark_slow(1);
    let mut timer = StageTimer::start(0);
    timer.lap(Stage::SCHEDULING, 7);
    timer.lap(Stage::PROCESSING, 10);
    set.record(&timer);
    let tail = set.report().tail().unwrap();
    assert_eq!((tail.stage, tail.excess_ns), (Stage::SCHEDULING, 7));
}

/// Reads a clock and counts how often.
struct Counting(MockClock, AtomicU64);

impl Clock for Counting {
    fn now_ns(&self) -> u64 {
        self.0.advance(Duration::from_nanos(10));
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.now_ns()
    }
}

#[test]
fn three_stages_are_four_readings_of_the_clock() {
    let clock = Counting(MockClock::new(), AtomicU64::new(0));
    let set = StageSet::standard(1);
    let mut timer = StageTimer::start(clock.now_ns());
    for stage in [Stage::QUEUE_WAIT, Stage::SCHEDULING, Stage::PROCESSING] {
        timer.lap(stage, clock.now_ns());
    }
    set.record(&timer);
    assert_eq!(clock.1.load(Ordering::Relaxed), 4);
    assert_eq!(set.report().total().max(), 30);
}

#[test]
fn time_before_the_timer_counts_and_still_sums_up() {
    let mut timer: StageTimer = StageTimer::start(100);
    timer.begin_earlier(Stage::QUEUE_WAIT, 40);
    timer.lap(Stage::PROCESSING, 130);
    timer.begin_earlier(Stage::SCHEDULING, 70); // only 60 are left before zero
    let spent = [Stage::QUEUE_WAIT, Stage::SCHEDULING, Stage::PROCESSING];
    assert_eq!(spent.map(|stage| timer.spent_ns(stage)), [40, 60, 30]);
    assert_eq!(timer.total_ns(), 130);
}

/// The age of a stamped message is the request's wait, on a clock that moves by hand.
#[test]
fn the_age_of_a_message_is_a_stage() {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = channel::stamped(4, Arc::clone(&clock));
    let set = StageSet::standard(1);
    for (waits, works) in [(7, 2), (50, 3)] {
        tx.try_send(works).unwrap();
        clock.advance(Duration::from_nanos(waits));
        let aged = rx.try_recv().unwrap();
        let mut timer = StageTimer::start(clock.now_ns());
        timer.begin_earlier(Stage::QUEUE_WAIT, aged.age_ns());
        clock.advance(Duration::from_nanos(aged.value));
        timer.lap(Stage::PROCESSING, clock.now_ns());
        set.record(&timer);
    }
    let report = set.report();
    let sums = [Stage::QUEUE_WAIT, Stage::PROCESSING].map(|stage| report.stage(stage).sum());
    assert_eq!((sums, report.total().sum()), ([57, 5], 62));
}

#[test]
fn a_report_prints_a_line_a_stage_and_the_total() {
    let set = StageSet::standard(1);
    let mut timer = StageTimer::start(0);
    timer.lap(Stage::SCHEDULING, 7);
    set.record(&timer);
    let expected = "\
queue wait: n 1, p50 0, p90 0, p99 0, p99.9 0, max 0
scheduling: n 1, p50 7, p90 7, p99 7, p99.9 7, max 7
processing: n 1, p50 0, p90 0, p99 0, p99.9 0, max 0
total: n 1, p50 7, p90 7, p99 7, p99.9 7, max 7";
    assert_eq!(set.report().to_string(), expected);
}

#[test]
fn reports_subtract() {
    let set = StageSet::standard(1);
    let mut timer = StageTimer::start(0);
    timer.lap(Stage::PROCESSING, 1_000);
    set.record(&timer);
    let mut before = StageReport::default();
    set.report_into(&mut before);
    timer = StageTimer::start(0);
    timer.lap(Stage::PROCESSING, 5);
    set.record(&timer);
    let delta = set.report().delta(&before);
    assert_eq!(
        delta.stage(Stage::PROCESSING).quantiles([0.0, 1.0]),
        Some([5, 5])
    );
    assert_eq!((delta.total().count(), delta.total().sum()), (1, 5));
    assert_eq!(StageReport::<3>::new().slowest(0.5), None);
}
