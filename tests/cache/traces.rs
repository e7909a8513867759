//! Hit ratios on real traces. They carry no licence and are not in the repository: set
//! `SHORTTAIL_TRACES` to a folder with `oltp.keys.gz` and `cloudphysics.keys.gz`.

use std::process::Command;

use shorttail::cache::Cache;

/// The keys of a trace, or `None` with a message if there is none here.
fn trace(name: &str) -> Option<Vec<u64>> {
    let Some(folder) = std::env::var_os("SHORTTAIL_TRACES") else {
        eprintln!("skipped: SHORTTAIL_TRACES names no folder of traces");
        return None;
    };
    let path = std::path::Path::new(&folder).join(name);
    let unpacked = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    assert!(unpacked.status.success(), "gzip cannot read {name}");
    let text = String::from_utf8(unpacked.stdout).unwrap();
    Some(text.lines().map(|line| line.parse().unwrap()).collect())
}

/// Hit ratio in percent.
fn replay(keys: &[u64], capacity: usize, shards: usize) -> f64 {
    let cache = Cache::builder(capacity).shards(shards).build().unwrap();
    let mut hits = 0_u32;
    for key in keys {
        match cache.get(key).value() {
            Some(value) => {
                assert_eq!(value, !*key);
                hits += 1;
            }
            None => drop(cache.insert(*key, !*key).unwrap()),
        }
    }
    let stats = cache.stats();
    assert!(stats.visits_max <= 16);
    let ratio = 100.0 * f64::from(hits) / keys.len() as f64;
    eprintln!(
        "{capacity} entries, {shards} shards: {ratio:.2} %, {} by full lines",
        stats.bucket_evicted
    );
    ratio
}

/// Expected: bounded S3-FIFO with main-first fill and an exact ghost, simulated unsharded.
fn check(name: &str, expected: [(usize, f64); 2]) {
    let Some(keys) = trace(name) else { return };
    for (capacity, percent) in expected {
        let ratio = replay(&keys, capacity, 1);
        assert!(
            (ratio - percent).abs() <= 1.0,
            "{capacity}: {ratio} against {percent}"
        );
        if capacity >= 4_096 {
            let sharded = replay(&keys, capacity, 4);
            assert!(
                (sharded - percent).abs() <= 1.0,
                "{capacity}: {sharded} against {percent}"
            );
        }
    }
}

#[test]
fn oltp_hit_ratio_is_within_a_point_of_the_simulation() {
    check("oltp.keys.gz", [(1_000, 40.2), (2_000, 46.9)]);
}

#[test]
fn cloudphysics_hit_ratio_is_within_a_point_of_the_simulation() {
    check("cloudphysics.keys.gz", [(5_000, 24.0), (20_000, 47.6)]);
}
