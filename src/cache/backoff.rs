//! Which keys failed to load lately.

use super::hash::KeyHash;

/// Places in a shard's table; a later failure may push an earlier one out.
const PLACES: usize = 64;

/// The longest wait, in doublings of the first.
const DOUBLINGS_MAX: u32 = 6;

#[derive(Clone, Copy)]
struct Failure {
    hash: u64,
    until_ns: u64,
    failures: u32,
}

/// A fixed table, one place a key, under the shard's lock.
pub(crate) struct Backoff(Box<[Failure]>);

impl Backoff {
    pub(crate) fn new(used: bool) -> Self {
        let nothing = Failure {
            hash: 0,
            until_ns: 0,
            failures: 0,
        };
        Self(vec![nothing; if used { PLACES } else { 0 }].into())
    }

    /// Whether the key must not be loaded yet.
    pub(crate) fn holds(&self, hash: KeyHash, now_ns: u64) -> bool {
        let place = self.0.get(hash.0 as usize % PLACES);
        place.is_some_and(|failure| failure.hash == hash.0 && now_ns < failure.until_ns)
    }

    /// Notes a failure; says until when the key rests.
    pub(crate) fn fail(&mut self, hash: KeyHash, now_ns: u64, base_ns: u64) -> u64 {
        let Some(place) = self.0.get_mut(hash.0 as usize % PLACES) else {
            return now_ns;
        };
        let failures = if place.hash == hash.0 {
            place.failures
        } else {
            0
        };
        let rest_ns = base_ns.saturating_mul(1 << failures.min(DOUBLINGS_MAX));
        *place = Failure {
            hash: hash.0,
            until_ns: now_ns.saturating_add(rest_ns),
            failures: failures.saturating_add(1),
        };
        place.until_ns
    }

    /// Forgets the key's failures.
    pub(crate) fn succeed(&mut self, hash: KeyHash) {
        if let Some(place) = self.0.get_mut(hash.0 as usize % PLACES) {
            if place.hash == hash.0 {
                place.failures = 0;
                place.until_ns = 0;
            }
        }
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_cap_and_forgets_on_success() {
        let mut table = Backoff::new(true);
        let key = KeyHash(9);
        let mut now_ns = 0;
        for expected in [10, 20, 40, 80, 160, 320, 640, 640] {
            let until = table.fail(key, now_ns, 10);
            assert_eq!(until - now_ns, expected);
            assert!(table.holds(key, until - 1));
            assert!(!table.holds(key, until));
            now_ns = until;
        }
        table.succeed(key);
        assert_eq!(table.fail(key, now_ns, 10) - now_ns, 10);
        assert!(!table.holds(KeyHash(10), now_ns));
    }

    #[test]
    fn an_unused_table_holds_nobody() {
        let mut table = Backoff::new(false);
        assert_eq!(table.fail(KeyHash(9), 5, 10), 5);
        assert!(!table.holds(KeyHash(9), 0));
    }
}
