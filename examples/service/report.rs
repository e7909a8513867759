//! The report: a table for people, `result.json` and the curves for everything else.

use std::io::{self, Write};
use std::time::Duration;

use crate::args::{Arm, Options};
use crate::client::{Block, PATIENCE};
use crate::driver::{SEED, Shares, rounds};
use crate::json::Json;
use crate::machine::Machine;
use crate::remote::Mark;
use crate::stats::{self, Ratio, Summary, quantile};
use crate::svg;

/// Raised whenever a reader of `result.json` would have to change.
const SCHEMA_VERSION: u32 = 1;

/// One load on all arms.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// The share of the capacity, where the rate was not given.
    pub(crate) share: Option<f64>,
    /// Requests per second.
    pub(crate) rate: f64,
    /// Whether the origin's slow and failing calls are off.
    pub(crate) healthy: bool,
}

impl Load {
    pub(crate) fn name(&self) -> String {
        let origin = if self.healthy { "healthy" } else { "troubled" };
        let share = self
            .share
            .map_or_else(String::new, |share| format!(" ({:.0} %)", share * 100.0));
        format!("{:.0} requests/s{share}, {origin} origin", self.rate)
    }

    fn file(&self) -> String {
        let origin = if self.healthy { "healthy" } else { "troubled" };
        let load = self.share.map_or_else(
            || format!("{:.0}rps", self.rate),
            |share| format!("{:.0}pct", share * 100.0),
        );
        format!("curve-{load}-{origin}.svg")
    }
}

/// One arm under one load.
#[derive(Clone, Debug)]
pub(crate) struct ArmResult {
    pub(crate) arm: Arm,
    pub(crate) blocks: Vec<Block>,
    /// What the arm's whole process counted during the blocks.
    pub(crate) counts: Mark,
    pub(crate) summary: Summary,
}

impl ArmResult {
    fn allocations_per_request(&self) -> f64 {
        self.counts.allocations as f64 / self.summary.requests.max(1) as f64
    }

    fn fault(&self) -> Option<&str> {
        self.blocks.iter().find_map(|block| block.fault.as_deref())
    }
}

pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) options: Options,
    pub(crate) shares: Shares,
    pub(crate) block_seconds: f64,
    pub(crate) capacities: Vec<(Arm, f64)>,
    pub(crate) results: Vec<(Load, Vec<ArmResult>)>,
    pub(crate) took: Duration,
}

const COLUMNS: &str = "arm                requests  errors  goodput/s     p50     p90     p99   \
p99.9  p99.99     max  allocs/req   shed  stale  fallback";

/// Prints the tables.
pub(crate) fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Shares {
        client_threads,
        workers,
        service_cores,
    } = &report.shares;
    writeln!(out, "{}", report.machine.line())?;
    let apart = if service_cores.is_empty() {
        "on shared cores"
    } else {
        "on cores of their own"
    };
    writeln!(
        out,
        "{client_threads} client thread(s) and {workers} worker thread(s) per arm, {apart}; {} \
         connections; {:.0} s per arm and load in blocks of {:.2} s, taken in turn",
        report.options.connections, report.options.seconds, report.block_seconds,
    )?;
    write!(out, "closed-loop capacity, answers/s:")?;
    for (arm, capacity) in &report.capacities {
        write!(out, "  {} {capacity:.0}", arm.name())?;
    }
    writeln!(out)?;
    for (load, arms) in &report.results {
        print_load(load, arms, out)?;
        let (taken, planned) = (arms[0].blocks.len(), rounds(&report.options));
        if taken < planned {
            writeln!(
                out,
                "{taken} of {planned} rounds: the machine was too busy for the rest"
            )?;
        }
    }
    writeln!(
        out,
        "\nlatency: from the intended start to the last byte, of fresh 2xx answers, microseconds; \
         an error counts as {} ms\nfinished in {:.1} s",
        PATIENCE.as_millis(),
        report.took.as_secs_f64(),
    )
}

