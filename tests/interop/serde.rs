//! Snapshots go through serde and come back equal; anything else is an error, never a panic.

use proptest::prelude::*;
use shorttail::measure::{COARSE, FINE, Histogram, Snapshot};

fn of<const BUCKETS: usize>(values: &[u64]) -> Snapshot<BUCKETS> {
    let mut histogram = Histogram::<BUCKETS>::default();
    values.iter().for_each(|value| histogram.record(*value));
    histogram.snapshot()
}

fn comes_back<const BUCKETS: usize>(values: &[u64]) {
    let snapshot = of::<BUCKETS>(values);
    let json = serde_json::to_string(&snapshot).unwrap();
    let back: Snapshot<BUCKETS> = serde_json::from_str(&json).unwrap();
    assert_eq!(back, snapshot);
    // The fields in another order, and as a format without names has them.
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let back: Snapshot<BUCKETS> = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(back, snapshot);
    let fields = ["buckets_all", "sum", "max", "clamped", "buckets"].map(|name| &value[name]);
    let list = serde_json::to_value(fields).unwrap();
    let back: Snapshot<BUCKETS> = serde_json::from_value(list).unwrap();
    assert_eq!(back, snapshot);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(32)
    })]

    #[test]
    fn every_preset_comes_back(values in prop::collection::vec(any::<u64>(), 0..100)) {
        comes_back::<COARSE>(&values);
        comes_back::<1024>(&values);
        comes_back::<FINE>(&values);
    }
}

#[test]
fn what_is_no_snapshot_is_told() {
    let of = |preset: &str, buckets: &str| {
        format!(r#"{{"buckets_all":{preset},"sum":1,"max":1,"clamped":0,"buckets":{buckets}}}"#)
    };
    for (json, told) in [
        (
            of("272", "[]"),
            "a snapshot of 272 buckets where one of 1024 is read",
        ),
        (
            of("1024", "[[5,1],[5,1]]"),
            "bucket 5 where one of 6 to 1024 is read",
        ),
        (
            of("1024", "[[1024,1]]"),
            "bucket 1024 where one of 0 to 1024 is read",
        ),
        (of("1024", "[[1]]"), "invalid length 1"),
        (of("1024", "7"), "expected pairs of index and count"),
        ("{\"sum\":1}".to_owned(), "missing field `buckets_all`"),
        ("{\"sum\":1,\"sum\":1}".to_owned(), "duplicate field `sum`"),
        (
            "[1024,1]".to_owned(),
            "invalid length 2, expected a snapshot of 1024 buckets",
        ),
        ("7".to_owned(), "expected a snapshot of 1024 buckets"),
    ] {
        let error = serde_json::from_str::<Snapshot>(&json)
            .unwrap_err()
            .to_string();
        assert!(error.contains(told), "{json}: {error}");
    }
    // A field of a later version is passed over.
    let later = of("1024", "[[3,2]]").replace('{', "{\"unit\":\"ns\",");
    assert_eq!(serde_json::from_str::<Snapshot>(&later).unwrap().count(), 2);
}
