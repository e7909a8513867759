//! An entry that left, as the listener gets it.

use core::fmt;

/// An entry that left the cache, by value; see [`Builder::on_evict`](super::Builder::on_evict).
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Evicted, EvictedWhy};
///
/// let cache = Cache::builder(10)
///     .on_evict(|entry: Evicted<u32, &str>| {
///         assert_eq!((entry.key, entry.value), (1, Some("one")));
///         assert_eq!(entry.why, EvictedWhy::Removed);
///     })
///     .build()
///     .unwrap();
/// cache.insert(1, "one").unwrap();
/// cache.remove(&1);
/// cache.maintain(10);
/// assert_eq!(cache.stats().listener_panics, 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evicted<K, V> {
    /// Its key.
    pub key: K,
    /// Its value; `None` for an entry that said that the source has nothing.
    pub value: Option<V>,
    /// What made it leave.
    pub why: EvictedWhy,
}

/// What made an entry leave.
///
/// It is the call that unpublished the entry: what expired or was invalidated long ago and is then
/// replaced was replaced.
///
/// # Examples
/// ```
/// use shorttail::cache::EvictedWhy;
///
/// assert_eq!(EvictedWhy::Policy.to_string(), "made room for another entry");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvictedWhy {
    /// Another entry was stored under its key.
    Replaced = 0,
    /// It was removed, or a load of its key brought what could not be stored.
    Removed = 1,
    /// Room was needed, and the policy chose it.
    Policy = 2,
    /// Its time was over when room was looked for, or [`maintain`](super::Cache::maintain) came by.
    Expired = 3,
    /// It was from before the last invalidation, likewise, or when it came.
    Invalidated = 4,
}

impl EvictedWhy {
    /// From its number; the last for what is none.
    pub(crate) const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Replaced,
            1 => Self::Removed,
            2 => Self::Policy,
            3 => Self::Expired,
            _ => Self::Invalidated,
        }
    }
}

impl fmt::Display for EvictedWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replaced => "replaced by another value",
            Self::Removed => "removed",
            Self::Policy => "made room for another entry",
            Self::Expired => "its time was over",
            Self::Invalidated => "invalidated",
        })
    }
}

impl<K, V> fmt::Debug for Evicted<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evicted")
            .field("why", &self.why)
            .finish_non_exhaustive()
    }
}
