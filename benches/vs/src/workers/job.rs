//! A job that every contender runs, and what is noted of it.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use shorttail::measure::{Histogram, Snapshot};

/// What a job does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Does {
    /// Takes so much of a processor.
    Compute(Duration),
    /// Blocks its thread, as for a disk.
    Block(Duration),
}

/// Every job of one turn.
#[derive(Debug)]
pub(super) struct Turn {
    begun: Instant,
    /// Of the jobs that are timed.
    notes: Box<[Note]>,
    timed_left: AtomicUsize,
    /// Jobs that nobody times and that have not ended.
    others_left: AtomicUsize,
    /// Whether those that are left shall do nothing.
    is_over: AtomicBool,
}

/// Nanoseconds since the turn began, at least 1; zero for what has not been.
#[derive(Debug, Default)]
struct Note {
    submitted: AtomicU64,
    started: AtomicU64,
    ended: AtomicU64,
}

/// What a turn's timed jobs waited for their turn, and took from their submit to their end.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) wait_ns: Snapshot,
    pub(super) whole_ns: Snapshot,
}

#[derive(Debug)]
pub(super) struct Job {
    turn: Arc<Turn>,
    /// Of a timed job.
    number: Option<u32>,
    does: Does,
}

impl Turn {
    pub(super) fn of(timed: usize) -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            notes: (0..timed).map(|_| Note::default()).collect(),
            timed_left: AtomicUsize::new(timed),
            others_left: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        })
    }

    fn now_ns(&self) -> u64 {
        (self.begun.elapsed().as_nanos() as u64).max(1)
    }

    /// The timed job of this number. Its time runs from here.
    pub(super) fn timed(self: &Arc<Self>, number: u32, does: Does) -> Job {
        // Relaxed: it goes to another thread with the job, which the contender hands over.
        let note = &self.notes[number as usize];
        note.submitted.store(self.now_ns(), Ordering::Relaxed);
        Job {
            turn: Arc::clone(self),
            number: Some(number),
            does,
        }
    }

    /// A job that nobody times.
    pub(super) fn other(self: &Arc<Self>, does: Does) -> Job {
        // Relaxed: a count, raised before the job is anybody else's.
        self.others_left.fetch_add(1, Ordering::Relaxed);
        Job {
            turn: Arc::clone(self),
            number: None,
            does,
        }
    }

    /// Waits for the timed jobs, then for the others, which do nothing any more; how many of those
    /// were left. None if it took longer than `limit`.
    pub(super) fn end(&self, limit: Duration) -> Option<usize> {
        let start = Instant::now();
        let wait = |left: &AtomicUsize| {
            // Acquire: what the jobs noted.
            while left.load(Ordering::Acquire) > 0 {
                if start.elapsed() > limit {
                    return None;
                }
                std::thread::sleep(Duration::from_micros(200));
            }
            Some(())
        };
        let timed = wait(&self.timed_left);
        let left = self.others_left.load(Ordering::Relaxed);
        // Relaxed: a job that does not see it yet does its work.
        self.is_over.store(true, Ordering::Relaxed);
        timed?;
        wait(&self.others_left)?;
        Some(left)
    }

    /// Of a turn that has ended.
    pub(super) fn times(&self) -> Times {
        let [mut wait, mut whole] = [Histogram::new(), Histogram::new()];
        for note in &self.notes {
            // Relaxed: read after `end`.
            let [submitted, started, ended] = [&note.submitted, &note.started, &note.ended]
                .map(|moment| moment.load(Ordering::Relaxed));
            assert!(submitted > 0 && started >= submitted && ended >= started);
            wait.record(started - submitted);
            whole.record(ended - submitted);
        }
        Times {
            wait_ns: wait.snapshot(),
            whole_ns: whole.snapshot(),
        }
    }
}

impl Job {
    pub(super) fn run(self) {
        let Some(number) = self.number else {
            // Relaxed: as in `end`.
            if !self.turn.is_over.load(Ordering::Relaxed) {
                self.does.go();
            }
            self.turn.others_left.fetch_sub(1, Ordering::Release);
            return;
        };
        let note = &self.turn.notes[number as usize];
        // Relaxed: published by the count below.
        note.started.store(self.turn.now_ns(), Ordering::Relaxed);
        self.does.go();
        note.ended.store(self.turn.now_ns(), Ordering::Relaxed);
        // Release: the note, to who waits for the turn's end.
        self.turn.timed_left.fetch_sub(1, Ordering::Release);
    }
}

impl Does {
    fn go(self) {
        match self {
            Self::Compute(time) => {
                let steps = time.as_nanos() as u64 * steps_per_us() / 1_000;
                black_box(steps_of(steps));
            }
            Self::Block(time) => std::thread::sleep(time),
        }
    }
}

fn steps_of(steps: u64) -> u64 {
    (0..steps).fold(1, |sum: u64, step| black_box(sum.rotate_left(5) ^ step))
}

/// Work is counted in steps, not in time: a thread that loses its processor does not do less for
/// it. The quickest of twenty looks says how many go into a microsecond.
pub(super) fn steps_per_us() -> u64 {
    const STEPS: u64 = 200_000;
    static FOUND: OnceLock<u64> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let look = |_| {
            let start = Instant::now();
            black_box(steps_of(black_box(STEPS)));
            start.elapsed().as_nanos() as u64
        };
        let quickest = (0..20).map(look).min().unwrap_or(1);
        (STEPS * 1_000 / quickest.max(1)).max(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_ends_when_its_jobs_have_and_lets_the_rest_do_nothing() {
        let turn = Turn::of(2);
        let jobs = [0, 1].map(|number| turn.timed(number, Does::Block(Duration::ZERO)));
        let never = turn.other(Does::Block(Duration::from_secs(600)));
        assert_eq!(turn.end(Duration::ZERO), None, "over the limit");
        jobs.into_iter().for_each(Job::run);
        assert_eq!(turn.end(Duration::ZERO), None, "the other one is left");
        never.run();
        assert_eq!(turn.end(Duration::ZERO), Some(0));
        let times = turn.times();
        assert_eq!((times.wait_ns.count(), times.whole_ns.count()), (2, 2));
        assert!(times.whole_ns.max() >= times.wait_ns.max());
    }
}
