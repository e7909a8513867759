//! The rod itself: does it raise false alarms, does it find what is there?

use super::plan::Plan;
use super::rng::Rng;
use super::run::groups;
use super::stats::bootstrap_median;
use super::verdict::{QuantileRatio, Verdict};

/// A p99 as noisy machines give it: lognormal around one, and now and then a block three times as
/// slow.
fn noise(rng: &mut Rng) -> f64 {
    // Box and Muller, 1958.
    let normal = (-2.0 * rng.unit().ln()).sqrt() * (core::f64::consts::TAU * rng.unit()).cos();
    let hiccup = if rng.below(20) == 0 { 3_f64.ln() } else { 0.0 };
    0.25 * normal + hiccup
}

/// One side of a group: two blocks.
fn side(rng: &mut Rng) -> f64 {
    f64::midpoint(noise(rng), noise(rng))
}

/// A run of 40 pairs and 14 A/A pairs, the candidate slower by `factor`.
fn verdict(seed: u64, factor: f64) -> Verdict {
    let mut rng = Rng::new(seed);
    let mut logs = |n: usize, factor: f64| -> Vec<f64> {
        (0..n)
            .map(|_| factor.ln() + side(&mut rng) - side(&mut rng))
            .collect()
    };
    let (pairs, same) = (logs(40, factor), logs(14, 1.0));
    QuantileRatio::of(0.99, &pairs, &same, seed)
        .unwrap()
        .judge(1.1)
}

fn regressions(runs: u64, factor: f64) -> usize {
    (0..runs)
        .filter(|seed| verdict(*seed, factor) == Verdict::Regression)
        .count()
}

#[test]
fn at_most_11_of_2000_runs_of_a_against_a_are_false_alarms() {
    let alarms = regressions(2_000, 1.0);
    assert!(alarms <= 11, "{alarms} false alarms");
}

#[test]
fn a_planted_half_more_is_found_in_95_of_100_runs() {
    let found = regressions(1_000, 1.5);
    assert!(found >= 950, "{found} of 1 000 found");
}

#[test]
fn the_interval_of_a_median_covers_it_in_about_95_of_100_runs() {
    let covers = |seed| {
        let mut rng = Rng::new(seed ^ 0xC0);
        let values: Vec<f64> = (0..40).map(|_| rng.unit()).collect();
        let interval = bootstrap_median(&values, seed).unwrap();
        assert!(interval.low <= interval.median && interval.median <= interval.high);
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
fn a_noisy_run_neither_alarms_nor_passes() {
    let judge = |low: f64, high: f64, noise_floor: f64| {
        let ratio = QuantileRatio {
            q: 0.99,
            ratio: f64::midpoint(low, high),
            low,
            high,
            pairs: 40,
            noise_floor,
        };
        ratio.judge(1.1)
    };
    assert_eq!(judge(0.9, 1.1, 1.5), Verdict::Pass);
    assert_eq!(judge(0.9, 1.3, 1.0), Verdict::Inconclusive);
    assert_eq!(judge(0.9, 1.3, 1.5), Verdict::Inconclusive);
    assert_eq!(judge(1.2, 1.4, 1.5), Verdict::Inconclusive);
    assert_eq!(judge(1.2, 1.4, 1.0), Verdict::Regression);
}
