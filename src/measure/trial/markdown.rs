//! The summary for a person: a table of percentiles, the ratios, the verdict.

use std::fmt::Write;

use super::figure::Figure;
use super::json::QUANTILES;
use super::report::{ArmReport, Report};
use super::stats::supported;
use super::text::{escaped, micros};
use super::verdict::{Estimate, QuantileRatio};
use crate::measure::percent;

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
    let ratios = [&report.ratios, &report.service_ratios];
    for (figure, ratios) in Figure::BOTH.into_iter().zip(ratios) {
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
