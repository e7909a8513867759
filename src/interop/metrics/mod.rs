//! What the blocks counted, for the `metrics` crate: one function a block.
//!
//! Nothing here is on a block's own path: the blocks count by themselves, and these functions hand
//! a value of their `stats()` to the recorder that is installed, or do nothing without one. Call
//! them when the metrics are scraped, or every few seconds.
//!
//! A metric is named after block and field: `shorttail_cache_hits_total` is
//! [`cache::Stats::hits`](crate::cache::Stats::hits), a counter, and `shorttail_cache_weight`, a
//! gauge. Its label `name` is the one that you give. Counters are set to what the block counted
//! since it was built: give a name to one block only, or its counter is the larger one's.
//!
//! Each call allocates, for names and labels, and takes the recorder's locks; counts beyond 2⁵³ are
//! rounded where they are gauges.
//!
//! ```
//! use shorttail::cache::Cache;
//! use shorttail::channel::bounded;
//! use shorttail::interop::metrics;
//!
//! let (jobs, _rx) = bounded::<u32>(8);
//! let pages: Cache<u64, String> = Cache::builder(100).build()?;
//! let scrape = || {
//!     metrics::channel("jobs", &jobs.stats());
//!     metrics::cache("pages", &pages.stats());
//! };
//! scrape();
//! # Ok::<(), shorttail::cache::ConfigError>(())
//! ```
//!
#![doc = include_str!("names.md")]

mod control;
mod endpoint;
mod limit;
mod measured;
mod toggle;

pub use control::{client_throttle, gate, hedge, retry, retry_budget};
pub use endpoint::endpoint_budget;
pub use limit::{adaptive_limit, breaker, codel};
pub use measured::{histogram, stages};
pub use toggle::{toggle, toggle_report};

use ::metrics::{Key, Label, Level, Metadata, Recorder, with_recorder};

use super::rows::{Kind, Rows};
use crate::arena::ArenaStats;
use crate::cache::{self, Readiness, WarmProgress};
use crate::channel::{self, LaneStats};
use crate::measure::AllocRegion;
use crate::pool::{ClassStats, PoolStats};
use crate::workers::{LaneReport, Pool};

static METADATA: Metadata<'static> = Metadata::new("shorttail", Level::INFO, None);

/// A channel's [`stats`](channel::Sender::stats): `shorttail_channel_…`.
///
/// # Examples
/// See [the page](self).
pub fn channel(name: &'static str, stats: &channel::Stats) {
    Export::of("channel", name).rows(stats);
}

/// One lane's [`stats`](channel::Lane::stats): `shorttail_lane_…`, with the label `lane`.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::Lanes::new([4, 4]).build::<u8>()?;
/// for (number, lane) in ["hot", "cold"].into_iter().enumerate() {
///     shorttail::interop::metrics::lane("jobs", lane, &rx.lane_stats(number));
/// }
/// # drop(tx);
/// # Ok::<(), shorttail::channel::ConfigError>(())
/// ```
pub fn lane(name: &'static str, lane: &'static str, stats: &LaneStats) {
    Export::of("lane", name).and("lane", lane).rows(stats);
}

/// A cache's [`stats`](cache::Cache::stats): `shorttail_cache_…`.
///
/// # Examples
/// See [the page](self).
pub fn cache(name: &'static str, stats: &cache::Stats) {
    Export::of("cache", name).rows(stats);
}

/// How far a [`Warmer`](cache::Warmer) is: `shorttail_warm_…`.
///
/// # Examples
/// ```
/// let warmer = shorttail::cache::Warmer::new();
/// shorttail::interop::metrics::warm("pages", &warmer.progress());
/// ```
pub fn warm(name: &'static str, progress: &WarmProgress) {
    let export = Export::of("warm", name);
    export.rows(progress);
    if let Some(expected) = progress.expected {
        export.gauge("expected", expected);
    }
}

/// What a [`ReadyGate`](cache::ReadyGate) says: `shorttail_ready_state`, 1 for the state that it is
/// in and 0 for the others, by the label `state` (`warming`, `ready`, `degraded`).
///
/// # Examples
/// ```
/// let gate = shorttail::cache::ReadyGate::new(1_000);
/// shorttail::interop::metrics::ready("pages", gate.state());
/// ```
pub fn ready(name: &'static str, state: Readiness) {
    let states = [
        ("warming", Readiness::Warming),
        ("ready", Readiness::Ready),
        ("degraded", Readiness::Degraded),
    ];
    Export::of("ready", name).states("state", states, state);
}

/// A pool's [`stats`](crate::pool::BufferPool::stats), of either kind: `shorttail_pool_…`.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder().class(64, 2).build()?;
/// shorttail::interop::metrics::pool("reads", &pool.stats());
/// # Ok::<(), shorttail::pool::ConfigError>(())
/// ```
pub fn pool(name: &'static str, stats: &PoolStats) {
    Export::of("pool", name).rows(stats);
}

