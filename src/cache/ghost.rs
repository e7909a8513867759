//! The ghost: which keys left the small queue lately.
//!
//! A fixed 4-way table of `{fingerprint, stamp}`. A key is in the ghost while fewer than
//! `window` keys entered after it, so there is no queue to move and nothing to sweep.

use super::hash::KeyHash;

const WAYS: usize = 4;

/// Sets at least; small tables would forget early by chance.
const SETS_MIN: usize = 64;

#[derive(Clone, Copy)]
struct Trace {
    /// A part of the hash, never 0; 0 is an empty place.
    fingerprint: u32,
    /// Number of the insertion that wrote it.
    stamp: u32,
}

const NOTHING: Trace = Trace {
    fingerprint: 0,
    stamp: 0,
};

pub(crate) struct Ghost {
    sets: Box<[[Trace; WAYS]]>,
    /// Insertions so far; wraps, which may recall a key of 2^32 insertions ago: a hint only.
    inserted: u32,
    window: u32,
}

impl Ghost {
    /// A ghost of the last `window` keys, in twice the room, so that sets seldom overflow.
    pub(crate) fn new(window: usize) -> Self {
        let sets = (window * 2)
            .div_ceil(WAYS)
            .next_power_of_two()
            .max(SETS_MIN);
        Self {
            sets: vec![[NOTHING; WAYS]; sets].into(),
            inserted: 0,
            window: u32::try_from(window).expect("checked by the builder"),
        }
    }

    const fn age(&self, trace: Trace) -> u32 {
        self.inserted.wrapping_sub(trace.stamp)
    }

    const fn fingerprint(hash: KeyHash) -> u32 {
        (hash.0 >> 32) as u32 | 1
    }

    const fn set(&self, hash: KeyHash) -> usize {
        hash.0 as usize & (self.sets.len() - 1)
    }

    /// Remembers a key. At most four steps.
    pub(crate) fn insert(&mut self, hash: KeyHash) {
        self.inserted = self.inserted.wrapping_add(1);
        let fingerprint = Self::fingerprint(hash);
        let set = self.set(hash);
        let rank = |trace: &Trace| match trace.fingerprint {
            same if same == fingerprint => u64::MAX,
            0 => u64::MAX - 1,
            _ => u64::from(self.age(*trace)),
        };
        let way = (0..WAYS)
            .max_by_key(|way| rank(&self.sets[set][*way]))
            .unwrap_or(0);
        self.sets[set][way] = Trace {
            fingerprint,
            stamp: self.inserted,
        };
    }

    /// Whether the key is remembered.
    pub(crate) fn knows(&self, hash: KeyHash) -> bool {
        self.find(hash).is_some()
    }

    /// Whether the key is remembered; forgets it. At most four steps.
    pub(crate) fn take(&mut self, hash: KeyHash) -> bool {
        let found = self.find(hash);
        if let Some(way) = found {
            let set = self.set(hash);
            self.sets[set][way] = NOTHING;
        }
        found.is_some()
    }

    fn find(&self, hash: KeyHash) -> Option<usize> {
        let fingerprint = Self::fingerprint(hash);
        self.sets[self.set(hash)]
            .iter()
            .position(|trace| trace.fingerprint == fingerprint && self.age(*trace) < self.window)
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    fn hash(n: u64) -> KeyHash {
        KeyHash((n << 33) | n)
    }

    #[test]
    fn remembers_exactly_the_window() {
        let mut ghost = Ghost::new(3);
        for n in 0..5 {
            ghost.insert(hash(n));
        }
        let known: Vec<bool> = (0..5).map(|n| ghost.knows(hash(n))).collect();
        assert_eq!(known, [false, false, true, true, true]);
        assert!(ghost.take(hash(3)));
        assert!(!ghost.take(hash(3)));
    }

    #[test]
    fn a_window_of_nothing_remembers_nothing() {
        let mut ghost = Ghost::new(0);
        ghost.insert(hash(1));
        assert!(!ghost.take(hash(1)));
    }

    #[test]
    fn a_full_set_forgets_its_oldest() {
        let mut ghost = Ghost::new(100);
        for n in 1..=5 {
            ghost.insert(KeyHash(n << 40)); // one set
        }
        assert!(!ghost.knows(KeyHash(1 << 40)));
        assert!((2..=5).all(|n| ghost.knows(KeyHash(n << 40))));
    }

    #[test]
    fn stamps_wrap() {
        let mut ghost = Ghost::new(3);
        ghost.inserted = u32::MAX - 1;
        for n in 0..4 {
            ghost.insert(hash(n));
        }
        assert!(!ghost.knows(hash(0)));
        assert!((1..4).all(|n| ghost.knows(hash(n))));
    }
}
