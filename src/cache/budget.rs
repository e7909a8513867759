//! How long a caller waits for a load.

use core::time::Duration;

/// How long a caller of [`get_or_load`](super::Cache::get_or_load) waits: a [`Duration`], or a
/// shorter one where a value within its error window could stand in. By the system's clock, not the
/// cache's: a mock that is moved ends no wait. Its methods only store.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Budget, Cache, Load, Outcome};
///
/// struct Next;
/// impl Load<u32, u32> for Next {
///     type Error = ();
///     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
///         Ok(Some(key + 1))
///     }
/// }
/// let cache = Cache::builder(10).loader(Next).build().unwrap();
/// // 20 ms for an answer that an older one can take the place of, 500 ms for the only one.
/// let budget = Budget::new(Duration::from_millis(500)).soft(Duration::from_millis(20));
/// assert_eq!(cache.get_or_load(&1, budget), Outcome::Fresh(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    hard: Duration,
    soft: Duration,
}

impl Budget {
    /// Waits for `hard`, whether or not another value could stand in. Zero: does not wait.
    /// For an example see [`Budget`].
    #[must_use]
    pub const fn new(hard: Duration) -> Self {
        Self { hard, soft: hard }
    }

    /// Waits for `soft`, if that is shorter, where a value within its error window could stand in.
    ///
    /// With a soft part of zero it does not wait for the load then, but may for the shard's lock.
    /// For an example see [`Budget`].
    #[must_use]
    pub const fn soft(self, soft: Duration) -> Self {
        Self { soft, ..self }
    }

    /// What there is to wait for, with or without such a value.
    pub(crate) fn wait(self, has_stale: bool) -> Duration {
        match has_stale {
            true => self.hard.min(self.soft),
            false => self.hard,
        }
    }
}

impl From<Duration> for Budget {
    fn from(hard: Duration) -> Self {
        Self::new(hard)
    }
}
