//! A moment after which an answer is worth nothing.

use core::time::Duration;

/// The moment by which a piece of work must be done, on its caller's clock.
///
/// Eight bytes, `Copy`, no timer registered anywhere: whoever is about to wait asks how much is
/// [`remaining`](Self::remaining). A deadline only ever shrinks: [`child`](Self::child) cannot
/// outlive its parent. Its methods are a compare or two, to and from a header a division or a
/// multiplication a digit besides: none reads a clock, waits or allocates.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::time::{Clock, Deadline, MockClock};
///
/// let clock = MockClock::new();
/// let request = Deadline::after(clock.now_ns(), Duration::from_millis(50));
/// let origin = request.child(clock.now_ns(), Duration::from_millis(80));
/// assert_eq!(request.as_ns(), 50_000_000);
/// assert_eq!(origin, request); // 80 ms do not fit into 50
/// clock.advance(Duration::from_millis(50));
/// assert!(request.is_expired(clock.now_ns()));
/// assert_eq!(request.remaining(clock.now_ns()), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(u64);

impl Deadline {
    /// A deadline that never comes; for an example see [`reserve`](Self::reserve).
    pub const NEVER: Self = Self(u64::MAX);

    /// The moment `budget` after `now_ns`; saturates to [`NEVER`](Self::NEVER).
    /// For an example see [`Deadline`].
    #[must_use]
    pub fn after(now_ns: u64, budget: Duration) -> Self {
        Self(now_ns.saturating_add(to_ns(budget)))
    }

    /// The deadline at `at_ns` on the caller's clock;
    /// for an example see [`from_grpc_timeout`](Self::from_grpc_timeout).
    #[must_use]
    pub const fn at(at_ns: u64) -> Self {
        Self(at_ns)
    }

    /// Nanoseconds on the caller's clock; for an example see [`Deadline`].
    #[must_use]
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// What is left at `now_ns`; zero once it has passed. For an example see [`Deadline`].
    #[must_use]
    pub const fn remaining(self, now_ns: u64) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(now_ns))
    }

    /// Whether nothing is left at `now_ns`. [`NEVER`](Self::NEVER) never expires.
    /// For an example see [`Deadline`].
    #[must_use]
    pub const fn is_expired(self, now_ns: u64) -> bool {
        self.0 <= now_ns && self.0 != u64::MAX
    }

    /// A deadline for a step of this work: `budget` from now, or this one if that is earlier.
    /// For an example see [`Deadline`].
    #[must_use]
    pub fn child(self, now_ns: u64, budget: Duration) -> Self {
        self.min(Self::after(now_ns, budget))
    }
}

/// A length of time in nanoseconds; the largest number from 584 years on.
#[inline]
pub(crate) fn to_ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
