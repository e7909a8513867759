//! Removal of all entries that match, a bounded step at a time.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::cursor::Cursor;
use super::handle::{Cache, Shared};
use super::index::Place;
use super::inflight::EVER;
use super::load::Load;
use super::shard::Shard;
use super::slot::Kept;
use super::store::Reading;
use crate::sync::thread_number;
use crate::time::Clock;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Begins to remove every entry that `matches` says is to go. Nothing is done before
    /// [`ScanJob::step`], and no more than each step is asked for.
    ///
    /// When the last step is done, no entry is there that matches and was stored by a call that
    /// ended before this one began. What calls that began after it stored is not looked at. A load
    /// of a key that it removes is treated as by [`remove`](Self::remove); one of another key may
    /// still bring a value that would have matched, which its source gave before: where that
    /// matters, remove the keys or invalidate.
    ///
    /// # Guarantees
    /// Never waits, never allocates; one atomic addition.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(100).build().unwrap();
    /// for key in 0..100 {
    ///     cache.insert(key, key).unwrap();
    /// }
    /// let mut job = cache.remove_where(|_, value| value % 2 == 0);
    /// while !job.step(32).is_over {
    ///     // Other work goes here.
    /// }
    /// assert_eq!(cache.len(), 50);
    /// ```
    pub fn remove_where<P>(&self, matches: P) -> ScanJob<'_, K, V, P, L, S, C>
    where
        P: FnMut(&K, &V) -> bool,
    {
        ScanJob {
            core: &self.core,
            matches,
            cursor: Cursor::default(),
            begun: self.core.store.sequence.begin(),
        }
    }
}

/// A removal of all entries that match; made by [`Cache::remove_where`].
///
/// It holds nothing between two steps, and may be dropped or forgotten at any of them.
/// For an example see [`Cache::remove_where`].
#[must_use = "a job does nothing until it is stepped"]
pub struct ScanJob<'a, K, V, P, L, S, C>
where
    L: Load<K, V>,
{
    core: &'a Shared<K, V, L, S, C>,
    matches: P,
    cursor: Cursor,
    /// Entries of this count of invalidations or a later one are not looked at.
    begun: u64,
}

/// How far a step of a [`ScanJob`] came.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Progress};
///
/// let cache = Cache::builder(10).build().unwrap();
/// cache.insert(1, "one").unwrap();
/// let progress: Progress = cache.remove_where(|_, _| true).step(usize::MAX);
/// assert_eq!((progress.removed, progress.is_over), (1, true));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Index lanes looked at in this step.
    pub lanes: usize,
    /// Entries removed in this step.
    pub removed: usize,
    /// All of the cache was looked at; further steps do nothing.
    pub is_over: bool,
}

impl<K, V, P, L, S, C> ScanJob<'_, K, V, P, L, S, C>
where
    K: Eq + Hash,
    P: FnMut(&K, &V) -> bool,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Looks at up to `budget` index lanes, two to four an entry of the capacity.
    ///
    /// `matches` runs outside every lock; it may call the cache, and take its time, which holds
    /// back one slot. A panic of it passes on, its entry stays, and the next step goes on behind.
    ///
    /// # Guarantees
    /// Waits for another writer of the shard of each entry that it removes, one after the other.
    /// Allocates nothing. Drops at most two entries that left earlier for each that it removes.
    /// # Complexity
    /// `budget` lanes and their entries.
    /// # Examples
    /// See [`Cache::remove_where`].
    pub fn step(&mut self, budget: usize) -> Progress {
        let core = self.core;
        let mut progress = Progress::default();
        while progress.lanes < budget {
            let Some((shard, place)) = self.cursor.advance(&core.store) else {
                progress.is_over = true;
                break;
            };
            progress.lanes += 1;
            let shard = &core.store.shards[shard];
            let lane = shard.index.lane(place);
            let Some(reading) = core.store.reading(shard, lane, thread_number()) else {
                continue;
            };
            if reading.read(|kept| self.is_to_go(kept)) && self.remove(shard, place, &reading) {
                progress.removed += 1;
            }
        }
        progress
    }

    fn is_to_go(&mut self, kept: &Kept<K, V>) -> bool {
        let born = kept.born();
        if born.count() >= self.begun || self.core.store.sequence.is_dead(born) {
            return false;
        }
        kept.value()
            .is_some_and(|value| (self.matches)(&kept.key, value))
    }

    /// Removes the entry if it is still in its lane. It is protected, so that what the lane names
    /// cannot be another entry in the same slot.
    fn remove(&self, shard: &Shard<K, V>, place: Place, reading: &Reading<'_, K, V>) -> bool {
        let core = self.core;
        let hash = reading.read(|kept| core.hash(&kept.key));
        core.store.locked(shard, core.moment(), |locked| {
            let found = locked.at(place, reading.number());
            if let Some(at) = found {
                locked.state.loads.mark_written(hash, EVER, |_| ());
                locked.remove(at);
            }
            found.is_some()
        })
    }
}

impl<K, V, P, L: Load<K, V>, S, C> fmt::Debug for ScanJob<'_, K, V, P, L, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScanJob").finish_non_exhaustive()
    }
}
