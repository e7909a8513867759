//! Where values come from.

use core::convert::Infallible;

use super::tag::Tag;

/// A source of values, fixed when the cache is built.
///
/// The cache calls it on threads of its own, never on a caller's (unless that asks for it, by a
/// [`LoadRunner`](super::LoadRunner)), and once at a time for one key,
/// unless the earlier call outlived its lease or was [cancelled](super::Cache::cancel_load), or the
/// key was written or invalidated since, and somebody asks again: what that call read is no longer
/// current. It may take as long as it takes: callers wait for their budget and no longer. A panic
/// is caught, counted, and told to whoever waits.
///
/// For a source that is a future there is [`AsyncLoad`](super::AsyncLoad). As many loads run at
/// once as the cache has loader threads; further ones up to its `loads_max` are queued.
///
/// Called on such a thread, the same cache's `get_or_load` never waits, so a load that needs
/// another key cannot lock the cache up.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Cache, Load, Outcome};
///
/// struct Squares;
///
/// impl Load<u32, u64> for Squares {
///     type Error = &'static str;
///
///     fn load(&self, key: &u32) -> Result<Option<u64>, Self::Error> {
///         match key {
///             0 => Err("out of order"),
///             13 => Ok(None),
///             n => Ok(Some(u64::from(*n) * u64::from(*n))),
///         }
///     }
/// }
///
/// let cache = Cache::builder(1_000).loader(Squares).build().unwrap();
/// assert_eq!(cache.get_or_load(&7, Duration::from_secs(5)), Outcome::Fresh(49));
/// assert_eq!(cache.get_or_load(&13, Duration::from_secs(5)), Outcome::Negative);
/// ```
pub trait Load<K, V> {
    /// Why the source could not say. Each caller that waits for the load gets a clone: put one that
    /// cannot be cloned, such as an `io::Error`, into an `Arc`.
    type Error: Clone;

    /// Asks the source for `key`; `Ok(None)` says that there is nothing under it.
    ///
    /// # Errors
    /// Whatever the source says; nothing is stored then.
    fn load(&self, key: &K) -> Result<Option<V>, Self::Error>;

    /// The tag of what it loads under `key`; none unless it says so. Asked before each load.
    ///
    /// An [`invalidate_tag`](super::Cache::invalidate_tag) voids the loads of its tag. What has a
    /// tag that the cache has not is not stored: each call asks the source again, and
    /// [`Stats::refused_unknown_tag`](super::Stats::refused_unknown_tag) counts it.
    fn tag(&self, _key: &K) -> Option<Tag> {
        None
    }

    /// Whether `error` tells the [breaker](super::LoadingBuilder::breaker) that the source is ill,
    /// which all are taken to say if this is not written: a request that was refused for what it
    /// asked for says nothing of the kind.
    fn is_failure(&self, error: &Self::Error) -> bool {
        let _ = error;
        true
    }
}

/// No source: the loader of a cache that is filled by hand.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, NoLoad};
/// let cache: Cache<u64, u64, NoLoad> = Cache::builder(10).build().unwrap();
/// # drop(cache);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoLoad;

impl<K, V> Load<K, V> for NoLoad {
    type Error = Infallible;

    fn load(&self, _key: &K) -> Result<Option<V>, Infallible> {
        Ok(None)
    }
}
