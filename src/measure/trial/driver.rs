//! Running one block: workers that keep to the plan, and what watches them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::arm::{Arm, Work};
use super::pace::Pace;
use super::request::Ends;
use crate::measure::{Histogram, SharedRecorder, Snapshot};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::barrier::Barrier;
use crate::sync::{Arc, Lock, spin_loop};
use crate::time::{Clock, StdClock};

/// What all workers do next.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) arm: usize,
    /// On the trial's clock, ascending; worker `w` of `n` takes every `n`-th from `w` on.
    pub(super) starts_ns: Arc<Vec<u64>>,
}

/// What the workers have measured of one block.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) latency_ns: Snapshot,
    pub(super) service_ns: Snapshot,
    pub(super) send_lag_ns: Snapshot,
}

/// What workers, burners, the hiccup recorder and the trial share.
pub(super) struct Crew<'a> {
    pub(super) arms: [Arm<'a>; 2],
    pub(super) ends: [Arc<Ends>; 2],
    pub(super) workers: usize,
    pub(super) hiccups_ns: SharedRecorder,
    task: Lock<Option<Task>>,
    seen: Lock<Seen>,
    panic: Lock<Option<Box<dyn Any + Send>>>,
    stop: AtomicBool,
    barrier: Barrier,
}

impl<'a> Crew<'a> {
    pub(super) fn new(arms: [Arm<'a>; 2], workers: usize) -> Self {
        Self {
            arms,
            ends: [Ends::new(workers), Ends::new(workers)],
            workers,
            hiccups_ns: SharedRecorder::new(1),
            task: Lock::new(None),
            seen: Lock::new(Seen::default()),
            panic: Lock::new(None),
            stop: AtomicBool::new(false),
            barrier: Barrier::new(workers + 1),
        }
    }

    /// Lets the workers do `task` and hands out what they saw; `Err` if an arm has panicked.
    pub(super) fn run(&self, task: Task) -> Result<Seen, Box<dyn Any + Send>> {
        *self.task.lock() = Some(task);
        self.barrier.wait();
        self.barrier.wait();
        self.panic
            .lock()
            .take()
            .map_or_else(|| Ok(core::mem::take(&mut *self.seen.lock())), Err)
    }

    /// Ends all threads of the crew.
    pub(super) fn end(&self) {
        // Release: with the load in `stopped`; nothing is handed over. [measure-5]
        self.stop.store(true, Ordering::Release);
        self.barrier.wait();
    }

    fn stopped(&self) -> bool {
        // Acquire: with `end`. [measure-5]
        self.stop.load(Ordering::Acquire)
    }

    /// A worker's life: meets the trial at the barrier before and after each block.
    pub(super) fn work(&self, clock: &impl Pace, worker: usize) {
        loop {
            self.barrier.wait();
            let task = self.task.lock().clone();
            let Some(task) = task.filter(|_| !self.stopped()) else {
                return;
            };
            // Unwind safe: after a panic nothing of the arm or the block is used again.
            match catch_unwind(AssertUnwindSafe(|| self.keep_to(clock, worker, &task))) {
                Ok(mine) => {
                    let mut seen = self.seen.lock();
                    seen.latency_ns.merge(&mine.latency_ns);
                    seen.service_ns.merge(&mine.service_ns);
                    seen.send_lag_ns.merge(&mine.send_lag_ns);
                }
                Err(payload) => *self.panic.lock() = Some(payload),
            }
            self.barrier.wait();
        }
    }

    fn keep_to(&self, clock: &impl Pace, worker: usize, task: &Task) -> Seen {
        let starts = task
            .starts_ns
            .iter()
            .copied()
            .enumerate()
            .skip(worker)
            .step_by(self.workers);
        // Not zeros: those would come as pages that fault at the first write, in the block.
        let mut took = vec![Took::LATER; starts.len()];
        let arm = &self.arms[task.arm];
        match &arm.work {
            Work::Inline(work) => start_each(clock, starts, &mut took, |number, _, _| {
                work(number as u64);
            }),
            Work::HandedOver(work) => {
                start_each(clock, starts, &mut took, |number, at_ns, start_ns| {
                    work(self.ends[task.arm].begin(number as u64, at_ns, start_ns));
                });
            }
        }
        let [mut latency, mut service, mut lag] = [0; 3].map(|_| Histogram::new());
        for took in &took {
            lag.record(took.lag_ns);
            // What is handed over ends elsewhere.
            if matches!(arm.work, Work::Inline(_)) {
                latency.record(took.latency_ns);
                service.record(took.service_ns);
            }
        }
        Seen {
            latency_ns: latency.snapshot(),
            service_ns: service.snapshot(),
            send_lag_ns: lag.snapshot(),
        }
    }

    /// Takes a processor's time until the end, as a busy neighbour does.
    pub(super) fn burn(&self) {
        while !self.stopped() {
            (0..1_000).for_each(|_| spin_loop());
        }
    }

    /// Records how late a thread wakes that sleeps a millisecond at a time: what the machine does
    /// to everybody (Tene's jHiccup, 2012).
    pub(super) fn watch(&self) {
        const NAP_NS: u64 = 1_000_000;
        while !self.stopped() {
            let due_ns = StdClock.now_ns() + NAP_NS;
            crate::sync::thread::sleep(core::time::Duration::from_nanos(NAP_NS));
            self.hiccups_ns
                .record(StdClock.now_ns().saturating_sub(due_ns));
        }
    }
}

/// What one request took; kept as it is until the block is over, since three stores in a row cost
/// less than three histograms do.
#[derive(Clone, Copy, Debug)]
struct Took {
    latency_ns: u64,
    service_ns: u64,
    lag_ns: u64,
}

impl Took {
    const LATER: Self = Self {
        latency_ns: u64::MAX,
        service_ns: u64::MAX,
        lag_ns: u64::MAX,
    };
}

/// Starts each request when the plan says so or, if the worker is still busy then, as soon as it
/// is free: the wait counts as latency either way.
///
/// `start` gets number, intended and actual start. One reading a request: the end of one is the
/// start of the next if that is due. Lag is how much later a request started than it would have
/// with the same work behind a driver that is never late: a backlog that the driver made by
/// oversleeping is lag too, one that the work made is not.
fn start_each(
    clock: &impl Pace,
    starts: impl Iterator<Item = (usize, u64)>,
    took: &mut [Took],
    mut start: impl FnMut(usize, u64, u64),
) {
    let mut now_ns = clock.now_ns();
    let mut ideal_end_ns = 0;
    for ((number, at_ns), took) in starts.zip(took) {
        let start_ns = if now_ns < at_ns {
            clock.wait_until(at_ns)
        } else {
            now_ns
        };
        start(number, at_ns, start_ns);
        now_ns = clock.now_ns();
        let ideal_start_ns = at_ns.max(ideal_end_ns);
        let service_ns = now_ns - start_ns;
        ideal_end_ns = ideal_start_ns + service_ns;
        *took = Took {
            // A pace of the caller's may begin before it was told to.
            latency_ns: now_ns.saturating_sub(at_ns),
            service_ns,
            // Never negative: the ideal driver starts each no later than this one.
            lag_ns: start_ns.saturating_sub(ideal_start_ns),
        };
    }
}
