//! Messages sent by a schedule, whatever becomes of those before: the grid of shapes and loads.

pub(super) mod cell;
mod judge;
pub(super) mod schedule;
pub(super) mod table;
mod tally;
pub(super) mod turn;

use crate::bench::Bench;

use super::each::{Make, MakeMany, each_many, each_single};
use super::kind::{Kind, ManyReceivers};

use cell::{Contender, Load, line, single_line};
use schedule::Arrivals;
use tally::Tally;

/// Producers and consumers.
const SHAPES: [(usize, usize); 4] = [(1, 1), (4, 1), (4, 4), (8, 8)];

/// Those of a quick run.
const QUICK_SHAPES: [(usize, usize); 1] = [(4, 4)];

const ARRIVALS: [Arrivals; 3] = [
    Arrivals::Poisson(20_000),
    Arrivals::Poisson(200_000),
    Arrivals::Bursts,
];

const BURNERS: [usize; 2] = [0, 2];

/// A contender with so many consumers.
struct Many(usize);

impl MakeMany for Many {
    type Made = Contender;

    fn of<K: ManyReceivers>(&self) -> Contender {
        Contender::new(K::NAME, line::<K>(self.0))
    }
}

/// One that has but one.
struct Single;

impl Make for Single {
    type Made = Contender;

    fn of<K: Kind>(&self) -> Contender {
        Contender::new(K::NAME, single_line::<K>())
    }
}

/// shorttail, shorttail again, and its peers.
fn contenders(consumers: usize) -> Vec<Contender> {
    let mut all = each_many(&Many(consumers));
    let again = line::<super::mpmc::Shorttail>(consumers);
    all.insert(1, Contender::new("shorttail again", again));
    if consumers == 1 {
        all.extend(each_single(&Single));
    }
    all
}

pub(super) fn run(bench: &mut Bench) {
    let mut tally = Tally::default();
    let shapes = if bench.effort.is_full {
        &SHAPES[..]
    } else {
        &QUICK_SHAPES
    };
    for burners in BURNERS {
        for arrivals in ARRIVALS {
            for &(producers, consumers) in shapes {
                let load = Load {
                    producers,
                    arrivals,
                    burners,
                };
                run_cell(load, consumers, bench, &mut tally);
            }
        }
    }
    tally.print();
}

fn run_cell(load: Load, consumers: usize, bench: &mut Bench, tally: &mut Tally) {
    let Load {
        producers,
        arrivals,
        burners,
    } = load;
    let name = format!("channel-open: {producers}p{consumers}c, {arrivals}, {burners} burners");
    if !bench.takes(&name) {
        return;
    }
    let mut contenders = contenders(consumers);
    let others = bench.begin();
    let alone = load.run(&mut contenders, bench);
    let others = others.end();
    println!(
        "\n{name}, n = {} rounds of {} ms, {others}",
        bench.effort.open.rounds,
        load.turn_ns(bench) / 1_000_000
    );
    println!("{}", table::HEADING);
    for contender in &contenders {
        table::print(contender, &name, &mut bench.sheet);
    }
    table::print_alone(&alone, &name, &mut bench.sheet);
    bench.sheet.add_others(&name, others);
    tally.judge(&name, &contenders, &mut bench.sheet);
}
