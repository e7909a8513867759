//! A channel that is full nearly all the time: what a send waits, and who gets how many through.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shorttail::measure::{Histogram, Snapshot};

use crate::bench::{self, Bench, Rounds};
use crate::course::Signal;
use crate::meeting::{Errand, Meeting};
use crate::quantile::{QUANTILES, supported};
use crate::sheet::{Of, Sheet};
use crate::spread::Spread;

use super::each::{Make, each};
use super::kind::{Kind, senders};

const CAPACITY: usize = 16;
const PRODUCERS: [usize; 4] = [1, 10, 50, 100];
const QUICK_PRODUCERS: [usize; 1] = [10];

/// So many sends lie beyond a percentile that is printed.
const BEYOND: u64 = 10;

/// How long the threads of a turn may go on after they were told to stop.
const LIMIT: Duration = Duration::from_secs(5);

/// What one thread brings home: of a consumer nothing.
#[derive(Debug)]
struct Sent {
    count: u64,
    waits_ns: Snapshot,
}

/// Sends as fast as it can. A send that began before the turn was told to stop counts, however
/// long it waits.
fn producer<K: Kind>(signal: Arc<Signal>, sender: K::Sender<u64>) -> Errand<Option<Sent>> {
    let mut waits_ns = Histogram::new();
    Box::new(move || {
        let mut count = 0;
        while signal.goes_on() {
            let start = Instant::now();
            assert!(K::send(&sender, count));
            if signal.has_begun() {
                waits_ns.record(start.elapsed().as_nanos() as u64);
                count += 1;
            }
        }
        drop(sender);
        let waits_ns = waits_ns.snapshot();
        Some(Sent { count, waits_ns })
    })
}

fn consumer<K: Kind>(mut receiver: K::Receiver<u64>) -> Errand<Option<Sent>> {
    Box::new(move || {
        while K::recv(&mut receiver).is_some() {}
        None
    })
}

/// How evenly values are spread (Jain, 1984): 1 if all are alike, one over their number if one has
/// all. Nothing for anybody is even.
fn jain(values: &[f64]) -> f64 {
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|value| value * value).sum();
    if squares == 0.0 {
        1.0
    } else {
        sum * sum / (values.len() as f64 * squares)
    }
}

type Muster = Box<dyn Fn(&Arc<Signal>) -> Vec<Errand<Option<Sent>>>>;

struct Contender {
    name: &'static str,
    muster: Muster,
    fairness: Vec<f64>,
    /// Thousand messages a second, all producers' together.
    rates: Vec<f64>,
    waits_ns: Snapshot,
    is_over_limit: bool,
}

struct Crowd(usize);

impl Make for Crowd {
    type Made = Contender;

    fn of<K: Kind>(&self) -> Contender {
        let producers = self.0;
        let muster = move |signal: &Arc<Signal>| {
            let (sender, receiver) = K::bounded(CAPACITY);
            let mut errands = vec![consumer::<K>(receiver)];
            for sender in senders::<K, u64>(sender, producers) {
                errands.push(producer::<K>(Arc::clone(signal), sender));
            }
            errands
        };
        Contender {
            name: K::NAME,
            muster: Box::new(muster),
            fairness: Vec::new(),
            rates: Vec::new(),
            waits_ns: Snapshot::new(),
            is_over_limit: false,
        }
    }
}

impl Contender {
    fn turn(&mut self, turn: Duration) {
        if self.is_over_limit {
            return;
        }
        let signal = Arc::new(Signal::default());
        let meeting = Meeting::call((self.muster)(&signal));
        meeting.go();
        std::thread::sleep(turn / 5);
        signal.count();
        std::thread::sleep(turn);
        signal.stop();
        let Some(ended) = meeting.end(LIMIT) else {
            self.is_over_limit = true;
            return;
        };
        let counts: Vec<f64> = ended
            .iter()
            .flatten()
            .map(|sent| sent.count as f64)
            .collect();
        self.fairness.push(jain(&counts));
        self.rates
            .push(counts.iter().sum::<f64>() / turn.as_secs_f64() / 1e3);
        for sent in ended.iter().flatten() {
            self.waits_ns.merge(&sent.waits_ns);
        }
    }

