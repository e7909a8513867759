//! Snapshots go through serde and come back equal; anything else is an error, never a panic.

use proptest::prelude::*;
use shorttail::measure::{COARSE, FINE, Histogram, Snapshot};

use super::snapshot_steps;

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

    #[test]
    fn any_text_is_read_or_refused(data in prop::collection::vec(any::<u8>(), 0..300)) {
        snapshot_steps::run(&data);
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

/// The text of a stats value's plain fields, as `Debug` and as JSON have them.
#[track_caller]
fn same_fields(stats: &(impl std::fmt::Debug + serde::Serialize)) {
    let json = serde_json::to_value(stats).unwrap();
    let text = format!("{stats:?}");
    let body = text.split_once(" { ").unwrap().1.trim_end_matches(" }");
    let pairs = body.split(", ").filter_map(|pair| pair.split_once(": "));
    let plain = pairs.filter_map(|(name, value)| Some((name, value.parse::<u64>().ok()?)));
    let plain: Vec<_> = plain.collect();
    assert!(plain.len() > 1, "{text}");
    for (name, value) in plain {
        assert_eq!(json[name], value, "{name} of {text}");
    }
}

#[test]
fn every_field_of_every_stats_value_is_written() {
    use shorttail::control::{Class, Gate, RetryPolicy};
    use shorttail::time::Deadline;

    let (tx, rx) = shorttail::channel::Builder::new(1)
        .on_full(shorttail::channel::OnFull::Reject)
        .build()
        .unwrap();
    let _refused = [1, 2].map(|n| tx.offer(n));
    assert_eq!(serde_json::to_value(tx.stats()).unwrap()["rejected"], 1);
    same_fields(&rx.stats());
    let (tx, rx) = shorttail::channel::Lanes::new([2]).build().unwrap();
    tx.lane(0).try_send(1).unwrap();
    assert_eq!(rx.recv(), Ok((0, 1)));
    same_fields(&rx.lane_stats(0));
    let cache = shorttail::cache::Cache::builder(10).build().unwrap();
    cache.insert(1, 1).unwrap();
    same_fields(&cache.stats());
    let progress = shorttail::cache::Warmer::new().progress();
    same_fields(&progress);
    assert_eq!(serde_json::to_value(progress).unwrap()["expected"], 0);
    let pool = shorttail::pool::BufferPool::builder().class(64, 2).build();
    let pool = pool.unwrap();
    same_fields(&pool.stats());
    same_fields(&pool.class_stats().next().unwrap());
    same_fields(&shorttail::arena::ArenaPool::new(2, 1024).unwrap().stats());
    same_fields(&shorttail::measure::AllocCounts::default());
    let workers = shorttail::workers::Pool::builder().lane("hot", 8);
    same_fields(&workers.build(|_: u8, _| {}).unwrap().lane_report(0));

    let gate = Gate::builder(1).build().unwrap();
    let _held = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0).unwrap();
    assert!(gate.try_enter(Class::NORMAL, Deadline::NEVER, 0).is_err());
    same_fields(&gate.stats());
    let json = serde_json::to_value(gate.stats()).unwrap();
    assert_eq!(json["refused"][2], serde_json::json!([0, 1, 0])); // limit: normal
    assert_eq!(json["typical_ns"], 0);
    let policy = RetryPolicy::builder().build().unwrap();
    policy.start_unchecked(Deadline::NEVER, 0).succeeded();
    let json = serde_json::to_value(policy.stats()).unwrap();
    assert_eq!((&json["calls"], &json["succeeded"]), (&1.into(), &1.into()));
    assert_eq!(
        json["attempts"],
        serde_json::json!([1, 0, 0, 0, 0, 0, 0, 0])
    );
    assert_eq!(json["stopped"].as_array().map(Vec::len), Some(7));
}
