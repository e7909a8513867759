//! What an operation on the cache says.

use core::error::Error;
use core::fmt;

/// What [`Cache::get`](super::Cache::get) found.
///
/// Its methods move what is there; [`cloned`](Lookup::cloned) clones the value. None waits.
///
/// # Examples
/// ```
/// use shorttail::cache::Lookup;
///
/// assert_eq!(Lookup::Stale(3).value(), Some(3));
/// assert_eq!(Lookup::<u8>::Negative.value(), None);
/// assert_eq!((Lookup::Fresh(3).fresh(), Lookup::Stale(3).fresh()), (Some(3), None));
/// assert_eq!(Lookup::Fresh(&3).cloned(), Lookup::Fresh(3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<V> {
    /// A value within its time to live.
    Fresh(V),
    /// A value past its time to live, within the stale window.
    Stale(V),
    /// The source is known to have nothing under this key.
    Negative,
    /// Nothing is known.
    Miss,
}

impl<V> Lookup<V> {
    /// The value, fresh or stale; for an example see [`Lookup`].
    #[must_use]
    pub fn value(self) -> Option<V> {
        match self {
            Self::Fresh(value) | Self::Stale(value) => Some(value),
            Self::Negative | Self::Miss => None,
        }
    }

    /// The value, if it is fresh; for an example see [`Lookup`].
    #[must_use]
    pub fn fresh(self) -> Option<V> {
        match self {
            Self::Fresh(value) => Some(value),
            _ => None,
        }
    }
}

impl<V: Clone> Lookup<&V> {
    /// The same with a clone of the value; for an example see [`Lookup`].
    #[must_use]
    pub fn cloned(self) -> Lookup<V> {
        match self {
            Self::Fresh(value) => Lookup::Fresh(value.clone()),
            Self::Stale(value) => Lookup::Stale(value.clone()),
            Self::Negative => Lookup::Negative,
            Self::Miss => Lookup::Miss,
        }
    }
}

/// What an insert did.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Inserted};
///
/// let cache = Cache::builder(10).build().unwrap();
/// assert_eq!(cache.insert(1, "a"), Ok(Inserted::Stored));
/// assert_eq!(cache.insert(1, "b"), Ok(Inserted::Replaced));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The key was not there.
    Stored,
    /// The key was there; its old value is no longer found.
    Replaced,
}

/// An insert that was not done, with what it would have stored.
///
/// # Examples
/// ```
/// use shorttail::cache::{Refused, RefusedWhy};
///
/// let refused = Refused { key: 1, value: "a", why: RefusedWhy::Pressure };
/// assert_eq!(refused.to_string(), "insert refused: readers hold every spare slot of the shard");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refused<K, V> {
    /// The key, handed back.
    pub key: K,
    /// The value, handed back.
    pub value: V,
    /// Why nothing was stored.
    pub why: RefusedWhy,
}

/// Why an insert was refused.
///
/// # Examples
/// ```
/// assert_eq!(shorttail::cache::RefusedWhy::NoRoom.to_string(), "the cache is full");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusedWhy {
    /// Readers hold every spare slot of the shard; the insert would have had to wait for one.
    Pressure,
    /// A low-trust insert found the shard full of entries that have more claim to stay.
    NoRoom,
    /// Negative entries already take their share of the shard.
    NegativeShare,
    /// Another writer of the shard was at work, and the call does not wait.
    Contended,
    /// The cache has no such tag.
    UnknownTag,
    /// The entry alone weighs more than its shard may hold; see
    /// [`Builder::weight_max`](super::Builder::weight_max).
    Oversized,
    /// The sixteen entries that one insert may look at, or as many as may await their drop, weigh
    /// too little. Those that the policy chose are gone: another try goes on from there.
    Weight,
}

impl fmt::Display for RefusedWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pressure => "readers hold every spare slot of the shard",
            Self::NoRoom => "the cache is full",
            Self::NegativeShare => "negative entries take their whole share",
            Self::Contended => "another writer of the shard is at work",
            Self::UnknownTag => "the cache has no such tag",
            Self::Oversized => "the entry weighs more than a shard may hold",
            Self::Weight => "what one insert may push out weighs too little",
        })
    }
}

impl<K, V> fmt::Debug for Refused<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("why", &self.why)
            .finish_non_exhaustive()
    }
}

impl<K, V> fmt::Display for Refused<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "insert refused: {}", self.why)
    }
}

impl<K, V> Error for Refused<K, V> {}

/// Another writer of the key's shard was at work, and the call does not wait. Nothing changed.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Contended};
///
/// let cache = Cache::<u8, u8>::builder(10).build().unwrap();
/// let removed: Result<bool, Contended> = cache.try_remove(&1);
/// assert_eq!(removed, Ok(false));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contended;

impl fmt::Display for Contended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another writer of the shard is at work")
    }
}

impl Error for Contended {}

/// A cache that cannot be built.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, ConfigError};
///
/// let error = Cache::<u8, u8>::builder(0).build().unwrap_err();
/// assert_eq!(error, ConfigError::NoCapacity);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The capacity is 0.
    NoCapacity,
    /// The capacity and the spare slots of all shards are above 2^30 entries, or the spare slots
    /// of each shard above 65 534.
    TooLarge,
    /// Some shard would have fewer than 256 entries, their number rounded up; or there would be
    /// more than 65 536 of them.
    TooManyShards,
    /// More than 65 534 tags.
    Tags,
    /// The weight at most is less than 1 for each shard.
    WeightMax,
    /// So many spare slots leave room for fewer than 256 entries in a shard.
    Reserve,
    /// The jitter is above 100 percent, or not a number.
    Jitter,
    /// The number of loads in flight is 0 or above 1024.
    Loads,
    /// The number of loader threads is 0 or above that of loads in flight.
    LoaderThreads,
    /// The factor of [early refreshes](super::LoadingBuilder::early_refresh) is negative, above
    /// 1 000, or not a number.
    Beta,
    /// A loader thread could not be started.
    Spawn,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCapacity => "the capacity is 0",
            Self::TooLarge => {
                "the capacity and the spare slots are above 2^30 entries, or a shard's spare slots \
                 above 65 534"
            }
            Self::TooManyShards => {
                "a shard would have fewer than 256 entries, or there would be more than 65 536"
            }
            Self::Tags => "more than 65 534 tags",
            Self::WeightMax => "the weight at most is less than 1 for each shard",
            Self::Reserve => "the spare slots leave room for fewer than 256 entries in a shard",
            Self::Jitter => "the jitter is not between 0 and 1",
            Self::Loads => "the number of loads in flight is not between 1 and 1024",
            Self::LoaderThreads => {
                "the number of loader threads is not between 1 and that of loads"
            }
            Self::Beta => "the factor of early refreshes is not between 0 and 1000",
            Self::Spawn => "a loader thread could not be started",
        })
    }
}

impl Error for ConfigError {}
