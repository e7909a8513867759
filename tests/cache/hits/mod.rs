//! Hit ratios: on streams that are made here, and on real traces where there are any. Beside each
//! stand Belady's optimum, LRU, and S3-FIFO as it was published:
//!
//!     cargo test --release --test cache hits -- --nocapture --test-threads 1
//!
//! Keys, hashes and order are fixed, so that a change of the policy shows and chance does not. The
//! same streams go through other caches in `tests/peers`.

mod bands;
mod reference;
mod streams;
mod traces;

use shorttail::cache::Cache;

use reference::{Rules, lru, optimum, percent, s3_fifo};
use streams::Fixed;

/// As the cache's page says.
const OURS: Rules = Rules {
    visits_max: 16,
    fills_main_first: true,
    ..Rules::PUBLISHED
};

/// One stream through one capacity. All are percent of the requests.
struct Cell {
    optimum: f64,
    lru: f64,
    /// S3-FIFO as published.
    published: f64,
    /// The rules of the cache, in plain collections and with an exact ghost.
    model: f64,
    /// The cache in one shard.
    ours: f64,
    /// The cache in four, where there are enough entries for as many.
    sharded: Option<f64>,
}

/// Fewer entries than these are not spread over four shards.
const FOUR_SHARDS_MIN: usize = 1_024;

impl Cell {
    fn of(keys: &[u64], capacity: usize) -> Self {
        Self {
            optimum: optimum(keys, capacity),
            lru: lru(keys, capacity),
            published: s3_fifo(keys, capacity, Rules::PUBLISHED),
            model: s3_fifo(keys, capacity, OURS),
            ours: ours(keys, capacity, 1),
            sharded: (capacity >= FOUR_SHARDS_MIN).then(|| ours(keys, capacity, 4)),
        }
    }

    fn print(&self, name: &str, capacity: usize) {
        let [a, b, c] = [self.optimum, self.lru, self.published];
        let [d, e] = [self.model, self.ours];
        let f = self
            .sharded
            .map_or_else(String::new, |f| format!("{f:7.2}"));
        eprintln!("{name:<22}{capacity:>7}{a:>8.2}{b:>8.2}{c:>8.2}{d:>8.2}{e:>8.2} {f}");
    }
}

fn print_heading() {
    eprintln!("                              Belady     LRU S3-FIFO   model    ours 4 shards");
}

fn ours(keys: &[u64], capacity: usize, shards: usize) -> f64 {
    let builder = Cache::builder(capacity).shards(shards);
    let cache = builder.hasher(Fixed::default()).build().unwrap();
    let ratio = percent(keys, |key| match cache.get(&key).value() {
        Some(value) => {
            assert_eq!(value, !key);
            true
        }
        None => {
            cache.insert(key, !key).unwrap();
            false
        }
    });
    let stats = cache.stats();
    assert!(stats.visits_max <= 16);
    assert_eq!(stats.bucket_evicted, 0, "no line was full");
    ratio
}
