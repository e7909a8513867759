//! A stream of good and bad requests in a seeded order: what a verdict of each kind takes, and
//! whether bad input takes longer than good input of the same size.

mod classes;
mod draft;
mod pair;

use std::fmt::Write;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use shorttail::measure::trial::{Arm, Report};
use shorttail::measure::{Histogram, Snapshot};
use shorttail::time::{Clock, StdClock};

use self::classes::Class;
use self::pair::{As, INCOMPLETE, Pair, Reader};
use super::Effort;

/// Pairs of a class: three sizes by three places of the fault.
const PAIRS: usize = 18;
/// Inputs of a request of the trial.
const CALLS: u64 = 16;
const SEED: u64 = 7;

/// A class with its pairs, and what the stream has taken for them.
struct Cell {
    class: Class,
    pairs: Vec<Pair>,
    good_ns: Histogram,
    bad_ns: Histogram,
}

fn cells() -> Vec<Cell> {
    let mut reader = Reader::new();
    let cell = |class: Class| {
        let pairs: Vec<Pair> = (0..PAIRS).map(|number| class.pair(number)).collect();
        for Pair { good, bad } in &pairs {
            let (name, how) = (class.name, class.how);
            assert_eq!(
                reader.read(good, how),
                200,
                "{name}: {}",
                good.escape_ascii()
            );
            let status = reader.read(bad, how);
            assert_eq!(status, class.status, "{name}: {}", bad.escape_ascii());
        }
        Cell {
            class,
            pairs,
            good_ns: Histogram::new(),
            bad_ns: Histogram::new(),
        }
    };
    classes::all().into_iter().map(cell).collect()
}

/// Knuth's linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Reads the stream and prints a row a class.
pub(crate) fn print(quick: bool) -> io::Result<()> {
    let each = if quick { 20_000 } else { 200_000 };
    let mut cells = cells();
    let mut reader = Reader::new();
    let mut random = Random(SEED);
    let mut clock_ns = Histogram::new();
    let classes = cells.len();
    for _ in 0..each * classes * 2 {
        let cell = &mut cells[random.below(classes)];
        let pair = &cell.pairs[random.below(PAIRS)];
        let (bytes, taken_ns) = match random.below(2) {
            0 => (&pair.good, &mut cell.good_ns),
            _ => (&pair.bad, &mut cell.bad_ns),
        };
        let start_ns = StdClock.now_ns();
        let read_ns = StdClock.now_ns();
        black_box(reader.read(black_box(bytes), cell.class.how));
        taken_ns.record(StdClock.now_ns() - read_ns);
        clock_ns.record(read_ns - start_ns);
    }
    let table = table(&cells, &clock_ns.snapshot());
    println!("{table}");
    let folder = Path::new("target/shorttail/tail/http1-hostile-classes");
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("report.md"), table)
}

fn table(cells: &[Cell], clock_ns: &Snapshot) -> String {
    let clock = clock_ns.quantile(0.5).unwrap_or(0);
    let mut text = format!(
        "Times in ns, one reading of the clock in each (p50 {clock}); the ratios are without it.\
         \n\n\
         | input | answer | n | p50 | p99 | p99.9 | max \
         | its good twin: p50 | p99 | p99.9 | max | ratio of p50 | of p99 |\n"
    );
    text.push_str(&"|---".repeat(13));
    text.push_str("|\n");
    for cell in cells {
        let (bad, good) = (cell.bad_ns.snapshot(), cell.good_ns.snapshot());
        let answer = match cell.class.status {
            INCOMPLETE => "none".to_owned(),
            status => status.to_string(),
        };
        let row = format!(
            "| {} | {answer} | {} |{}|{}| {:.2} | {:.2} |",
            cell.class.name,
            bad.count(),
            percentiles(&bad),
            percentiles(&good),
            ratio(&bad, &good, 0.5, clock),
            ratio(&bad, &good, 0.99, clock),
        );
        writeln!(text, "{row}").expect("a String takes all");
    }
    text
}

/// Those with a hundred samples beyond them, and the longest.
fn percentiles(ns: &Snapshot) -> String {
    let cells = [0.5, 0.99, 0.999].map(|q| match ns.quantile(q) {
        Some(value) if ns.count() as f64 * (1.0 - q) >= 100.0 => value.to_string(),
        _ => "-".to_owned(),
    });
    format!(" {} | {} ", cells.join(" | "), ns.max())
}

fn ratio(bad: &Snapshot, good: &Snapshot, q: f64, clock_ns: u64) -> f64 {
    let [bad, good] = [bad, good].map(|ns| ns.quantile(q).unwrap_or(0).saturating_sub(clock_ns));
    bad as f64 / good.max(1) as f64
}

/// Requests that are there at once: 16 good ones, and their bad twins.
pub(crate) fn run(effort: Effort) -> Report {
    let cells: Vec<Cell> = cells()
        .into_iter()
        .filter(|cell| cell.class.how == As::Request)
        .collect();
    let chosen = |number: u64| {
        let mut random = Random(SEED ^ number);
        let cells = &cells;
        (0..CALLS).map(move |_| {
            let cell = &cells[random.below(cells.len())];
            &cell.pairs[random.below(PAIRS)]
        })
    };
    // One worker: the lock is free, and taken once a request.
    let reader = Mutex::new(Reader::new());
    let read = |bytes: &[u8]| {
        let status = reader
            .lock()
            .expect("nobody panics")
            .read(black_box(bytes), As::Request);
        black_box(status);
    };
    let good = Arm::inline("good twins", |number| {
        chosen(number).for_each(|pair| read(&pair.good));
    });
    let bad = Arm::inline("bad", |number| {
        chosen(number).for_each(|pair| read(&pair.bad));
    });
    let trial = effort.inline_trial("http1: 16 bad requests", 5_000.0);
    trial.run(&StdClock, [good, bad]).expect("sound settings")
}
