//! The ghost: which keys left the small queue lately.
//!
//! A fixed 8-way table of `{fingerprint, stamp}`. A key is in the ghost while fewer than
//! `window` keys entered after it, so there is no queue to move and nothing to sweep.

use super::hash::Part;

const WAYS: usize = 8;

/// Sets at least; small tables would forget early by chance.
const SETS_MIN: usize = 32;

/// Bits of a stamp.
const STAMP: u32 = 12;

/// Stamps count up by one every so many insertions that the window is this many at most: an
/// eighth of what a stamp can tell apart, so that a trace is overwritten long before its stamp
/// comes round.
const STAMPS: usize = 1 << (STAMP - 3);

/// A fingerprint of 20 bits, 0 for an empty place, above when it was written, in units of
/// insertions.
#[derive(Clone, Copy)]
struct Trace(u32);

const NOTHING: Trace = Trace(0);

impl Trace {
    const fn fingerprint(self) -> u32 {
        self.0 >> STAMP
    }
}

pub(crate) struct Ghost {
    sets: Box<[[Trace; WAYS]]>,
    /// The stamp of now. Comes round, which may recall a key of eight windows ago and more: a
    /// hint only.
    now: u32,
    /// Insertions under this stamp so far.
    since: u32,
    /// Insertions a stamp.
    unit: u32,
    /// In stamps.
    window: u32,
}

impl Ghost {
    /// A ghost of the last `window` keys, in a quarter more room, so that sets seldom overflow.
    pub(crate) fn new(window: usize) -> Self {
        let sets = (window * 5).div_ceil(4 * WAYS).max(SETS_MIN);
        let unit = window.div_ceil(STAMPS).max(1);
        Self {
            sets: vec![[NOTHING; WAYS]; sets].into(),
            now: 0,
            since: 0,
            unit: u32::try_from(unit).expect("checked by the builder"),
            window: u32::try_from(window / unit).expect("at most `STAMPS`"),
        }
    }

    const fn age(&self, trace: Trace) -> u32 {
        self.now.wrapping_sub(trace.0) % (1 << STAMP)
    }

    const fn fingerprint(part: Part) -> u32 {
        match part.fingerprint() {
            0 => 1,
            fingerprint => fingerprint,
        }
    }

    const fn set(&self, part: Part) -> usize {
        part.pick(self.sets.len()) as usize
    }

    /// Remembers a key. At most eight steps.
    pub(crate) fn insert(&mut self, part: Part) {
        self.since += 1;
        if self.since >= self.unit {
            self.since = 0;
            self.now = (self.now + 1) % (1 << STAMP);
        }
        let fingerprint = Self::fingerprint(part);
        let set = self.set(part);
        let rank = |trace: &Trace| match trace.fingerprint() {
            same if same == fingerprint => u32::MAX,
            0 => u32::MAX - 1,
            _ => self.age(*trace),
        };
        let way = (0..WAYS)
            .max_by_key(|way| rank(&self.sets[set][*way]))
            .unwrap_or(0);
        self.sets[set][way] = Trace(fingerprint << STAMP | self.now);
    }

    /// Whether the key is remembered.
    pub(crate) fn knows(&self, part: Part) -> bool {
        self.find(part).is_some()
    }

    /// Whether the key is remembered; forgets it. At most eight steps.
    pub(crate) fn take(&mut self, part: Part) -> bool {
        let found = self.find(part);
        if let Some(way) = found {
            let set = self.set(part);
            self.sets[set][way] = NOTHING;
        }
        found.is_some()
    }

    fn find(&self, part: Part) -> Option<usize> {
        let fingerprint = Self::fingerprint(part);
        self.sets[self.set(part)]
            .iter()
            .position(|trace| trace.fingerprint() == fingerprint && self.age(*trace) < self.window)
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::super::hash::KeyHash;
    use super::*;

    /// Parts with different tags, in sets all over.
    fn part(n: u64) -> Part {
        KeyHash(n.wrapping_mul(0x9E37_79B9) << 4).part()
    }

    #[test]
    fn remembers_exactly_the_window() {
        let mut ghost = Ghost::new(3);
        for n in 0..5 {
            ghost.insert(part(n));
        }
        let known: Vec<bool> = (0..5).map(|n| ghost.knows(part(n))).collect();
        assert_eq!(known, [false, false, true, true, true]);
        assert!(ghost.take(part(3)));
        assert!(!ghost.take(part(3)));
    }

    #[test]
    fn a_window_of_nothing_remembers_nothing() {
        let mut ghost = Ghost::new(0);
        ghost.insert(part(1));
        assert!(!ghost.take(part(1)));
    }

    #[test]
    fn a_full_set_forgets_its_oldest() {
        let one_set = |n: u64| KeyHash(n << 4).part();
        let mut ghost = Ghost::new(100);
        for n in 1..=9 {
            ghost.insert(one_set(n));
        }
        assert!(!ghost.knows(one_set(1)));
        assert!((2..=9).all(|n| ghost.knows(one_set(n))));
    }

    #[test]
    fn stamps_wrap() {
        let mut ghost = Ghost::new(3);
        ghost.now = (1 << STAMP) - 2;
        for n in 0..4 {
            ghost.insert(part(n));
        }
        assert!(!ghost.knows(part(0)));
        assert!((1..4).all(|n| ghost.knows(part(n))));
    }

    #[test]
    fn a_large_window_is_counted_in_units() {
        const WINDOW: u64 = 50_000;
        let mut ghost = Ghost::new(WINDOW as usize);
        assert_eq!(ghost.unit, 98);
        for n in 0..4 * WINDOW {
            ghost.insert(part(n));
        }
        let known = |from: u64, to: u64| (from..to).filter(|n| ghost.knows(part(*n))).count();
        assert_eq!(
            known(0, 3 * WINDOW - 98),
            0,
            "a unit more than the window at most"
        );
        let share = known(3 * WINDOW + 98, 4 * WINDOW) as f64 / (WINDOW - 98) as f64;
        assert!(share > 0.9, "{share}");
    }
}
