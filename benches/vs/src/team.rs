//! Several threads, closed loop: each contender's threads hammer it for a turn, in rounds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shorttail::measure::{AllocCounts, Snapshot, process_allocs};

use crate::bench::{self, Bench, Rounds};
use crate::course::{Course, EVERY, Signal, TOLD};
use crate::meeting::{Errand, Meeting};
use crate::quantile::{QUANTILES, supported};
use crate::sheet::{Of, Sheet};
use crate::spread::Spread;

/// How long the threads of a turn may go on after they were told to stop.
const LIMIT: Duration = Duration::from_secs(5);

/// What one thread does in a turn.
pub(crate) type Body = Box<dyn FnOnce(&mut Course) + Send>;

/// The threads of the next turn.
pub(crate) type Muster = Box<dyn FnMut() -> Vec<Body>>;

/// Contenders that do the same work; the first is shorttail's.
pub(crate) struct Team {
    name: &'static str,
    contenders: Vec<Contender>,
    detail: Option<Detail>,
}

/// What else a team's bodies tell, beside the calls and the operations: a line more a contender.
#[derive(Clone, Copy)]
pub(crate) struct Detail {
    /// Of every so many calls of a kind one is timed.
    pub(crate) every: u64,
    /// The second kind of call.
    pub(crate) second: &'static str,
    /// A name of each thing that is told of, and which thing it is a share of; none: of the
    /// operations.
    pub(crate) told: &'static [(&'static str, Option<usize>)],
}

struct Contender {
    name: &'static str,
    muster: Muster,
    /// Million operations a second, one a turn.
    rates: Vec<f64>,
    operations: u64,
    allocs: AllocCounts,
    calls_ns: Snapshot,
    second_calls_ns: Snapshot,
    told: [u64; TOLD],
    is_over_limit: bool,
}

impl Team {
    pub(crate) fn new(name: &'static str, contenders: Vec<(&'static str, Muster)>) -> Self {
        let contenders = contenders.into_iter().map(|(name, muster)| Contender {
            name,
            muster,
            rates: Vec::new(),
            operations: 0,
            allocs: AllocCounts::default(),
            calls_ns: Snapshot::new(),
            second_calls_ns: Snapshot::new(),
            told: [0; TOLD],
            is_over_limit: false,
        });
        Self {
            name,
            contenders: contenders.collect(),
            detail: None,
        }
    }

    pub(crate) const fn with(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Runs the cell and prints a row a contender.
    pub(crate) fn run(mut self, bench: &mut Bench) {
        if !bench.effort.kinds.team || !bench.takes(self.name) {
            return;
        }
        let Rounds { rounds, turn_ns } = bench.effort.team;
        let turn = Duration::from_nanos(turn_ns);
        let every = self.detail.map_or(EVERY, |detail| detail.every);
        for contender in &mut self.contenders {
            contender.turn(turn, every);
            contender.forget();
        }
        let others = bench.begin();
        bench::in_turn(rounds, &mut self.contenders, |who, _| who.turn(turn, every));
        let others = others.end();
        println!("\n{}, n = {rounds} rounds, {others}", self.name);
        println!(
            "contender                M op/s   (min to max)   / shorttail   allocs/op   \
             p50, p99, p99.9, p99.99 ns of a call"
        );
        let ours = &self.contenders[0].rates;
        for contender in &self.contenders {
            contender.print(self.name, ours, &mut bench.sheet);
            if let Some(detail) = self.detail.filter(|_| !contender.is_over_limit) {
                contender.print_detail(self.name, detail, &mut bench.sheet);
            }
        }
        bench.sheet.add_others(self.name, others);
    }
}

impl Contender {
    fn turn(&mut self, turn: Duration, every: u64) {
        if self.is_over_limit {
            return;
        }
        let Some(ran) = Turn::run((self.muster)(), turn, every) else {
            self.is_over_limit = true;
            return;
        };
        self.rates
            .push(ran.operations as f64 * 1e3 / ran.took.as_nanos() as f64);
        self.operations += ran.operations;
        self.allocs = self.allocs + ran.allocs;
        self.calls_ns.merge(&ran.calls_ns);
        self.second_calls_ns.merge(&ran.second_calls_ns);
        for (all, told) in self.told.iter_mut().zip(ran.told) {
            *all += told;
        }
    }

    /// Leaves out the turn that warmed up.
    fn forget(&mut self) {
        self.rates.clear();
        self.operations = 0;
        self.allocs = AllocCounts::default();
        self.calls_ns = Snapshot::new();
        self.second_calls_ns = Snapshot::new();
        self.told = [0; TOLD];
    }

