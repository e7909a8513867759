//! Hit ratios on generated traces, against LRU and within a point of what they were found to be.
//!
//! Keys, hashes and order are fixed, so that a change of the policy shows and chance does not.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hasher};

use shorttail::cache::Cache;

const CAPACITY: usize = 2_000;

/// A fixed hasher: shards, lines and ghosts are the same in every run.
#[derive(Clone, Default)]
struct Fixed(u64);

impl BuildHasher for Fixed {
    type Hasher = Self;
    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for Fixed {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u64");
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = mix(value);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// The output function of SplitMix64 (Steele, Lea and Flood, 2014).
const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Draws of a Zipf distribution with exponent 1: key `k` of `keys` with weight 1 / k.
fn zipf(keys: u32, draws: u64) -> impl Iterator<Item = u64> {
    let mut total = 0.0;
    let sums = (1..=keys).map(|rank| {
        total += 1.0 / f64::from(rank);
        total
    });
    let sums: Vec<f64> = sums.collect();
    (0..draws).map(move |draw| {
        let share = (mix(draw) >> 11) as f64 / (1_u64 << 53) as f64;
        sums.partition_point(|sum| *sum < share * total) as u64
    })
}

/// The same keys again and again, half as many again as there is room for.
fn cycle() -> Vec<u64> {
    (0..200_000).map(|at| at % 3_000).collect()
}

/// Draws, and after each thousand of them a run of a thousand keys that never come again.
fn scanned() -> Vec<u64> {
    let mut trace = Vec::new();
    for (at, key) in zipf(40_000, 200_000).enumerate() {
        trace.push(key);
        if at % 1_000 == 999 {
            let first = 1_000_000 + at as u64;
            trace.extend(first..first + 1_000);
        }
    }
    trace
}

fn percent(hits: u32, keys: &[u64]) -> f64 {
    100.0 * f64::from(hits) / keys.len() as f64
}

fn ours(keys: &[u64], shards: usize) -> f64 {
    let builder = Cache::builder(CAPACITY).shards(shards);
    let cache = builder.hasher(Fixed(0)).build().unwrap();
    let mut hits = 0;
    for key in keys {
        match cache.get(key).value() {
            Some(()) => hits += 1,
            None => drop(cache.insert(*key, ()).unwrap()),
        }
    }
    percent(hits, keys)
}

/// Least recently used goes first; exact.
fn lru(keys: &[u64]) -> f64 {
    let mut used = HashMap::new();
    let mut order = BTreeMap::new();
    let mut hits = 0;
    for (now, key) in keys.iter().enumerate() {
        if let Some(before) = used.insert(*key, now) {
            order.remove(&before);
            hits += 1;
        } else if order.len() == CAPACITY {
            let (_, oldest) = order.pop_first().unwrap();
            used.remove(&oldest);
        }
        order.insert(now, *key);
    }
    percent(hits, keys)
}

/// Asserts the ratios, in percent, of LRU, of the cache, and of the cache in four shards, each
/// within a point.
#[track_caller]
fn check(keys: &[u64], expected: [f64; 3]) {
    let found = [lru(keys), ours(keys, 1), ours(keys, 4)];
    for (found, expected) in found.into_iter().zip(expected) {
        assert!(
            (found - expected).abs() <= 1.0,
            "{found} %, not {expected} %"
        );
    }
}

#[test]
fn skewed_draws_hit_more_often_than_under_lru() {
    let trace: Vec<u64> = zipf(40_000, 200_000).collect();
    check(&trace, [63.7, 69.8, 69.8]);
}

#[test]
fn a_cycle_too_long_for_lru_hits() {
    let trace = cycle();
    check(&trace, [0.0, 43.2, 41.8]);
}

#[test]
fn runs_of_new_keys_do_not_wash_out_the_skewed_ones() {
    let trace = scanned();
    check(&trace, [27.0, 34.2, 34.2]);
}
