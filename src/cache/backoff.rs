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

/// A part of `most_ns` for this key and moment, any as likely as another.
fn part_of(most_ns: u64, hash: KeyHash, now_ns: u64) -> u64 {
    let random = hash.draw(now_ns);
    ((u128::from(most_ns) * u128::from(random)) >> 64) as u64
}

const fn place_of(hash: KeyHash) -> usize {
    hash.0 as usize % PLACES
}

/// A fixed table, one place a key, under the shard's lock.
pub(crate) struct Backoff(Option<Box<[Failure; PLACES]>>);

impl Backoff {
    pub(crate) fn new(used: bool) -> Self {
        let nothing = Failure {
            hash: 0,
            until_ns: 0,
            failures: 0,
        };
        Self(used.then(|| Box::new([nothing; PLACES])))
    }

    /// Whether the key must not be loaded yet.
    pub(crate) fn holds(&self, hash: KeyHash, now_ns: u64) -> bool {
        let place = self.0.as_ref().map(|places| places[place_of(hash)]);
        place.is_some_and(|failure| failure.hash == hash.0 && now_ns < failure.until_ns)
    }

    /// Notes a failure; says until when the key rests.
    pub(crate) fn fail(&mut self, hash: KeyHash, now_ns: u64, base_ns: u64) -> u64 {
        let Some(places) = &mut self.0 else {
            return now_ns;
        };
        let place = &mut places[place_of(hash)];
        let failures = if place.hash == hash.0 {
            place.failures
        } else {
            0
        };
        let most_ns = base_ns.saturating_mul(1 << failures.min(DOUBLINGS_MAX));
        // Keys that failed together do not all come back together.
        let rest_ns = most_ns - part_of(most_ns / 2, hash, now_ns);
        *place = Failure {
            hash: hash.0,
            until_ns: now_ns.saturating_add(rest_ns),
            failures: failures.saturating_add(1),
        };
        place.until_ns
    }

    /// Forgets the key's failures.
    pub(crate) fn succeed(&mut self, hash: KeyHash) {
        if let Some(places) = &mut self.0 {
            let place = &mut places[place_of(hash)];
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
        for most in [10, 20, 40, 80, 160, 320, 640, 640] {
            let until = table.fail(key, now_ns, 10);
            assert!((most / 2..=most).contains(&(until - now_ns)), "{until}");
            assert!(table.holds(key, until - 1));
            assert!(!table.holds(key, until));
            now_ns = until;
        }
        table.succeed(key);
        assert!(table.fail(key, now_ns, 10) - now_ns <= 10);
        assert!(!table.holds(KeyHash(10), now_ns));
    }

    #[test]
    fn keys_that_fail_together_do_not_come_back_together() {
        let mut table = Backoff::new(true);
        let mut hundredths = [0; 50];
        for key in 0..5_000_u64 {
            let until_ns = table.fail(KeyHash(key), 7, 1_000) - 7;
            assert!((500..=1_000).contains(&until_ns), "{until_ns}");
            hundredths[((until_ns - 500) / 10).min(49) as usize] += 1;
        }
        assert!(hundredths.iter().all(|count| (50..150).contains(count)));
    }

    #[test]
    fn an_unused_table_holds_nobody() {
        let mut table = Backoff::new(false);
        assert_eq!(table.fail(KeyHash(9), 5, 10), 5);
        assert!(!table.holds(KeyHash(9), 0));
    }
}
