//! `ledger.jsonl`: one line a run, and the table of percentile impacts that it makes.

use core::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::figure::Figure;
use super::json::{Json, OBJECT, QUANTILES, verdict};
use super::report::Report;
use super::row::Row;
use super::stats::supported;
use super::text::{escaped, micros};
use super::verdict::Verdict;
use crate::measure::Snapshot;

/// Raised when a name goes or changes its meaning; new names leave it.
const SCHEMA_VERSION: u64 = 1;

/// What a row tells.
pub(crate) struct Entry<'a> {
    pub(crate) date: &'a str,
    pub(crate) build: &'a str,
    pub(crate) trial: &'a str,
    /// Of base and candidate, as the next.
    pub(crate) names: [&'a str; 2],
    pub(crate) figure: &'a str,
    /// As [`Environment::machine`](super::Environment::machine) has it.
    pub(crate) machine: &'a str,
    /// A request's, of base and candidate, if they were counted.
    pub(crate) allocs: Option<[f64; 2]>,
    pub(crate) sides: [&'a Snapshot; 2],
    /// Of a percentile, and the ends of its 95 % interval; `None` if it is not known.
    pub(crate) ratio: &'a dyn Fn(f64) -> Option<[f64; 3]>,
    pub(crate) verdict: &'a Verdict,
}

impl Entry<'_> {
    /// One line of JSON. No line break at its end.
    pub(crate) fn row(&self) -> String {
        let [base, candidate] = self.names;
        let mut json = Json::new();
        json.nest("", OBJECT, |json| {
            json.count("ledger_version", SCHEMA_VERSION);
            json.text("date", Some(self.date));
            json.text("build", Some(self.build));
            json.text("trial", Some(self.trial));
            json.text("base", Some(base));
            json.text("candidate", Some(candidate));
            json.text("figure", Some(self.figure));
            json.text("machine", Some(self.machine));
            let [base, candidate] = self.allocs.unwrap_or([f64::NAN; 2]);
            json.number("base_allocs", base);
            json.number("candidate_allocs", candidate);
            json.count("n", self.sides[1].count());
            for (name, q) in QUANTILES {
                for (side, seen) in ["base", "candidate"].into_iter().zip(self.sides) {
                    json.count(&format!("{side}_{name}_ns"), supported(seen, q));
                }
                let [ratio, low, high] = (self.ratio)(q).unwrap_or([f64::NAN; 3]);
                json.number(&format!("ratio_{name}"), ratio);
                json.number(&format!("ratio_{name}_low_95"), low);
                json.number(&format!("ratio_{name}_high_95"), high);
            }
            verdict(json, self.verdict);
        });
        json.into_text()
    }
}

impl Report {
    /// The run as one line of JSON: date, build, machine, allocations a request if they were
    /// [counted](Self::allocs), percentiles of both arms, ratios with their 95 % intervals over all
    /// groups merged, verdict. No line break at its end. Allocates.
    /// For an example see [`impact_table`].
    ///
    /// The percentiles are those of the first limit's figure.
    #[must_use]
    pub fn ledger_row(&self, build: &str) -> String {
        let figure = self.judged.first().map_or(Figure::Latency, |it| it.figure);
        let ratios = match figure {
            Figure::Latency => &self.ratios,
            Figure::Service => &self.service_ratios,
        };
        let ratio = |q| {
            let ratio = ratios.iter().find(|ratio| ratio.q == q)?;
            Some([ratio.whole.ratio, ratio.whole.low, ratio.whole.high])
        };
        let [base, candidate] = &self.arms;
        let entry = Entry {
            date: &self.environment.date,
            build,
            trial: &self.name,
            names: [&base.name, &candidate.name],
            figure: &figure.to_string(),
            machine: &self.environment.machine(),
            allocs: self.allocs,
            sides: [figure.of_arm(base), figure.of_arm(candidate)],
            ratio: &ratio,
            verdict: &self.verdict,
        };
        entry.row()
    }

    /// Adds the [row](Self::ledger_row) to the ledger at `path`, which is made if it is not there.
    /// Allocates, and waits for the file system. For an example see `examples/tail_gate.rs`.
    ///
    /// One write in append mode, so that rows of runs side by side do not mix. A last row that was
    /// cut off, as by a full disk, is ended first and stays alone in its line.
    ///
    /// # Errors
    /// What the file system gives.
    pub fn append_to(&self, path: &Path, build: &str) -> io::Result<()> {
        append_row(path, &self.ledger_row(build))
    }
}

