//! `percentiles.csv` and `blocks.csv`: one line a fact, for spreadsheets and plotters.

use std::fmt::Write;

use super::json::QUANTILES;
use super::report::Report;
use super::stats::{supported, tail_samples};

/// The percentiles of both arms; empty where fewer than 100 samples lie beyond.
pub(super) fn percentiles(report: &Report) -> String {
    let mut csv = "arm,quantile,latency_ns,service_ns,n,tail_n\n".to_owned();
    for arm in &report.arms {
        for (_, q) in QUANTILES {
            let cell = |seen| {
                supported(seen, q)
                    .map(|ns| ns.to_string())
                    .unwrap_or_default()
            };
            let (latency, service) = (cell(&arm.latency_ns), cell(&arm.service_ns));
            let (n, tail) = (arm.latency_ns.count(), tail_samples(&arm.latency_ns, q));
            let name = quoted(&arm.name);
            line(
                &mut csv,
                format_args!("{name},{q},{latency},{service},{n},{tail}"),
            );
        }
    }
    csv
}

/// Every counted block; empty where the system does not tell.
pub(super) fn blocks(report: &Report) -> String {
    let mut csv = "arm,pair,position,is_aa,n,p50_ns,p99_ns,p999_ns,max_ns,send_lag_p99_ns,\
                   hiccup_p999_ns,voluntary_switches,involuntary_switches,migrations,\
                   steal_ticks,flagged\n"
        .to_owned();
    for arm in &report.arms {
        for block in &arm.blocks {
            let [p50, p99, p999] = block
                .latency_ns
                .quantiles([0.5, 0.99, 0.999])
                .map_or([None; 3], |q| q.map(Some));
            let cells = [
                Some(block.latency_ns.count()),
                p50,
                p99,
                p999,
                Some(block.latency_ns.max()),
                block.send_lag_ns.quantile(0.99),
                block.hiccup_ns.quantile(0.999),
                block.voluntary_switches,
                block.involuntary_switches,
                block.migrations,
                block.steal_ticks,
            ];
            let cells = cells.map(|cell| cell.map(|n| n.to_string()).unwrap_or_default());
            let name = quoted(&arm.name);
            let (pair, position, is_aa) = (block.pair, block.position, block.is_aa);
            let (cells, flagged) = (cells.join(","), block.flagged);
            line(
                &mut csv,
                format_args!("{name},{pair},{position},{is_aa},{cells},{flagged}"),
            );
        }
    }
    csv
}

fn line(csv: &mut String, cells: std::fmt::Arguments<'_>) {
    writeln!(csv, "{cells}").expect("a String takes all");
}

/// A cell as RFC 4180 wants it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn cells_with_commas_and_quotes_are_quoted() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
