//! The ratio of percentiles of everything that was measured, by resampling groups of blocks.
//!
//! The typical group does not see what happens in a minority of them: a freeze in one block of
//! twenty is in no median. Merged, it is in the tail, where users meet it.

use super::rng::Rng;
use super::stats::{Interval, NOISE, interval_of, share_below};
use crate::measure::Snapshot;

/// Resamplings behind an interval; each merges every group.
const DRAWS: usize = 1_000;

/// The histograms of some groups, laid out so that merging them is adding rows.
pub(super) struct Groups {
    /// The values of the columns, ascending.
    values: Vec<u64>,
    /// A row a group for each side.
    rows: [Vec<Vec<u64>>; 2],
}

/// How often each group is taken: with its sides as they are, and with its sides exchanged.
struct Taken {
    as_is: Vec<u64>,
    exchanged: Vec<u64>,
}

impl Groups {
    pub(super) fn of(groups: &[[Snapshot; 2]]) -> Self {
        let all = groups.iter().flatten().flat_map(Snapshot::buckets);
        let mut values: Vec<u64> = all.map(|(value, _)| value).collect();
        values.sort_unstable();
        values.dedup();
        let row = |side: &Snapshot| {
            let mut row = vec![0; values.len()];
            for (value, count) in side.buckets() {
                if let Ok(column) = values.binary_search(&value) {
                    row[column] = count;
                }
            }
            row
        };
        let rows = [0, 1].map(|side| groups.iter().map(|group| row(&group[side])).collect());
        Self { values, rows }
    }

    fn len(&self) -> usize {
        self.rows[0].len()
    }

    /// The logarithm of side 1's percentile by side 0's, for each of `qs` (ascending), with the
    /// groups merged as often as they were taken.
    fn log_ratios(&self, taken: &Taken, qs: &[f64]) -> Option<Vec<f64>> {
        let [base, candidate] = [[0, 1], [1, 0]].map(|[as_is, exchanged]| {
            let mut sum = vec![0; self.values.len()];
            add(&mut sum, &self.rows[as_is], &taken.as_is);
            add(&mut sum, &self.rows[exchanged], &taken.exchanged);
            self.percentiles(&sum, qs)
        });
        let pairs = base?.into_iter().zip(candidate?);
        let log =
            |(base, candidate): (u64, u64)| (candidate.max(1) as f64 / base.max(1) as f64).ln();
        Some(pairs.map(log).collect())
    }

    fn percentiles(&self, counts: &[u64], qs: &[f64]) -> Option<Vec<u64>> {
        let n: u64 = counts.iter().sum();
        let mut below = 0;
        let mut columns = self.values.iter().zip(counts);
        let mut value = 0;
        let mut at = |q: f64| {
            let rank = ((q * n as f64 - 1e-6).ceil() as u64).max(1);
            while below < rank {
                let (next, count) = columns.next()?;
                (value, below) = (*next, below + count);
            }
            Some(value)
        };
        qs.iter().map(|q| at(*q)).collect()
    }
}

fn add(sum: &mut [u64], rows: &[Vec<u64>], times: &[u64]) {
    for (row, &times) in rows.iter().zip(times).filter(|(_, times)| **times > 0) {
        for (sum, count) in sum.iter_mut().zip(row) {
            *sum += times * count;
        }
    }
}

/// The ratio at each of `qs` over all groups, with its percentile bootstrap interval.
pub(super) fn bootstrap(groups: &Groups, qs: &[f64], seed: u64) -> Option<Vec<Interval>> {
    let n = groups.len();
    let mut taken = Taken {
        as_is: vec![1; n],
        exchanged: vec![0; n],
    };
    let whole = groups.log_ratios(&taken, qs)?;
    let mut rng = Rng::new(seed);
    let draws = transposed(qs.len(), || {
        taken.as_is.fill(0);
        (0..n).for_each(|_| taken.as_is[rng.below(n)] += 1);
        groups.log_ratios(&taken, qs)
    })?;
    let intervals = whole.into_iter().zip(draws);
    Some(
        intervals
            .map(|(ratio, draws)| interval_of(ratio, draws))
            .collect(),
    )
}

/// How far from zero the logarithm strays in 99 of 100 cases by noise alone, over `n` groups of a
/// thing with itself, where either side may be called the base.
pub(super) fn noise(same: &Groups, n: usize, qs: &[f64], seed: u64) -> Option<Vec<f64>> {
    if same.len() == 0 {
        return None;
    }
    let mut taken = Taken {
        as_is: vec![0; same.len()],
        exchanged: vec![0; same.len()],
    };
    let mut rng = Rng::new(seed);
    let draws = transposed(qs.len(), || {
        taken.as_is.fill(0);
        taken.exchanged.fill(0);
        for _ in 0..n {
            let group = rng.below(same.len());
            let times = if rng.next() % 2 == 0 {
                &mut taken.as_is
            } else {
                &mut taken.exchanged
            };
            times[group] += 1;
        }
        let logs = same.log_ratios(&taken, qs)?;
        Some(logs.into_iter().map(f64::abs).collect())
    })?;
    Some(draws.into_iter().map(|d| share_below(d, NOISE)).collect())
}

/// [`DRAWS`] draws of `width` numbers each, as `width` lists; `None` if a draw gives nothing.
fn transposed(width: usize, mut draw: impl FnMut() -> Option<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let mut lists = vec![Vec::with_capacity(DRAWS); width];
    for _ in 0..DRAWS {
        for (list, value) in lists.iter_mut().zip(draw()?) {
            list.push(value);
        }
    }
    Some(lists)
}
