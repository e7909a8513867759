//! Ping-pong: what it takes to wake whoever waits for a message.

mod sides;
mod tally;

use std::time::Duration;

use shorttail::measure::Snapshot;

use crate::bench::{self, Bench, Rounds};
use crate::meeting::{Errand, Meeting};
use crate::quantile::{QUANTILES, supported};
use crate::sheet::{Of, Sheet};
use crate::spread::Spread;
use crate::usage::Usage;

use super::each::{Make, MakeTasks, each, each_mixed, each_tasks};
use super::kind::Kind;
use super::tasks::Tasks;

use tally::{Course, Trips};

/// So many trips lie beyond a percentile that is printed.
const BEYOND: u64 = 10;

/// How much longer than its time a turn may take.
const LIMIT: Duration = Duration::from_secs(5);

const IDLE: Duration = Duration::from_micros(100);

/// Messages of a trip: there and back.
const MESSAGES: f64 = 2.0;

type Muster = fn(Course) -> Vec<Errand<Option<Trips>>>;

struct Contender {
    name: &'static str,
    muster: Muster,
    /// Mean ns of a trip, one value a turn.
    means_ns: Vec<f64>,
    trips: u64,
    trips_ns: Snapshot,
    /// The whole process's: nothing else runs in it.
    usage: Usage,
    is_over_limit: bool,
}

impl Contender {
    fn new(name: &'static str, muster: Muster) -> Self {
        Self {
            name,
            muster,
            means_ns: Vec::new(),
            trips: 0,
            trips_ns: Snapshot::new(),
            usage: Usage::default(),
            is_over_limit: false,
        }
    }

    fn turn(&mut self, course: Course) {
        if self.is_over_limit {
            return;
        }
        let meeting = Meeting::call((self.muster)(course));
        let before = Usage::of_process();
        meeting.go();
        let Some(ended) = meeting.end(course.turn + LIMIT) else {
            self.is_over_limit = true;
            return;
        };
        self.usage = self.usage + (Usage::of_process() - before);
        for trips in ended.iter().flatten() {
            self.means_ns
                .push(trips.took_ns as f64 / trips.count as f64);
            self.trips += trips.count;
            self.trips_ns.merge(&trips.trips_ns);
        }
    }

    fn print(&self, cell: &str, sheet: &mut Sheet) {
        let of = Of {
            cell,
            contender: self.name,
            n: self.trips_ns.count(),
            rounds: self.means_ns.len(),
        };
        if self.is_over_limit {
            println!("{:<22} over the limit in a turn", self.name);
            sheet.add_word(of, "over the limit", "in a turn");
            return;
        }
        let mut words = Vec::new();
        for (name, q) in QUANTILES {
            let ns = supported(&self.trips_ns, q, BEYOND);
            words.push(ns.map_or_else(|| "-".to_owned(), |ns| ns.to_string()));
            if let Some(ns) = ns {
                sheet.add(of, name, ns as f64, "ns/trip");
            }
        }
        let mean = Spread::of(self.means_ns.iter().copied());
        let messages = self.trips as f64 * MESSAGES;
        let voluntary = self.usage.voluntary as f64 / messages;
        let involuntary = self.usage.involuntary as f64 / messages;
        let cpu_us = self.usage.cpu_ns as f64 / 1e3 / messages;
        println!(
            "{:<22} {:.0} ({:.0} to {:.0}) | {} | {} | {voluntary:.3} + {involuntary:.3} | \
             {cpu_us:.2}",
            self.name,
            mean.median,
            mean.min,
            mean.max,
            words.join(", "),
            of.n
        );
        sheet.add(of, "mean", mean.median, "ns/trip");
        sheet.add(of, "mean min", mean.min, "ns/trip");
        sheet.add(of, "mean max", mean.max, "ns/trip");
        sheet.add(of, "voluntary switches", voluntary, "1/message");
        sheet.add(of, "involuntary switches", involuntary, "1/message");
        sheet.add(of, "processor", cpu_us, "us/message");
    }
}

struct Threads;

impl Make for Threads {
    type Made = Contender;

    fn of<K: Kind>(&self) -> Contender {
        Contender::new(K::NAME, sides::threads::<K>)
    }
}

/// How tasks take part.
#[derive(Clone, Copy, Debug)]
enum Sides {
    Mixed,
    OneThread,
    TwoWorkers,
}

impl MakeTasks for Sides {
    type Made = Contender;

    fn of<K: Tasks>(&self) -> Contender {
        let muster = match self {
            Self::Mixed => sides::mixed::<K>,
            Self::OneThread => sides::one::<K>,
            Self::TwoWorkers => sides::two::<K>,
        };
        Contender::new(K::NAME, muster)
    }
}

pub(super) fn run(bench: &mut Bench) {
    let turn = Duration::from_nanos(bench.effort.team.turn_ns);
    let long = Course {
        turn,
        idle: None,
        is_short: false,
    };
    let idle = Course {
        idle: Some(IDLE),
        ..long
    };
    let short = Course {
        is_short: true,
        ..long
    };
    run_cell("two threads", each(&Threads), long, bench);
    run_cell(
        "two threads, 100 µs asleep before each trip",
        each(&Threads),
        idle,
        bench,
    );
    run_cell(
        "a thread and a task",
        each_mixed(&Sides::Mixed),
        long,
        bench,
    );
    run_cell(
        "two tasks, one thread",
        each_tasks(&Sides::OneThread),
        short,
        bench,
    );
    run_cell(
        "two tasks, two workers",
        each_tasks(&Sides::TwoWorkers),
        short,
        bench,
    );
}

fn run_cell(what: &str, mut contenders: Vec<Contender>, course: Course, bench: &mut Bench) {
    let name = format!("channel-wake: {what}");
    if !bench.takes(&name) {
        return;
    }
    let Rounds { rounds, .. } = bench.effort.team;
    let others = bench.begin();
    bench::in_turn(rounds, &mut contenders, |who, _| who.turn(course));
    let others = others.end();
    let millis = course.turn.as_millis();
    println!("\n{name}, n = {rounds} rounds of {millis} ms, {others}");
    println!(
        "contender              round trip, ns: mean (min to max) | p50, p99, p99.9 | n | switches \
         a message, voluntary + involuntary | processor time, µs a message"
    );
    for contender in &contenders {
        contender.print(&name, &mut bench.sheet);
    }
    bench.sheet.add_others(&name, others);
}
