//! Refreshing an entry before its time is over, the likelier the nearer that is and the longer its
//! load took: XFetch (Vattani, Chierichetti, Lowenstein: "Optimal Probabilistic Cache Stampede
//! Prevention", VLDB 2015), with the time that each entry's own load took.

/// How far ahead of an entry's end it may be refreshed, in reaches: the chance of more is one in
/// nine million, and so no hit before looks further than at one byte and the time.
const REACHES_MOST: u64 = 16;

/// Beta at most.
const BETA_MOST: f64 = 1_000.0;

/// What refreshes are drawn by: the cache's factor of the time that a load took. 0: there are none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Early {
    beta: f64,
}

impl Early {
    pub(crate) const OFF: Self = Self { beta: 0.0 };

    /// None if it is not a number, negative, or so large that it can only be a mistake.
    pub(crate) fn new(beta: f64) -> Option<Self> {
        (0.0..=BETA_MOST).contains(&beta).then_some(Self { beta })
    }

    /// The reach of an entry whose load took `cost_ns`.
    pub(crate) fn reach(self, cost_ns: u64) -> Reach {
        Reach::of((cost_ns as f64 * self.beta) as u64)
    }
}

/// The mean time before its end at which an entry is due, in a byte: two bits follow the first.
/// Three quarters of it are kept or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach(pub(crate) u8);

impl Reach {
    /// Of an entry that is not refreshed before its end.
    pub(crate) const NONE: Self = Self(0);

    fn of(ns: u64) -> Self {
        if ns < 4 {
            return Self::NONE;
        }
        let log = ns.ilog2();
        Self((log << 2) as u8 | (ns >> (log - 2)) as u8 & 3)
    }

    const fn ns(self) -> u64 {
        // Wider on the way: two bits are shifted out again.
        (((self.0 as u128 & 3 | 4) << (self.0 >> 2)) >> 2) as u64
    }

    /// Whether a hit that draws `draw` refreshes an entry whose end is `left_ns` away.
    pub(crate) fn is_due(self, left_ns: u64, draw: u64) -> bool {
        const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
        if left_ns / REACHES_MOST >= self.ns() {
            return false;
        }
        let part = ((draw >> 11) + 1) as f64 * UNIT; // above 0, at most 1
        -part.ln() * self.ns() as f64 >= left_ns as f64
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::super::hash::KeyHash;
    use super::*;

    #[test]
    fn a_byte_keeps_three_quarters_of_a_reach_or_more() {
        for log in 2..64 {
            for part in 0..64_u64 {
                let ns = (1_u64 << log) + (((1_u64 << log) - 1) >> 6) * part;
                let kept = Reach::of(ns).ns();
                assert!(kept <= ns && kept >= ns / 4 * 3, "{ns}: {kept}");
            }
        }
        assert_eq!(Reach::of(3), Reach::NONE);
        assert_eq!(Reach::of(u64::MAX).0, u8::MAX);
    }

    /// The chance of a hit falls by e with each reach between it and the end.
    #[test]
    fn hits_are_due_as_the_exponential_distribution_says() {
        const DRAWS: u64 = 200_000;
        let reach = Early::new(2.0).unwrap().reach(1 << 20);
        assert_eq!(reach.ns(), 1 << 21);
        for (quarters, most) in [(0, 1.0), (1, 0.779), (4, 0.368), (8, 0.135), (20, 0.0067)] {
            let left_ns = reach.ns() / 4 * quarters;
            let due = |key: &u64| reach.is_due(left_ns, KeyHash(*key).draw(77));
            let part = (0..DRAWS).filter(due).count() as f64 / DRAWS as f64;
            assert!((part - most).abs() < 0.004, "{quarters}: {part}");
        }
        let far_ns = reach.ns() * REACHES_MOST;
        assert!((0..DRAWS).all(|draw| !reach.is_due(far_ns, draw)));
        assert!(!reach.is_due(far_ns, 0), "however small the draw");
    }

    #[test]
    fn a_factor_out_of_bounds_is_none() {
        for beta in [-1.0, f64::NAN, f64::INFINITY, 1_001.0] {
            assert!(Early::new(beta).is_none());
        }
        assert_eq!(Early::OFF.reach(1 << 40), Reach::NONE);
        assert_ne!(Early::new(0.5).unwrap().reach(1 << 40), Reach::NONE);
    }
}
