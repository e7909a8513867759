//! Percentiles that enough samples lie beyond.

use shorttail::measure::Snapshot;

/// Those that are printed of a call, a request or a trip.
pub(crate) const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];

/// The value of percentile `q`, if at least so many samples lie beyond it.
pub(crate) fn supported(values: &Snapshot, q: f64, beyond: u64) -> Option<u64> {
    let there_are = values.count() as f64 * (1.0 - q);
    // Less a little: 1 - 0.999 is not exact.
    (there_are + 1e-6 >= beyond as f64).then(|| values.quantile(q))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use shorttail::measure::Histogram;

    #[test]
    fn a_percentile_needs_its_samples() {
        let mut histogram = Histogram::new();
        histogram.record_n(7, 99_999);
        assert_eq!(supported(&histogram.snapshot(), 0.999, 100), None);
        histogram.record(7);
        let values = histogram.snapshot();
        assert_eq!(supported(&values, 0.999, 100), values.quantile(0.999));
        assert_eq!(supported(&values, 0.9999, 100), None);
        assert_eq!(supported(&Snapshot::new(), 0.5, 1), None);
    }
}
