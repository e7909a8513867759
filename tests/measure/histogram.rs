//! Counts are exact, quantiles within a bucket of the truth, nothing is lost or reset.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;
use shorttail::measure::{COARSE, FINE, Histogram, Recorder, STANDARD, SharedRecorder, Snapshot};

const RANGE: u64 = 1 << 36;

fn of(values: &[u64]) -> Snapshot {
    let mut histogram = Histogram::new();
    values.iter().for_each(|value| histogram.record(*value));
    histogram.snapshot()
}

/// The oracle: the value of rank ⌈q·n⌉ in the sorted list.
fn true_quantile(sorted: &[u64], thousandths: usize) -> u64 {
    let rank = (sorted.len() * thousandths).div_ceil(1000).max(1);
    sorted[rank - 1]
}

/// What was recorded after a snapshot, by delta, and all of it, by merge, beside the sorted lists.
fn of_preset<const BUCKETS: usize>(
    left: &[u64],
    right: &[u64],
    thousandths: usize,
    error: f64,
) -> Result<(), TestCaseError> {
    let recorder = Recorder::<BUCKETS>::default();
    let mut before = Snapshot::<BUCKETS>::default();
    left.iter().for_each(|value| recorder.record(*value));
    recorder.histogram().snapshot_into(&mut before);
    right.iter().for_each(|value| recorder.record(*value));
    let delta = recorder.histogram().snapshot().delta(&before);
    let mut merged = before.clone();
    merged.merge(&delta);
    prop_assert_eq!(&merged, &recorder.histogram().snapshot());
    for (seen, values) in [(&delta, right.to_vec()), (&merged, [left, right].concat())] {
        let mut sorted = values;
        sorted.sort_unstable();
        let truth = true_quantile(&sorted, thousandths);
        let quantile = seen.quantile(thousandths as f64 / 1000.0).unwrap();
        prop_assert!(quantile >= truth && (quantile - truth) as f64 <= truth as f64 * error);
        prop_assert_eq!(seen.sum(), sorted.iter().sum::<u64>());
        prop_assert_eq!(
            seen.buckets().map(|(_, count)| count).sum::<u64>(),
            seen.count()
        );
    }
    Ok(())
}

fn values() -> impl Strategy<Value = Vec<u64>> {
    let value = prop_oneof![0..64_u64, 0..10_000_u64, 0..RANGE];
    prop::collection::vec(value, 1..400)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    })]

    #[test]
    fn a_quantile_is_at_most_3_2_percent_above_the_sorted_list(
        mut values in values(),
        thousandths in prop::collection::vec(0_usize..=1000, 8),
    ) {
        let snapshot = of(&values);
        values.sort_unstable();
        for thousandths in thousandths {
            let seen = snapshot.quantile(thousandths as f64 / 1000.0).unwrap();
            let truth = true_quantile(&values, thousandths);
            prop_assert!(seen >= truth && (seen - truth) as f64 <= truth as f64 * 0.032,
                "q {thousandths}/1000: saw {seen}, true {truth}");
        }
        prop_assert_eq!(snapshot.quantile(1.0), values.last().copied());
        prop_assert_eq!(snapshot.count(), values.len() as u64);
        prop_assert_eq!(snapshot.sum(), values.iter().sum::<u64>());
        prop_assert_eq!(snapshot.max(), *values.last().unwrap());
    }

    #[test]
    fn each_preset_keeps_its_word_about_quantiles_merges_and_deltas(
        left in values(), right in values(), thousandths in 0_usize..=1000,
    ) {
        of_preset::<COARSE>(&left, &right, thousandths, 0.125)?;
        of_preset::<STANDARD>(&left, &right, thousandths, 0.032)?;
        of_preset::<FINE>(&left, &right, thousandths, 0.008)?;
    }

    #[test]
    fn several_quantiles_are_the_single_ones_in_any_order(
        values in values(), a in 0.0..=1.0, b in 0.0..=1.0, c in 0.0..=1.0,
    ) {
        let snapshot = of(&values);
        let singly = [a, b, c].map(|q| snapshot.quantile(q).unwrap());
        prop_assert_eq!(snapshot.quantiles([a, b, c]), Some(singly));
    }

    #[test]
    fn merging_is_recording_into_one(left in values(), right in values()) {
        let mut merged = of(&left);
        merged.merge(&of(&right));
        prop_assert_eq!(merged, of(&[left, right].concat()));
    }

    #[test]
    fn a_delta_is_what_came_between(before in values(), after in values()) {
        let delta = of(&[before.clone(), after.clone()].concat()).delta(&of(&before));
        let alone = of(&after);
        prop_assert_eq!((delta.count(), delta.sum()), (alone.count(), alone.sum()));
        prop_assert!(delta.max() >= alone.max());
        prop_assert!((delta.max() - alone.max()) as f64 <= alone.max() as f64 * 0.032);
        let (seen, truth) = (delta.quantile(0.5).unwrap(), alone.quantile(0.5).unwrap());
        prop_assert!(seen >= truth && (seen - truth) as f64 <= truth as f64 * 0.032);
    }
}

