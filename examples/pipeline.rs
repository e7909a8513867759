//! Log lines are parsed by several workers and counted by one thread. The reader is faster than
//! they are, and must not fill the memory with what they have not got to: each queue has its
//! capacity, and a stage that is behind stops the one before it. A batch costs one claim, and the
//! end of the input runs through the stages by itself, as each drops its sender.
//!
//! Run: `cargo run --release --example pipeline`. Last line: `counted 100000 lines: 79999 good,
//! 19999 slow, 2 unreadable`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::thread;

use shorttail::channel::{Receiver, Sender, bounded};

const LINES: usize = 100_000;
const PARSERS: usize = 3;
/// What a stage takes at a time.
const BATCH: usize = 32;

enum Line {
    Good,
    Slow,
    Unreadable,
}

/// The input: a status and what the answer took.
fn read(to: &Sender<String>) {
    for number in 0..LINES {
        let line = match number {
            12_345 | 67_890 => String::from("\u{fffd}"),
            _ => format!("200 {}ms", number % 100),
        };
        // Waits while the parsers are behind. An error: they are all gone.
        if to.send(line).is_err() {
            return;
        }
    }
}

fn parse(line: &str) -> Line {
    let took = line.strip_prefix("200 ").and_then(|rest| {
        let ms = rest.strip_suffix("ms")?;
        ms.parse::<u32>().ok()
    });
    match took {
        Some(0..80) => Line::Good,
        Some(_) => Line::Slow,
        None => Line::Unreadable,
    }
}

/// One of the parsers: a batch in, a batch out.
fn work(from: &Receiver<String>, to: &Sender<Line>) {
    let mut batch = Vec::with_capacity(BATCH);
    // It never takes more than the room in the vector, so that this never grows.
    while from.recv_many(&mut batch, BATCH).is_ok() {
        for line in batch.drain(..) {
            if to.send(parse(&line)).is_err() {
                return;
            }
        }
    }
}

fn main() {
    let (lines_tx, lines) = bounded(256);
    let (parsed_tx, parsed) = bounded(64);
    let (mut good, mut slow, mut unreadable) = (0, 0, 0);
    thread::scope(|scope| {
        scope.spawn(move || read(&lines_tx));
        for _ in 0..PARSERS {
            let (from, to) = (lines.clone(), parsed_tx.clone());
            scope.spawn(move || work(&from, &to));
        }
        // The parsers have clones; with ours the last stage would wait for ever.
        drop((lines, parsed_tx));
        for line in &parsed {
            match line {
                Line::Good => good += 1,
                Line::Slow => slow += 1,
                Line::Unreadable => unreadable += 1,
            }
        }
    });
    println!("the last queue: {:?}", parsed.stats());
    println!(
        "counted {} lines: {good} good, {slow} slow, {unreadable} unreadable",
        good + slow + unreadable
    );
}
