//! Counters.

use core::hash::BuildHasher;

use super::core::Core;
use super::counts::Counts;
use super::hazard::Found;
use super::loads::Loads;
use super::outcome::RefusedWhy;
use crate::limit::Breaker;
use crate::sync::Tally;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::time::Clock;

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
    /// Live entries pushed out by the policy.
    pub evicted: u64,
    /// Entries found past their time, and past the windows that follow it, when room was needed or
    /// [`maintain`](super::Cache::maintain) came by.
    pub expired: u64,
    /// Entries found invalidated likewise, and those that were when they came.
    pub invalidated: u64,
    /// Entries pushed out because both of a key's index lines were full.
    pub bucket_evicted: u64,
    /// Entries removed by hand.
    pub removed: u64,
    /// Inserts refused, for the reasons that follow.
    pub refused: u64,
    /// Inserts refused because of [`RefusedWhy::Pressure`].
    pub refused_pressure: u64,
    /// Inserts refused because of [`RefusedWhy::NoRoom`].
    pub refused_no_room: u64,
    /// Inserts refused because of [`RefusedWhy::NegativeShare`].
    pub refused_negative: u64,
    /// Inserts refused because of [`RefusedWhy::UnknownTag`].
    pub refused_unknown_tag: u64,
    /// Inserts refused because of [`RefusedWhy::Oversized`].
    pub refused_oversized: u64,
    /// Inserts refused because of [`RefusedWhy::Weight`].
    pub refused_weight: u64,
    /// Inserts refused because of [`RefusedWhy::Contended`].
    pub refused_contended: u64,
    /// Loads handed to the loader threads.
    pub loads_started: u64,
    /// Loads that gave a value, or said that there is none; cancelled ones too.
    pub loads_done: u64,
    /// Loads that gave an error.
    pub loads_failed: u64,
    /// Loads that panicked: the loader, or the clock or key type before it.
    pub loads_panicked: u64,
    /// Loads refused because too many were under way, or too many callers waited for one.
    pub loads_shed: u64,
    /// Loads refused by the [breaker](super::LoadingBuilder::breaker).
    pub loads_broken_off: u64,
    /// How often the breaker opened.
    pub breaker_opened: u64,
    /// Loads under way.
    pub loads_active: u32,
    /// Loads under way that have outlived their [lease](super::LoadingBuilder::lease): each keeps
    /// its thread, and its place among those under way, until it returns.
    pub zombies: u32,
    /// Loads that ended and whose result some caller has yet to take; see
    /// [`loads_max`](super::LoadingBuilder::loads_max).
    pub loads_unread: u32,
    /// Loads that stored nothing, or were not run, because the key was written or the load was
    /// cancelled meanwhile.
    pub superseded: u64,
    /// What the entries weigh; 0 if [nobody weighs them](super::Builder::weight_max).
    pub weight: u64,
    /// Most slots one insert ever looked at to make room; 16 at most.
    pub visits_max: u32,
    /// Calls of the [listener](super::Builder::on_evict) that panicked.
    pub listener_panics: u64,
    /// Entries that left and await their drop: in each shard at most half its reserve, 32 at
    /// most, or 64 where entries weigh, besides those that readers held, and those that a
    /// [listener](super::Builder::on_evict) made leave within one call.
    pub retired: usize,
    /// Those of them that a reader may have held when their shard last looked, as its writes do
    /// now and then and [`maintain`](super::Cache::maintain) does. Each shard has as many spare
    /// slots for them as [`Builder::reserve`](super::Builder::reserve) says.
    pub held: usize,
    /// How many entries left their shard after the one that has been held the longest: its age,
    /// counted in what the shard did meanwhile. Modulo 33 554 432; a scan that found many others to
    /// drop may have left out the oldest.
    pub oldest_held: u32,
    /// Readers in the middle of a read just now, those left out that count at the slot itself.
    pub records_in_use: usize,
    /// Scans: looks at the hazard records, for which of those are held.
    pub scans: u64,
    /// Most entries that one scan ever asked about; 64 at most, besides those that were held.
    pub scanned_max: usize,
}

impl<K, V, E, S, C> Core<K, V, E, S, C>
where
    S: BuildHasher,
    C: Clock,
{
    pub(crate) fn stats(&self) -> Stats {
        let hazards = &self.store.hazards;
        let mut stats = Stats {
            hits: hazards.total(Found::Fresh),
            stale_hits: hazards.total(Found::Stale),
            negative_hits: hazards.total(Found::Negative),
            misses: hazards.total(Found::Miss),
            records_in_use: hazards.in_use(),
            listener_panics: self.store.listener.panics(),
            ..Stats::default()
        };
        stats.add_loads(&self.loads);
        if !self.loads.flights.is_empty() {
            stats.zombies = self.loads.asked.hung(self.clock.now_ns());
        }
        for shard in &self.store.shards {
            stats.refused_contended += shard.contended().get();
            stats.add_shard(shard.counts());
        }
        stats.refused += stats.refused_contended;
        stats
    }
}

impl Stats {
    fn add_loads<K, V, E>(&mut self, loads: &Loads<K, V, E>) {
        // Relaxed: statistics. [cache-9]
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        self.loads_started = read(&loads.counts.started);
        self.loads_done = read(&loads.counts.loaded);
        self.loads_failed = read(&loads.counts.failed);
        self.loads_panicked = read(&loads.counts.panicked);
        self.loads_shed = read(&loads.counts.shed);
        self.loads_broken_off = read(&loads.counts.broken_off);
        self.breaker_opened = loads.breaker.as_ref().map_or(0, Breaker::opened);
        self.loads_active = loads.flights.active();
        self.loads_unread = loads.flights.unread();
    }

    fn add_shard(&mut self, counts: &Counts) {
        self.inserted += counts.inserted.get();
        self.replaced += counts.replaced.get();
        self.evicted += counts.evicted.get();
        self.expired += counts.expired.get();
        self.invalidated += counts.invalidated.get();
        self.bucket_evicted += counts.bucket_evicted.get();
        self.removed += counts.removed.get();
        let refused = |why: RefusedWhy| counts.refused[why as usize].get();
        self.refused += counts.refused.iter().map(Tally::get).sum::<u64>();
        self.refused_pressure += refused(RefusedWhy::Pressure);
        self.refused_no_room += refused(RefusedWhy::NoRoom);
        self.refused_negative += refused(RefusedWhy::NegativeShare);
        self.refused_unknown_tag += refused(RefusedWhy::UnknownTag);
        self.refused_oversized += refused(RefusedWhy::Oversized);
        self.refused_weight += refused(RefusedWhy::Weight);
        self.superseded += counts.superseded.get();
        self.weight += counts.weight.get();
        self.visits_max = self.visits_max.max(counts.visits_max.get() as u32);
        self.retired += counts.retired.get() as usize;
        self.scans += counts.scans.get();
        self.scanned_max = self.scanned_max.max(counts.scanned_max.get() as usize);
        self.held += counts.held.get() as usize;
        self.oldest_held = self.oldest_held.max(counts.oldest_held());
    }
}
