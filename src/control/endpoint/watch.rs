//! One target of an endpoint: from windows to a state.

use super::cells::Seen;
use super::event::{BudgetChange, BudgetState, BurnRate};
use super::evidence::{rise, share, surprise};
use super::windows::{LONGEST, Windows};

/// How fast the budget burns, in how many units, confirmed by which: the pairs of the SRE Workbook
/// (Google, 2018, chapter 5) where a unit is a minute. Those that call somebody, and the slow one.
const BURNS: [(f64, usize, usize); 2] = [(14.4, 60, 5), (6.0, 360, 30)];
const SLOW_BURN: (f64, usize, usize) = (1.0, LONGEST, 360);

/// What a build has to do worse, to be told: of millions of requests any difference is sure.
const RISE_MIN: f64 = 1.2;

/// Units of the window that warns, and of which as many in a row must be calm to recover.
pub(super) const SHORT: usize = 5;

/// A percentile of an endpoint, and how it does.
pub(super) struct Watch {
    /// Which of the two counts is its own.
    pub(super) index: usize,
    pub(super) q: f64,
    pub(super) max_ns: u64,
    pub(super) state: BudgetState,
    /// Ticks without a burn so far, that saw requests.
    calm: usize,
    /// Whether it was told that the build before did better.
    pub(super) regressed: bool,
}

/// What a verdict needs.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// How surely, as a natural logarithm.
    pub(super) sure: f64,
    pub(super) requests_min: u64,
    pub(super) unit_ns: u64,
}

/// A change, with the windows that showed it.
pub(super) type Change = (BudgetChange, BurnRate, BurnRate);

impl Watch {
    pub(super) const fn new(index: usize, q: f64, max_ns: u64) -> Self {
        Self {
            index,
            q,
            max_ns,
            state: BudgetState::Ok,
            calm: 0,
            regressed: false,
        }
    }

    fn allowed(&self) -> f64 {
        1.0 - self.q
    }

    pub(super) fn burn(&self, windows: &Windows, units: usize, rules: Rules) -> BurnRate {
        let seen = windows.last(units);
        let over = seen.over[self.index].min(seen.requests);
        BurnRate {
            window_ns: rules.unit_ns.saturating_mul(units as u64),
            requests: seen.requests,
            over,
            rate: share(seen.requests, over) / self.allowed(),
        }
    }

    /// Looks at the windows after a tick.
    pub(super) fn judge(&mut self, windows: &Windows, rules: Rules) -> Option<Change> {
        let pair = |pair| self.burns(windows, pair, rules);
        let (breach, slow) = (BURNS.into_iter().find_map(pair), pair(SLOW_BURN));
        let latest = [SHORT, BURNS[0].1].map(|units| self.burn(windows, units, rules));
        let level = if breach.is_some() {
            BudgetState::Breach
        } else if slow.is_some() || self.is_sure(&latest[0], rules) {
            BudgetState::Warn
        } else {
            BudgetState::Ok
        };
        let is_calm = breach.is_none() && latest[0].rate <= 1.0;
        // Where nothing is answered, nothing is slow: that is no calm.
        let has_spoken = latest[0].requests >= rules.requests_min;
        self.calm = if is_calm {
            self.calm + usize::from(has_spoken)
        } else {
            0
        };
        if level == self.state || level < self.state && self.calm < SHORT {
            return None;
        }
        self.state = level;
        let change = match level {
            BudgetState::Breach => BudgetChange::Breach,
            BudgetState::Warn => BudgetChange::Warn,
            BudgetState::Ok => BudgetChange::Recovered,
        };
        let is_sure = self.is_sure(&latest[0], rules);
        let shown = breach.or_else(|| slow.filter(|_| !is_sure && level == BudgetState::Warn));
        let [short, long] = shown.unwrap_or(latest);
        Some((change, short, long))
    }

    /// The short and the long window of a pair, if both burn so fast, and surely.
    fn burns(
        &self,
        windows: &Windows,
        (rate, long, short): (f64, usize, usize),
        rules: Rules,
    ) -> Option<[BurnRate; 2]> {
        let both = [short, long].map(|units| self.burn(windows, units, rules));
        let mut each = both.iter();
        let burns = each.all(|burn| burn.rate >= rate && self.is_sure(burn, rules));
        burns.then_some(both)
    }

    fn is_sure(&self, burn: &BurnRate, rules: Rules) -> bool {
        burn.requests >= rules.requests_min
            && surprise(burn.requests, burn.over, self.allowed()) >= rules.sure
    }