/// One class of a pool: `shorttail_pool_class_…`, with the label `slot_bytes`.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder().class(64, 2).build()?;
/// for class in pool.class_stats() {
///     shorttail::interop::metrics::pool_class("reads", &class);
/// }
/// # Ok::<(), shorttail::pool::ConfigError>(())
/// ```
pub fn pool_class(name: &'static str, stats: &ClassStats) {
    let export = Export::of("pool_class", name);
    export
        .and("slot_bytes", stats.slot_bytes.to_string())
        .rows(stats);
}

/// A pool of arenas' [`stats`](crate::arena::ArenaPool::stats): `shorttail_arena_…`.
///
/// # Examples
/// ```
/// let arenas = shorttail::arena::ArenaPool::new(2, 4096)?;
/// shorttail::interop::metrics::arena("requests", &arenas.stats());
/// # Ok::<(), shorttail::arena::ConfigError>(())
/// ```
pub fn arena(name: &'static str, stats: &ArenaStats) {
    Export::of("arena", name).rows(stats);
}

/// One lane of a pool of workers, its [report](crate::workers::Pool::lane_report):
/// `shorttail_workers_…`, with the label `lane`.
///
/// # Examples
/// ```
/// let pool = shorttail::workers::Pool::builder().lane("hot", 8).build(|_: u8, _| {})?;
/// shorttail::interop::metrics::workers("jobs", "hot", &pool.lane_report(0));
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
pub fn workers(name: &'static str, lane: &'static str, report: &LaneReport) {
    Export::of("workers", name).and("lane", lane).rows(report);
}

/// A pool of workers: each of its lanes as by [`workers`], and `shorttail_worker_pool_…`: its
/// threads, and the wakes of those that slept.
///
/// The histograms of its [waits](Pool::waited_ns) and [runs](Pool::ran_ns) are for [`histogram`].
///
/// # Examples
/// ```
/// let pool = shorttail::workers::Pool::builder().lane("hot", 8).build(|_: u8, _| {})?;
/// shorttail::interop::metrics::worker_pool("jobs", &pool);
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
pub fn worker_pool<J, C>(name: &'static str, pool: &Pool<J, C>) {
    let export = Export::of("workers", name);
    for lane in 0..pool.lanes() {
        let lane_name = pool.lane_name(lane).to_owned();
        export.and("lane", lane_name).rows(&pool.lane_report(lane));
    }
    let export = Export::of("worker_pool", name);
    export.gauge("threads", pool.workers() as u64);
    export.counter("wakes", pool.wakes());
}

/// What a region of the program took from the heap: `shorttail_region_…`, named after it. All zero
/// unless [`AllocGuard`](crate::measure::AllocGuard) is the global allocator.
///
/// # Examples
/// ```
/// use shorttail::measure::AllocRegion;
///
/// static HANDLER: AllocRegion = AllocRegion::new("handler");
/// shorttail::interop::metrics::region(&HANDLER);
/// ```
pub fn region(region: &AllocRegion) {
    let export = Export::of("region", region.name());
    export.rows(&region.counts());
    export.counter("visits", region.visits());
}

/// Where the numbers of one value go: names begin with the block's, labels are the same for all.
struct Export {
    block: &'static str,
    labels: Vec<Label>,
}

impl Export {
    fn of(block: &'static str, name: &'static str) -> Self {
        let labels = vec![Label::new("name", name)];
        Self { block, labels }
    }

    fn and(&self, label: &'static str, value: impl Into<::metrics::SharedString>) -> Self {
        let mut labels = self.labels.clone();
        labels.push(Label::new(label, value));
        let block = self.block;
        Self { block, labels }
    }

    fn rows<S: Rows>(&self, stats: &S) {
        for row in S::ROWS {
            let value = (row.read)(stats);
            match row.kind {
                Kind::Counter => self.counter(row.name, value),
                Kind::Gauge => self.gauge(row.name, value),
            }
        }
    }

    fn counter(&self, field: &str, value: u64) {
        let key = self.key(format!("shorttail_{}_{field}_total", self.block));
        with_recorder(|to: &dyn Recorder| to.register_counter(&key, &METADATA).absolute(value));
    }

    fn gauge(&self, field: &str, value: u64) {
        self.ratio(field, value as f64);
    }

    fn ratio(&self, field: &str, value: f64) {
        let key = self.key(format!("shorttail_{}_{field}", self.block));
        with_recorder(|to: &dyn Recorder| to.register_gauge(&key, &METADATA).set(value));
    }

    /// Each state by its label, 1 for the one that is `now`: a state that is over goes to 0, where
    /// it would stay as it was if only the other were set.
    fn states<S: PartialEq, const N: usize>(
        &self,
        field: &str,
        states: [(&'static str, S); N],
        now: S,
    ) {
        for (label, state) in states {
            let of_state = self.and("state", label);
            of_state.gauge(field, u64::from(state == now));
        }
    }

    fn key(&self, name: String) -> Key {
        Key::from_parts(name, self.labels.clone())
    }
}
