//! A service's own tail test in CI: a change that makes the slow requests slower does not merge.
//!
//! Copy it, put your handler before and after the change in place of `handle`, and run it as a job:
//! the exit status is 0 for a pass (and for what is inconclusive, which is printed), 1 for a
//! regression, 2 for a run that cannot be judged. Each run adds a row to a ledger, of which the
//! change log's table is made, and the targets of production become its alert rules.
//!
//! Run: `cargo run --release --features trial --example tail_gate`, with
//! `-- gate` to end with the verdict's exit status,
//! `-- table` to print the ledger as a table,
//! `-- rules` to print the alert rules.
//!
//! Without an argument it gates a planted regression, and fails if that gets through.
//! Last line: `planted: one request in five reads its settings again: regression, exit status 1`
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use shorttail::measure::trial::{
    Arm, Plan, Report, Target, Trial, Verdict, alert_rules, impact_table,
};
use shorttail::time::{Clock, StdClock};

const FOLDER: &str = "target/shorttail/tail_gate";

/// What users are promised. In production the alert rules watch it; here it is a budget for a
/// machine that is slower than production's.
const TARGETS: [Target; 2] = [
    Target::new(0.95, 50_000_000),
    Target::new(0.99, 250_000_000),
];

/// Some work of the processor for so long.
fn spin(ns: u64) {
    let end_ns = StdClock.now_ns() + ns;
    while StdClock.now_ns() < end_ns {
        std::hint::spin_loop();
    }
}

/// The handler: 20 µs. As planted, one request in five reads its settings again.
fn handle(request: u64, is_planted: bool) {
    spin(20_000);
    if is_planted && request % 5 == 0 {
        spin(200_000);
    }
}

/// Both handlers in turn under the same arrivals. Judged is the time from each request's start: CI
/// machines are too busy for drivers that are punctual to the microsecond.
fn compare(is_planted: bool, pairs: usize) -> Result<Report, Box<dyn Error>> {
    let mut trial = Trial::new("handler", Plan::poisson(4_000.0))
        .block_ns(150_000_000)
        .pairs(pairs)
        .limit_service(0.9, 1.5)
        .limit_service(0.99, 2.0);
    for target in TARGETS {
        trial = trial.target_service(target);
    }
    let arms = [
        Arm::inline("main", |request| handle(request, false)),
        Arm::inline("change", |request| handle(request, is_planted)),
    ];
    Ok(trial.run(&StdClock, arms)?)
}

/// The commit under test, as CI knows it.
fn build() -> String {
    env::var("GITHUB_SHA").unwrap_or_else(|_| "local".to_owned())
}

/// What the library takes where nothing else is said: half a minute here. Its rates of false alarms
/// are those of one run of so many. To run again until the verdict is one's own makes them worse.
const PAIRS: [usize; 1] = [40];

/// For the plant, which makes a request in five eleven times as long: a few pairs show that, and
/// more are only run where a busy machine lets nothing be sure.
const PAIRS_OF_PLANT: [usize; 4] = [12, 24, 48, 48];

/// Runs the gate, with the next of `pairs` while nothing is sure or nothing was calm, and leaves
/// the last run's files.
fn gate(is_planted: bool, pairs: &[usize]) -> Result<Verdict, Box<dyn Error>> {
    let mut report = compare(is_planted, pairs[0])?;
    for more in &pairs[1..] {
        if !matches!(report.verdict, Verdict::Pass | Verdict::Regression) {
            report = compare(is_planted, *more)?;
        }
    }
    println!("{}", report.markdown());
    let folder = Path::new(FOLDER);
    report.write_to(folder)?;
    report.append_to(&folder.join("ledger.jsonl"), &build())?;
    Ok(report.verdict)
}

/// What went wrong is no regression: the run cannot be judged.
fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let ledger = Path::new(FOLDER).join("ledger.jsonl");
    match env::args().nth(1).as_deref() {
        Some("gate") => {
            let verdict = gate(false, &PAIRS)?;
            println!("{verdict}");
            return Ok(verdict.exit_code());
        }
        Some("table") => print!("{}", impact_table(&fs::read_to_string(ledger)?)?),
        Some("rules") => {
            let metric = "http_request_duration_seconds";
            print!("{}", alert_rules("handler", metric, &TARGETS)?);
        }
        _ => {
            let verdict = gate(true, &PAIRS_OF_PLANT)?;
            assert_eq!(verdict, Verdict::Regression);
            let (plant, status) = (
                "one request in five reads its settings again",
                verdict.status(),
            );
            println!("planted: {plant}: {verdict}, exit status {status}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
