//! The summary for a person: a table of percentiles, the ratios, the verdict.

use std::fmt::Write;

use super::json::QUANTILES;
use super::report::{ArmReport, Report};
use super::stats::supported;
use super::verdict::{Estimate, QuantileRatio};

/// Whole microseconds with one decimal below ten.
pub(super) fn micros(ns: u64) -> String {
    let micros = ns as f64 / 1e3;
    if micros < 10.0 {
        format!("{micros:.2}")
    } else {
        format!("{micros:.0}")
    }
}

pub(super) fn markdown(report: &Report) -> String {
    let mut text = String::new();
    let out = &mut text;
    let [base, candidate] = &report.arms;
    put(
        out,
        format_args!(
            "### {}: {}\n",
            escaped(&report.name),
            escaped(&report.verdict.to_string())
        ),
    );
    put(
        out,
        format_args!(
            "{}, counted {:.0}/s; {} workers, {}, {} burners; blocks of {:.3} s; seed {}\n",
            report.plan,
            report.rate_per_s,
            report.workers,
            report.shape,
            report.burners,
            report.block_ns as f64 / 1e9,
            report.seed,
        ),
    );
    judged(out, report);
    put(
        out,
        format_args!(
            "| latency, µs | p50 | p90 | p95 | p99 | p99.9 | p99.99 | max | n | send lag p99 |"
        ),
    );
    put(
        out,
        format_args!("|---|---|---|---|---|---|---|---|---|---|"),
    );
    row(out, base);
    row(out, candidate);
    if let Some([base, candidate]) = report.allocs {
        put(
            out,
            format_args!("\nAllocations a request: {base} and {candidate}."),
        );
    }
    let (base, candidate) = (escaped(&base.name), escaped(&candidate.name));
    for (figure, ratios) in [
        ("latency", &report.ratios),
        ("service time", &report.service_ratios),
    ] {
        if !ratios.is_empty() {
            let what = format!("{figure}, {candidate} / {base}");
            put(
                out,
                format_args!(
                    "\n| {what} | typical group | 95 % interval | noise | all merged \
                     | 95 % interval | noise | pairs |"
                ),
            );
            put(out, format_args!("|---|---|---|---|---|---|---|---|"));
        }
        ratios.iter().for_each(|ratio| ratio_row(out, ratio));
    }
    put(
        out,
        format_args!("\n{}", escaped(&report.environment.line())),
    );
    text
}

/// What was judged, and how disturbed the run was.
fn judged(out: &mut String, report: &Report) {
    for judged in &report.judged {
        put(out, format_args!("- {}", escaped(&judged.to_string())));
    }
    let flagged = report.arms.iter().flat_map(|arm| &arm.blocks);
    let (flagged, blocks) = flagged.fold((0, 0), |(flagged, blocks), block| {
        (flagged + u32::from(block.flagged), blocks + 1)
    });
    put(
        out,
        format_args!("- {flagged} of {blocks} blocks flagged for the machine's hiccups\n"),
    );
}

fn ratio_row(out: &mut String, ratio: &QuantileRatio) {
    let cells = |estimate: &Estimate| {
        let Estimate {
            ratio,
            low,
            high,
            noise_floor,
        } = estimate;
        format!("{ratio:.3} | {low:.3} to {high:.3} | {noise_floor:.3}")
    };
    let none = || "n/a | | ".to_owned();
    let typical = ratio.typical.as_ref().map_or_else(none, cells);
    let (q, whole, pairs) = (percent(ratio.q), cells(&ratio.whole), ratio.pairs);
    put(
        out,
        format_args!("| p{q} | {typical} | {whole} | {pairs} |"),
    );
}

/// 0.999 is 99.9: without the digits that binary fractions add.
pub(super) fn percent(q: f64) -> f64 {
    (q * 1e8).round() / 1e6
}

fn row(out: &mut String, arm: &ArmReport) {
    let n_a = || "n/a".to_owned();
    let cell = |(_, q)| arm.supported(q).map_or_else(n_a, micros);
    let cells = QUANTILES.map(cell).join(" | ");
    let (max, n) = (micros(arm.latency_ns.max()), arm.latency_ns.count());
    let lag = supported(&arm.send_lag_ns, 0.99).map_or_else(n_a, micros);
    put(
        out,
        format_args!("| {} | {cells} | {max} | {n} | {lag} |", escaped(&arm.name)),
    );
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a String takes all");
}

/// A text that can end neither its cell nor its line, nor be taken for a tag.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_cells() {
        assert_eq!(escaped("a|b\nc<d>"), "a\\|b c&lt;d>");
        assert_eq!(
            (micros(1_234), micros(123_400)),
            ("1.23".to_owned(), "123".to_owned())
        );
        assert_eq!(percent(0.999).to_string(), "99.9");
    }
}
