//! Groups of entries, and what an insert may say of its entry.

use core::error::Error;
use core::fmt;
use core::time::Duration;

/// A group of entries that [`Cache::invalidate_tag`](super::Cache::invalidate_tag) forgets in one
/// step: a tenant, a table, a release.
///
/// A cache has as many as [`Builder::tags`](super::Builder::tags) says, numbered from 0. It is that
/// number and no more.
///
/// # Examples
/// ```
/// use shorttail::cache::Tag;
///
/// assert_eq!(Tag::new(3).number(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u16);

impl Tag {
    /// The tag of a number; for an example see [`Tag`].
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Its number; for an example see [`Tag`].
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Tags in a cache at most.
    pub(crate) const MOST: usize = u16::MAX as usize - 1;

    /// Its number plus one, and 0 for no tag. The last two numbers, which no cache has, count as
    /// one.
    pub(crate) const fn place(tag: Option<Self>) -> u16 {
        match tag {
            None => 0,
            Some(Self(number)) => number.saturating_add(1),
        }
    }
}

/// The cache has no such tag; see [`Builder::tags`](super::Builder::tags). Nothing changed.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Tag, UnknownTag};
///
/// let cache = Cache::<u8, u8>::builder(10).tags(2).build().unwrap();
/// assert_eq!(cache.invalidate_tag(Tag::new(1)), Ok(()));
/// assert_eq!(cache.invalidate_tag(Tag::new(2)), Err(UnknownTag(Tag::new(2))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTag(pub Tag);

impl fmt::Display for UnknownTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the cache has no tag {}", self.0.0)
    }
}

impl Error for UnknownTag {}

/// What an insert may say of its entry; of nothing said, the cache's own setting holds. Setters
/// only store.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Cache, Lookup, Tag, Terms};
///
/// let cache = Cache::builder(100).tags(8).build().unwrap();
/// let terms = Terms::new().ttl(Duration::from_secs(60)).tag(Tag::new(3)).low_trust();
/// cache.insert_with_terms("a", 1, terms).unwrap();
/// cache.invalidate_tag(Tag::new(3)).unwrap();
/// assert_eq!(cache.get("a"), Lookup::Miss);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "terms do nothing until they are handed to an insert"]
pub struct Terms {
    pub(crate) ttl: Option<Duration>,
    pub(crate) tag: Option<Tag>,
    pub(crate) is_low_trust: bool,
}

impl Terms {
    /// Nothing said; for an example see [`Terms`].
    pub const fn new() -> Self {
        Self {
            ttl: None,
            tag: None,
            is_low_trust: false,
        }
    }

    /// How long the value is fresh, jitter aside; for an example see [`Terms`].
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// The group that the entry belongs to; for an example see [`Terms`].
    pub const fn tag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// As by [`insert_low_trust`](super::Cache::insert_low_trust); for an example see [`Terms`].
    pub const fn low_trust(mut self) -> Self {
        self.is_low_trust = true;
        self
    }
}