/// As [`append_to`](Report::append_to).
pub(crate) fn append_row(path: &Path, row: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).read(true).open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let before = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{before}{row}\n").as_bytes())
}

/// A ledger with a line that is no row of it.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::impact_table;
///
/// let error = impact_table("{\"build\":7}\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 1 is no row of a ledger");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerError {
    /// The line's number, from 1.
    pub line: usize,
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is no row of a ledger", self.line)
    }
}

impl core::error::Error for LedgerError {}

/// The percentiles of the table.
const SHOWN: [(&str, &str); 4] = [
    ("p50", "p50"),
    ("p95", "p95"),
    ("p99", "p99"),
    ("p999", "p99.9"),
];

/// The percentile impact of each run in the text of a ledger, as a table in Markdown: for a change
/// log. Times in microseconds, the ratio with its 95 % interval, allocations a request. Empty lines
/// are passed over.
///
/// # Errors
/// With the first line that is no row of a ledger.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::{Arm, Plan, Trial, impact_table};
/// use shorttail::time::MockClock;
///
/// let clock = MockClock::new();
/// let arm = |name, ns| {
///     let clock = &clock;
///     Arm::inline(name, move |_| clock.advance(std::time::Duration::from_nanos(ns)))
/// };
/// let trial = Trial::new("parse", Plan::uniform(10_000.0)).pairs(6);
/// let report = trial.run(&clock, [arm("old", 2_000), arm("new", 1_000)])?;
/// let table = impact_table(&report.ledger_row("v1.2"))?;
/// assert!(table.contains("| v1.2 | parse, latency | 2.00 → 1.00 (0.500, 0.500 to 0.500) |"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn impact_table(ledger: &str) -> Result<String, LedgerError> {
    let names = SHOWN.map(|(_, name)| format!(" {name}, µs |")).concat();
    let mut table = format!("| date | build | trial |{names} allocations | n | verdict |\n");
    table += "|---|---|---|---|---|---|---|---|---|---|\n";
    let lines = ledger.lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let row = Row::parse(line).and_then(|row| table_row(&row));
        table += &row.ok_or(LedgerError { line: index + 1 })?;
    }
    Ok(table)
}

fn table_row(row: &Row) -> Option<String> {
    if row.number("ledger_version")? != 1.0 {
        return None;
    }
    let [date, build, trial, figure, verdict] =
        ["date", "build", "trial", "figure", "verdict"].map(|name| row.text(name));
    let day = date?.get(..10).unwrap_or("unknown");
    let impact = |(key, _): (&str, &str)| impact(row, key).unwrap_or_else(|| "n/a".to_owned());
    let [build, trial, verdict] = [build?, trial?, verdict?].map(escaped);
    let (impacts, n) = (SHOWN.map(impact).join(" | "), row.number("n")?);
    let (day, figure) = (escaped(day), escaped(figure?));
    let allocs = row
        .number("base_allocs")
        .zip(row.number("candidate_allocs"));
    let allocs = allocs.map_or_else(
        || "n/a".to_owned(),
        |(base, candidate)| format!("{base} → {candidate}"),
    );
    Some(format!(
        "| {day} | {build} | {trial}, {figure} | {impacts} | {allocs} | {n} | {verdict} |\n"
    ))
}

/// Base and candidate, and the ratio as far as there is one.
fn impact(row: &Row, key: &str) -> Option<String> {
    let time = |side: &str| Some(micros(row.number(&format!("{side}_{key}_ns"))? as u64));
    let times = format!("{} → {}", time("base")?, time("candidate")?);
    let number = |name: String| row.number(&name);
    let ratio = number(format!("ratio_{key}"));
    let (low, high) = (
        number(format!("ratio_{key}_low_95")),
        number(format!("ratio_{key}_high_95")),
    );
    let all = ratio.zip(low.zip(high));
    Some(match all {
        Some((ratio, (low, high))) => format!("{times} ({ratio:.3}, {low:.3} to {high:.3})"),
        None => times,
    })
}
