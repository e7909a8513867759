//! Folly's rule: in an overloaded interval, everything late goes.

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Its words are independent: each verdict needs one of them to be right, not all of one moment.
#[derive(Debug)]
pub(super) struct Slough {
    target_ns: u64,
    interval_ns: u64,
    /// When the interval ends.
    until_ns: AtomicU64,
    /// The least wait in it so far. Zero at first, so that nothing is shed before an interval has
    /// been seen whole.
    least_ns: AtomicU64,
    /// Whether the interval before was overloaded.
    overloaded: AtomicBool,
}

impl Slough {
    pub(super) fn new(target_ns: u64, interval_ns: u64) -> Self {
        Self {
            target_ns,
            interval_ns,
            until_ns: AtomicU64::new(0),
            least_ns: AtomicU64::new(0),
            overloaded: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(super) fn sheds(&self, now_ns: u64, delay_ns: u64) -> bool {
        // Relaxed: decides alone; publishes nothing. [limit-1]
        let until_ns = self.until_ns.load(Ordering::Relaxed);
        if now_ns > until_ns && self.end_interval(until_ns, now_ns, delay_ns) {
            return false;
        }
        // Relaxed: a stale, larger value only costs the step below. [limit-1]
        if delay_ns < self.least_ns.load(Ordering::Relaxed) {
            // Relaxed: as above; the read-modify-write loses no lower one. [limit-1]
            self.least_ns.fetch_min(delay_ns, Ordering::Relaxed);
        }
        delay_ns > 2 * self.target_ns && self.is_overloaded()
    }

    /// Ends the interval, unless another has.
    #[cold]
    fn end_interval(&self, until_ns: u64, now_ns: u64, delay_ns: u64) -> bool {
        let next_ns = now_ns.saturating_add(self.interval_ns);
        // Relaxed: one winner for each interval is all that is asked of it. [limit-1]
        let ended =
            self.until_ns
                .compare_exchange(until_ns, next_ns, Ordering::Relaxed, Ordering::Relaxed);
        if ended.is_err() {
            return false;
        }
        // Relaxed: the read-modify-write takes every wait that was counted before it. [limit-1]
        let least_ns = self.least_ns.swap(delay_ns, Ordering::Relaxed);
        // Relaxed: a verdict that is seen late is that of an interval before. [limit-1]
        self.overloaded
            .store(least_ns > self.target_ns, Ordering::Relaxed);
        true
    }

    pub(super) fn is_overloaded(&self) -> bool {
        // Relaxed: as its store. [limit-1]
        self.overloaded.load(Ordering::Relaxed)
    }
}
