//! When a failed call is made again.

use core::time::Duration;

use super::attempts::Attempts;
use super::error::ConfigError;
use super::retry_budget::RetryBudget;
use super::retry_stats::{Counters, RetryStats};
use crate::limit::Backoff;
use crate::sync::Arc;
use crate::time::Deadline;

/// Marks a request that may be made twice: the second changes nothing that the first has not.
///
/// By HTTP's rules (RFC 9110, 9.2.2) `GET`, `HEAD`, `OPTIONS`, `TRACE`, `PUT` and `DELETE` are; any
/// request with an idempotency key that its receiver honours is.
///
/// # Examples
/// See [`RetryPolicy::start`].
pub trait Idempotent {}

impl<T: Idempotent + ?Sized> Idempotent for &T {}

/// What may be retried of a call whose attempt was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// All of it.
    Sent,
    /// Only what the failure says was never sent.
    Unsent,
    /// Nothing: another layer retries.
    Never,
}

/// Rules for retrying: how often, how soon, within which deadline and which budget.
///
/// Starts a call by [`start`](Self::start), which gives an [`Attempts`]; whoever makes the call
/// tells that of each failure and obeys its [`Decision`](super::Decision). The policy neither
/// sleeps nor reads a clock and knows no runtime; one policy serves all calls to a dependency, from
/// any thread.
///
/// # Guarantees
/// - A retry is decided only if its delay fits into what is left of the deadline, less the
///   [`margin`](RetryPolicyBuilder::margin).
/// - With a budget, sends are at most `calls · (1 + ratio) + floor`, whatever fails.
/// - One layer retries: a call that says it is itself a retry of another layer's is not retried.
///   The first attempt of another layer says nothing, and is a call as any: what it adds is bounded
///   by the budget alone.
/// - A server's hint never shortens a delay.
/// - Nothing waits or allocates after [`build`](RetryPolicyBuilder::build). A start is some plain
///   stores, and one compare-exchange where there is a budget, which all calls share.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{Decision, Failure, RetryBudget, RetryPolicy};
/// use shorttail::limit::Backoff;
/// use shorttail::time::{Clock, Deadline, StdClock};
///
/// let ms = Duration::from_millis;
/// let policy = RetryPolicy::builder()
///     .attempts_max(3)
///     .backoff(Backoff::exponential(ms(10), ms(200)))
///     .budget(RetryBudget::new(0.1)?)
///     .build()?;
///
/// # struct Get;
/// # impl shorttail::control::Idempotent for Get {}
/// # fn send(_: &Get, _: Duration) -> Result<u32, std::io::ErrorKind> { Ok(7) }
/// # fn sleep(_: Duration) {}
/// let (request, clock) = (Get, StdClock);
/// let deadline = Deadline::after(clock.now_ns(), ms(500));
/// let mut attempts = policy.start(&request, deadline, clock.now_ns());
/// let answer = loop {
///     let error = match send(&request, attempts.limit(clock.now_ns())) {
///         Ok(answer) => {
///             attempts.succeeded();
///             break Ok(answer);
///         }
///         Err(error) => error,
///     };
///     match attempts.failed(Failure::transient(), clock.now_ns()) {
///         Decision::Retry { after, .. } => sleep(after),
///         Decision::Stop(why) => break Err((error, why)),
///     }
/// };
/// assert_eq!(answer, Ok(7));
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
///
/// # Sources
/// Marc Brooker, "Timeouts, retries and backoff with jitter", Amazon Builders' Library, 2019;
/// gRPC proposal A6, "gRPC Retry Design", 2017.
#[derive(Debug)]
pub struct RetryPolicy {
    pub(super) rules: Rules,
    pub(super) budget: Option<Arc<RetryBudget>>,
    pub(super) counters: Counters,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) backoff: Backoff,
    pub(super) attempts_max: u32,
    pub(super) attempt_limit: Duration,
    pub(super) margin: Duration,
}

/// Collects what a [`RetryPolicy`] is built of. Setters only store; nothing here waits, and nothing
/// allocates but [`budget`](Self::budget) for one that is in no `Arc` yet.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::RetryPolicy;
/// use shorttail::time::Deadline;
///
/// let ms = Duration::from_millis;
/// let policy = RetryPolicy::builder().attempt_limit(ms(80)).margin(ms(5)).build()?;
/// assert_eq!(policy.stats().calls(), 0);
/// let limit = |deadline| policy.start_unchecked(deadline, 0).limit(0);
/// assert_eq!(limit(Deadline::NEVER), ms(80));
/// assert_eq!(limit(Deadline::after(0, ms(50))), ms(45)); // what is left, less the margin
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct RetryPolicyBuilder {
    rules: Rules,
    budget: Option<Arc<RetryBudget>>,
}

impl RetryPolicy {
    /// Three attempts, exponential from 25 ms to 1 s with full jitter, no limit of an attempt, no
    /// margin and no budget, unless its methods say otherwise. For an example see [`RetryPolicy`].
    pub fn builder() -> RetryPolicyBuilder {
        let rules = Rules {
            backoff: Backoff::exponential(Duration::from_millis(25), Duration::from_secs(1)),
            attempts_max: 3,
            attempt_limit: Duration::MAX,
            margin: Duration::ZERO,
        };
        RetryPolicyBuilder {
            rules,
            budget: None,
        }
    }