    /// Whether this build does worse than the one before, told once.
    pub(super) fn compare(
        &mut self,
        before: Seen,
        since_start: Seen,
        windows: &Windows,
        rules: Rules,
    ) -> Option<Change> {
        let of = |seen: Seen| (seen.requests, seen.over[self.index].min(seen.requests));
        let (before, after) = (of(before), of(since_start));
        let enough = before.0.min(after.0) >= rules.requests_min;
        let shares = [before, after].map(|(requests, over)| share(requests, over));
        let is_more = shares[1] >= RISE_MIN * shares[0];
        if self.regressed || !enough || !is_more || rise(before, after) < rules.sure {
            return None;
        }
        self.regressed = true;
        let change = BudgetChange::Regressed {
            share_before: shares[0],
            share_now: shares[1],
        };
        let short = self.burn(windows, SHORT, rules);
        let long = self.burn(windows, BURNS[0].1, rules);
        Some((change, short, long))
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;
    use crate::limit::Draws;

    const RULES: Rules = Rules {
        sure: 20.723, // 10⁻⁹
        requests_min: 100,
        unit_ns: 60_000_000_000,
    };

    /// Of many requests so many are slow: Poisson's law, by inversion; wider than the binomial.
    fn slow(draws: &mut Draws, mean: f64) -> u64 {
        const WHOLE: u64 = 1 << 53;
        let mut unit = || draws.between(0, WHOLE - 1) as f64 / WHOLE as f64;
        let (mut left, mut part, mut count) = (unit(), (-mean).exp(), 0);
        while left > part && part > 0.0 {
            left -= part;
            count += 1;
            part *= mean / count as f64;
        }
        count
    }

    fn unit(requests: u64, slow: u64) -> Seen {
        Seen {
            requests,
            over: [0, slow],
        }
    }

    #[test]
    fn a_million_windows_at_the_very_limit_raise_no_alarm() {
        let (mut windows, mut watch) = (Windows::new(), Watch::new(1, 0.99, 1));
        let mut draws = Draws::numbered(0, 1);
        for _ in 0..1_000_000 {
            windows.push(unit(1_000, slow(&mut draws, 10.0)));
            let told = watch.judge(&windows, RULES);
            assert!(told.is_none(), "{told:?}");
        }
    }

    #[test]
    fn three_times_as_many_slow_requests_are_told_within_two_short_windows_as_a_rule() {
        let mut untold = 0;
        for seed in 0..500 {
            let (mut windows, mut watch) = (Windows::new(), Watch::new(1, 0.99, 1));
            let mut draws = Draws::numbered(0, seed);
            for _ in 0..100 {
                windows.push(unit(1_000, slow(&mut draws, 8.0)));
                assert!(watch.judge(&windows, RULES).is_none());
            }
            let told = (0..2 * SHORT).find_map(|_| {
                windows.push(unit(1_000, slow(&mut draws, 24.0)));
                watch.judge(&windows, RULES)
            });
            untold += u32::from(told.is_none());
        }
        assert!(untold <= 5, "{untold} of 500 not told");
    }

    /// What is told of so many slow ones in each 10 000 after long calm, and after how many units.
    fn told_of(slow: u64, units: usize) -> Vec<(usize, BudgetChange)> {
        let (mut windows, mut watch) = (Windows::new(), Watch::new(1, 0.99, 1));
        (0..LONGEST).for_each(|_| windows.push(unit(10_000, 0)));
        let change = |at| {
            windows.push(unit(10_000, slow));
            let (change, ..) = watch.judge(&windows, RULES)?;
            Some((at, change))
        };
        (1..=units).filter_map(change).collect()
    }

    #[test]
    fn a_breach_takes_both_windows_and_a_slow_burn_is_a_warning() {
        for (rate, long, _) in BURNS {
            let told = told_of((rate * 105.0) as u64, long);
            let [(warned, first), (breached, second)] = told[..] else {
                panic!("{rate}: {told:?}");
            };
            assert_eq!((first, second), (BudgetChange::Warn, BudgetChange::Breach));
            // Of the long window, but for a twentieth.
            let needed = (long as f64 / 1.05) as usize;
            assert!(
                warned <= SHORT && (needed..=long).contains(&breached),
                "{rate}: {told:?}"
            );
        }
        // A twentieth too many: chance explains any five units of it, but not three days.
        let told = told_of(105, LONGEST);
        let [(warned, BudgetChange::Warn)] = told[..] else {
            panic!("{told:?}");
        };
        assert!(warned > LONGEST * 20 / 21, "{warned}");
    }

    #[test]
    fn it_recovers_after_as_many_calm_units_as_warn() {
        let (mut windows, mut watch) = (Windows::new(), Watch::new(1, 0.99, 1));
        (0..100).for_each(|_| windows.push(unit(10_000, 0)));
        windows.push(unit(2_000, 1_000));
        assert!(watch.judge(&windows, RULES).is_some());
        assert_eq!(watch.state, BudgetState::Warn);
        let change = |units| {
            windows.push(unit(10_000, 0));
            let (change, ..) = watch.judge(&windows, RULES)?;
            Some((units, change))
        };
        let told: Vec<_> = (1..30).filter_map(change).collect();
        // The slow unit leaves the window with the fifth, which is the first of five calm ones.
        assert_eq!(told, [(9, BudgetChange::Recovered)]);
    }

    #[test]
    fn few_requests_say_nothing() {
        let (mut windows, mut watch) = (Windows::new(), Watch::new(1, 0.99, 1));
        windows.push(unit(99, 99));
        assert!(watch.judge(&windows, RULES).is_none());
        windows.push(unit(1, 1));
        assert!(watch.judge(&windows, RULES).is_some());
    }
}
