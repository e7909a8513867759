//! shorttail and its peers, interleaved in one run: nanoseconds an operation and allocations.
//!
//! `cargo run --release --manifest-path benches/vs/Cargo.toml -- [--quick] [block ...]`

mod arena;
mod cache;
mod channel;
mod histogram;
mod http1;
mod pool;
mod run;

use std::process::ExitCode;

use run::{Cell, Effort};
use shorttail::measure::AllocGuard;

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

type Cells = fn() -> Vec<Cell>;

const BLOCKS: [(&str, Cells); 6] = [
    ("arena", arena::cells),
    ("cache", cache::cells),
    ("channel", channel::cells),
    ("histogram", histogram::cells),
    ("http1", http1::cells),
    ("pool", pool::cells),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let chosen: Vec<&String> = words.iter().filter(|word| *word != "--quick").collect();
    for word in &chosen {
        if !BLOCKS.iter().any(|(name, _)| name == word) {
            let names = BLOCKS.map(|(name, _)| name).join(", ");
            eprintln!("no block {word}; there are {names}, and --quick");
            return ExitCode::from(2);
        }
    }
    let effort = if words.iter().any(|word| word == "--quick") {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    for (name, cells) in BLOCKS {
        if chosen.is_empty() || chosen.iter().any(|word| *word == name) {
            cells().iter_mut().for_each(|cell| cell.print(effort));
        }
    }
    ExitCode::SUCCESS
}
