//! The attempts of one call.

#[cfg(feature = "tower")]
mod pause;

use core::fmt;
use core::mem::ManuallyDrop;
use core::time::Duration;

use super::retry_policy::{Repeat, RetryPolicy};
use crate::limit::Delays;
use crate::time::Deadline;

/// One call under a [`RetryPolicy`], from its first attempt to its end.
///
/// Dropped without a word, it counts as [cancelled](Self::cancelled).
///
/// # Guarantees
/// No call waits, allocates or reads a clock. An end is one addition to a count that all calls of
/// the policy share (two where there were more than eight attempts); the rest is arithmetic, but
/// for [`failed`](Self::failed).
///
/// # Examples
/// ```
/// use shorttail::control::{Decision, Failure, RetryPolicy, StopReason};
/// use shorttail::time::Deadline;
///
/// let policy = RetryPolicy::builder().attempts_max(2).build()?;
/// let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
/// assert!(matches!(attempts.failed(Failure::transient(), 0), Decision::Retry { attempt: 2, .. }));
/// let stop = attempts.failed(Failure::transient(), 0);
/// assert_eq!(stop, Decision::Stop(StopReason::Attempts));
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Debug)]
#[must_use = "says whether a failed attempt is made again"]
pub struct Attempts<'p> {
    policy: &'p RetryPolicy,
    course: Course,
}

/// What there is to know of a call between two decisions, but for its policy.
#[derive(Debug)]
pub(crate) struct Course {
    repeat: Repeat,
    deadline: Deadline,
    /// None before the first failure: most calls have none, and pay for no draws.
    delays: Option<Delays>,
    made: u32,
    /// Set once, when the call is given up.
    stopped: Option<StopReason>,
}

/// How an attempt failed. Plain data: its methods only put it together.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::Failure;
///
/// let connect_refused = Failure::unsent();
/// let unavailable = Failure::transient().not_before(Duration::from_secs(2)); // Retry-After: 2
/// let not_found = Failure::permanent();
/// assert!(connect_refused != unavailable && unavailable != not_found);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "to be told to `Attempts::failed`"]
pub struct Failure {
    kind: Kind,
    not_before: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unsent,
    Transient,
    Permanent,
    Refused,
}

impl Failure {
    /// The request never reached the other side: safe to repeat whatever it is; for an example see
    /// [`Failure`].
    pub const fn unsent() -> Self {
        Self::new(Kind::Unsent)
    }

    /// May go well the next time: a time-out, a broken connection, an overloaded server.
    ///
    /// For an example see [`Failure`].
    pub const fn transient() -> Self {
        Self::new(Kind::Transient)
    }

    /// Will fail again: a bad request, a missing right; for an example see [`Failure`].
    pub const fn permanent() -> Self {
        Self::new(Kind::Permanent)
    }

    /// The other side asks not to be asked again, as by a negative `grpc-retry-pushback-ms`.
    ///
    /// For an example see [`pushback`](super::pushback).
    pub const fn refused() -> Self {
        Self::new(Kind::Refused)
    }

    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            not_before: Duration::ZERO,
        }
    }

    /// The other side's hint, `Retry-After` or `grpc-retry-pushback-ms`: the delay is at least
    /// this, and never shorter for it. A hint above what the back-off draws is the delay as it is:
    /// callers who were given the same one come back together, unless it has jitter where it was
    /// made.
    ///
    /// For an example see [`Failure`].
    pub const fn not_before(mut self, hint: Duration) -> Self {
        self.not_before = hint;
        self
    }
}

/// What to do about a failed attempt.
///
/// # Examples
/// See [`RetryPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the decision is to be obeyed: a retry that was granted is counted as sent"]
pub enum Decision {
    /// Wait so long, then send again.
    Retry {
        /// The delay, from now.
        after: Duration,
        /// The number of the attempt that then follows; the first was 1.
        attempt: u32,
    },
    /// Give up, and hand the failure on.
    Stop(StopReason),
}

/// Why a failed attempt is the last one; of several reasons the first in this order.
///
/// # Examples
/// ```
/// use shorttail::control::StopReason;
/// assert_eq!(StopReason::Budget.to_string(), "the retry budget is spent");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// The failure will not go away.
    Permanent,
    /// The other side asked not to be asked again.
    Refused,
    /// Another layer retries.
    OtherLayer,
    /// It was sent, and may not be made twice.
    NotIdempotent,
    /// As many attempts as the policy has were made.
    Attempts,
    /// The delay does not fit into what is left.
    Deadline,
    /// There is no retry left in the budget.
    Budget,
}

