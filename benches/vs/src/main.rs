//! shorttail and its peers, interleaved in one run.
//!
//! `cargo run --release --manifest-path benches/vs/Cargo.toml -- WORDS`, where the words are
//! `--quick`, `--solo`, `--team`, `--trial`, `--wait`, `--only TEXT`, `--csv FILE` and names of
//! blocks.

mod arena;
mod bench;
mod burners;
mod cache;
mod channel;
mod choice;
mod course;
mod crew;
mod histogram;
mod http1;
mod meeting;
#[path = "../../tail/others.rs"]
mod others;
mod pool;
mod quantile;
mod sheet;
mod solo;
mod spread;
mod team;
mod usage;
mod verdict;
mod workers;

use std::process::ExitCode;

use bench::Bench;
use choice::Choice;
use sheet::Sheet;
use shorttail::measure::AllocGuard;
use shorttail::measure::trial::Environment;

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

type Block = fn(&mut Bench);

const BLOCKS: [(&str, Block); 6] = [
    ("arena", arena::run),
    ("cache", cache::run),
    ("channel", channel::run),
    ("histogram", histogram::run),
    ("http1", http1::run),
    ("pool", pool::run),
];

/// Run only when they are named: they take long.
const NAMED: [(&str, Block); 18] = [
    ("cache-read", cache::run_reads),
    ("cache-churn", cache::run_churn),
    ("cache-storm", cache::run_storms),
    ("cache-slow", cache::run_slow),
    ("cache-memory", cache::run_memory),
    ("cache-load", cache::run_loads),
    ("stampede", cache::run_stampede),
    ("channel-open", channel::run_open),
    ("channel-stall", channel::run_stall),
    ("channel-full", channel::run_full),
    ("channel-wake", channel::run_wake),
    ("channel-tasks", channel::run_tasks),
    ("channel-shares", channel::run_shares),
    ("channel-meet", channel::run_meet),
    ("pool-stall", pool::run_stall),
    ("workers", workers::run),
    ("workers-cores", workers::run_cores),
    ("workers-hot", workers::run_hot),
];

fn main() -> ExitCode {
    let names: Vec<&str> = BLOCKS.iter().chain(&NAMED).map(|(name, _)| *name).collect();
    let choice = match Choice::of(std::env::args().skip(1), &names) {
        Ok(choice) => choice,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let header = header();
    println!("{header}");
    let sheet = match Sheet::new(choice.csv.as_deref(), &header) {
        Ok(sheet) => sheet,
        Err(error) => {
            eprintln!("the file of --csv: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut bench = Bench {
        effort: choice.effort,
        only: choice.only.clone(),
        sheet,
    };
    for (name, run) in BLOCKS {
        if choice.takes(name) {
            run(&mut bench);
        }
    }
    for (name, run) in NAMED {
        if choice.names(name) {
            run(&mut bench);
        }
    }
    ExitCode::SUCCESS
}

/// Where, when and how the run is made.
fn header() -> String {
    let Environment {
        cpu,
        cpus,
        rustc,
        date,
        commit,
        ..
    } = Environment::read();
    let or_unknown = |word: Option<String>| word.unwrap_or_else(|| "unknown".to_owned());
    let words: Vec<String> = std::env::args().skip(1).collect();
    format!(
        "{}, {cpus} cores; {}; {date}; commit {}; vs {}",
        or_unknown(cpu),
        or_unknown(rustc),
        or_unknown(commit),
        words.join(" ")
    )
}
