//! Histograms and stages: quantiles, counts and sums.

use super::Export;
use crate::measure::{Snapshot, Stage, StageReport};

/// The quantiles that are exported, and their labels.
const QUANTILES: [(f64, &str); 5] = [
    (0.5, "0.5"),
    (0.9, "0.9"),
    (0.99, "0.99"),
    (0.999, "0.999"),
    (1.0, "1"),
];

/// A histogram: its count and sum so far as counters `shorttail_histogram_count_total` and
/// `…_sum_total`, and quantiles as gauges `shorttail_histogram_value` with the label `quantile`,
/// whose last is the maximum.
///
/// The quantiles are those of all that was recorded: for those of a window give the
/// [`delta`](Snapshot::delta) of two snapshots a name of its own. Quantiles of several processes
/// cannot be averaged; merge [snapshots](Snapshot::merge) for that.
///
/// # Examples
/// ```
/// let mut latency_ns = shorttail::measure::Histogram::new();
/// latency_ns.record(1_000);
/// shorttail::interop::metrics::histogram("latency_ns", &latency_ns.snapshot());
/// ```
pub fn histogram<const BUCKETS: usize>(name: &'static str, snapshot: &Snapshot<BUCKETS>) {
    quantiles(&Export::of("histogram", name), snapshot);
}

/// Where time was spent: as [`histogram`], `shorttail_stage_…` in nanoseconds with the label
/// `stage`, for each stage and for their `total`.
///
/// # Examples
/// ```
/// use shorttail::measure::{StageReport, StageSet};
///
/// let stages = StageSet::standard(1);
/// let mut report = StageReport::new(); // kept, so that a scrape makes none
/// stages.report_into(&mut report);
/// shorttail::interop::metrics::stages("requests", &report);
/// ```
pub fn stages<const N: usize>(name: &'static str, report: &StageReport<N>) {
    let export = Export::of("stage", name);
    for stage in (0..N).map(Stage::nth) {
        quantiles(
            &export.and("stage", report.name(stage)),
            report.stage(stage),
        );
    }
    quantiles(&export.and("stage", "total"), report.total());
}

pub(super) fn quantiles<const BUCKETS: usize>(export: &Export, snapshot: &Snapshot<BUCKETS>) {
    export.counter("count", snapshot.count());
    export.counter("sum", snapshot.sum());
    let Some(values) = snapshot.quantiles(QUANTILES.map(|(share, _)| share)) else {
        return;
    };
    for (value, (_, label)) in values.into_iter().zip(QUANTILES) {
        export.and("quantile", label).gauge("value", value);
    }
}