    fn print(&self, cell: &str, sheet: &mut Sheet) {
        let of = Of {
            cell,
            contender: self.name,
            n: self.waits_ns.count(),
            rounds: self.rates.len(),
        };
        if self.is_over_limit {
            println!("{:<22} over the limit in a turn", self.name);
            sheet.add_word(of, "over the limit", "in a turn");
            return;
        }
        let mut words = Vec::new();
        for (name, q) in QUANTILES {
            let micros = supported(&self.waits_ns, q, BEYOND).map(|ns| ns as f64 / 1e3);
            words.push(micros.map_or_else(|| "-".to_owned(), |micros| format!("{micros:.1}")));
            if let Some(micros) = micros {
                sheet.add(of, name, micros, "us/send");
            }
        }
        let longest = self.waits_ns.quantile(1.0).unwrap_or(0) as f64 / 1e6;
        let fairness = Spread::of(self.fairness.iter().copied());
        let rate = Spread::of(self.rates.iter().copied());
        println!(
            "{:<22} {:<30} | {longest:.2} | {:.3} ({:.3} to {:.3}) | {:.0} | {}",
            self.name,
            words.join(", "),
            fairness.median,
            fairness.min,
            fairness.max,
            rate.median,
            of.n
        );
        sheet.add(of, "longest wait", longest, "ms");
        sheet.add(of, "Jain's index", fairness.median, "");
        sheet.add(of, "Jain's index min", fairness.min, "");
        sheet.add(of, "Jain's index max", fairness.max, "");
        sheet.add(of, "rate", rate.median, "k messages/s");
    }
}

pub(super) fn run(bench: &mut Bench) {
    let crowds = if bench.effort.is_full {
        &PRODUCERS[..]
    } else {
        &QUICK_PRODUCERS
    };
    let Rounds { rounds, turn_ns } = bench.effort.open;
    let turn = Duration::from_nanos(turn_ns);
    for &producers in crowds {
        let name = format!("channel-full: {producers}p1c, capacity {CAPACITY}");
        if !bench.takes(&name) {
            continue;
        }
        let mut contenders = each(&Crowd(producers));
        let others = bench.begin();
        bench::in_turn(rounds, &mut contenders, |who, _| who.turn(turn));
        let others = others.end();
        let millis = turn.as_millis();
        println!("\n{name}, n = {rounds} rounds of {millis} ms, {others}");
        println!(
            "contender              send, µs: p50, p99, p99.9      | longest wait, ms | Jain's \
             index (min to max) | k messages/s | n"
        );
        for contender in &contenders {
            contender.print(&name, &mut bench.sheet);
        }
        bench.sheet.add_others(&name, others);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jains_index_is_one_for_equals_and_a_share_for_one_who_has_all() {
        assert!((jain(&[5.0; 7]) - 1.0).abs() < 1e-12);
        assert!((jain(&[0.0, 0.0, 8.0, 0.0]) - 0.25).abs() < 1e-12);
        // (1 + 3)² / (2 × (1 + 9))
        assert!((jain(&[1.0, 3.0]) - 0.8).abs() < 1e-12);
        assert!((jain(&[0.0; 3]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_send_that_outlasts_the_turn_is_in_its_waits() {
        let crowd = Crowd(3).of::<super::super::condvar::CondvarRing>();
        let signal = Arc::new(Signal::default());
        signal.count();
        let mut errands = (crowd.muster)(&signal);
        // The consumer takes no message before the turn is told to stop: its producers stand still.
        let (go, goes) = std::sync::mpsc::channel::<()>();
        let consumer = errands.remove(0);
        errands.push(Box::new(move || {
            goes.recv().expect("it is told");
            consumer()
        }));
        let meeting = Meeting::call(errands);
        meeting.go();
        signal.stop();
        go.send(()).expect("it listens");
        let sent = meeting.end(Duration::from_secs(60)).expect("in time");
        let counted: u64 = sent
            .iter()
            .flatten()
            .map(|sent| sent.waits_ns.count())
            .sum();
        let counts: u64 = sent.iter().flatten().map(|sent| sent.count).sum();
        assert_eq!(counted, counts, "every send that returned is noted");
    }
}
