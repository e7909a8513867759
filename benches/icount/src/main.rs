//! Instructions a call takes on one thread, held to a limit: they are the same in every run of one
//! program, on a busy machine as on a quiet one.
//!
//! `cargo run --release --manifest-path benches/icount/Cargo.toml [-- PATTERN]`: the rows whose
//! name has the pattern in it. Exit code 0: within the limits, or valgrind is not installed, which
//! is said; 1: a row is above its limit; 2: not counted.
//!
//! Each row is run twice by `valgrind --tool=callgrind`, with a different number of calls; what the
//! second takes more is the calls'. A limit belongs to the compiler (rustc 1.95) and options of
//! this package, and those of heads to a processor with AVX2: they are left out where there is
//! none.

mod cells;
mod decisions;

use std::env;
use std::process::{Command, ExitCode, Stdio};

use cells::Cell;

const FEW: u64 = 1_024;
const MANY: u64 = 3 * FEW;

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let first = args.next().unwrap_or_default();
    if first == "--run" {
        let (name, calls) = (args.next(), args.next());
        let calls = calls.and_then(|calls| calls.parse().ok());
        return run(&name.unwrap_or_default(), calls.unwrap_or(FEW));
    }
    let Some(version) = valgrind() else {
        println!("skipped: valgrind is not installed (Debian: apt-get install valgrind)");
        return ExitCode::SUCCESS;
    };
    println!("{version}; instructions a call, limit\n");
    let named = cells::all()
        .into_iter()
        .filter(|cell| cell.name.contains(&first));
    let (chosen, skipped): (Vec<_>, Vec<_>) = named.partition(is_of_this_processor);
    if !skipped.is_empty() {
        println!("skipped: {} rows of a processor with AVX2", skipped.len());
    }
    let counted = chosen.into_iter().map(|cell| (count(&cell), cell));
    let rows: Vec<_> = counted.collect();
    let mut code = u8::from(rows.is_empty() && skipped.is_empty()) * 2;
    for (counted, cell) in &rows {
        let Some(each) = *counted else {
            println!("{:44} not counted", cell.name);
            code = 2;
            continue;
        };
        let above = each > cell.limit;
        println!(
            "{:44} {each:>8.1} {:>8.0}{}",
            cell.name,
            cell.limit,
            mark(above)
        );
        code = code.max(u8::from(above));
    }
    ExitCode::from(code)
}

fn is_of_this_processor(cell: &Cell) -> bool {
    #[cfg(target_arch = "x86_64")]
    let has_avx2 = is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let has_avx2 = false;
    has_avx2 || !cell.name.starts_with("http1:")
}

const fn mark(above: bool) -> &'static str {
    if above { "  ABOVE" } else { "" }
}

/// Calls the cell, where valgrind counts.
fn run(name: &str, calls: u64) -> ExitCode {
    let Some(cell) = cells::all().into_iter().find(|cell| cell.name == name) else {
        eprintln!("no such row: {name}");
        return ExitCode::from(2);
    };
    let mut call = (cell.make)();
    for _ in 0..calls {
        call();
    }
    ExitCode::SUCCESS
}

fn valgrind() -> Option<String> {
    let output = Command::new("valgrind").arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| version.trim().to_owned())
}

/// Instructions of one call.
fn count(cell: &Cell) -> Option<f64> {
    let (few, many) = (total(cell.name, FEW)?, total(cell.name, MANY)?);
    Some((many.checked_sub(few)?) as f64 / (MANY - FEW) as f64)
}

/// Instructions of a process that makes so many calls.
fn total(name: &str, calls: u64) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().ok()?)
        .args(["--run", name, &calls.to_string()])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let told = String::from_utf8(output.stderr).ok()?;
    let counted = told
        .lines()
        .find_map(|line| line.split("Collected :").nth(1))?;
    counted
        .trim()
        .parse()
        .ok()
        .filter(|_| output.status.success())
}
