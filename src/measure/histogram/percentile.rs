//! How a percentile is told: its name, and between what it lies.

use super::Snapshot;

/// 0.999 is 99.9: without the digits that binary fractions add.
pub(crate) fn percent(q: f64) -> f64 {
    (q * 1e8).round() / 1e6
}

impl<const BUCKETS: usize> Snapshot<BUCKETS> {
    /// Between what the percentile lies, in 19 of 20 cases; `None` if there are no values.
    ///
    /// Its rank is uncertain by ±1.96·√(2·n·q·(1 − q)): twice the variance of independent requests,
    /// as neighbours in time are not. To a bucket's width.
    pub(crate) fn quantile_ends(&self, q: f64) -> Option<[u64; 2]> {
        #[expect(clippy::cast_precision_loss, reason = "as for a rank")]
        let n = self.count() as f64;
        let spread = 1.96 * (2.0 * q * (1.0 - q) / n.max(1.0)).sqrt();
        self.quantiles([q - spread, q + spread].map(|q| q.clamp(0.0, 1.0)))
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;
    use crate::measure::Histogram;

    #[test]
    fn a_percentile_is_named_without_the_digits_of_binary_fractions() {
        let names = [0.5, 0.29, 0.999, 0.9999, 1.0].map(|q| percent(q).to_string());
        assert_eq!(names, ["50", "29", "99.9", "99.99", "100"]);
    }

    /// Of 20 000 values 200 are beyond p99, give or take 39.
    #[test]
    fn the_ends_of_a_percentile_are_as_far_as_its_rank_is_uncertain() {
        let ends = |beside: u64| {
            let mut seen = Histogram::new();
            seen.record_n(10, 19_800 - beside);
            seen.record_n(20, 2 * beside);
            seen.record_n(30, 200 - beside);
            seen.snapshot().quantile_ends(0.99)
        };
        assert_eq!(ends(40), Some([20, 20]));
        assert_eq!(ends(38), Some([10, 30]));
        assert_eq!(Snapshot::new().quantile_ends(0.99), None);
    }
}
