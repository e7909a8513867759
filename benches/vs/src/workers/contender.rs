//! A contender's turns, and what came of them.

use std::time::{Duration, Instant};

use shorttail::measure::{Snapshot, thread_allocs};

use crate::usage::Usage;

use super::crews::{AnyCrew, Kind};
use super::job::{Does, Turn};
use super::plan::Due;

/// How long a turn's jobs may take beyond what was planned.
const LIMIT: Duration = Duration::from_secs(30);

/// Cold jobs that stand before the hot ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backlog {
    pub(super) jobs: usize,
    pub(super) does: Does,
}

/// What came of all turns.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub(super) wait_ns: Snapshot,
    pub(super) whole_ns: Snapshot,
    /// Of each turn.
    pub(super) wait_p99_ns: Vec<u64>,
    pub(super) submits: u64,
    /// By the thread that submits.
    pub(super) allocs: u64,
    /// Processor time of the process, and the time it took.
    pub(super) cpu_ns: u64,
    pub(super) wall_ns: u64,
    /// Cold jobs that were left when the last hot one had ended.
    pub(super) cold_left: Vec<usize>,
}

pub(super) struct Contender {
    pub(super) name: String,
    crew: AnyCrew,
    /// None once it was over the limit.
    pub(super) ran: Option<Ran>,
}

impl Contender {
    pub(super) fn new(name: impl Into<String>, crew: AnyCrew) -> Self {
        Self {
            name: name.into(),
            crew,
            ran: Some(Ran::default()),
        }
    }

    /// Forgets what came so far: it was to warm up.
    pub(super) fn begin_anew(&mut self) {
        self.ran = self.ran.take().map(|_| Ran::default());
    }

    pub(super) fn turn(&mut self, plan: &[Due], backlog: Option<Backlog>) {
        let Some(ran) = &mut self.ran else {
            return;
        };
        let turn = Turn::of(plan.len());
        if let Some(Backlog { jobs, does }) = backlog {
            for _ in 0..jobs {
                assert!(self.crew.submit(Kind::Cold, turn.other(does)), "room");
            }
        }
        let (usage, begun) = (Usage::of_process(), Instant::now());
        let allocs = thread_allocs().allocs;
        for (number, due) in (0..).zip(plan) {
            let at = begun + Duration::from_nanos(due.at_ns);
            // Sleeps all the way: one that spun towards it would take a processor. Who is late
            // submits at once what has fallen due.
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            let job = turn.timed(number, due.does);
            assert!(self.crew.submit(Kind::Hot, job), "room");
        }
        ran.allocs += thread_allocs().allocs - allocs;
        ran.submits += plan.len() as u64;
        let ended = turn.end(LIMIT);
        ran.wall_ns += begun.elapsed().as_nanos() as u64;
        ran.cpu_ns += (Usage::of_process() - usage).cpu_ns;
        let Some(cold_left) = ended else {
            self.ran = None;
            return;
        };
        let times = turn.times();
        ran.cold_left.push(cold_left);
        ran.wait_p99_ns.extend(times.wait_ns.quantile(0.99));
        ran.wait_ns.merge(&times.wait_ns);
        ran.whole_ns.merge(&times.whole_ns);
    }
}
