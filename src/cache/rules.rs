//! How long entries live.

use super::hash::KeyHash;
use super::slot::{NEVER, Slot};

/// What an entry is worth at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    /// May be served while somebody refreshes it.
    Stale,
    /// May be served only in place of an error.
    Grace,
    Dead,
}

/// The times set at build, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) ttl_ns: u64,
    /// Part of the time to live, in 1/65536, by which it may be shortened.
    pub(crate) jitter: u32,
    pub(crate) stale_window_ns: u64,
    pub(crate) error_window_ns: u64,
    pub(crate) negative_ttl_ns: u64,
    /// How long an entry may be unread.
    pub(crate) tti_ns: u64,
}

impl Rules {
    /// Nothing expires.
    pub(crate) const FOREVER: Self = Self {
        ttl_ns: NEVER,
        jitter: 0,
        stale_window_ns: 0,
        error_window_ns: 0,
        negative_ttl_ns: NEVER,
        tti_ns: NEVER,
    };

    /// Whether no rule needs the time.
    pub(crate) const fn timeless(&self) -> bool {
        self.ttl_ns == NEVER && self.negative_ttl_ns == NEVER && !self.idles()
    }

    /// Whether entries leave that nobody reads.
    #[inline]
    pub(crate) const fn idles(&self) -> bool {
        self.tti_ns != NEVER
    }

    /// Until when a value stored at `now_ns` is fresh. The windows follow.
    pub(crate) fn fresh_until(&self, now_ns: u64, ttl_ns: u64, hash: KeyHash) -> u64 {
        if ttl_ns == NEVER {
            return NEVER;
        }
        now_ns.saturating_add(self.shortened(ttl_ns, now_ns, hash))
    }

    /// Until when a negative entry stored at `now_ns` holds. No windows follow.
    pub(crate) fn negative_until(&self, now_ns: u64, hash: KeyHash) -> u64 {
        self.fresh_until(now_ns, self.negative_ttl_ns, hash)
    }

    /// What the slot's entry is worth; reads the time only if the entry can expire.
    #[inline]
    pub(crate) fn age<K, V>(&self, slot: &Slot<K, V>, now_ns: impl FnOnce() -> u64) -> Age {
        let fresh_until = slot.fresh_until();
        if fresh_until == NEVER {
            return Age::Fresh;
        }
        let now_ns = now_ns();
        if now_ns < fresh_until {
            Age::Fresh
        } else {
            self.past(fresh_until, now_ns)
        }
    }

    /// What a value is worth that is no longer fresh. A negative entry is worth nothing then.
    fn past(&self, fresh_until: u64, now_ns: u64) -> Age {
        let stale_until = fresh_until.saturating_add(self.stale_window_ns);
        if now_ns < stale_until {
            Age::Stale
        } else if now_ns < stale_until.saturating_add(self.error_window_ns) {
            Age::Grace
        } else {
            Age::Dead
        }
    }

    /// Spreads expiries: up to the jitter's part is taken off, by key and moment.
    fn shortened(&self, ttl_ns: u64, now_ns: u64, hash: KeyHash) -> u64 {
        if self.jitter == 0 {
            return ttl_ns;
        }
        let random = hash.draw(now_ns) >> 48;
        let part = (u128::from(ttl_ns) * u128::from(self.jitter) * u128::from(random)) >> 32;
        ttl_ns - u64::try_from(part).unwrap_or(ttl_ns)
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn jitter_shortens_by_its_part_at_most_and_spreads_evenly() {
        let rules = Rules {
            jitter: 65536 / 4,
            ..Rules::FOREVER
        };
        let mut tenths = [0; 10];
        for n in 0..10_000_u64 {
            let hash = KeyHash(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let ttl = rules.shortened(1_000_000, 5, hash);
            assert!((750_000..=1_000_000).contains(&ttl), "{ttl}");
            tenths[((ttl - 750_000) / 25_001) as usize] += 1;
        }
        assert!(
            tenths.iter().all(|count| (800..1_200).contains(count)),
            "{tenths:?}"
        );
    }

    #[test]
    fn times_saturate() {
        let rules = Rules {
            stale_window_ns: u64::MAX,
            ..Rules::FOREVER
        };
        assert_eq!(rules.fresh_until(9, NEVER, KeyHash(1)), NEVER);
        assert_eq!(rules.fresh_until(9, u64::MAX - 1, KeyHash(1)), NEVER);
        assert_eq!(rules.fresh_until(9, 0, KeyHash(1)), 9);
        assert_eq!(rules.past(9, u64::MAX - 1), Age::Stale);
    }
}
