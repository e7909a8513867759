//! Random steps on a pool, each held against plain queues and the rule of whose turn it is. The
//! fuzz target `workers_ops` takes the same steps from its input.

use std::cell::RefCell;
use std::time::Duration;

use shorttail::channel::OnFull;
use shorttail::time::{Clock, Deadline, MockClock};
use shorttail::workers::{Pool, Task, Work, Worker};

use crate::oracle::Oracle;

type Ours<'a> = &'a MockClock;

/// What was done to jobs, by number.
#[derive(Debug, PartialEq, Eq)]
enum Done {
    Ran(usize, usize),
    Panicked(usize, usize),
    Expired(usize, usize),
}

#[derive(Default)]
struct Notes(RefCell<Vec<Done>>);

/// Each seventh job panics.
fn panics(job: usize) -> bool {
    job % 7 == 3
}

impl<'a> Work<usize, Ours<'a>> for &Notes {
    fn run(&self, job: usize, task: &mut Task<'_, usize, Ours<'a>>) {
        if panics(job) {
            self.0.borrow_mut().push(Done::Panicked(task.lane(), job));
            std::panic::resume_unwind(Box::new("as told"));
        }
        self.0.borrow_mut().push(Done::Ran(task.lane(), job));
    }

    fn expired(&self, job: usize, task: &Task<'_, usize, Ours<'a>>) {
        self.0.borrow_mut().push(Done::Expired(task.lane(), job));
    }
}

struct Walk<'a> {
    clock: Ours<'a>,
    pool: Pool<usize, Ours<'a>>,
    workers: Vec<Worker<usize, &'a Notes, Ours<'a>>>,
    notes: &'a Notes,
    oracle: Oracle,
    /// By job.
    deadlines: Vec<Deadline>,
}

impl Walk<'_> {
    fn submit(&mut self, lane: usize, deadline: Deadline) {
        let job = self.deadlines.len();
        self.deadlines.push(deadline);
        let expected = self.oracle.send(lane, job);
        assert_eq!(self.pool.try_submit(lane, job, deadline), expected);
    }

    fn run_one(&mut self, worker: usize) {
        let own = self.workers[worker].own_lane();
        let next = match own {
            Some(lane) => self.oracle.lanes[lane]
                .inside
                .pop_front()
                .map(|job| (lane, job)),
            None => self.oracle.recv().ok(),
        };
        assert_eq!(self.workers[worker].run_one(), next.is_some());
        let expected = next.map(|(lane, job)| {
            let expires = self.deadlines[job].is_expired(self.clock.now_ns());
            match (expires, panics(job)) {
                (true, _) => Done::Expired(lane, job),
                (false, true) => Done::Panicked(lane, job),
                (false, false) => Done::Ran(lane, job),
            }
        });
        let noted: Vec<Done> = self.notes.0.borrow_mut().drain(..).collect();
        assert_eq!(noted, Vec::from_iter(expected));
    }

    /// The rest comes back in the order in which it would have been run.
    fn end(mut self, drains: bool) {
        self.oracle.closed = true;
        let left = match drains {
            true => self.pool.drain(Duration::ZERO),
            false => self.pool.stop(Duration::ZERO),
        };
        let expected = std::iter::from_fn(|| self.oracle.recv().ok());
        assert_eq!(left.jobs, expected.collect::<Vec<_>>());
        assert_eq!(left.running, self.workers.len());
        self.submit(0, Deadline::NEVER);
        self.workers.clear();
        assert!(self.pool.drain(Duration::MAX).is_clean());
        for lane in 0..self.pool.lanes() {
            let report = self.pool.lane_report(lane);
            assert_eq!(
                self.pool.waited_ns(lane).count(),
                report.done + report.expired
            );
            assert_eq!(report.aged, self.oracle.lanes[lane].aged);
        }
    }
}

/// Takes a shape and steps from `data`: the lanes' capacities and the aging, then two bytes a step.
pub(crate) fn run(data: &[u8]) {
    let [shape, a, b, c, steps @ ..] = data else {
        return;
    };
    let capacities = [a, b, c].map(|byte| usize::from(byte % 4) + 1);
    let lanes = &capacities[..usize::from(shape % 3) + 1];
    let aging = [0, 2, 3, 5][usize::from(shape / 3 % 4)];
    let reserved = usize::from(shape / 12 % 2);
    let (clock, notes) = (MockClock::new(), Notes::default());
    let builder = Pool::builder().workers(1 + reserved).reserve(0, reserved);
    let builder = lanes
        .iter()
        .fold(builder, |builder, &capacity| builder.lane("x", capacity));
    let builder = match aging {
        0 => builder.strict(),
        n => builder.aging(n),
    };
    let (pool, workers) = builder.clock(&clock).build_manual(&notes).unwrap();
    let queues: Vec<_> = lanes
        .iter()
        .map(|&capacity| (capacity, OnFull::Wait))
        .collect();
    let mut walk = Walk {
        clock: &clock,
        pool,
        workers,
        notes: &notes,
        oracle: Oracle::new(&queues, aging),
        deadlines: Vec::new(),
    };
    for step in steps.chunks_exact(2) {
        let (what, detail) = (step[0] % 8, usize::from(step[1]));
        match what {
            0..=2 => walk.submit(detail % lanes.len(), Deadline::NEVER),
            3 => {
                let deadline = Deadline::at(clock.now_ns() + detail as u64 / 8);
                walk.submit(detail % lanes.len(), deadline);
            }
            4..=6 => walk.run_one(detail % (1 + reserved)),
            _ if detail == 255 => break,
            _ => clock.advance(Duration::from_nanos(detail as u64 % 8)),
        }
        let queued = (0..lanes.len()).map(|lane| walk.pool.lane_report(lane).queued);
        assert_eq!(queued.sum::<usize>(), walk.oracle.len());
    }
    walk.end(data.len() % 2 == 0);
}
