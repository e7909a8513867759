//! The stages of a request sum to its total, whatever the clock did.

use std::panic::catch_unwind;

use proptest::prelude::*;
use shorttail::measure::{Stage, StageReport, StageSet, StageTimer};

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
