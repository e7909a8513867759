//! Bars, each beside what was measured and whether it is met.

use std::fmt::{Display, Write};
use std::io;
use std::path::Path;

use shorttail::measure::trial::{Environment, Report, Verdict};
use shorttail::measure::{Histogram, Snapshot};

use super::others::Others;

/// A percentile has as many samples beyond it, or is said to have few.
const BEYOND: f64 = 100.0;

/// What a scenario is held to. What it says is printed and written when it is finished.
pub(crate) struct Bounds {
    name: String,
    table: String,
    not_met: u32,
    others: Others,
}

impl Bounds {
    /// Of the scenario that begins now.
    pub(crate) fn of(name: String) -> Self {
        Self {
            name,
            table: "| what | bar | measured | n | verdict |\n|---|---|---|---|---|\n".to_owned(),
            not_met: 0,
            others: Others::start(),
        }
    }

    fn row(&mut self, what: &str, bar: &str, measured: &str, n: u64, met: Option<bool>) {
        let word = match met {
            Some(true) => "met",
            Some(false) => "NOT met",
            None => "",
        };
        self.not_met += u32::from(met == Some(false));
        let row = format!("| {what} | {bar} | {measured} | {n} | {word} |");
        writeln!(self.table, "{row}").expect("a String takes all");
    }

    /// A count that is to be this one.
    pub(crate) fn exactly(&mut self, what: &str, bar: u64, measured: u64, n: u64) {
        let met = measured == bar;
        self.row(what, &bar.to_string(), &measured.to_string(), n, Some(met));
    }

    /// A value that is to be no more.
    pub(crate) fn at_most<T: Display + PartialOrd>(
        &mut self,
        what: &str,
        bar: T,
        measured: T,
        n: u64,
    ) {
        let met = measured <= bar;
        let bar = format!("≤ {bar}");
        self.row(what, &bar, &measured.to_string(), n, Some(met));
    }

    /// A percentile that is to be no more; 1 stands for the maximum.
    pub(crate) fn within(&mut self, what: &str, q: f64, bar_ns: u64, ns: &Snapshot) {
        let Some(seen_ns) = ns.quantile(q) else {
            let (what, bar) = (named(what, q), format!("≤ {} µs", micros(bar_ns)));
            return self.row(&what, &bar, "nothing", 0, Some(false));
        };
        let few = q < 1.0 && (ns.count() as f64 * (1.0 - q)) < BEYOND - 1e-6;
        let measured = format!(
            "{} µs{}",
            micros(seen_ns),
            if few { ", of few samples" } else { "" }
        );
        let bar = format!("≤ {} µs", micros(bar_ns));
        let met = Some(seen_ns <= bar_ns);
        self.row(&named(what, q), &bar, &measured, ns.count(), met);
    }

    /// What a trial judged, by its own verdict: the service time at p99, to the base's.
    pub(crate) fn judged(&mut self, what: &str, report: &Report) {
        let ratio = report.service_ratios.iter().find(|ratio| ratio.q == 0.99);
        let measured = ratio.map_or_else(
            || "nothing".to_owned(),
            |ratio| {
                let typical = ratio.typical.unwrap_or(ratio.whole);
                let (low, high) = (typical.low, typical.high);
                format!("{:.3} times ({low:.3} to {high:.3})", typical.ratio)
            },
        );
        let n = report.arms.iter().map(|arm| arm.service_ns.count()).sum();
        let met = match &report.verdict {
            Verdict::Pass => Some(true),
            Verdict::Regression => Some(false),
            _ => None,
        };
        let measured = match met {
            Some(_) => measured,
            None => format!("{measured}; {}", report.verdict),
        };
        self.row(&format!("{what}: p99"), "≤ 1.1 times", &measured, n, met);
    }

    /// Percentiles without a bar.
    pub(crate) fn times(&mut self, what: &str, ns: &Snapshot) {
        let words: Vec<String> = [0.5, 0.99, 0.999, 1.0]
            .map(|q| ns.quantile(q).map_or_else(|| "-".to_owned(), micros))
            .into();
        let what = format!("{what}: p50, p99, p99.9, max");
        let measured = format!("{} µs", words.join(", "));
        self.row(&what, "", &measured, ns.count(), None);
    }

    /// Something to know, without a bar.
    pub(crate) fn told(&mut self, what: &str, measured: &str, n: u64) {
        self.row(what, "", measured, n, None);
    }

    /// Prints all, and writes it to `target/shorttail/tail/<name>/bars.md`.
    pub(crate) fn finish(self) -> io::Result<()> {
        let Environment {
            cpu,
            cpus,
            rustc,
            date,
            commit,
            ..
        } = Environment::read();
        let or_unknown = |word: Option<String>| word.unwrap_or_else(|| "unknown".to_owned());
        let text = format!(
            "# {}\n\n{}, {cpus} processors; {}; {date}; commit {}; {}\n\n{}\n{} bars not met\n",
            self.name,
            or_unknown(cpu),
            or_unknown(rustc),
            or_unknown(commit),
            self.others.end(),
            self.table,
            self.not_met
        );
        println!("{text}");
        let folder = Path::new("target/shorttail/tail").join(&self.name);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("bars.md"), text)
    }
}

/// All of them in a histogram.
pub(crate) fn collected(values_ns: impl Iterator<Item = u64>) -> Snapshot {
    let mut histogram = Histogram::new();
    values_ns.for_each(|ns| histogram.record(ns));
    histogram.snapshot()
}

fn named(what: &str, q: f64) -> String {
    match q {
        1.0 => format!("{what}: max"),
        q => format!("{what}: p{}", (q * 1e4).round() / 100.0),
    }
}

fn micros(ns: u64) -> String {
    match ns {
        0..10_000 => format!("{:.2}", ns as f64 / 1e3),
        _ => format!("{:.0}", ns as f64 / 1e3),
    }
}
