//! One cell of the grid: every contender's turn in every round, on the same plan.

use std::sync::Arc;

use shorttail::measure::Snapshot;

use crate::bench::{self, Bench, Rounds};
use crate::burners::Burners;
use crate::meeting::Errand;
use crate::usage::Usage;

use super::super::kind::{Kind, ManyReceivers, receivers, senders};
use super::judge::Entry;
use super::schedule::Arrivals;
use super::turn::{Share, Stamp, Start, Turn, WARM_NS, consume, produce};

const CAPACITY: usize = 1_024;

/// The threads of a turn, for each producer's plan.
pub(crate) type Line = Box<dyn Fn(Vec<Vec<u64>>) -> Vec<Errand<Share>>>;

/// A channel with so many receivers.
pub(super) fn line<K: ManyReceivers>(consumers: usize) -> Line {
    Box::new(move |plan| {
        let (sender, receiver) = K::bounded(CAPACITY);
        errands::<K>(plan, sender, receivers::<K, Stamp>(receiver, consumers))
    })
}

/// A channel with one receiver.
pub(super) fn single_line<K: Kind>() -> Line {
    Box::new(|plan| {
        let (sender, receiver) = K::bounded(CAPACITY);
        errands::<K>(plan, sender, vec![receiver])
    })
}

/// No channel: what the pacing takes by itself.
fn pacing(plan: Vec<Vec<u64>>) -> Vec<Errand<Share>> {
    let start = Start::default();
    let paced = |plan| produce(Arc::clone(&start), plan, false, |_| true);
    plan.into_iter().map(paced).collect()
}

fn errands<K: Kind>(
    plan: Vec<Vec<u64>>,
    sender: K::Sender<Stamp>,
    receivers: Vec<K::Receiver<Stamp>>,
) -> Vec<Errand<Share>> {
    let start = Start::default();
    let mut errands = Vec::new();
    for receiver in receivers {
        errands.push(consume::<K>(Arc::clone(&start), receiver));
    }
    let senders = senders::<K, Stamp>(sender, plan.len());
    for (plan, sender) in plan.into_iter().zip(senders) {
        let send = move |stamp| K::send(&sender, stamp);
        errands.push(produce(Arc::clone(&start), plan, true, send));
    }
    errands
}

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    line: Line,
    turns: Vec<Turn>,
    pub(crate) is_over_limit: bool,
}

/// From when a message's time is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    Call,
    Intended,
}

impl Contender {
    pub(crate) fn new(name: &'static str, line: Line) -> Self {
        Self {
            name,
            line,
            turns: Vec::new(),
            is_over_limit: false,
        }
    }

    pub(crate) fn turn(&mut self, plan: &[Vec<u64>], turn_ns: u64) {
        if self.is_over_limit {
            return;
        }
        match Turn::run((self.line)(plan.to_vec()), turn_ns) {
            Some(turn) => self.turns.push(turn),
            None => self.is_over_limit = true,
        }
    }

    fn times(turn: &Turn, since: Since) -> &Snapshot {
        match since {
            Since::Call => &turn.from_call,
            Since::Intended => &turn.from_intended,
        }
    }

    /// Of all rounds together.
    pub(crate) fn pooled(&self, since: Since) -> Snapshot {
        let mut pooled = Snapshot::new();
        for turn in &self.turns {
            pooled.merge(Self::times(turn, since));
        }
        pooled
    }

    /// The percentile in µs and the processors, a value a round. A round that took no time counts
    /// as one of a nanosecond, to be divided by.
    pub(crate) fn entry(&self, since: Since, q: f64) -> Entry {
        let micros = |turn: &Turn| Self::times(turn, since).quantile(q).unwrap_or(0).max(1);
        Entry {
            name: self.name,
            cores: self.turns.iter().map(Turn::cores).collect(),
            values: self
                .turns
                .iter()
                .map(|turn| micros(turn) as f64 / 1e3)
                .collect(),
        }
    }

    pub(crate) fn usage(&self) -> Usage {
        self.turns.iter().map(|turn| turn.usage).sum()
    }

    pub(crate) fn sent(&self) -> u64 {
        self.turns.iter().map(|turn| turn.sent).sum()
    }

    pub(crate) fn rounds(&self) -> usize {
        self.turns.len()
    }
}

/// What is measured of a line of contenders.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) producers: usize,
    pub(crate) arrivals: Arrivals,
    pub(crate) burners: usize,
}

impl Load {
    /// The time that counts, of a turn.
    pub(crate) fn turn_ns(self, bench: &Bench) -> u64 {
        bench.effort.open.turn_ns * self.arrivals.stretch()
    }

    fn plan(self, bench: &Bench, seed: u64) -> Vec<Vec<u64>> {
        let turn_ns = WARM_NS + self.turn_ns(bench);
        self.arrivals.plan(self.producers, turn_ns, seed)
    }

    /// Runs the rounds, forward and backward in turn, after one turn of the pacing alone, which it
    /// returns.
    pub(crate) fn run(self, contenders: &mut [Contender], bench: &Bench) -> Contender {
        let Rounds { rounds, .. } = bench.effort.open;
        let turn_ns = WARM_NS + self.turn_ns(bench);
        let _burners = Burners::start(self.burners);
        let mut alone = Contender::new("pacing alone", Box::new(pacing));
        alone.turn(&self.plan(bench, 0), turn_ns);
        let plans: Vec<_> = (1..)
            .take(rounds)
            .map(|seed| self.plan(bench, seed))
            .collect();
        bench::in_turn(rounds, contenders, |who, round| {
            who.turn(&plans[round], turn_ns)
        });
        alone
    }
}
