//! What each unit of time and each sixty of them saw: two rings, turned by the tick.

use super::cells::Seen;

/// Units in the short ring, and in a slot of the long one.
pub(super) const UNITS: usize = 60;

/// Slots of the long ring.
const LONGS: usize = 72;

/// Units of the longest window.
pub(super) const LONGEST: usize = UNITS * LONGS;

pub(super) struct Windows {
    units: [Seen; UNITS],
    longs: [Seen; LONGS],
    /// Where the next unit goes; what is before it is of the long slot that is not full yet.
    unit: usize,
    long: usize,
}

impl Windows {
    pub(super) const fn new() -> Self {
        Self {
            units: [Seen::NONE; UNITS],
            longs: [Seen::NONE; LONGS],
            unit: 0,
            long: 0,
        }
    }

    /// Ends a unit.
    pub(super) fn push(&mut self, seen: Seen) {
        self.units[self.unit] = seen;
        self.unit += 1;
        if self.unit == UNITS {
            self.unit = 0;
            self.longs[self.long] = sum(&self.units);
            self.long = (self.long + 1) % LONGS;
        }
    }

    /// The last `units` of them: to the unit up to sixty, beyond that as many whole sixties and
    /// what has come since the last.
    pub(super) fn last(&self, units: usize) -> Seen {
        let (now, before) = self.units.split_at(self.unit);
        if units <= UNITS {
            let mut all = sum(&now[now.len().saturating_sub(units)..]);
            let rest = units.saturating_sub(now.len()).min(before.len());
            all.add(sum(&before[before.len() - rest..]));
            return all;
        }
        let (now_long, before_long) = self.longs.split_at(self.long);
        let longs = (units / UNITS).min(LONGS);
        let mut all = sum(now);
        all.add(sum(&now_long[now_long.len().saturating_sub(longs)..]));
        let rest = longs.saturating_sub(now_long.len());
        all.add(sum(
            &before_long[before_long.len() - rest.min(before_long.len())..]
        ));
        all
    }
}

fn sum(units: &[Seen]) -> Seen {
    let mut all = Seen::default();
    units.iter().for_each(|seen| all.add(*seen));
    all
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a list of all units there ever were.
        #[test]
        fn windows_are_the_sums_of_a_list(seen in prop::collection::vec(0_u64..1_000, 0..10_000)) {
            let mut windows = Windows::new();
            let of = |requests: u64| Seen { requests, over: [requests / 2, requests / 3] };
            for requests in &seen {
                windows.push(of(*requests));
            }
            let since = |from: usize| {
                let mut all = Seen::default();
                seen[from..].iter().for_each(|requests| all.add(of(*requests)));
                all
            };
            for units in [1, 5, 30, 59, 60] {
                prop_assert_eq!(windows.last(units), since(seen.len().saturating_sub(units)));
            }
            let whole = seen.len() / UNITS;
            for units in [120, 360, LONGEST] {
                let from = whole.saturating_sub(units / UNITS) * UNITS;
                prop_assert_eq!(windows.last(units), since(from));
            }
        }
    }
}
