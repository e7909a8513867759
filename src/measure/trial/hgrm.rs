//! `base.hgrm` and `candidate.hgrm`: what plotters of HdrHistogram read.

use std::fmt::Write;

use crate::measure::Snapshot;

/// The percentile distribution in HdrHistogram's text form: values in nanoseconds, one line a
/// bucket in use, with the share of samples up to it.
pub(super) fn hgrm(seen: &Snapshot) -> String {
    let n = seen.count();
    let mut text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n".to_owned();
    let mut put = |line: std::fmt::Arguments<'_>| {
        writeln!(text, "{line}").expect("a String takes all");
    };
    let (mut up_to, mut spread) = (0_u64, 0.0);
    let mean = seen.sum() as f64 / n.max(1) as f64;
    for (value, count) in seen.buckets() {
        up_to += count;
        spread += count as f64 * (value as f64 - mean).powi(2);
        let share = up_to as f64 / n as f64;
        if up_to < n {
            let inverse = 1.0 / (1.0 - share);
            put(format_args!(
                "{value:12}.000 {share:.12} {up_to:10} {inverse:14.2}"
            ));
        } else {
            put(format_args!("{value:12}.000 {share:.12} {up_to:10}"));
        }
    }
    let deviation = (spread / n.max(1) as f64).sqrt();
    let max = seen.max();
    put(format_args!(
        "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]"
    ));
    put(format_args!(
        "#[Max     = {max:12}.000, Total count    = {n:12}]"
    ));
    put(format_args!(
        "#[Buckets =           31, SubBuckets     =           32]"
    ));
    text
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::hgrm;
    use crate::measure::{Histogram, Snapshot};

    #[test]
    fn every_bucket_has_its_line_and_the_last_no_inverse() {
        let mut histogram = Histogram::new();
        histogram.record_n(10, 3);
        histogram.record(50);
        let expected = "       Value     Percentile TotalCount 1/(1-Percentile)

          10.000 0.750000000000          3           4.00
          50.000 1.000000000000          4
#[Mean    =       20.000, StdDeviation   =       17.321]
#[Max     =           50.000, Total count    =            4]
#[Buckets =           31, SubBuckets     =           32]
";
        assert_eq!(hgrm(&histogram.snapshot()), expected);
        assert!(!hgrm(&Snapshot::new()).contains("NaN"));
    }
}
