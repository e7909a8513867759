//! Why somebody may not enter.

use core::fmt;
use core::time::Duration;

use super::class::Tier;

/// A gate's refusal. It has taken nothing.
///
/// # Examples
/// ```
/// use shorttail::control::{Class, Gate, Reason};
/// use shorttail::time::Deadline;
///
/// let gate = Gate::builder(1).build()?;
/// let _held = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0).unwrap();
/// let refused = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0).unwrap_err();
/// assert_eq!(refused.reason, Reason::Limit);
/// assert!(!refused.retry_after.is_zero()); // answer 503 with Retry-After
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// Whose request it was.
    pub tier: Tier,
    /// After how long it may go better: what those in line are expected to take, and a window at
    /// least. Zero where the deadline is the reason. Without jitter, which is for whoever sends it
    /// or obeys it to add. In a header as `grpc-retry-pushback-ms`; `Retry-After` has whole
    /// seconds, rounded up: often longer than a caller's deadline.
    pub retry_after: Duration,
}

/// Why a gate refuses; of several reasons the first in this order.
///
/// # Examples
/// ```
/// use shorttail::control::Reason;
/// assert_eq!(Reason::Limit.to_string(), "as many are in flight as the limit has");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The deadline has passed.
    Expired,
    /// By what calls take, it would be done after its deadline.
    TooLate,
    /// The limit is reached, by those in flight and those who wait before it.
    Limit,
    /// The share of the limit that its class may fill is reached.
    Share,
    /// There is no room, and as many wait as may.
    Line,
}

impl Reason {
    /// Every reason, in the order in which they are looked at. A version that adds one makes the
    /// array longer: go through it, and leave its length to it.
    ///
    /// # Examples
    /// What a gate refused, a line a reason:
    /// ```
    /// use shorttail::control::{Gate, Reason, Tier};
    ///
    /// let stats = Gate::builder(64).build()?.stats();
    /// for reason in Reason::ALL {
    ///     let refused: u64 = Tier::ALL.iter().map(|tier| stats.refused(reason, *tier)).sum();
    ///     println!("{refused:6} {reason}");
    /// }
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    pub const ALL: [Self; 5] = [
        Self::Expired,
        Self::TooLate,
        Self::Limit,
        Self::Share,
        Self::Line,
    ];
    pub(super) const COUNT: usize = Self::ALL.len();
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the deadline has passed",
            Self::TooLate => "it would be done after its deadline",
            Self::Limit => "as many are in flight as the limit has",
            Self::Share => "as many are in flight as its class may fill",
            Self::Line => "as many wait as may",
        })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {}", self.reason)
    }
}

impl std::error::Error for Refused {}
