//! What both ways of writing the service share: the set-up, the counters, the shape of an arm.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;

use crate::origin::Origin;
use crate::trouble::Trouble;

/// Items the cache may hold.
pub(crate) const CACHE_ITEMS: usize = 16_384;
/// Items loaded before the service says that it is ready: the most asked-for ones.
pub(crate) const WARM_ITEMS: u32 = 4_000;
/// How long a cached item is fresh.
pub(crate) const TTL: Duration = Duration::from_secs(10);
/// Requests for items that may be under way at once; the next one is refused.
pub(crate) const PERMITS: usize = 128;
/// Connections that may be open at once; the next one is closed at once.
pub(crate) const CONNECTIONS_MAX: usize = 1_024;
/// The longest body that is read.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;
/// How long a client may take over a head, a body, or the taking of an answer, and how long its
/// connection may stay open without a request.
pub(crate) const CLIENT_PATIENCE: Duration = Duration::from_secs(10);
/// Access-log records that may wait for the writer; further ones are dropped and counted.
pub(crate) const LOG_RECORDS: usize = 8_192;
/// How long open requests may take to finish once the service is told to stop.
pub(crate) const DRAIN: Duration = Duration::from_secs(5);

/// How an arm is started.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) listen: SocketAddr,
    pub(crate) workers: usize,
    /// The access log.
    pub(crate) log: PathBuf,
    /// No slow and failing calls of the origin.
    pub(crate) healthy: bool,
    /// So few buffers for what connections read, and no larger ones in their place.
    pub(crate) read_buffers: Option<usize>,
    /// One buffer that never comes back, for the test of the last check.
    pub(crate) plant_leak: bool,
    /// One `Vec` too many per request, for the test of the allocation count.
    pub(crate) plant_alloc: bool,
    /// Memory and a handle lost now and then, for the test of the soak's judge.
    pub(crate) plant_leaks: bool,
}

/// A running arm.
pub(crate) trait Service {
    fn address(&self) -> SocketAddr;
    fn origin(&self) -> &Origin;
    fn counters(&self) -> &Counters;
    /// Calls `tell` with each named part of the service and the allocations made in it, where the
    /// arm tells its parts apart. Allocates nothing.
    fn for_each_region(&self, _tell: &mut dyn FnMut(&'static str, u64)) {}
    /// The switches for what goes wrong on purpose, where the arm has them.
    fn trouble(&self) -> Option<&Trouble> {
        None
    }
    /// What is lent and under way at this moment, where the arm says so. Allocates nothing.
    fn levels(&self) -> Option<Levels> {
        None
    }
    /// Drains, stops, and checks that everything lent has come back. Both answers are one line.
    fn stop(self: Box<Self>) -> Result<String, String>;
}

/// What is lent and under way at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    pub(crate) permits_lent: u64,
    pub(crate) connections: u64,
    /// Items that the cache no longer has, in the hands of a request or a load.
    pub(crate) items_lent: u64,
    /// All other buffers: what connections read into, bodies, pages.
    pub(crate) buffers_lent: u64,
    pub(crate) arenas_lent: u64,
    pub(crate) loads_active: u64,
    pub(crate) log_records: u64,
}

/// Starts an arm.
pub(crate) type Start = fn(&Setup) -> io::Result<Box<dyn Service>>;

/// One counter: added to on any thread, read now and then.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        // Relaxed: a counter of its own, nothing is published by it.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        // Relaxed: see `add`.
        self.0.load(Ordering::Relaxed)
    }
}

/// What the service did, in numbers.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Requests answered, whatever the answer.
    pub(crate) requests: Counter,
    /// Refused with 503 for want of a permit, a buffer or an arena.
    pub(crate) shed: Counter,
    /// Answered with an item past its time to live.
    pub(crate) stale: Counter,
    /// Answered with the fallback item.
    pub(crate) fallback: Counter,
    /// Answered with a 5xx other than a refusal.
    pub(crate) failed: Counter,
    /// Refused with a 4xx.
    pub(crate) rejected: Counter,
    /// Access-log records dropped because the log could not keep up.
    pub(crate) log_dropped: Counter,
    /// Connections closed at once, because too many were open.
    pub(crate) connections_refused: Counter,
}

/// What a request's path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Item(u32),
    Health,
    Metrics,
    Unknown,
}

/// Finds the route of `path`; ids are decimal, without sign, below [`crate::plan::ITEMS`].
pub(crate) fn route(path: &str) -> Route {
    match path {
        "/healthz" => return Route::Health,
        "/metrics" => return Route::Metrics,
        _ => {}
    }
    let id = path
        .strip_prefix("/items/")
        .filter(|id| id.bytes().all(|b| b.is_ascii_digit()));
    match id.and_then(|id| id.parse::<u32>().ok()) {
        Some(id) if (id as usize) < crate::plan::ITEMS => Route::Item(id),
        _ => Route::Unknown,
    }
}

/// Makes the directory `out`; an error names it.
pub(crate) fn make_directory(out: &Path) -> io::Result<()> {
    std::fs::create_dir_all(out)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", out.display())))
}

/// Listens on `address`; an error names it.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
}
