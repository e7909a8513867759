//! The statistics of the report: exact percentiles, and paired ratios with their interval.

use crate::client::{Block, PATIENCE, Sample};
use crate::plan::Rng;
use crate::wire::Class;

/// Tail samples a percentile must rest on to be printed.
const TAIL_SAMPLES_MIN: f64 = 100.0;

/// How one arm did under one load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    /// Every request of the plan, however it ended.
    pub(crate) requests: usize,
    pub(crate) errors: usize,
    pub(crate) shed: usize,
    pub(crate) stale: usize,
    pub(crate) fallback: usize,
    /// Fresh 2xx answers that were whole within their block, per second.
    pub(crate) goodput: f64,
    /// Latencies of fresh answers and errors in ascending order; an error is the maximum.
    pub(crate) sorted_ns: Vec<u64>,
    /// From the actual start, in ascending order.
    pub(crate) service_sorted_ns: Vec<u64>,
    /// How late the client itself was, in ascending order.
    pub(crate) lag_sorted_ns: Vec<u64>,
}

impl Summary {
    pub(crate) fn of(blocks: &[Block], block_seconds: f64) -> Self {
        let samples = || blocks.iter().flat_map(|block| &block.samples);
        let count = |class| samples().filter(|sample| sample.class == class).count();
        let window_ns = (block_seconds * 1e9) as u64;
        let good =
            samples().filter(|s| s.class == Class::Fresh && s.at_ns + s.latency_ns <= window_ns);
        Self {
            requests: samples().count(),
            errors: count(Class::Error),
            shed: count(Class::Shed),
            stale: count(Class::Stale),
            fallback: count(Class::Fallback),
            goodput: good.count() as f64 / (block_seconds * blocks.len().max(1) as f64),
            sorted_ns: sorted(samples().filter_map(judged_ns)),
            service_sorted_ns: sorted(
                samples()
                    .filter(|s| judged_ns(s).is_some())
                    .map(|s| s.service_ns),
            ),
            lag_sorted_ns: sorted(blocks.iter().flat_map(|block| block.lag_ns.iter().copied())),
        }
    }

    /// The percentile, where enough samples lie above it.
    pub(crate) fn supported(&self, q: f64) -> Option<u64> {
        let tail = self.sorted_ns.len() as f64 * (1.0 - q);
        // A little less than 100 is 100: `1.0 - 0.9999` is not exact.
        if tail + 1e-6 < TAIL_SAMPLES_MIN {
            None
        } else {
            quantile(&self.sorted_ns, q)
        }
    }
}

/// The latency by which a request is judged: its own for a fresh answer, the maximum for an error,
/// none for answers that are counted in a column of their own.
pub(crate) fn judged_ns(sample: &Sample) -> Option<u64> {
    matches!(sample.class, Class::Fresh | Class::Error).then_some(sample.latency_ns)
}

/// The same, but every answer that is not fresh counts as the maximum.
pub(crate) fn strict_ns(sample: &Sample) -> Option<u64> {
    let fresh = sample.class == Class::Fresh;
    Some(if fresh {
        sample.latency_ns
    } else {
        PATIENCE.as_nanos() as u64
    })
}

/// The smallest value with at least the share `q` of all values at or below it.
pub(crate) fn quantile(sorted: &[u64], q: f64) -> Option<u64> {
    let rank = (sorted.len() as f64 * q - 1e-6).ceil().max(1.0) as usize;
    sorted.get(rank.min(sorted.len()).wrapping_sub(1)).copied()
}

pub(crate) fn sorted(values: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values
}

/// A ratio and the interval that holds it in 95 of 100 resamplings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) pairs: usize,
}

const DRAWS: usize = 10_000;

/// The median over pairs of blocks of `a`'s percentile `q` by `b`'s, with a bootstrap over pairs:
/// requests of one block are not independent, so that no single request is ever resampled.
pub(crate) fn paired(
    a: &[Block],
    b: &[Block],
    q: f64,
    judge: fn(&Sample) -> Option<u64>,
    seed: u64,
) -> Option<Ratio> {
    let of = |block: &Block| quantile(&sorted(block.samples.iter().filter_map(judge)), q);
    let pairs = a
        .iter()
        .zip(b)
        .filter_map(|(a, b)| Some((of(a)? as f64, of(b)?.max(1) as f64)));
    let logs: Vec<f64> = pairs.map(|(a, b)| (a.max(1.0) / b).ln()).collect();
    if logs.is_empty() {
        return None;
    }
    let mut rng = Rng::new(seed);
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            median(
                (0..logs.len())
                    .map(|_| logs[rng.below(logs.len())])
                    .collect(),
            )
        })
        .collect();
    draws.sort_unstable_by(f64::total_cmp);
    Some(Ratio {
        median: median(logs.clone()).exp(),
        low: draws[DRAWS / 40].exp(),
        high: draws[DRAWS - 1 - DRAWS / 40].exp(),
        pairs: logs.len(),
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}
