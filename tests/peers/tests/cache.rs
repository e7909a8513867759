//! Hit ratios beside other caches', on the streams and traces of `tests/cache/hits`:
//!
//!     cargo test --release --manifest-path tests/peers/Cargo.toml --test cache -- --nocapture
//!
//! Everything runs on one thread and in one shard, with one hash for all, and moka does its upkeep
//! after every request, so that each policy is seen at its best and the same in every run.

#[path = "../../cache/hits/reference.rs"]
mod reference;
#[path = "../../cache/hits/streams.rs"]
mod streams;
#[path = "../../cache/hits/traces.rs"]
mod traces;

use moka::policy::EvictionPolicy;
use quick_cache::UnitWeighter;
use quick_cache::unsync::DefaultLifecycle;

use reference::{Rules, lru, optimum, percent, s3_fifo};
use streams::Fixed;

/// Differences below the precision of the table count as none, in points.
const TIE: f64 = 0.05;

/// How far below S3-FIFO as published a cell may be in which the cache is behind a peer, in points.
const BEHIND: f64 = 1.0;

/// Cells, by stream and capacity.
type Cells = [(&'static str, usize)];

/// Streams in which quick_cache or moka hits more often.
const LOST: &Cells = &[
    // What is asked for most stays the same throughout: quick_cache keeps 97 % of its room for what
    // came twice, which is more of it. By less than a point.
    ("zipf 0.8", 400),
    ("zipf 0.8", 2_000),
    ("zipf 0.8", 8_000),
    ("zipf 1.0", 400),
    ("zipf 1.0", 2_000),
    ("zipf 1.0", 8_000),
    ("zipf 1.2", 400),
    ("zipf 1.2", 2_000),
    ("scans and zipf", 400),
    // moka counts how often a key was asked for, also while it was out. By a quarter of a point.
    ("scans and zipf", 8_000),
    // All keys are asked for equally often: best is to keep any and let the others go at once. A
    // tenth of our room is for those.
    ("loop", 1_000),
    ("loop", 2_000),
    ("loop", 2_700),
    // What came last comes first, and leaves a FIFO of a tenth of the room before it is looked at.
    ("zigzag", 300),
    ("zigzag", 1_000),
    ("zigzag", 1_500),
];

/// Of those, cells that are also more than a point below S3-FIFO as published.
const FAR: &Cells = &[
    // It takes new keys to the main queue alone once they came back, and so fills later.
    ("loop", 2_000),
    ("loop", 2_700),
];

/// The same of the traces.
const LOST_TRACES: &Cells = &[("cloudphysics", 5_000)];

const FAR_TRACES: &Cells = &[("cloudphysics", 5_000)];

/// One stream through one capacity. All are percent of the requests.
struct Cell {
    name: &'static str,
    capacity: usize,
    optimum: f64,
    lru: f64,
    published: f64,
    ours: f64,
    quick_cache: f64,
    moka: f64,
    moka_lru: f64,
}

impl Cell {
    fn of(name: &'static str, keys: &[u64], capacity: usize) -> Self {
        let cell = Self {
            name,
            capacity,
            optimum: optimum(keys, capacity),
            lru: lru(keys, capacity),
            published: s3_fifo(keys, capacity, Rules::PUBLISHED),
            ours: ours(keys, capacity),
            quick_cache: quick_cache(keys, capacity),
            moka: moka(keys, capacity, EvictionPolicy::tiny_lfu()),
            moka_lru: moka(keys, capacity, EvictionPolicy::lru()),
        };
        cell.print();
        let all = [cell.ours, cell.quick_cache, cell.moka, cell.moka_lru];
        assert!(all.into_iter().all(|found| found <= cell.optimum));
        cell
    }

    /// Whether neither quick_cache nor moka, as it is made by default, hits more often.
    fn is_won(&self) -> bool {
        self.ours + TIE >= self.quick_cache.max(self.moka)
    }

    fn print(&self) {
        let better = |peer: f64, name| if self.ours + TIE < peer { name } else { "" };
        println!(
            "{:<22}{:>7}{:>8.2}{:>8.2}{:>8.2}{:>8.2}{:>12.2}{:>8.2}{:>10.2}  {}{}{}",
            self.name,
            self.capacity,
            self.optimum,
            self.lru,
            self.published,
            self.ours,
            self.quick_cache,
            self.moka,
            self.moka_lru,
            if self.is_won() { "won" } else { "lost to" },
            better(self.quick_cache, " quick_cache"),
            better(self.moka, " moka"),
        );
    }
}

fn ours(keys: &[u64], capacity: usize) -> f64 {
    let builder = shorttail::cache::Cache::builder(capacity).shards(1);
    let cache = builder.hasher(Fixed::default()).build().unwrap();
    percent(keys, |key| {
        let hit = cache.get(&key).value().is_some();
        if !hit {
            cache.insert(key, ()).unwrap();
        }
        hit
    })
}

fn quick_cache(keys: &[u64], capacity: usize) -> f64 {
    let mut cache = quick_cache::unsync::Cache::with(
        capacity,
        capacity as u64,
        UnitWeighter,
        Fixed::default(),
        DefaultLifecycle::default(),
    );
    percent(keys, |key| {
        let hit = cache.get(&key).is_some();
        if !hit {
            cache.insert(key, ());
        }
        hit
    })
}

fn moka(keys: &[u64], capacity: usize, policy: EvictionPolicy) -> f64 {
    let cache = moka::sync::Cache::builder()
        .max_capacity(capacity as u64)
        .initial_capacity(capacity)
        .eviction_policy(policy)
        .build_with_hasher(Fixed::default());
    percent(keys, |key| {
        let hit = cache.get(&key).is_some();
        if !hit {
            cache.insert(key, ());
        }
        cache.run_pending_tasks();
        hit
    })
}

/// Every loss is known, and every loss that is known is one.
#[track_caller]
fn check(cells: &[Cell], lost: &Cells, far: &Cells) {
    let named = |cell: &Cell| (cell.name, cell.capacity);
    let found: Vec<_> = cells.iter().filter(|cell| !cell.is_won()).collect();
    let is_far = |cell: &&&Cell| cell.ours < cell.published - BEHIND;
    let found_far: Vec<_> = found
        .iter()
        .filter(is_far)
        .map(|cell| named(cell))
        .collect();
    let found: Vec<_> = found.into_iter().map(named).collect();
    println!("{} of {} cells won", cells.len() - found.len(), cells.len());
    assert_eq!(found, lost, "what is lost is known");
    assert_eq!(found_far, far, "what is far from S3-FIFO is known");
}

fn print_heading() {
    println!(
        "                              Belady     LRU S3-FIFO    ours quick_cache    moka  moka LRU"
    );
}

#[test]
fn streams_hit_as_often_as_in_other_caches_but_where_it_is_said() {
    print_heading();
    let streams = streams::all();
    let of_stream = |stream: &streams::Stream| {
        let cell = |capacity| Cell::of(stream.name, &stream.keys, capacity);
        stream.capacities.map(cell)
    };
    let cells: Vec<Cell> = streams.iter().flat_map(of_stream).collect();
    check(&cells, LOST, FAR);
}

#[test]
fn traces_hit_as_often_as_in_other_caches_but_where_it_is_said() {
    let mut cells = Vec::new();
    for (name, capacities) in traces::TRACES {
        let Some(keys) = traces::trace(name) else {
            return;
        };
        print_heading();
        cells.extend(capacities.map(|capacity| Cell::of(name, &keys, capacity)));
    }
    check(&cells, LOST_TRACES, FAR_TRACES);
}