fn print_load(load: &Load, arms: &[ArmResult], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{}\n{COLUMNS}", load.name())?;
    for result in arms {
        print_arm(result, out)?;
    }
    for (name, ratio) in goodput_ratios(arms) {
        writeln!(out, "goodput shorttail / {name}: {ratio:.3}")?;
    }
    for (name, ratio, strict) in ratios(arms) {
        print_ratio(&format!("p99.9 shorttail / {name}"), ratio, out)?;
        print_ratio(
            "  the same, anything not fresh counted as an error",
            strict,
            out,
        )?;
    }
    for result in arms {
        let name = result.arm.name();
        let lag = quantile(&result.summary.lag_sorted_ns, 0.99).unwrap_or(0);
        let p99 = quantile(&result.summary.sorted_ns, 0.99).unwrap_or(0);
        if lag * 10 > p99 {
            let lag = micros(Some(lag));
            writeln!(
                out,
                "{name}: the client itself was late by {lag} µs at p99: no verdict"
            )?;
        }
        if let Some(fault) = result.fault() {
            writeln!(out, "{name}: first fault: {fault}")?;
        }
        if !result.counts.regions.is_empty() {
            write!(out, "{name}: allocations by place:")?;
            for (place, count) in places(&result.counts) {
                write!(out, "  {place} {count}")?;
            }
            writeln!(out)?;
        }
        if result.counts.log_dropped > 0 {
            writeln!(
                out,
                "{name}: access-log records dropped: {}",
                result.counts.log_dropped
            )?;
        }
    }
    Ok(())
}

fn print_arm(result: &ArmResult, out: &mut impl Write) -> io::Result<()> {
    let s = &result.summary;
    write!(
        out,
        "{:<18}{:>9}{:>8}{:>11.0}",
        result.arm.name(),
        s.requests,
        s.errors,
        s.goodput
    )?;
    for q in [0.5, 0.9, 0.99, 0.999] {
        write!(out, "{:>8}", micros(s.supported(q)))?;
    }
    let p9999 = s.supported(0.9999).map_or_else(
        || "n/a".to_owned(),
        |ns| format!("{} (n={})", micros(Some(ns)), s.sorted_ns.len()),
    );
    writeln!(
        out,
        "{p9999:>8}{:>8}{:>12.3}{:>7}{:>7}{:>10}",
        micros(s.sorted_ns.last().copied()),
        result.allocations_per_request(),
        s.shed,
        s.stale,
        s.fallback,
    )
}

fn print_ratio(name: &str, ratio: Option<Ratio>, out: &mut impl Write) -> io::Result<()> {
    let Some(Ratio {
        median,
        low,
        high,
        pairs,
    }) = ratio
    else {
        return Ok(());
    };
    let interval = format!("95 % interval {low:.3} to {high:.3}");
    writeln!(
        out,
        "{name}: {median:.3} ({interval}, {pairs} pairs of blocks)"
    )
}

fn micros(ns: Option<u64>) -> String {
    ns.map_or_else(|| "n/a".to_owned(), |ns| format!("{:.0}", ns as f64 / 1e3))
}

/// The arm's allocations by the place they were made in; what no place claims is the runtime's.
fn places(counts: &Mark) -> Vec<(&str, u64)> {
    let mut places: Vec<(&str, u64)> = counts
        .regions
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    let named: u64 = places.iter().map(|(_, count)| count).sum();
    places.push((
        "tokio and all else",
        counts.allocations.saturating_sub(named),
    ));
    places
}

/// The paired p99.9 ratios of the shorttail arm to each other arm: as judged, and strictly.
fn ratios(arms: &[ArmResult]) -> Vec<(&'static str, Option<Ratio>, Option<Ratio>)> {
    let Some(ours) = arms.iter().find(|result| result.arm == Arm::Shorttail) else {
        return Vec::new();
    };
    let others = arms.iter().filter(|result| result.arm != Arm::Shorttail);
    let pair =
        |theirs: &ArmResult, judge| stats::paired(&ours.blocks, &theirs.blocks, 0.999, judge, SEED);
    others
        .map(|theirs| {
            let judged = pair(theirs, stats::judged_ns);
            (theirs.arm.name(), judged, pair(theirs, stats::strict_ns))
        })
        .collect()
}

/// The shorttail arm's goodput by each other arm's.
fn goodput_ratios(arms: &[ArmResult]) -> Vec<(&'static str, f64)> {
    let ours = arms.iter().find(|result| result.arm == Arm::Shorttail);
    let others = arms.iter().filter(|result| result.arm != Arm::Shorttail);
    let ratio = |theirs: &ArmResult| {
        let ours = ours.filter(|_| theirs.summary.goodput > 0.0)?;
        Some((
            theirs.arm.name(),
            ours.summary.goodput / theirs.summary.goodput,
        ))
    };
    others.filter_map(ratio).collect()
}