    fn print(&self, cell: &str, ours: &[f64], sheet: &mut Sheet) {
        let of = Of {
            cell,
            contender: self.name,
            n: self.operations,
            rounds: self.rates.len(),
        };
        if self.is_over_limit {
            let limit = LIMIT.as_secs();
            println!("{:<22}over the limit of {limit} s in a turn", self.name);
            sheet.add_word(of, "over the limit", &format!("{limit} s"));
            return;
        }
        let rate = Spread::of(self.rates.iter().copied());
        let slower = self.rates.iter().zip(ours);
        let ratio = Spread::of(slower.map(|(theirs, ours)| ours / theirs));
        let allocs = (self.allocs.allocs + self.allocs.reallocs) as f64 / self.operations as f64;
        println!(
            "{:<22}{:>9.3}   ({:.3} to {:.3}){:>10.2}{allocs:>12.3}   {}",
            self.name,
            rate.median,
            rate.min,
            rate.max,
            ratio.median,
            percentiles(&self.calls_ns)
        );
        sheet.add(of, "median", rate.median, "M op/s");
        sheet.add(of, "min", rate.min, "M op/s");
        sheet.add(of, "max", rate.max, "M op/s");
        sheet.add(of, "ratio to shorttail", ratio.median, "");
        sheet.add(of, "allocs", allocs, "1/op");
        add_percentiles(of, "", &self.calls_ns, sheet);
    }

    fn print_detail(&self, cell: &str, detail: Detail, sheet: &mut Sheet) {
        let of = Of {
            cell,
            contender: self.name,
            n: self.operations,
            rounds: self.rates.len(),
        };
        let second = percentiles(&self.second_calls_ns);
        let mut line = format!("    {}: {second}", detail.second);
        add_percentiles(of, detail.second, &self.second_calls_ns, sheet);
        for (which, (name, whole)) in detail.told.iter().enumerate() {
            let whole = whole.map_or(self.operations, |whole| self.told[whole]);
            let percent = 100.0 * self.told[which] as f64 / whole as f64;
            line += &format!("; {name} {percent:.3} % of {whole}");
            sheet.add(Of { n: whole, ..of }, name, percent, "%");
        }
        println!("{line}");
    }
}

fn add_percentiles(of: Of<'_>, kind: &str, calls_ns: &Snapshot, sheet: &mut Sheet) {
    let of = Of {
        n: calls_ns.count(),
        ..of
    };
    for (name, q) in quantiles() {
        if let Some(ns) = supported(calls_ns, q, BEYOND) {
            let name = format!("{kind} {name}");
            sheet.add(of, name.trim_start(), ns as f64, "ns/call");
        }
    }
}

/// So many timed calls lie beyond a percentile that is printed.
const BEYOND: u64 = 10;

fn quantiles() -> impl Iterator<Item = (&'static str, f64)> {
    QUANTILES.into_iter().chain([("p99.99", 0.9999)])
}

fn percentiles(calls_ns: &Snapshot) -> String {
    let word =
        |(_, q)| supported(calls_ns, q, BEYOND).map_or_else(|| "-".to_owned(), |ns| ns.to_string());
    let words: Vec<String> = quantiles().map(word).collect();
    format!("{} (n = {})", words.join(", "), calls_ns.count())
}

/// One turn of one contender.
struct Turn {
    took: Duration,
    operations: u64,
    allocs: AllocCounts,
    calls_ns: Snapshot,
    second_calls_ns: Snapshot,
    told: [u64; TOLD],
}

struct Ended {
    end: Instant,
    course: Course,
}

impl Turn {
    /// `None` if the threads have not ended by the limit; they are left behind then.
    fn run(bodies: Vec<Body>, turn: Duration, every: u64) -> Option<Self> {
        let signal = Arc::new(Signal::default());
        let errand = |body: Body| -> Errand<Ended> {
            let mut course = Course::new(&signal, every);
            Box::new(move || {
                body(&mut course);
                let end = Instant::now();
                Ended { end, course }
            })
        };
        let meeting = Meeting::call(bodies.into_iter().map(errand).collect());
        meeting.go();
        std::thread::sleep(turn / 2);
        let before = process_allocs();
        signal.count();
        std::thread::sleep(turn);
        signal.stop();
        let ended = meeting.end(LIMIT)?;
        let allocs = process_allocs() - before;
        Self::of(&ended, allocs)
    }

    /// `None` if no thread got as far as to count.
    fn of(ended: &[Ended], allocs: AllocCounts) -> Option<Self> {
        let start = ended.iter().filter_map(|ended| ended.course.start()).min();
        let end = ended.iter().map(|ended| ended.end).max();
        let (mut calls_ns, mut second_calls_ns) = (Snapshot::new(), Snapshot::new());
        let mut told = [0; TOLD];
        for Ended { course, .. } in ended {
            calls_ns.merge(&course.calls_ns());
            second_calls_ns.merge(&course.second_calls_ns());
            for (all, told) in told.iter_mut().zip(course.told()) {
                *all += told;
            }
        }
        Some(Self {
            took: end? - start?,
            operations: ended.iter().map(|ended| ended.course.operations()).sum(),
            allocs,
            calls_ns,
            second_calls_ns,
            told,
        })
    }
}
