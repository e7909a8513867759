//! A time-out cuts off no more than was accepted.

use proptest::prelude::*;
use shorttail::control::time_out;
use shorttail::measure::{Histogram, Snapshot};

proptest! {
    #[test]
    fn no_more_good_calls_are_cut_off_than_accepted(
        latencies in prop::collection::vec(1..1_000_000_u64, 200..2_000),
        rate in 0.01..0.5_f64,
    ) {
        let mut histogram = Histogram::new();
        latencies.iter().for_each(|ns| histogram.record(*ns));
        let enough = latencies.len() as f64 * rate >= 10.0;
        let told = time_out(&histogram.snapshot(), rate);
        prop_assert_eq!(told.is_some(), enough);
        if let Some(time_out) = told {
            let cut = latencies.iter().filter(|ns| u128::from(**ns) > time_out.as_nanos()).count();
            prop_assert!(cut as f64 <= latencies.len() as f64 * rate);
        }
    }
}

#[test]
fn it_is_the_edge_of_the_live_quantile() {
    let mut histogram = Histogram::new();
    (1..=100_000_u64).for_each(|ns| histogram.record(ns));
    let live = histogram.snapshot();
    let told = time_out(&live, 0.001).unwrap();
    assert_eq!(told.as_nanos(), u128::from(live.quantile(0.999).unwrap()));
}

#[test]
fn what_is_no_rate_or_too_little_gives_none() {
    let mut histogram = Histogram::new();
    histogram.record_n(1_000, 10_000);
    let live = histogram.snapshot();
    for rate in [0.0, 1.0, -1.0, f64::NAN] {
        assert_eq!(time_out(&live, rate), None);
    }
    assert!(time_out(&live, 0.001).is_some() && time_out(&live, 0.000_9).is_none());
    assert_eq!(time_out(&Snapshot::new(), 0.5), None);
}
