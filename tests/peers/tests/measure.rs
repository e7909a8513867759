//! Histograms beside hdrhistogram: the same values give the same counts, and quantiles as close as
//! the buckets of both allow, also after merges and differences.

use hdrhistogram::Histogram as Hdr;
use proptest::prelude::*;
use shorttail::measure::{COARSE, FINE, Histogram, STANDARD, Snapshot};

const RANGE: u64 = 1 << 36;

fn values() -> impl Strategy<Value = Vec<u64>> {
    let value = prop_oneof![1..64_u64, 1..10_000_u64, 1..RANGE];
    prop::collection::vec(value, 1..300)
}

fn theirs(values: &[u64]) -> Hdr<u64> {
    let mut hdr = Hdr::new_with_bounds(1, RANGE, 3).expect("sound bounds");
    values
        .iter()
        .for_each(|value| hdr.record(*value).expect("in range"));
    hdr
}

fn ours<const BUCKETS: usize>(values: &[u64]) -> Snapshot<BUCKETS> {
    let mut histogram = Histogram::<BUCKETS>::default();
    values.iter().for_each(|value| histogram.record(*value));
    histogram.snapshot()
}

/// Ours are never below the true value, theirs within a thousandth of it on either side.
fn agree<const BUCKETS: usize>(
    ours: &Snapshot<BUCKETS>,
    theirs: &Hdr<u64>,
    error: f64,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(ours.count(), theirs.len());
    for q in [0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0] {
        let (ours, theirs) = (ours.quantile(q), theirs.value_at_quantile(q) as f64);
        let ours = ours.expect("not empty") as f64;
        let is_near = ours * 1.001 + 1.0 >= theirs && ours <= theirs * (1.0 + error) + 1.0;
        prop_assert!(is_near, "q {}: ours {}, theirs {}", q, ours, theirs);
    }
    Ok(())
}

fn after_merge_and_delta<const BUCKETS: usize>(
    left: &[u64],
    right: &[u64],
    error: f64,
) -> Result<(), TestCaseError> {
    let both = [left, right].concat();
    let (mut merged, mut hdr) = (ours::<BUCKETS>(left), theirs(left));
    merged.merge(&ours(right));
    hdr.add(theirs(right)).expect("same bounds");
    agree(&merged, &hdr, error)?;
    let delta = ours::<BUCKETS>(&both).delta(&ours(left));
    hdr.subtract(theirs(left)).expect("a part of it");
    agree(&delta, &hdr, error)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(256)
    })]

    #[test]
    fn counts_agree_and_quantiles_are_close(left in values(), right in values()) {
        after_merge_and_delta::<COARSE>(&left, &right, 0.125)?;
        after_merge_and_delta::<STANDARD>(&left, &right, 0.032)?;
        after_merge_and_delta::<FINE>(&left, &right, 0.008)?;
    }
}
