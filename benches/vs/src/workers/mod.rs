//! The same jobs on pools of workers: how long they wait for their turn, and how long they take.

mod contender;
mod crews;
mod job;
mod plan;
mod table;

use std::time::Duration;

use crate::bench::{self, Bench, Effort};

use contender::{Backlog, Contender};
use crews::{apart, by_turns, ours, ours_in_lanes, rayon, tokio, tokio_alone, tokio_blocking};
use job::{Does, steps_per_us};
use plan::{Length, plan};

/// tokio's settings that are tried; 61 is its own.
const INTERVALS: [u32; 3] = [7, 31, 61];

/// Jobs a second: two fifths of a processor's time with either length.
const RATE: f64 = 20_000.0;
const UNIFORM: Length = Length::Uniform(Duration::from_micros(20));
const SKEWED: Length = Length::Skewed {
    most: Duration::from_micros(10),
    one: Duration::from_millis(1),
};
const LENGTHS: [(&str, Length); 2] = [
    ("uniform jobs of 20 us", UNIFORM),
    ("skewed jobs, of 10 us and one of 100 of 1 ms", SKEWED),
];

/// Hot jobs a second beside the cold ones, and what one takes.
const HOT_RATE: f64 = 4_000.0;
const HOT: Length = Length::Uniform(Duration::from_micros(10));

/// Turns are as long as those of the channel's open loop at this rate.
fn turn_of(effort: Effort) -> Duration {
    Duration::from_nanos(effort.open.turn_ns) * 4
}

struct Cell<'a> {
    name: &'a str,
    rate: f64,
    length: Length,
    backlog: Option<Backlog>,
    rounds: usize,
}

fn run_cell(bench: &mut Bench, cell: &Cell<'_>, contenders: impl FnOnce() -> Vec<Contender>) {
    if !bench.takes(cell.name) {
        return;
    }
    let turn = turn_of(bench.effort);
    // Outside of the turns.
    steps_per_us();
    let mut contenders = contenders();
    // A short turn to warm up, which is left out.
    let warm = plan(0, cell.rate, turn / 10, cell.length);
    for contender in &mut contenders {
        contender.turn(&warm, None);
        contender.begin_anew();
    }
    let others = bench.begin();
    bench::in_turn(cell.rounds, &mut contenders, |who, round| {
        // The same for all of a round.
        let plan = plan(round as u64 + 1, cell.rate, turn, cell.length);
        who.turn(&plan, cell.backlog);
    });
    let others = others.end();
    table::print(
        cell.name,
        &contenders,
        cell.rounds,
        others,
        &mut bench.sheet,
    );
}

/// Workers from one to twice the cores.
fn counts() -> std::ops::RangeInclusive<usize> {
    1..=2 * cores()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

fn each_interval(name: &str, make: impl Fn(u32) -> crews::AnyCrew) -> Vec<Contender> {
    let contender = |interval| {
        let crew = make(interval);
        Contender::new(format!("{name}, event interval {interval}"), crew)
    };
    INTERVALS.into_iter().map(contender).collect()
}

pub(crate) fn run(bench: &mut Bench) {
    for (kind, length) in LENGTHS {
        for workers in counts() {
            let name = format!("workers: {kind}, {workers} workers, 20 k/s");
            let cell = Cell {
                name: &name,
                rate: RATE,
                length,
                backlog: None,
                rounds: bench.effort.open.rounds,
            };
            run_cell(bench, &cell, || {
                let mut contenders = vec![Contender::new("shorttail", ours(workers))];
                contenders.extend(each_interval("tokio", |each| tokio(workers, each)));
                if workers == 1 {
                    contenders.extend(each_interval("tokio current", tokio_alone));
                }
                contenders.push(Contender::new("rayon", rayon(workers)));
                contenders
            });
        }
    }
}

/// A worker for each core that takes from the one queue, or a queue for each.
pub(crate) fn run_cores(bench: &mut Bench) {
    let cores = cores();
    for (kind, length) in LENGTHS {
        let name = format!("workers-cores: {kind}, {cores} workers, 20 k/s");
        let cell = Cell {
            name: &name,
            rate: RATE,
            length,
            backlog: None,
            rounds: bench.effort.open.rounds,
        };
        run_cell(bench, &cell, || {
            vec![
                Contender::new("shorttail, one queue", ours(cores)),
                Contender::new("shorttail, one a core", by_turns(cores, || ours(1))),
                Contender::new("tokio, one runtime", tokio(cores, 61)),
                Contender::new(
                    "tokio current, one a core",
                    by_turns(cores, || tokio_alone(61)),
                ),
                Contender::new("rayon, one pool", rayon(cores)),
                Contender::new("rayon, one a core", by_turns(cores, || rayon(1))),
            ]
        });
    }
}

/// Two threads each, but for the runtimes of one.
fn beside_cold_jobs() -> Vec<Contender> {
    let mut contenders = vec![
        Contender::new("shorttail, one reserved", ours_in_lanes(2, 1)),
        Contender::new("shorttail, lanes alone", ours_in_lanes(2, 0)),
        Contender::new("shorttail, two pools", apart(|| ours(1))),
    ];
    contenders.extend(each_interval("tokio", |each| tokio(2, each)));
    contenders.extend([
        Contender::new("tokio, cold ones blocking", tokio_blocking(1)),
        Contender::new("tokio, two runtimes", apart(|| tokio_alone(61))),
        Contender::new("tokio current, one thread", tokio_alone(61)),
        Contender::new("rayon", rayon(2)),
        Contender::new("rayon, two pools", apart(|| rayon(1))),
    ]);
    contenders
}

/// Hot jobs come while cold ones stand in line.
pub(crate) fn run_hot(bench: &mut Bench) {
    let (jobs, each, rounds) = match bench.effort.is_full {
        true => (1_000, 10, 3),
        false => (200, 2, bench.effort.open.rounds),
    };
    let takes = Duration::from_millis(each);
    for (how, does) in [
        ("that block", Does::Block(takes)),
        ("that compute", Does::Compute(takes)),
    ] {
        let name = format!("workers-hot: 4 k/s of 10 us beside {jobs} cold of {each} ms {how}");
        let cell = Cell {
            name: &name,
            rate: HOT_RATE,
            length: HOT,
            backlog: Some(Backlog { jobs, does }),
            rounds,
        };
        run_cell(bench, &cell, beside_cold_jobs);
    }
}
