//! Ratios of paired percentiles, and how sure they are.

use super::rng::Rng;
use crate::measure::Snapshot;

/// With fewer groups no resampling reaches 95 %.
pub(super) const PAIRS_MIN: usize = 6;

/// Resamplings behind an interval.
const DRAWS: usize = 10_000;

/// The share of cases in which noise alone stays below the noise floor.
pub(super) const NOISE: f64 = 0.99;

/// Samples beyond a percentile without which it is not reported: they keep the error of its rank
/// within ±20 % of the tail.
pub(super) const TAIL_SAMPLES_MIN: u64 = 100;

/// How many of the samples lie beyond the percentile `q`.
pub(super) fn tail_samples(seen: &Snapshot, q: f64) -> u64 {
    // A hair more: 1 - 0.999 is not exact, and 100 000 samples leave 100.
    (seen.count() as f64 * (1.0 - q) + 1e-6) as u64
}

/// The percentile, if enough samples lie beyond it.
pub(super) fn supported(seen: &Snapshot, q: f64) -> Option<u64> {
    let enough = tail_samples(seen, q) >= TAIL_SAMPLES_MIN;
    enough.then(|| seen.quantile(q)).flatten()
}

/// What was measured, and the interval that held it in 95 of 100 resamplings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) middle: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The median of `values` with its percentile bootstrap interval (Efron, 1979).
///
/// The values are whole pairs of blocks. Single requests must never be resampled: neighbours in
/// time depend on each other, and the interval would be far too narrow.
pub(super) fn bootstrap_median(values: &[f64], seed: u64) -> Option<Interval> {
    let n = values.len();
    let (sorted, draws) = resampled(values, n, seed)?;
    Some(interval_of(median_of_counts(&sorted, &vec![1; n]), draws))
}

/// The middle 95 of 100 draws.
pub(super) fn interval_of(middle: f64, mut draws: Vec<f64>) -> Interval {
    draws.sort_unstable_by(f64::total_cmp);
    let tail = draws.len() / 40;
    Interval {
        middle,
        low: draws[tail],
        high: draws[draws.len() - 1 - tail],
    }
}

/// The least value that a share `q` of the draws does not exceed.
pub(super) fn share_below(mut draws: Vec<f64>, q: f64) -> f64 {
    draws.sort_unstable_by(f64::total_cmp);
    let rank = (draws.len() as f64 * q).ceil() as usize;
    draws[rank.clamp(1, draws.len()) - 1]
}

/// How far from zero the median of `n` values strays in 99 of 100 cases by noise alone.
///
/// `same` are log ratios of a thing to itself. Which side is the base is arbitrary there, so each
/// may have either sign (a sign-flip test's null; Fisher, 1935): no bias is left, only spread.
pub(super) fn noise_of_median(same: &[f64], n: usize, seed: u64) -> Option<f64> {
    let either: Vec<f64> = same.iter().flat_map(|value| [*value, -value]).collect();
    let (_, mut draws) = resampled(&either, n, seed)?;
    draws.iter_mut().for_each(|median| *median = median.abs());
    Some(share_below(draws, NOISE))
}

/// The values in order, and the medians of [`DRAWS`] times `n` of them.
fn resampled(values: &[f64], n: usize, seed: u64) -> Option<(Vec<f64>, Vec<f64>)> {
    if values.is_empty() || n == 0 {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut rng = Rng::new(seed);
    let mut taken = vec![0_u32; sorted.len()];
    let mut draws = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        taken.fill(0);
        (0..n).for_each(|_| taken[rng.below(sorted.len())] += 1);
        draws.push(median_of_counts(&sorted, &taken));
    }
    Some((sorted, draws))
}

/// The median of the sorted values, each counted `times`: a count is cheaper than a sort a draw.
fn median_of_counts(sorted: &[f64], times: &[u32]) -> f64 {
    let n: u32 = times.iter().sum();
    let at_rank = |rank: u32| {
        let mut below = 0;
        let index = times.iter().position(|count| {
            below += count;
            below > rank
        });
        sorted[index.unwrap_or(0)]
    };
    f64::midpoint(at_rank((n - 1) / 2), at_rank(n / 2))
}
