//! Counters.

use super::hazard::Found;
use super::loads::Loads;
use super::store::Store;
use crate::sync::atomic::{AtomicU64, Ordering};

/// What a cache did since it was built.
///
/// Each count is exact; taken while others work, they are not of one moment.
///
/// # Examples
/// ```
/// use shorttail::cache::Cache;
///
/// let cache = Cache::builder(10).build().unwrap();
/// cache.insert(1, "one").unwrap();
/// cache.get(&1);
/// let stats = cache.stats();
/// assert_eq!((stats.hits, stats.misses, stats.inserted), (1, 0, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Reads that found a fresh value.
    pub hits: u64,
    /// Reads that found a stale value.
    pub stale_hits: u64,
    /// Reads that found a negative entry.
    pub negative_hits: u64,
    /// Reads that found nothing.
    pub misses: u64,
    /// New keys stored.
    pub inserted: u64,
    /// Values replaced.
    pub replaced: u64,
    /// Entries pushed out by the policy.
    pub evicted: u64,
    /// Entries pushed out because both of a key's index lines were full.
    pub bucket_evicted: u64,
    /// Entries removed by hand.
    pub removed: u64,
    /// Inserts refused.
    pub refused: u64,
    /// Loads handed to the loader threads.
    pub loads_started: u64,
    /// Loads that gave a value, or said that there is none.
    pub loads_done: u64,
    /// Loads that gave an error.
    pub loads_failed: u64,
    /// Loads that panicked: the loader, or the clock or key type before it.
    pub loads_panicked: u64,
    /// Loads refused because too many were under way.
    pub loads_shed: u64,
    /// Loads under way.
    pub loads_active: u32,
    /// Loads that ended and whose result some caller has yet to take; see
    /// [`loads_max`](super::LoadingBuilder::loads_max).
    pub loads_unread: u32,
    /// Loads that stored nothing, or were not run, because the key was written meanwhile.
    pub superseded: u64,
    /// Most slots one eviction ever visited; 16 at most.
    pub visits_max: u32,
    /// Calls of the [listener](super::Builder::on_evict) that panicked.
    pub listener_panics: u64,
    /// Entries that left and await their drop.
    pub retired: usize,
}

impl Stats {
    pub(crate) fn of<K, V, E>(store: &Store<K, V>, loads: &Loads<K, V, E>) -> Self {
        // Relaxed: statistics. [cache-9]
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let mut stats = Self {
            hits: store.hazards.total(Found::Fresh),
            stale_hits: store.hazards.total(Found::Stale),
            negative_hits: store.hazards.total(Found::Negative),
            misses: store.hazards.total(Found::Miss),
            listener_panics: store.listener.panics(),
            loads_started: read(&loads.counts.started),
            loads_done: read(&loads.counts.loaded),
            loads_failed: read(&loads.counts.failed),
            loads_panicked: read(&loads.counts.panicked),
            loads_shed: read(&loads.counts.shed),
            loads_active: loads.flights.active(),
            loads_unread: loads.flights.unread(),
            ..Self::default()
        };
        for shard in &store.shards {
            let state = shard.state().lock();
            let counts = state.counts;
            stats.inserted += counts.inserted;
            stats.replaced += counts.replaced;
            stats.evicted += counts.evicted;
            stats.bucket_evicted += counts.bucket_evicted;
            stats.removed += counts.removed;
            stats.refused += counts.refused + shard.contended();
            stats.superseded += counts.superseded;
            stats.visits_max = stats.visits_max.max(state.policy.visits_max);
            stats.retired += state.retired_len();
        }
        stats
    }
}
