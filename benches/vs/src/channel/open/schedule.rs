//! When messages are to be sent: fixed before a turn begins, the same for every contender.

use std::fmt;

use shorttail::measure::trial::Plan;

/// Messages of a burst, all producers' together.
const BURST: usize = 1_000;
const BURST_EVERY_NS: u64 = 10_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrivals {
    /// Independent arrivals, so many a second, all producers' together.
    Poisson(u32),
    Bursts,
}

impl Arrivals {
    /// For each producer the intended sends, in ns from the turn's start, within `turn_ns`.
    pub(crate) fn plan(self, producers: usize, turn_ns: u64, seed: u64) -> Vec<Vec<u64>> {
        let plan = |producer: usize| match self {
            Self::Poisson(rate) => {
                let plan = Plan::poisson(f64::from(rate) / producers as f64);
                plan.starts_ns(seed * producers as u64 + producer as u64, turn_ns)
            }
            Self::Bursts => {
                let share = BURST / producers + usize::from(producer < BURST % producers);
                let bursts = (0..turn_ns).step_by(BURST_EVERY_NS as usize);
                bursts
                    .flat_map(|at| std::iter::repeat_n(at, share))
                    .collect()
            }
        };
        (0..producers).map(plan).collect()
    }

    /// How much longer a turn must be for a percentile to have its samples.
    pub(super) fn stretch(self) -> u64 {
        match self {
            Self::Poisson(..=100_000) => 4,
            _ => 1,
        }
    }
}

impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poisson(rate) => write!(f, "{} k/s", rate / 1_000),
            Self::Bursts => write!(
                f,
                "bursts of {BURST} every {} ms",
                BURST_EVERY_NS / 1_000_000
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_NS: u64 = 1_000_000_000;

    #[test]
    fn the_rate_is_kept_over_all_producers() {
        for producers in [1, 4, 8] {
            let plan = Arrivals::Poisson(200_000).plan(producers, SECOND_NS, 1);
            assert_eq!(plan.len(), producers);
            for starts in &plan {
                // Five times the spread of a Poisson count.
                let mean = 200_000.0 / producers as f64;
                assert!((starts.len() as f64 - mean).abs() < 5.0 * mean.sqrt());
                assert!(starts.is_sorted() && starts.iter().all(|&at| at < SECOND_NS));
            }
        }
    }

    #[test]
    fn gaps_are_as_independent_arrivals_have_them() {
        let plan = Arrivals::Poisson(20_000).plan(1, SECOND_NS, 3);
        let gaps: Vec<u64> = plan[0].windows(2).map(|two| two[1] - two[0]).collect();
        let long = gaps.iter().filter(|&&gap| gap > 50_000).count() as f64;
        // Of an exponential gap, one in e is longer than the mean.
        assert!((long / gaps.len() as f64 - (-1.0_f64).exp()).abs() < 0.02);
    }

    #[test]
    fn a_seed_tells_the_plan_and_producers_differ() {
        let plan = |seed| Arrivals::Poisson(20_000).plan(4, SECOND_NS, seed);
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
        let of_two_rounds = [plan(7), plan(8)].concat();
        for (one, starts) in of_two_rounds.iter().enumerate() {
            assert!(!of_two_rounds[..one].contains(starts), "one plan twice");
        }
    }

    #[test]
    fn bursts_come_whole_and_at_once() {
        for producers in [1, 3, 4, 8] {
            let plan = Arrivals::Bursts.plan(producers, 25_000_000, 1);
            let mut all = plan.concat();
            all.sort_unstable();
            assert_eq!(all.len(), 3 * BURST);
            all.dedup();
            assert_eq!(all, [0, BURST_EVERY_NS, 2 * BURST_EVERY_NS]);
        }
    }
}
