//! What makes entries stale, forgets them, and drops what left.

use core::hash::{BuildHasher, Hash};

use super::handle::Cache;
use super::hash::Equivalent;
use super::inflight::EVER;
use super::load::Load;
use super::outcome::Contended;
use super::tag::{Tag, UnknownTag};
use crate::time::Clock;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Forgets the key; says whether it was there, be it expired or invalidated by now. A load that
    /// asked its source before does not bring it back, and who asks from now on does not wait for
    /// it.
    ///
    /// # Guarantees
    /// As [`insert`](Self::insert), but wakes nobody who waits for a load. Reads that began earlier
    /// may still see the value.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert!(cache.remove(&1));
    /// assert!(!cache.remove(&1));
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.forget(key, true).unwrap_or_default()
    }

    /// As [`remove`](Self::remove), but does not wait for another writer of the shard.
    ///
    /// # Guarantees
    /// As [`try_insert`](Self::try_insert).
    /// # Errors
    /// [`Contended`] when another writer had the lock all the time; nothing is changed then.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert_eq!(cache.try_remove(&1), Ok(true));
    /// assert_eq!(cache.try_remove(&1), Ok(false));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_remove<Q>(&self, key: &Q) -> Result<bool, Contended>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.forget(key, false).ok_or(Contended)
    }

    /// Removes the key; `None` without the lock.
    fn forget<Q>(&self, key: &Q, patient: bool) -> Option<bool>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let (hash, moment) = (self.core.hash(key), self.core.moment());
        let store = &self.core.store;
        let mut farewell = store.farewell();
        let (shard, leaving) = (store.shard(hash), &mut farewell.leaving);
        store.try_locked(shard, leaving, moment, patient, |locked| {
            locked.state.loads.mark_written(hash, EVER, |_| ());
            let found = locked.find(hash, key);
            if let Some(at) = found {
                locked.remove(at);
            }
            found.is_some()
        })
    }

    /// Makes the key's value stale now: served while it is refreshed, for the stale window.
    ///
    /// Says whether it was there. Without a stale window nobody sees it again but who, within the
    /// error window, asks for what its loader cannot give. Loads under way
    /// are treated as by [`remove`](Self::remove).
    ///
    /// # Guarantees
    /// As [`remove`](Self::remove).
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::cache::{Cache, Lookup};
    /// let cache = Cache::builder(10).stale_window(Duration::from_secs(60)).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert!(cache.expire(&1));
    /// assert_eq!(cache.get(&1), Lookup::Stale("one"));
    /// ```
    pub fn expire<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.core.hash(key);
        let now_ns = self.core.clock.now_ns();
        self.core.store.note_mortal();
        self.core
            .locked(hash, self.core.moment_at(now_ns), |locked| {
                locked.state.loads.mark_written(hash, EVER, |_| ());
                let found = locked.find(hash, key);
                if let Some(at) = found {
                    locked.shard.slots[at.slot as usize].expire(now_ns);
                }
                found.is_some()
            })
    }

    /// Forgets every key in one step. Their slots are reused as new entries need them.
    ///
    /// Until then they count in [`len`](Self::len). Loads that asked their source before store
    /// nothing, and who asks from now on does not wait for them. An insert that goes on meanwhile
    /// counts as from before or as from after; as from before it replaces nothing stored since.
    ///
    /// # Guarantees
    /// Never waits, never allocates; two atomic operations.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Lookup};
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// cache.invalidate_all();
    /// assert_eq!(cache.get(&1), Lookup::Miss);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn invalidate_all(&self) {
        self.core.store.sequence.invalidate_all();
    }

    /// Forgets every entry of a tag in one step, as [`invalidate_all`](Self::invalidate_all) does
    /// of all tags, and of loads those whose [loader](Load::tag) says that they are of this tag.
    ///
    /// An insert that goes on meanwhile counts as from before or as from after.
    ///
    /// # Guarantees
    /// Never waits, never allocates; two atomic operations.
    /// # Errors
    /// [`UnknownTag`] when the cache has no such tag.
    /// # Examples
    /// ```
    /// # use shorttail::cache::{Cache, Lookup, Tag, Terms};
    /// let cache = Cache::builder(10).tags(2).build().unwrap();
    /// let [odd, even] = [Tag::new(0), Tag::new(1)];
    /// cache.insert_with_terms(1, "one", Terms::new().tag(odd)).unwrap();
    /// cache.insert_with_terms(2, "two", Terms::new().tag(even)).unwrap();
    /// cache.invalidate_tag(odd).unwrap();
    /// assert_eq!(cache.get(&1), Lookup::Miss);
    /// assert_eq!(cache.get(&2), Lookup::Fresh("two"));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn invalidate_tag(&self, tag: Tag) -> Result<(), UnknownTag> {
        let is_known = self.core.store.sequence.invalidate_tag(tag);
        is_known.then_some(()).ok_or(UnknownTag(tag))
    }
}
