//! One producer, four consumers that have all waited: how evenly they are served.
//!
//! The producer sends a group and then pauses, so that every consumer finds the channel empty and
//! waits, at least once in a thousand messages if its channel lets it: each consumer's voluntary
//! switches are counted, which says whether it did.

use std::time::{Duration, Instant};

use crate::bench::{self, Bench, Rounds};
use crate::meeting::{Errand, Meeting};
use crate::sheet::{Of, Sheet};
use crate::spread::Spread;
use crate::usage::Usage;

use super::CAPACITY;
use super::each::{MakeMany, each_many};
use super::kind::{ManyReceivers, receivers};

const CONSUMERS: usize = 4;

/// Messages between two pauses.
const GROUP: u64 = 250;
const PAUSE: Duration = Duration::from_micros(200);

/// How much longer than its time a turn may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What a consumer brings home.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Served {
    messages: u64,
    /// Times at which it gave its processor up.
    waits: u64,
}

type Muster = Box<dyn Fn(Duration) -> Vec<Errand<Option<Served>>>>;

struct Contender {
    name: &'static str,
    muster: Muster,
    shares: Vec<f64>,
    /// The waits of the consumer that waited least, for a thousand messages of all.
    waits: Vec<f64>,
    messages: u64,
    is_over_limit: bool,
}

struct Four;

impl MakeMany for Four {
    type Made = Contender;

    fn of<K: ManyReceivers>(&self) -> Contender {
        Contender {
            name: K::NAME,
            muster: Box::new(muster::<K>),
            shares: Vec::new(),
            waits: Vec::new(),
            messages: 0,
            is_over_limit: false,
        }
    }
}

fn muster<K: ManyReceivers>(turn: Duration) -> Vec<Errand<Option<Served>>> {
    let (sender, receiver) = K::bounded(CAPACITY);
    let mut errands: Vec<Errand<Option<Served>>> = Vec::new();
    for mut receiver in receivers::<K, u64>(receiver, CONSUMERS) {
        errands.push(Box::new(move || {
            let before = Usage::of_thread();
            let mut messages = 0;
            while K::recv(&mut receiver).is_some() {
                messages += 1;
            }
            let waits = (Usage::of_thread() - before).voluntary;
            Some(Served { messages, waits })
        }));
    }
    errands.push(Box::new(move || {
        let start = Instant::now();
        while start.elapsed() < turn {
            for value in 0..GROUP {
                assert!(K::send(&sender, value));
            }
            std::thread::sleep(PAUSE);
        }
        None
    }));
    errands
}

/// The least served to the most, and the waits of the one that waited least for a thousand messages
/// of all.
fn evenness(served: &[Served]) -> (f64, f64) {
    let messages = || served.iter().map(|served| served.messages);
    let least_and_most = messages().min().zip(messages().max());
    let share = least_and_most.map_or(0.0, |(least, most)| least as f64 / most.max(1) as f64);
    let waits = served.iter().map(|served| served.waits).min().unwrap_or(0);
    let all: u64 = messages().sum();
    (share, waits as f64 * 1e3 / all.max(1) as f64)
}

impl Contender {
    fn turn(&mut self, turn: Duration) {
        if self.is_over_limit {
            return;
        }
        let meeting = Meeting::call((self.muster)(turn));
        meeting.go();
        let Some(ended) = meeting.end(turn + LIMIT) else {
            self.is_over_limit = true;
            return;
        };
        let served: Vec<Served> = ended.into_iter().flatten().collect();
        let (share, waits) = evenness(&served);
        self.shares.push(share);
        self.waits.push(waits);
        self.messages += served.iter().map(|served| served.messages).sum::<u64>();
    }

    fn print(&self, cell: &str, sheet: &mut Sheet) {
        let of = Of {
            cell,
            contender: self.name,
            n: self.messages,
            rounds: self.shares.len(),
        };
        if self.is_over_limit {
            println!("{:<22} over the limit in a turn", self.name);
            sheet.add_word(of, "over the limit", "in a turn");
            return;
        }
        let share = Spread::of(self.shares.iter().copied());
        let waits = Spread::of(self.waits.iter().copied());
        let remark = if waits.min < 1.0 {
            ": not all waited once in a thousand"
        } else {
            ""
        };
        println!(
            "{:<22} {:.3} ({:.3} to {:.3}) | {:.2} ({:.2} to {:.2}){remark} | {}",
            self.name, share.median, share.min, share.max, waits.median, waits.min, waits.max, of.n
        );
        sheet.add(of, "least to most", share.median, "");
        sheet.add(of, "least to most min", share.min, "");
        sheet.add(of, "least to most max", share.max, "");
        sheet.add(of, "least waits", waits.median, "1/1000 messages");
    }
}

pub(super) fn run(bench: &mut Bench) {
    let name = "channel-shares: 1p4c, groups of 250, 200 µs between";
    if !bench.takes(name) {
        return;
    }
    let Rounds { rounds, turn_ns } = bench.effort.open;
    let turn = Duration::from_nanos(turn_ns);
    let mut contenders = each_many(&Four);
    let others = bench.begin();
    bench::in_turn(rounds, &mut contenders, |who, _| who.turn(turn));
    let others = others.end();
    let millis = turn.as_millis();
    println!("\n{name}, n = {rounds} rounds of {millis} ms, {others}");
    println!(
        "contender              least / most served (min to max) | voluntary switches of the \
         consumer with fewest, a thousand messages of all (min to max) | n"
    );
    for contender in &contenders {
        contender.print(name, &mut bench.sheet);
    }
    bench.sheet.add_others(name, others);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evenness_is_of_the_least_and_the_most() {
        let served = |messages, waits| Served { messages, waits };
        let uneven = [
            served(100, 9),
            served(400, 3),
            served(200, 1),
            served(300, 5),
        ];
        assert_eq!(evenness(&uneven), (0.25, 1.0));
        assert_eq!(evenness(&[served(5, 0), served(0, 9)]), (0.0, 0.0));
        assert_eq!(evenness(&[served(0, 0); 4]), (0.0, 0.0));
        assert_eq!(evenness(&[]), (0.0, 0.0));
    }
}
