//! A second request for an answer that takes too long.

use core::time::Duration;

use super::error::ConfigError;
use super::retry_budget::RetryBudget;
use super::retry_policy::Idempotent;
use crate::measure::Snapshot;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::time::Deadline;

/// Says when to send a call a second time, to another replica, and whether there is a budget.
///
/// The delay is a quantile of the latencies that were measured: with 0.95, one call in twenty
/// comes so far. A call deposits into the budget only if it is answered before that delay, so when
/// all calls are slow, as behind a dependency in trouble, what was saved up is spent and hedging
/// ends by itself. At most one hedge a call.
///
/// # Guarantees
/// Hedges are at most `ratio · calls answered in time + floor` of the budget. On one that a
/// [`RetryPolicy`](super::RetryPolicy) is built on too, calls deposit as they start there and
/// nothing here, so retries and hedges together are at most `ratio · calls + floor`; with a budget
/// of its own, hedging ends when all calls are slow.
///
/// No call waits or reads a clock, and none allocates but [`new`](Self::new) for a budget that is
/// in no `Arc` yet. A call is a load at its start, and at its end, or when a hedge is due, one
/// compare-exchange of the budget at most. How many were hedged is counted by who is told.
///
/// # Examples
/// ```
/// use shorttail::control::{HedgePolicy, Idempotent, RetryBudget};
/// use shorttail::measure::Histogram;
/// use shorttail::time::Deadline;
///
/// struct GetPrice;
/// impl Idempotent for GetPrice {}
///
/// let policy = HedgePolicy::new(0.95, RetryBudget::new(0.05)?)?;
/// assert_eq!(policy.delay(), None); // nothing is known yet
/// let mut latency_ns = Histogram::new();
/// (0..100).for_each(|_| latency_ns.record(1_000));
/// policy.update(&latency_ns.snapshot());
///
/// let call = policy.start(&GetPrice, Deadline::NEVER, 0);
/// assert!(!call.try_hedge(999)); // still within what is usual
/// let call = policy.start(&GetPrice, Deadline::NEVER, 0);
/// assert!(call.try_hedge(2_000)); // send it to another replica too
///
/// let call = policy.start_unchecked(Deadline::at(500), 0);
/// assert_eq!(call.due_ns(), None); // not before its deadline
/// call.answered(400);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
///
/// # Sources
/// Dean and Barroso, "The tail at scale", 2013: hedged requests.
#[derive(Debug)]
pub struct HedgePolicy {
    quantile: f64,
    /// `u64::MAX` before there is a measurement.
    delay_ns: AtomicU64,
    budget: Arc<RetryBudget>,
}

/// One call under a [`HedgePolicy`], which says what it costs. Dropped without a word, it has
/// neither hedged nor deposited.
///
/// # Examples
/// See [`HedgePolicy`].
#[derive(Debug)]
#[must_use = "says when to send a second request"]
pub struct Hedge<'p> {
    policy: &'p HedgePolicy,
    start_ns: u64,
    delay_ns: u64,
    deadline: Deadline,
}

impl HedgePolicy {
    /// Hedges calls that take longer than `quantile` of them, by what `budget` has. Hedges nothing
    /// before the first [`update`](Self::update). For an example see [`HedgePolicy`].
    ///
    /// # Errors
    /// [`ConfigError::Quantile`] unless it is above 0 and below 1.
    pub fn new(quantile: f64, budget: impl Into<Arc<RetryBudget>>) -> Result<Self, ConfigError> {
        if !(quantile > 0.0 && quantile < 1.0) {
            return Err(ConfigError::Quantile);
        }
        Ok(Self {
            quantile,
            delay_ns: AtomicU64::new(u64::MAX),
            budget: budget.into(),
        })
    }

    /// Takes the delay from the latencies of late, in nanoseconds, of first sends alone: a
    /// [`delta`](Snapshot::delta) of their histogram. An empty snapshot changes nothing. Two
    /// passes over the buckets: call it once a window, not once a call.
    ///
    /// For an example see [`HedgePolicy`].
    pub fn update(&self, latency_ns: &Snapshot) {
        if let Some(delay_ns) = latency_ns.quantile(self.quantile) {
            // Relaxed: the number is all there is. [control-3]
            self.delay_ns.store(delay_ns, Ordering::Relaxed);
        }
    }

    /// After how long a call is hedged; `None` before the first update. One load.
    ///
    /// For an example see [`HedgePolicy`].
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        // Relaxed: as the store. [control-3]
        let delay_ns = self.delay_ns.load(Ordering::Relaxed);
        (delay_ns != u64::MAX).then_some(Duration::from_nanos(delay_ns))
    }

    /// Starts a call of a request that is [`Idempotent`]: it may be made twice, at once. One load;
    /// for an example see [`HedgePolicy`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn start<R: Idempotent + ?Sized>(
        &self,
        request: &R,
        deadline: Deadline,
        now_ns: u64,
    ) -> Hedge<'_> {
        let _ = request;
        self.start_unchecked(deadline, now_ns)
    }

    /// Starts a call that may be made twice by the caller's word. One load; for an example see
    /// [`HedgePolicy`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn start_unchecked(&self, deadline: Deadline, now_ns: u64) -> Hedge<'_> {
        Hedge {
            policy: self,
            start_ns: now_ns,
            // Relaxed: as the store. [control-3]
            delay_ns: self.delay_ns.load(Ordering::Relaxed),
            deadline,
        }
    }
}

impl Hedge<'_> {
    /// When to ask [`try_hedge`](Self::try_hedge), in the clock's nanoseconds; `None` if that is
    /// not before the deadline. For an example see [`HedgePolicy`].
    #[must_use]
    pub fn due_ns(&self) -> Option<u64> {
        let due_ns = self.start_ns.saturating_add(self.delay_ns);
        (due_ns < self.deadline.as_ns()).then_some(due_ns)
    }

    /// Whether to send the second request now. Ends the call for the policy: there is one hedge at
    /// most, and a call that came so far deposits nothing. For an example see [`HedgePolicy`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use = "a hedge that was granted is to be sent"]
    pub fn try_hedge(self, now_ns: u64) -> bool {
        let due = self.due_ns().is_some_and(|due_ns| due_ns <= now_ns);
        due && !self.deadline.is_expired(now_ns) && self.policy.budget.try_withdraw(now_ns)
    }

    /// Ends the call: the answer is there, good or bad. Deposits if it came before the delay, and
    /// no policy of retries deposits into the same budget. For an example see [`HedgePolicy`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn answered(self, now_ns: u64) {
        let took_ns = now_ns.saturating_sub(self.start_ns);
        if took_ns < self.delay_ns {
            self.policy.budget.deposit_unless_retried(now_ns);
        }
    }
}
