//! One thread, uncontended: every contender in every round, forward and backward in turn.

use std::time::Instant;

use shorttail::measure::{AllocCounts, process_allocs};

use crate::bench::{self, Bench, Rounds};
use crate::sheet::{Of, Sheet};
use crate::spread::Spread;

/// Does so many operations.
pub(crate) type Work = Box<dyn FnMut(u64)>;

/// Contenders that do the same work; the first is shorttail's.
pub(crate) struct Solo {
    name: &'static str,
    contenders: Vec<Contender>,
}

struct Contender {
    name: &'static str,
    work: Work,
    /// Operations of a turn.
    operations: u64,
    ns: Vec<f64>,
    allocs: AllocCounts,
}

impl Solo {
    pub(crate) fn new(name: &'static str, contenders: Vec<(&'static str, Work)>) -> Self {
        let contenders = contenders.into_iter().map(|(name, work)| Contender {
            name,
            work,
            operations: 1,
            ns: Vec::new(),
            allocs: AllocCounts::default(),
        });
        Self {
            name,
            contenders: contenders.collect(),
        }
    }

    /// Runs the cell and prints a row a contender.
    pub(crate) fn run(mut self, bench: &mut Bench) {
        if !bench.effort.kinds.solo || !bench.takes(self.name) {
            return;
        }
        let Rounds { rounds, turn_ns } = bench.effort.solo;
        for contender in &mut self.contenders {
            contender.calibrate(turn_ns);
            contender.ns.reserve(rounds);
        }
        let others = bench.begin();
        bench::in_turn(rounds, &mut self.contenders, |who, _| who.turn());
        let others = others.end();
        println!("\n{}, n = {rounds} rounds, {others}", self.name);
        println!("contender                 ns/op   (min to max)   / shorttail   allocs/op");
        let ours = &self.contenders[0].ns;
        for contender in &self.contenders {
            contender.print(self.name, ours, &mut bench.sheet);
        }
        bench.sheet.add_others(self.name, others);
    }
}

impl Contender {
    /// Warms up, and finds how many operations fill a turn.
    fn calibrate(&mut self, turn_ns: u64) {
        loop {
            let start = Instant::now();
            (self.work)(self.operations);
            let took_ns = start.elapsed().as_nanos() as u64;
            if took_ns >= turn_ns {
                return;
            }
            self.operations *= 2;
        }
    }

    fn turn(&mut self) {
        let before = process_allocs();
        let start = Instant::now();
        (self.work)(self.operations);
        self.ns
            .push(start.elapsed().as_nanos() as f64 / self.operations as f64);
        self.allocs = self.allocs + (process_allocs() - before);
    }

    fn print(&self, cell: &str, ours: &[f64], sheet: &mut Sheet) {
        let ns = Spread::of(self.ns.iter().copied());
        let ratio = Spread::of(self.ns.iter().zip(ours).map(|(theirs, ours)| theirs / ours));
        let n = self.operations * self.ns.len() as u64;
        let allocs = (self.allocs.allocs + self.allocs.reallocs) as f64 / n as f64;
        println!(
            "{:<22}{:>9.1}   ({:.1} to {:.1}){:>10.2}{allocs:>12.3}",
            self.name, ns.median, ns.min, ns.max, ratio.median
        );
        let of = Of {
            cell,
            contender: self.name,
            n,
            rounds: self.ns.len(),
        };
        sheet.add(of, "median", ns.median, "ns/op");
        sheet.add(of, "min", ns.min, "ns/op");
        sheet.add(of, "max", ns.max, "ns/op");
        sheet.add(of, "ratio to shorttail", ratio.median, "");
        sheet.add(of, "allocs", allocs, "1/op");
    }
}
