//! All entries, one after the other, beside whoever writes.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::core::Core;
use super::cursor::Cursor;
use super::handle::Cache;
use super::load::{Load, NoLoad};
use super::rules::Age;
use super::slot::Kept;
use crate::sync::thread_number;
use crate::time::Clock;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// Lends every entry that [`get`](Self::get) would find a value for, in no order.
    ///
    /// A key that is in the cache from before the call until after it comes up exactly once, with
    /// a value that it had meanwhile; one that is stored, removed or evicted meanwhile comes up or
    /// does not, and one that is removed and stored again may come up twice. It counts no hit and
    /// notes no use.
    ///
    /// `each` may call the cache, panic, or take its time: it holds back the one slot of the entry
    /// it looks at.
    ///
    /// # Guarantees
    /// Never waits, never allocates, and holds up no writer. As with [`get`](Self::get), a retry
    /// means that a writer replaced or removed the very entry meanwhile.
    /// # Complexity
    /// Some two index lanes an entry of the capacity, four of a small one's, and the entries. The
    /// clock is read for each entry that expires.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, 10).unwrap();
    /// cache.insert(2, 20).unwrap();
    /// let mut sum = 0;
    /// cache.for_each(|key, value| sum += key * value);
    /// assert_eq!(sum, 50);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn for_each(&self, mut each: impl FnMut(&K, &V)) {
        let mut cursor = Cursor::default();
        while self.core.step(&mut cursor, &mut each).is_some() {}
    }

    /// Clones of the entries that [`for_each`](Self::for_each) lends, under the same promise.
    ///
    /// # Guarantees
    /// As [`for_each`](Self::for_each), the clones aside. Between two entries it holds nothing.
    /// # Examples
    /// ```
    /// # use shorttail::cache::Cache;
    /// let cache = Cache::builder(10).build().unwrap();
    /// cache.insert(1, "one").unwrap();
    /// assert_eq!(cache.iter().collect::<Vec<_>>(), [(1, "one")]);
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V, L, S, C>
    where
        K: Clone,
        V: Clone,
    {
        Iter {
            cache: self,
            cursor: Cursor::default(),
        }
    }
}

impl<K, V, E, S, C> Core<K, V, E, S, C>
where
    S: BuildHasher,
    C: Clock,
{
    /// Lends the next entry to `view` if it has a value; `None` after the last.
    fn step<R>(&self, cursor: &mut Cursor, view: impl FnOnce(&K, &V) -> R) -> Option<Option<R>> {
        let reading = cursor.next(&self.store, thread_number())?;
        let served = matches!(self.age(&reading).0, Age::Fresh | Age::Stale);
        Some(reading.read(|kept: &Kept<K, V>| match kept.value() {
            Some(value) if served => Some(view(&kept.key, value)),
            _ => None,
        }))
    }
}

/// Clones of a cache's entries; made by [`Cache::iter`]. `next` passes over empty lanes until it
/// comes to an entry: all calls together cost what [`Cache::for_each`] does, and the clones.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Iter};
///
/// let cache = Cache::builder(10).build().unwrap();
/// cache.insert(1, "one").unwrap();
/// let mut entries: Iter<'_, i32, &str> = cache.iter();
/// assert_eq!(entries.next(), Some((1, "one")));
/// assert_eq!(entries.next(), None);
/// ```
#[must_use = "an iterator does nothing until it is asked"]
pub struct Iter<'a, K, V, L = NoLoad, S = super::KeyedState, C = crate::time::StdClock>
where
    L: Load<K, V>,
{
    cache: &'a Cache<K, V, L, S, C>,
    cursor: Cursor,
}

impl<K, V, L, S, C> Iterator for Iter<'_, K, V, L, S, C>
where
    K: Eq + Hash + Clone,
    V: Clone,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        loop {
            let clone = |key: &K, value: &V| (key.clone(), value.clone());
            if let Some(entry) = self.cache.core.step(&mut self.cursor, clone)? {
                return Some(entry);
            }
        }
    }
}

impl<'a, K, V, L, S, C> IntoIterator for &'a Cache<K, V, L, S, C>
where
    K: Eq + Hash + Clone,
    V: Clone,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    type Item = (K, V);
    type IntoIter = Iter<'a, K, V, L, S, C>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V, L: Load<K, V>, S, C> Clone for Iter<'_, K, V, L, S, C> {
    /// An iterator that goes on from the same place.
    fn clone(&self) -> Self {
        Self {
            cache: self.cache,
            cursor: self.cursor,
        }
    }
}

impl<K, V, L: Load<K, V>, S, C> fmt::Debug for Iter<'_, K, V, L, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}
