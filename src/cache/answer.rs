//! What a load-through says.

use core::fmt;

/// What [`get_or_load`](super::Cache::get_or_load) has for its caller.
///
/// Its methods look at what is there or move it: none waits or allocates, but for what
/// [`degrade`](Self::degrade)'s closure does.
///
/// # Examples
/// ```
/// use shorttail::cache::{Miss, Outcome, Stale};
///
/// let outcome: Outcome<u8, &str> = Outcome::Miss(Miss::Deadline);
/// assert!(!outcome.is_fresh());
/// assert_eq!(outcome.value_or(9), 9);
/// let outcome: Outcome<u8, &str> = Outcome::Stale { value: 4, why: Stale::Refreshing };
/// assert_eq!(outcome.value(), Some(4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a miss says why there is no value"]
pub enum Outcome<V, E> {
    /// A value within its time to live, or loaded just now.
    Fresh(V),
    /// An older value, and why it is served.
    Stale {
        /// The value.
        value: V,
        /// Why there is no fresh one.
        why: Stale<E>,
    },
    /// The source has nothing under this key.
    Negative,
    /// What the caller gives in place of a value, see [`degrade`](Self::degrade).
    Fallback(V),
    /// No value, and why.
    Miss(Miss<E>),
}

/// Why a value that is not fresh was served.
///
/// # Examples
/// ```
/// use shorttail::cache::{Miss, Stale};
/// let why: Stale<&str> = Stale::InsteadOf(Miss::LoaderError("down"));
/// assert_eq!(why, Stale::InsteadOf(Miss::LoaderError("down")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stale<E> {
    /// Within the stale window: one refresh is under way, or failed, or was refused.
    Refreshing,
    /// Within the error window: it stands in for this miss.
    InsteadOf(Miss<E>),
    /// Loaded, but the key was written, removed or expired meanwhile; it was not stored.
    Superseded,
}

/// Why there is no value.
///
/// # Examples
/// ```
/// use shorttail::cache::Miss;
/// let why: Miss<&str> = Miss::LoaderError("down");
/// assert_eq!(why.to_string(), "the loader failed: down");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Miss<E> {
    /// The budget was zero; this call started a load that goes on behind.
    LoadStarted,
    /// The budget was zero; a load is under way.
    InFlight,
    /// The budget ran out; the load goes on behind.
    Deadline,
    /// As many loads as the cache allows are under way, or as many callers wait for this one.
    Shed,
    /// The key's load failed lately; the next one may start later.
    BackingOff,
    /// The [breaker](super::LoadingBuilder::breaker) lets no call to the source through.
    BreakerOpen,
    /// The budget was zero and another thread held the key's shard.
    Contended,
    /// The loader said no.
    LoaderError(E),
    /// The loader panicked, or other user code did while its result was to be stored.
    LoaderPanicked,
    /// Somebody [cancelled](super::Cache::cancel_load) the load, or the
    /// [task](super::LoadTask) that ran it was dropped.
    LoadCancelled,
    /// The key's loader asked the cache for its own key.
    Reentrant,
    /// The cache was closed.
    Closed,
    /// The cache has no loader.
    NoLoader,
}

impl<V, E> Outcome<V, E> {
    /// The value, fresh, stale or given in its place; for an example see [`Outcome`].
    #[must_use]
    pub fn value(self) -> Option<V> {
        match self {
            Self::Fresh(value) | Self::Stale { value, .. } | Self::Fallback(value) => Some(value),
            Self::Negative | Self::Miss(_) => None,
        }
    }

    /// The value, or `fallback`; for an example see [`Outcome`].
    #[must_use]
    pub fn value_or(self, fallback: V) -> V {
        self.value().unwrap_or(fallback)
    }

    /// In place of a miss what `fallback` makes of the reason, if it makes something of it.
    ///
    /// # Examples
    /// ```
    /// use shorttail::cache::{Miss, Outcome};
    ///
    /// let partial = |why: &Miss<&str>| match why {
    ///     Miss::Shed | Miss::Deadline | Miss::BreakerOpen => Some("popular articles"),
    ///     _ => None, // a fault that the caller wants to see
    /// };
    /// let busy: Outcome<&str, &str> = Outcome::Miss(Miss::Shed);
    /// assert_eq!(busy.degrade(partial), Outcome::Fallback("popular articles"));
    /// let broken: Outcome<&str, &str> = Outcome::Miss(Miss::LoaderPanicked);
    /// assert_eq!(broken.degrade(partial), broken);
    /// ```
    pub fn degrade(self, fallback: impl FnOnce(&Miss<E>) -> Option<V>) -> Self {
        match self {
            Self::Miss(why) => fallback(&why).map_or(Self::Miss(why), Self::Fallback),
            other => other,
        }
    }

    /// Whether the value is fresh; for an example see [`Outcome`].
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        matches!(self, Self::Fresh(_))
    }

    /// `value` in place of a miss, if there is one.
    pub(crate) fn or_stale(self, value: Option<V>) -> Self {
        match (self, value) {
            (Self::Miss(why), Some(value)) => Self::Stale {
                value,
                why: Stale::InsteadOf(why),
            },
            (outcome, _) => outcome,
        }
    }
}

impl<E: fmt::Display> fmt::Display for Miss<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LoadStarted => "a load was started",
            Self::InFlight => "a load is under way",
            Self::Deadline => "the budget ran out",
            Self::Shed => "too many loads are under way, or too many wait for this one",
            Self::BackingOff => "the last load failed lately",
            Self::BreakerOpen => "the breaker is open",
            Self::Contended => "another thread held the shard",
            Self::LoaderError(error) => return write!(f, "the loader failed: {error}"),
            Self::LoaderPanicked => "the loader panicked",
            Self::LoadCancelled => "the load was cancelled",
            Self::Reentrant => "the loader asked for its own key",
            Self::Closed => "the cache is closed",
            Self::NoLoader => "the cache has no loader",
        })
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for Miss<E> {}