#[test]
fn ranks_are_not_moved_by_rounding() {
    let hundred: Vec<u64> = (1..=60).collect();
    let snapshot = of(&hundred);
    for rank in 1..=60_u64 {
        assert_eq!(snapshot.quantile(rank as f64 / 60.0), Some(rank));
    }
    assert_eq!(snapshot.quantile(0.0), Some(1));
    let hundred = {
        let mut histogram = Histogram::new();
        (0..50).for_each(|value| histogram.record_n(value, 2));
        histogram.snapshot()
    };
    assert_eq!(hundred.quantile(0.07), Some(3)); // the 7th of 0 0 1 1 2 2 3
}

#[test]
fn values_above_the_range_are_clamped_counted_and_exact_in_sum_and_max() {
    let snapshot = of(&[5, RANGE - 1, RANGE, RANGE + 7]);
    assert_eq!((snapshot.count(), snapshot.clamped()), (4, 2));
    assert_eq!(snapshot.max(), RANGE + 7);
    assert_eq!(snapshot.sum(), 5 + 3 * RANGE + 6);
    assert_eq!(snapshot.quantile(1.0), Some(RANGE + 7));
    assert_eq!(of(&[u64::MAX]).quantile(0.5), Some(u64::MAX));
}

#[test]
fn record_n_is_record_n_times() {
    let mut histogram = Histogram::new();
    histogram.record_n(77, 3);
    histogram.record_n(88, 0);
    assert_eq!(histogram.snapshot().count(), 3);
    assert_eq!(histogram.snapshot().sum(), 231);
}

#[test]
fn an_empty_histogram_has_no_quantile() {
    assert_eq!(Snapshot::new().quantile(0.5), None);
    assert_eq!(Snapshot::<STANDARD>::default().to_string(), "n 0");
    assert_eq!(Snapshot::new().max(), 0);
    let one = of(&[9]);
    assert_eq!(one.delta(&one).quantile(0.5), None);
    assert_eq!(one.delta(&one).max(), 0);
}

#[test]
fn a_share_outside_0_to_1_is_a_bug() {
    for q in [-0.1, 1.1, f64::NAN] {
        assert!(catch_unwind(|| of(&[1]).quantile(q)).is_err(), "{q}");
    }
}

#[test]
fn subtracting_a_stranger_harms_nobody() {
    let delta = of(&[1, 2]).delta(&of(&[1, 1, 3]));
    assert_eq!(delta.quantile(1.0), Some(2));
}

/// A reader that takes deltas all along sees each sample exactly once.
#[test]
fn deltas_taken_while_a_recorder_writes_add_up_to_all() {
    const SAMPLES: u64 = 200_000;
    let recorder = Recorder::new();
    let reader = Arc::clone(recorder.histogram());
    let writer = thread::spawn(move || (0..SAMPLES).for_each(|ns| recorder.record(ns % 5_000)));

    let mut gathered = Snapshot::new();
    let mut before = Snapshot::new();
    let mut now = Snapshot::new();
    let mut last_round = false;
    while !last_round {
        last_round = writer.is_finished();
        reader.snapshot_into(&mut now);
        gathered.merge(&now.delta(&before));
        before.clone_from(&now);
    }
    writer.join().unwrap();
    assert_eq!(gathered, reader.snapshot());
    assert_eq!(gathered.count(), SAMPLES);
}

#[test]
fn threads_in_excess_of_the_shards_lose_nothing() {
    const THREADS: u64 = 5;
    const SAMPLES: u64 = 1_000_000;
    // With so many shards every thread has its own.
    for shards in [1, 3, 512] {
        let shared = SharedRecorder::new(shards);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let shared = &shared;
                    scope.spawn(move || (0..SAMPLES).for_each(|ns| shared.record(ns + thread)))
                })
                .collect();
            scope.spawn(|| {
                let mut count = 0;
                while !stop.load(Ordering::Relaxed) {
                    let now = shared.snapshot().count();
                    assert!(now >= count);
                    count = now;
                }
            });
            writers
                .into_iter()
                .for_each(|writer| writer.join().unwrap());
            stop.store(true, Ordering::Relaxed);
        });
        let seen = shared.snapshot();
        assert_eq!(seen.count(), THREADS * SAMPLES);
        assert_eq!(seen.max(), SAMPLES - 1 + THREADS - 1);
        let each = SAMPLES * (SAMPLES - 1) / 2;
        assert_eq!(
            seen.sum(),
            THREADS * each + SAMPLES * (0..THREADS).sum::<u64>()
        );
    }
}

#[test]
fn no_shards_and_absurdly_many_are_refused() {
    assert!(catch_unwind(|| SharedRecorder::new(0)).is_err());
    assert!(catch_unwind(|| SharedRecorder::new(65_537)).is_err());
}

#[test]
fn every_shard_counts_what_is_above_the_range() {
    let shared = SharedRecorder::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| shared.record_n(RANGE, 2));
        }
    });
    assert_eq!(shared.snapshot().clamped(), 8);
}

/// Not even the maximum moves.
#[test]
fn a_value_seen_zero_times_was_not_seen() {
    let mut histogram = Histogram::new();
    histogram.record(5);
    histogram.record_n(u64::MAX, 0);
    let (recorder, shared) = (Recorder::new(), SharedRecorder::new(1));
    recorder.record_n(u64::MAX, 0);
    shared.record_n(u64::MAX, 0);
    for (seen, n, max) in [
        (histogram.snapshot(), 1, 5),
        (recorder.histogram().snapshot(), 0, 0),
        (shared.snapshot(), 0, 0),
    ] {
        assert_eq!((seen.count(), seen.max(), seen.clamped()), (n, max, 0));
    }
}
