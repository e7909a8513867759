//! The client's retries: on one budget, whose promise is counted beside it.

use std::sync::atomic::{AtomicU64, Ordering};

use shorttail::control::RetryBudget;

/// No request has failed yet.
const CALM: u64 = u64::MAX;

/// What failed requests are sent again on, for all client threads.
///
/// The budget holds no more than it may save when the first request fails, and earns by the calls
/// from there on. So those of a storm are marked by what was counted as it began and as the last
/// retry was granted, whenever either was: no clock has a part in it.
pub(crate) struct Retries {
    budget: RetryBudget,
    /// First attempts before their deposit, and after it.
    begun: AtomicU64,
    noted: AtomicU64,
    granted: AtomicU64,
    /// Of those noted, how many were before the first failure.
    noted_before: AtomicU64,
    /// Of those begun, how many were before the last retry that was granted.
    begun_before_last: AtomicU64,
}

/// A storm so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Storm {
    /// First attempts from the first failure to the last retry; those of other threads that were
    /// being made just then included.
    pub(crate) calls: u64,
    /// Retries.
    pub(crate) granted: u64,
}

impl Retries {
    pub(crate) const fn on(budget: RetryBudget) -> Self {
        Self {
            budget,
            begun: AtomicU64::new(0),
            noted: AtomicU64::new(0),
            granted: AtomicU64::new(0),
            noted_before: AtomicU64::new(CALM),
            begun_before_last: AtomicU64::new(0),
        }
    }

    /// Notes a first attempt.
    pub(crate) fn call(&self, now_ns: u64) {
        // SeqCst, here and below: each count is on its side of a deposit or a withdrawal.
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.budget.deposit(now_ns);
        self.noted.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a request that failed may be sent again.
    pub(crate) fn try_again(&self, now_ns: u64) -> bool {
        let noted = self.noted.load(Ordering::SeqCst);
        let (set, get) = (Ordering::SeqCst, Ordering::SeqCst);
        // Another thread's first failure stands: nothing had been taken before it either.
        let _first = self
            .noted_before
            .compare_exchange(CALM, noted, set, get)
            .is_ok();
        let granted = self.budget.try_withdraw(now_ns);
        if granted {
            self.granted.fetch_add(1, Ordering::SeqCst);
            let begun = self.begun.load(Ordering::SeqCst);
            self.begun_before_last.fetch_max(begun, Ordering::SeqCst);
        }
        granted
    }

    /// What the storm was, once no request is under way.
    pub(crate) fn storm(&self) -> Storm {
        let until = self.begun_before_last.load(Ordering::SeqCst);
        let before = self.noted_before.load(Ordering::SeqCst);
        Storm {
            calls: until.saturating_sub(before),
            granted: self.granted.load(Ordering::SeqCst),
        }
    }
}
