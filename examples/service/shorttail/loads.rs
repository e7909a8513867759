//! The cached items, and the origin behind them.

use std::io::{self, Write};
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::BufMut;
use shorttail::cache::{
    Cache, Load, Lookup, Miss, Outcome, Readiness, ReadyGate, Stale, WarmHandle, Warmer,
};
use shorttail::pool::{BufferPool, PooledBytes};

use tokio::time::timeout;

use super::LOADS;
use super::metrics::{counter_line, gauge};
use crate::origin::{ASK_AGAIN, BUDGET, Origin};
use crate::service::{CACHE_ITEMS, PERMITS, TTL, WARM_ITEMS};
use crate::trouble::Trouble;

/// Calls to the origin at a time. Each takes a thread, most of them asleep.
const LOADER_THREADS: usize = 32;
/// How long past its time to live an item may stand in for one that cannot be had.
const STAND_IN: Duration = Duration::from_secs(60);
/// How warm the cache is when the service says that it is ready.
const WARM_PART: f64 = 0.95;
/// When it says so at the latest.
const WARM_UP_MAX: Duration = Duration::from_secs(10);

/// Asks the origin and puts what it says into a pooled buffer.
struct FromOrigin {
    origin: Arc<Origin>,
    trouble: Arc<Trouble>,
    buffers: BufferPool,
}

/// Why a load came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoadError {
    Origin,
    Exhausted,
}

impl Load<u32, PooledBytes> for FromOrigin {
    type Error = LoadError;

    fn load(&self, id: &u32) -> Result<Option<PooledBytes>, LoadError> {
        let _region = LOADS.enter();
        self.trouble.in_a_load();
        let call = self.origin.call(*id);
        std::thread::sleep(call.takes);
        if call.fails {
            return Err(LoadError::Origin);
        }
        self.origin.read(*id, |bytes| {
            let buffer = self.buffers.try_acquire(bytes.len());
            let mut buffer = buffer.map_err(|_| LoadError::Exhausted)?;
            buffer.put_slice(bytes);
            Ok(Some(buffer.freeze()))
        })
    }
}

/// What a request for an item gets.
#[derive(Debug)]
pub(super) enum Found {
    Fresh(PooledBytes),
    /// Past its time to live, in place of one that could not be had within the budget.
    Stale(PooledBytes),
    /// Nothing within the budget.
    Nothing,
    /// As many loads as allowed are under way.
    Shed,
}

pub(super) struct Items {
    cache: Arc<Cache<u32, PooledBytes, FromOrigin>>,
    gate: ReadyGate,
    warming: WarmHandle,
    warmer: Option<JoinHandle<()>>,
}

impl Items {
    /// Builds the cache and starts to warm it.
    pub(super) fn start(
        origin: Arc<Origin>,
        trouble: Arc<Trouble>,
        buffers: BufferPool,
    ) -> io::Result<Self> {
        let loader = FromOrigin {
            origin,
            trouble,
            buffers,
        };
        let cache = Cache::builder(CACHE_ITEMS)
            .ttl(TTL)
            .error_window(STAND_IN)
            .loader(loader)
            .loads_max(PERMITS)
            .loader_threads(LOADER_THREADS)
            .lease(ASK_AGAIN)
            .build()
            .map_err(io::Error::other)?;
        let cache = Arc::new(cache);
        let gate = ReadyGate::fraction(WARM_PART, u64::from(WARM_ITEMS)).deadline(WARM_UP_MAX);
        let warmer = Warmer::new()
            .concurrency(LOADER_THREADS)
            .deadline(WARM_UP_MAX)
            .opens(&gate);
        let warming = warmer.handle();
        let warmed = Arc::clone(&cache);
        let warmer = std::thread::Builder::new()
            .name("warmer".to_owned())
            .spawn(move || {
                LOADS.run(|| warmer.run(&warmed, 0..WARM_ITEMS));
            })?;
        Ok(Self {
            cache,
            gate,
            warming,
            warmer: Some(warmer),
        })
    }

    /// Whether the cache is warm enough for traffic.
    pub(super) fn is_ready(&self) -> bool {
        self.gate.is_ready()
    }

    /// The item, waiting for the origin no longer than the budget.
    pub(super) async fn look_up(&self, id: u32) -> Found {
        if let Lookup::Fresh(bytes) = self.cache.get(&id) {
            return Found::Fresh(bytes);
        }
        let first = timeout(ASK_AGAIN, self.cache.get_or_load_async(&id)).await;
        let outcome = match first {
            Ok(outcome) => outcome,
            Err(_) => {
                // The lease of a load as old as this is over, so that this begins another one.
                let mut load = pin!(self.cache.get_or_load_async(&id));
                let second = timeout(BUDGET - ASK_AGAIN, load.as_mut()).await;
                second.unwrap_or_else(|_| load.as_mut().give_up())
            }
        };
        match outcome {
            Outcome::Fresh(bytes) => Found::Fresh(bytes),
            Outcome::Stale {
                why: Stale::InsteadOf(Miss::Shed),
                ..
            }
            | Outcome::Miss(Miss::Shed) => Found::Shed,
            Outcome::Stale { value, .. } => Found::Stale(value),
            Outcome::Negative | Outcome::Fallback(_) | Outcome::Miss(_) => Found::Nothing,
        }
    }

    /// Forgets the item; a load that began before does not bring it back.
    pub(super) fn forget(&self, id: u32) {
        self.cache.remove(&id);
    }

    /// Items in the cache.
    pub(super) fn cached(&self) -> u64 {
        self.cache.len() as u64
    }

    /// Calls to the origin that are under way.
    pub(super) fn loads_active(&self) -> u64 {
        u64::from(self.cache.stats().loads_active)
    }

    /// How the warm-up went, for the last line.
    pub(super) fn warmed(&self) -> String {
        let progress = self.warming.progress();
        let how = match self.gate.state() {
            Readiness::Ready => "ready",
            Readiness::Degraded => "degraded",
            Readiness::Warming => "not done",
        };
        format!(
            "warm-up {how}: {} loaded, {} failed",
            progress.done, progress.failed
        )
    }

    pub(super) fn write_metrics(&self, out: &mut impl Write) -> io::Result<()> {
        let stats = self.cache.stats();
        for (name, value) in [
            ("hits", stats.hits),
            ("stale_hits", stats.stale_hits),
            ("misses", stats.misses),
            ("inserted", stats.inserted),
            ("replaced", stats.replaced),
            ("evicted", stats.evicted),
            ("removed", stats.removed),
            ("refused", stats.refused),
            ("superseded", stats.superseded),
            ("loads_started", stats.loads_started),
            ("loads_done", stats.loads_done),
            ("loads_failed", stats.loads_failed),
            ("loads_shed", stats.loads_shed),
        ] {
            counter_line(out, &format_args!("cache_{name}"), value)?;
        }
        gauge(out, "cache_items", self.cache.len() as u64)?;
        gauge(out, "cache_capacity", self.cache.capacity() as u64)?;
        gauge(out, "cache_loads_active", u64::from(stats.loads_active))?;
        gauge(out, "cache_ready", u64::from(self.gate.is_ready()))
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        self.warming.stop();
        self.cache.close();
        if let Some(warmer) = self.warmer.take() {
            // A panic of the warmer has been printed; what it leaves behind is checked anyway.
            drop(warmer.join());
        }
    }
}
