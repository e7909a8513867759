//! Plans, order, intervals and verdicts, each alone.

use super::plan::Plan;
use super::rng::Rng;
use super::run::groups;
use super::stats::{Interval, bootstrap_median, noise_of_median};
use super::system::SystemCounts;
use super::verdict::{Estimate, QuantileRatio, Verdict};
use crate::sync::thread;
use core::time::Duration;

#[test]
fn the_interval_of_a_median_covers_it_in_about_95_of_100_runs() {
    let covers = |seed| {
        let mut rng = Rng::new(seed ^ 0xC0);
        let values: Vec<f64> = (0..40).map(|_| rng.unit()).collect();
        let interval = bootstrap_median(&values, seed).unwrap();
        assert!(interval.low <= interval.middle && interval.middle <= interval.high);
        interval.low <= 0.5 && 0.5 <= interval.high
    };
    let covered = (0..1_000).filter(|seed| covers(*seed)).count();
    assert!((920..=980).contains(&covered), "{covered} of 1 000");
    assert_eq!(bootstrap_median(&[], 1), None);
}

#[test]
fn one_group_in_four_is_the_base_against_itself() {
    let groups = groups(3, 9);
    let counted: Vec<bool> = groups
        .iter()
        .filter(|group| !group.is_warm_up)
        .map(|group| group.is_aa)
        .collect();
    assert_eq!(counted.len(), 12);
    assert_eq!(counted.iter().filter(|is_aa| **is_aa).count(), 3);
    assert!(groups[0].is_warm_up && !groups[1].is_warm_up);
    // Both orders occur.
    assert!(groups.iter().any(|g| g.candidate_first));
    assert!(groups.iter().any(|g| !g.candidate_first));
}

const SECOND_NS: u64 = 1_000_000_000;

#[test]
fn plans_keep_their_rates_and_their_seeds() {
    for (plan, low, high) in [
        (Plan::uniform(1_000.0), 1_000, 1_000),
        (Plan::poisson(10_000.0), 9_600, 10_400),
        (Plan::bursts(20_000.0, 1_000_000, 3_000_000), 4_700, 5_300),
        (Plan::ramp(0.0, 20_000.0), 9_600, 10_400),
    ] {
        let starts = plan.starts_ns(5, SECOND_NS);
        assert!(
            (low..=high).contains(&starts.len()),
            "{plan}: {}",
            starts.len()
        );
        assert!(starts.is_sorted() && starts.iter().all(|&at| at < SECOND_NS));
        assert_eq!(starts, plan.starts_ns(5, SECOND_NS));
    }
    assert_ne!(
        Plan::poisson(1_000.0).starts_ns(1, SECOND_NS),
        Plan::poisson(1_000.0).starts_ns(2, SECOND_NS)
    );
}

#[test]
fn bursts_pause_and_ramps_rise() {
    let starts = Plan::bursts(20_000.0, 1_000_000, 3_000_000).starts_ns(5, SECOND_NS);
    assert!(starts.iter().all(|at| at % 4_000_000 < 1_000_000));
    let starts = Plan::ramp(0.0, 20_000.0).starts_ns(5, SECOND_NS);
    // A quarter of a triangle's area lies in its first half.
    let first_half = starts.partition_point(|&at| at < SECOND_NS / 2);
    assert!((0.22..0.28).contains(&(first_half as f64 / starts.len() as f64)));
    assert_eq!(Plan::replay(vec![7, 3, 10]).starts_ns(1, 10), [3, 7]);
}

#[test]
fn plans_that_make_no_sense_end() {
    for plan in [
        Plan::uniform(-1.0),
        Plan::uniform(f64::NAN),
        Plan::uniform(1e300),
        Plan::poisson(f64::INFINITY),
        Plan::bursts(1.0, 0, 0),
        Plan::ramp(0.0, 1e300),
    ] {
        assert!(plan.starts_ns(1, SECOND_NS).is_empty(), "{plan}");
    }
    let endless = Plan::bursts(100.0, u64::MAX, 1).starts_ns(1, SECOND_NS);
    assert!((70..130).contains(&endless.len()));
}

#[test]
fn the_noise_is_the_spread_of_the_base_with_itself() {
    // One group of ±0.1: its median is 0.1 away from zero, always.
    assert_eq!(noise_of_median(&[0.1], 1, 1), Some(0.1));
    assert_eq!(noise_of_median(&[], 1, 1), None);
    let wide = noise_of_median(&[0.3, -0.2, 0.4], 40, 1).unwrap();
    let narrow = noise_of_median(&[0.03, -0.02, 0.04], 40, 1).unwrap();
    assert!(
        wide > 0.1 && (wide / narrow - 10.0).abs() < 1e-6,
        "{wide}, {narrow}"
    );
}

fn estimate(low: f64, high: f64, noise_floor: f64) -> Estimate {
    let interval = Interval {
        middle: f64::midpoint(low, high).ln(),
        low: low.ln(),
        high: high.ln(),
    };
    Estimate::of(interval, noise_floor.ln())
}

#[test]
fn a_rise_within_the_noise_is_no_alarm() {
    let judge = |low: f64, high: f64, noise_floor: f64| {
        let ratio = QuantileRatio {
            q: 0.99,
            pairs: 40,
            typical: None,
            whole: estimate(low, high, noise_floor),
        };
        ratio.judge(1.1)
    };
    assert_eq!(judge(0.9, 1.09, 1.5), Verdict::Pass);
    assert_eq!(judge(0.9, 1.3, 1.0), Verdict::Inconclusive);
    assert_eq!(judge(1.2, 1.4, 1.5), Verdict::Inconclusive);
    assert_eq!(judge(1.2, 1.4, 1.0), Verdict::Regression);
}

#[test]
fn both_ways_of_looking_must_be_within_the_limit() {
    let judge = |typical, whole| {
        let ratio = QuantileRatio {
            q: 0.99,
            pairs: 40,
            typical: Some(typical),
            whole,
        };
        ratio.judge(1.1)
    };
    let (within, wide) = (estimate(0.9, 1.05, 1.0), estimate(0.9, 1.3, 1.0));
    let risen = estimate(1.2, 1.4, 1.0);
    assert_eq!(judge(within, within), Verdict::Pass);
    assert_eq!(judge(within, wide), Verdict::Inconclusive);
    assert_eq!(judge(wide, within), Verdict::Inconclusive);
    assert_eq!(judge(within, risen), Verdict::Regression);
    assert_eq!(judge(risen, within), Verdict::Regression);
    // A typical group beyond the limit, and not beyond the noise.
    assert_eq!(
        judge(estimate(1.2, 1.4, 1.5), within),
        Verdict::Inconclusive
    );
    assert_eq!(judge(estimate(1.2, 1.4, 1.25), within), Verdict::Regression);
}

/// Where the system does not tell there is nothing to assert.
#[test]
fn switches_of_this_process_are_counted() {
    let before = SystemCounts::now();
    let naps = 20;
    (0..naps).for_each(|_| thread::sleep(Duration::from_nanos(1)));
    if let Some(switches) = SystemCounts::now().since(before).voluntary_switches {
        assert!(switches >= naps, "{switches}");
    }
}