    /// Starts a call of a request that is [`Idempotent`].
    ///
    /// # Examples
    /// ```
    /// use shorttail::control::{Idempotent, RetryPolicy};
    /// use shorttail::time::Deadline;
    ///
    /// struct GetUser;
    /// impl Idempotent for GetUser {}
    ///
    /// let policy = RetryPolicy::builder().build()?;
    /// let attempts = policy.start(&GetUser, Deadline::NEVER, 0);
    /// assert_eq!(attempts.made(), 1);
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    /// A request without the mark does not compile here; [`start_unmarked`](Self::start_unmarked)
    /// takes it.
    /// ```compile_fail,E0277
    /// # use shorttail::{control::RetryPolicy, time::Deadline};
    /// struct PostOrder(u64);
    /// let policy = RetryPolicy::builder().build().unwrap();
    /// let attempts = policy.start(&PostOrder(7), Deadline::NEVER, 0);
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn start<R: Idempotent + ?Sized>(
        &self,
        request: &R,
        deadline: Deadline,
        now_ns: u64,
    ) -> Attempts<'_> {
        let _ = request;
        self.start_as(Repeat::Sent, deadline, now_ns)
    }

    /// Starts a call of any request, and retries only what was
    /// [never sent](super::Failure::unsent).
    ///
    /// # Examples
    /// ```
    /// # use shorttail::control::{Decision, Failure, RetryPolicy, StopReason};
    /// # use shorttail::time::Deadline;
    /// let policy = RetryPolicy::builder().build()?;
    /// let mut call = policy.start_unmarked(Deadline::NEVER, 0);
    /// assert!(matches!(call.failed(Failure::unsent(), 0), Decision::Retry { .. }));
    /// let stop = call.failed(Failure::transient(), 0);
    /// assert_eq!(stop, Decision::Stop(StopReason::NotIdempotent));
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn start_unmarked(&self, deadline: Deadline, now_ns: u64) -> Attempts<'_> {
        self.start_as(Repeat::Unsent, deadline, now_ns)
    }

    /// Starts a call that may be made twice by the caller's word; for an example see [`Attempts`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn start_unchecked(&self, deadline: Deadline, now_ns: u64) -> Attempts<'_> {
        self.start_as(Repeat::Sent, deadline, now_ns)
    }

    /// Starts a call that serves another layer's retry, as
    /// [`previous_attempts`](super::previous_attempts) told: that layer retries, this one does not.
    /// It deposits nothing, and touches nothing that is shared before its end.
    ///
    /// # Examples
    /// ```
    /// # use shorttail::control::{Decision, Failure, RetryPolicy, StopReason};
    /// # use shorttail::time::Deadline;
    /// let policy = RetryPolicy::builder().build()?;
    /// let mut call = policy.start_nested(Deadline::NEVER);
    /// let stop = call.failed(Failure::unsent(), 0);
    /// assert_eq!(stop, Decision::Stop(StopReason::OtherLayer));
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn start_nested(&self, deadline: Deadline) -> Attempts<'_> {
        Attempts::new(self, Repeat::Never, deadline)
    }

    #[inline]
    fn start_as(&self, repeat: Repeat, deadline: Deadline, now_ns: u64) -> Attempts<'_> {
        if let Some(budget) = &self.budget {
            budget.deposit(now_ns);
        }
        Attempts::new(self, repeat, deadline)
    }

    /// What became of the calls so far. A relaxed load for each of the counts; for an example see
    /// [`RetryStats`].
    #[must_use]
    pub fn stats(&self) -> RetryStats {
        self.counters.read()
    }
}

impl RetryPolicyBuilder {
    /// How often a call is sent at most, the first time included; for an example see
    /// [`RetryPolicy`].
    pub const fn attempts_max(mut self, attempts: u32) -> Self {
        self.rules.attempts_max = attempts;
        self
    }

    /// The delays between attempts; for an example see [`RetryPolicy`].
    pub const fn backoff(mut self, backoff: Backoff) -> Self {
        self.rules.backoff = backoff;
        self
    }

    /// The longest that one attempt may take; see [`Attempts::limit`]. For an example see
    /// [`RetryPolicyBuilder`].
    pub const fn attempt_limit(mut self, limit: Duration) -> Self {
        self.rules.attempt_limit = limit;
        self
    }

    /// What of the deadline is kept for handing the answer on; for an example see
    /// [`RetryPolicyBuilder`].
    pub const fn margin(mut self, margin: Duration) -> Self {
        self.rules.margin = margin;
        self
    }

    /// Bounds retries of all calls together; an `Arc` is shared with other policies. From
    /// [`build`](Self::build) on a call deposits when it starts here, and a
    /// [`HedgePolicy`](super::HedgePolicy) on the same budget deposits nothing.
    ///
    /// For an example see [`RetryPolicy`].
    pub fn budget(mut self, budget: impl Into<Arc<RetryBudget>>) -> Self {
        self.budget = Some(budget.into());
        self
    }

    /// Builds the policy; for an example see [`RetryPolicyBuilder`].
    ///
    /// # Errors
    /// [`ConfigError::Attempts`] for no attempt, [`ConfigError::AttemptLimit`] for a limit of zero.
    pub fn build(self) -> Result<RetryPolicy, ConfigError> {
        if self.rules.attempts_max == 0 {
            return Err(ConfigError::Attempts);
        }
        if self.rules.attempt_limit.is_zero() {
            return Err(ConfigError::AttemptLimit);
        }
        if let Some(budget) = &self.budget {
            budget.let_retries_deposit();
        }
        Ok(RetryPolicy {
            rules: self.rules,
            budget: self.budget,
            counters: Counters::default(),
        })
    }
}