/// Writes `result.json` and one curve per load.
pub(crate) fn save(report: &Report) -> io::Result<()> {
    let out = &report.options.out;
    std::fs::write(out.join("result.json"), json(report))?;
    for (load, arms) in &report.results {
        let curves: Vec<svg::Curve<'_>> = arms
            .iter()
            .map(|r| (r.arm.name(), &r.summary.sorted_ns[..]))
            .collect();
        let title = format!("Latency of fresh answers at {}", load.name());
        std::fs::write(out.join(load.file()), svg::draw(&title, &curves))?;
    }
    Ok(())
}

fn json(report: &Report) -> String {
    Json::object(|json| {
        json.number("schema_version", f64::from(SCHEMA_VERSION));
        json.member("environment", |json| report.machine.write(json));
        json.number("seed", SEED as f64);
        json.number("seconds_per_arm_and_load", report.options.seconds);
        json.number("block_s", report.block_seconds);
        json.number("connections", report.options.connections as f64);
        json.number("client_threads", report.shares.client_threads as f64);
        json.number("workers", report.shares.workers as f64);
        json.number("error_counts_as_ns", PATIENCE.as_nanos() as f64);
        json.list("capacities", &report.capacities, |json, (arm, capacity)| {
            json.text("arm", arm.name());
            json.number("answers_per_s", *capacity);
        });
        json.list("loads", &report.results, |json, (load, arms)| {
            load_json(json, load, arms)
        });
    })
}

fn load_json(json: &mut Json, load: &Load, arms: &[ArmResult]) {
    json.number("rate_per_s", load.rate);
    json.number("share_of_capacity", load.share);
    json.text("origin", if load.healthy { "healthy" } else { "troubled" });
    json.list("arms", arms, arm_json);
    json.list(
        "goodput_ratios",
        goodput_ratios(arms),
        |json, (name, ratio)| {
            json.text("shorttail_to", name);
            json.number("ratio", ratio);
        },
    );
    json.list(
        "p999_ratios",
        ratios(arms),
        |json, (name, judged, strict)| {
            json.text("shorttail_to", name);
            for (kind, ratio) in [("fresh_and_errors", judged), ("not_fresh_is_error", strict)] {
                json.member(kind, |json| {
                    json.number("median", ratio.map(|ratio| ratio.median));
                    json.number("low_95", ratio.map(|ratio| ratio.low));
                    json.number("high_95", ratio.map(|ratio| ratio.high));
                    json.number("pairs", ratio.map(|ratio| ratio.pairs as f64));
                });
            }
        },
    );
}

fn arm_json(json: &mut Json, result: &ArmResult) {
    let s = &result.summary;
    let ns = |value: Option<u64>| value.map(|ns| ns as f64);
    json.text("arm", result.arm.name());
    json.number("requests", s.requests as f64);
    json.number("judged_n", s.sorted_ns.len() as f64);
    json.number("errors", s.errors as f64);
    json.number("shed", s.shed as f64);
    json.number("stale", s.stale as f64);
    json.number("fallback", s.fallback as f64);
    json.number("goodput_per_s", s.goodput);
    for (name, q) in [
        ("p50", 0.5),
        ("p90", 0.9),
        ("p99", 0.99),
        ("p999", 0.999),
        ("p9999", 0.9999),
    ] {
        json.number(&format!("{name}_ns"), ns(s.supported(q)));
        json.number(
            &format!("service_{name}_ns"),
            ns(quantile(&s.service_sorted_ns, q)),
        );
    }
    json.number("max_ns", ns(s.sorted_ns.last().copied()));
    json.number("client_lag_p99_ns", ns(quantile(&s.lag_sorted_ns, 0.99)));
    json.number("allocations", result.counts.allocations as f64);
    json.number("allocated_bytes", result.counts.bytes as f64);
    json.number("allocations_per_request", result.allocations_per_request());
    json.list(
        "allocations_by_place",
        places(&result.counts),
        |json, (place, count)| {
            json.text("place", place);
            json.number("allocations", count as f64);
        },
    );
    json.number("log_records_dropped", result.counts.log_dropped as f64);
    json.list("blocks", &result.blocks, |json, block| {
        let sorted = stats::sorted(block.samples.iter().filter_map(stats::judged_ns));
        json.number("n", sorted.len() as f64);
        json.number("p99_ns", ns(quantile(&sorted, 0.99)));
        json.number("p999_ns", ns(quantile(&sorted, 0.999)));
    });
}