impl StopReason {
    /// Every reason, in the order in which they are looked at. A version that adds one makes the
    /// array longer: go through it, and leave its length to it.
    ///
    /// # Examples
    /// How often calls were not tried again, a line a reason:
    /// ```
    /// use shorttail::control::{RetryPolicy, StopReason};
    ///
    /// let stats = RetryPolicy::builder().build()?.stats();
    /// for reason in StopReason::ALL {
    ///     println!("{:6} {reason}", stats.stopped(reason));
    /// }
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    pub const ALL: [Self; 7] = [
        Self::Permanent,
        Self::Refused,
        Self::OtherLayer,
        Self::NotIdempotent,
        Self::Attempts,
        Self::Deadline,
        Self::Budget,
    ];
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Permanent => "the failure is permanent",
            Self::Refused => "the other side asked for no retry",
            Self::OtherLayer => "another layer retries",
            Self::NotIdempotent => "the request was sent and is not idempotent",
            Self::Attempts => "all attempts were made",
            Self::Deadline => "the deadline comes before the next attempt",
            Self::Budget => "the retry budget is spent",
        })
    }
}

impl<'p> Attempts<'p> {
    #[inline]
    pub(super) const fn new(policy: &'p RetryPolicy, repeat: Repeat, deadline: Deadline) -> Self {
        let course = Course {
            repeat,
            deadline,
            delays: None,
            made: 1,
            stopped: None,
        };
        Self { policy, course }
    }

    /// The number of the attempt that is under way, from 1; for an example see
    /// [`RetryPolicy::start`].
    #[must_use]
    pub const fn made(&self) -> u32 {
        self.course.made
    }

    /// How long the attempt that begins now may take: what is left of the deadline less the margin,
    /// and at most the policy's [limit](super::RetryPolicyBuilder::attempt_limit).
    ///
    /// For an example see [`RetryPolicyBuilder`](super::RetryPolicyBuilder).
    #[inline]
    #[must_use]
    pub fn limit(&self, now_ns: u64) -> Duration {
        self.left(now_ns).min(self.policy.rules.attempt_limit)
    }

    fn left(&self, now_ns: u64) -> Duration {
        if self.course.deadline == Deadline::NEVER {
            return Duration::MAX;
        }
        let left = self.course.deadline.remaining(now_ns);
        left.saturating_sub(self.policy.rules.margin)
    }

    /// Decides what follows a failure. Of a call that has ended it says the same again.
    ///
    /// The call's first failure draws it a number that no other has, one read-modify-write; a retry
    /// is a compare-exchange of the budget, if there is one, and a stop an addition to a count.
    /// Never waits; allocates nothing. For an example see [`Attempts`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn failed(&mut self, failure: Failure, now_ns: u64) -> Decision {
        if let Some(reason) = self.course.stopped {
            return Decision::Stop(reason);
        }
        let (rules, kind) = (&self.policy.rules, failure.kind);
        let stop = match (kind, self.course.repeat) {
            (Kind::Permanent, _) => Some(StopReason::Permanent),
            (Kind::Refused, _) => Some(StopReason::Refused),
            (_, Repeat::Never) => Some(StopReason::OtherLayer),
            (Kind::Transient, Repeat::Unsent) => Some(StopReason::NotIdempotent),
            _ if self.course.made >= rules.attempts_max => Some(StopReason::Attempts),
            _ => None,
        };
        if let Some(reason) = stop {
            return self.stop(reason);
        }
        let delays = &mut self.course.delays;
        let delays = delays.get_or_insert_with(|| rules.backoff.delays());
        let after = delays.draw().max(failure.not_before);
        if after >= self.left(now_ns) {
            return self.stop(StopReason::Deadline);
        }
        // Last, so that nothing is taken from the budget for a retry that is not made.
        if let Some(budget) = &self.policy.budget {
            if !budget.try_withdraw(now_ns) {
                return self.stop(StopReason::Budget);
            }
        }
        self.course.made += 1;
        Decision::Retry {
            after,
            attempt: self.course.made,
        }
    }

    fn stop(&mut self, reason: StopReason) -> Decision {
        self.course.stopped = Some(reason);
        self.policy.counters.stopped(self.course.made, reason);
        Decision::Stop(reason)
    }

    /// Ends the call: the last attempt went well. A call that was given up stays so.
    ///
    /// For an example see [`RetryStats`](super::RetryStats).
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn succeeded(self) {
        let this = ManuallyDrop::new(self);
        if this.course.stopped.is_none() {
            this.policy.counters.succeeded(this.course.made);
        }
    }

    /// Ends the call without an answer: nobody waits for it any more.
    ///
    /// For an example see [`RetryStats`](super::RetryStats).
    pub fn cancelled(self) {}
}

impl Drop for Attempts<'_> {
    fn drop(&mut self) {
        if self.course.stopped.is_none() {
            self.policy.counters.cancelled(self.course.made);
        }
    }
}
