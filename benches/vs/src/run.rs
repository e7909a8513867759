//! One cell: every contender in every round, forward and backward in turn.

use std::time::Instant;

use shorttail::measure::{AllocCounts, process_allocs};

/// How many rounds, and how long a contender's turn in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    rounds: usize,
    turn_ns: u64,
}

impl Effort {
    pub(crate) const QUICK: Self = Self {
        rounds: 11,
        turn_ns: 5_000_000,
    };
    pub(crate) const FULL: Self = Self {
        rounds: 61,
        turn_ns: 20_000_000,
    };
}

/// Does so many operations.
pub(crate) type Work = Box<dyn FnMut(u64)>;

/// Contenders that do the same work; the first is shorttail's.
pub(crate) struct Cell {
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

impl Cell {
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
    pub(crate) fn print(&mut self, effort: Effort) {
        for contender in &mut self.contenders {
            contender.calibrate(effort.turn_ns);
            contender.ns.reserve(effort.rounds);
        }
        for round in 0..effort.rounds {
            if round % 2 == 0 {
                self.contenders.iter_mut().for_each(Contender::turn);
            } else {
                self.contenders.iter_mut().rev().for_each(Contender::turn);
            }
        }
        println!("\n{}, n = {} rounds", self.name, effort.rounds);
        println!("contender                 ns/op   (min to max)   / shorttail   allocs/op");
        let ours = self.contenders[0].ns.clone();
        for contender in &self.contenders {
            let ratios = contender
                .ns
                .iter()
                .zip(&ours)
                .map(|(theirs, ours)| theirs / ours);
            let [low, middle, high] = spread(contender.ns.clone());
            let [_, ratio, _] = spread(ratios.collect());
            let done = contender.operations as f64 * effort.rounds as f64;
            let allocs = (contender.allocs.allocs + contender.allocs.reallocs) as f64 / done;
            let name = contender.name;
            println!(
                "{name:<22}{middle:>9.1}   ({low:.1} to {high:.1}){ratio:>10.2}{allocs:>12.3}"
            );
        }
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
}

/// Least, median, most.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_unstable_by(f64::total_cmp);
    [
        values[0],
        values[values.len() / 2],
        values[values.len() - 1],
    ]
}
