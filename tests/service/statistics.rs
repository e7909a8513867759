//! Percentiles and ratios against numbers worked out by hand.

use crate::client::{Block, PATIENCE, Sample};
use crate::stats::{Summary, judged_ns, paired, quantile, strict_ns};
use crate::wire::Class;

fn sample(class: Class, latency_ns: u64) -> Sample {
    Sample {
        class,
        at_ns: 0,
        latency_ns,
        service_ns: latency_ns,
        sent_ns: Some(0),
        end_ns: latency_ns,
    }
}

fn block(samples: Vec<Sample>) -> Block {
    Block {
        samples,
        ..Block::default()
    }
}

fn fresh(latencies: impl IntoIterator<Item = u64>) -> Block {
    block(
        latencies
            .into_iter()
            .map(|ns| sample(Class::Fresh, ns))
            .collect(),
    )
}

#[test]
fn quantile_is_the_nearest_rank() {
    let sorted: Vec<u64> = (1..=1_000).collect();
    assert_eq!(quantile(&sorted, 0.5), Some(500));
    assert_eq!(quantile(&sorted, 0.999), Some(999));
    assert_eq!(quantile(&sorted, 1.0), Some(1_000));
    assert_eq!(quantile(&sorted, 0.0), Some(1));
    assert_eq!(quantile(&[], 0.5), None);
    assert_eq!(quantile(&[7], 0.001), Some(7));
}

#[test]
fn a_percentile_needs_a_hundred_samples_above_it() {
    let summary = |n: u64| Summary {
        sorted_ns: (0..n).collect(),
        ..Summary::default()
    };
    assert_eq!(summary(99_999).supported(0.999), None);
    assert!(summary(100_000).supported(0.999).is_some());
    assert_eq!(summary(999_999).supported(0.9999), None);
    assert!(summary(1_000_000).supported(0.9999).is_some());
}

#[test]
fn errors_are_the_maximum_and_columns_of_their_own_are_left_out() {
    let patience_ns = PATIENCE.as_nanos() as u64;
    let samples = vec![
        sample(Class::Fresh, 10),
        sample(Class::Error, patience_ns),
        sample(Class::Stale, 30),
        sample(Class::Fallback, 40),
        sample(Class::Shed, 50),
    ];
    let summary = Summary::of(&[block(samples)], 1.0);
    assert_eq!(summary.sorted_ns, [10, patience_ns]);
    assert_eq!(
        (summary.requests, summary.errors, summary.goodput),
        (5, 1, 1.0)
    );
    assert_eq!((summary.stale, summary.fallback, summary.shed), (1, 1, 1));
    assert_eq!(strict_ns(&sample(Class::Stale, 30)), Some(patience_ns));
}

#[test]
fn goodput_leaves_out_what_was_whole_after_the_block() {
    let summary = Summary::of(&[fresh([500_000_000, 999_999_999, 1_000_000_001])], 1.0);
    assert_eq!(summary.goodput, 2.0);
}

#[test]
fn an_arm_against_itself_is_one() {
    let blocks: Vec<Block> = (1..=20)
        .map(|n| fresh((1..1_000).map(|ns| ns * n)))
        .collect();
    let ratio = paired(&blocks, &blocks, 0.999, judged_ns, 1).unwrap();
    assert_eq!(
        (ratio.median, ratio.low, ratio.high, ratio.pairs),
        (1.0, 1.0, 1.0, 20)
    );
}

#[test]
fn a_planted_ratio_is_found_through_drift() {
    // Both arms drift by a factor of 20 over the run; one is always half as slow again.
    let blocks = |factor: u64| -> Vec<Block> {
        (1..=20)
            .map(|n| fresh((1..1_000).map(|ns| ns * n * factor)))
            .collect()
    };
    let ratio = paired(&blocks(3), &blocks(2), 0.999, judged_ns, 1).unwrap();
    assert!((ratio.median - 1.5).abs() < 1e-9 && (ratio.high - ratio.low).abs() < 1e-9);
}

#[test]
fn the_interval_is_as_wide_as_the_pairs_disagree() {
    let a: Vec<Block> = (0..20).map(|n| fresh([100 + n % 2 * 100])).collect();
    let b: Vec<Block> = (0..20).map(|_| fresh([100])).collect();
    let ratio = paired(&a, &b, 0.999, judged_ns, 1).unwrap();
    assert_eq!((ratio.low, ratio.high), (1.0, 2.0));
    assert_eq!(paired(&a, &b, 0.999, judged_ns, 1), Some(ratio));
}

#[test]
fn no_pair_no_ratio() {
    assert_eq!(paired(&[], &[], 0.999, judged_ns, 1), None);
}
