//! What a pool and its workers share: the clock, the counts, and who is still there.

use crossbeam_utils::CachePadded;

use crate::measure::{Histogram, Recorder, Snapshot};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::chaos::{Point, point};
use crate::sync::{Arc, Lock, Tally};
use crate::time::Deadline;
use crate::wait::WaitQueue;

use super::report::{Overrun, Running};

pub(super) struct Books<C> {
    pub(super) clock: C,
    /// Operations and nanoseconds that a job may take.
    pub(super) budget: (u32, u64),
    pub(super) lanes: Box<[LaneBook]>,
    pub(super) seats: Box<[CachePadded<Seat>]>,
    overrun: Lock<Option<Overrun>>,
    /// Workers that have not ended.
    alive: AtomicUsize,
    /// Who waits for them to end.
    ended: WaitQueue,
}

/// What is counted of a lane's jobs by whoever comes to it, all of it rare.
#[derive(Debug, Default)]
pub(super) struct LaneBook {
    pub(super) name: String,
    pub(super) expired: Tally,
    pub(super) panicked: Tally,
    pub(super) overran: Tally,
    pub(super) wait_ns_max: Tally,
}

/// What one worker writes and everybody may read.
#[derive(Debug, Default)]
pub(super) struct Seat {
    /// When the job began that it runs; zero if none.
    since_ns: Tally,
    lane: Tally,
    /// For each lane.
    notes: Box<[Notes]>,
}

/// One worker's notes of one lane. Times are nanoseconds.
#[derive(Debug)]
struct Notes {
    done: Tally,
    waited: Arc<Histogram>,
    ran: Arc<Histogram>,
}

/// The pens to these notes, in the worker's hands.
pub(super) struct Pens {
    waited: Box<[Recorder]>,
    ran: Box<[Recorder]>,
}

impl Pens {
    /// For so many lanes; none in models, which check nothing of them.
    pub(super) fn new(lanes: usize) -> Self {
        let recorders = || (0..lanes).map(|_| Recorder::new()).collect();
        Self {
            waited: recorders(),
            ran: recorders(),
        }
    }

    #[inline]
    pub(super) fn waited(&self, lane: usize, ns: u64) {
        if let Some(pen) = self.waited.get(lane) {
            pen.record(ns);
        }
    }

    #[inline]
    pub(super) fn ran(&self, lane: usize, ns: u64) {
        if let Some(pen) = self.ran.get(lane) {
            pen.record(ns);
        }
    }
}

impl Seat {
    pub(super) fn new(pens: &Pens) -> Self {
        let histograms = pens.waited.iter().zip(&pens.ran);
        let notes = histograms.map(|(waited, ran)| Notes {
            done: Tally::default(),
            waited: waited.histogram().clone(),
            ran: ran.histogram().clone(),
        });
        Self {
            notes: notes.collect(),
            ..Self::default()
        }
    }

    /// For its worker: a job of `lane` begins, and is over when this is dropped.
    #[inline]
    pub(super) fn begin(&self, lane: usize, now_ns: u64) -> Sitting<'_> {
        self.lane.set(lane as u64);
        self.since_ns.set(now_ns.max(1));
        Sitting { seat: self, lane }
    }

    pub(super) fn running(&self) -> Option<Running> {
        let since_ns = self.since_ns.get();
        let lane = self.lane.get() as usize;
        (since_ns != 0).then_some(Running { lane, since_ns })
    }
}

/// A job that is being run: over on every way out, a panic of the clock behind it included.
pub(super) struct Sitting<'s> {
    seat: &'s Seat,
    lane: usize,
}

impl Drop for Sitting<'_> {
    #[inline]
    fn drop(&mut self) {
        self.seat.since_ns.set(0);
        if let Some(notes) = self.seat.notes.get(self.lane) {
            notes.done.add_alone(1);
        }
    }
}

impl LaneBook {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

impl<C> Books<C> {
    pub(super) fn new(
        clock: C,
        budget: (u32, u64),
        lanes: Box<[LaneBook]>,
        seats: Box<[CachePadded<Seat>]>,
    ) -> Self {
        Self {
            clock,
            budget,
            lanes,
            alive: AtomicUsize::new(seats.len()),
            seats,
            overrun: Lock::new(None),
            ended: WaitQueue::new(),
        }
    }

    pub(super) fn done(&self, lane: usize) -> u64 {
        let notes = self.seats.iter().filter_map(|seat| seat.notes.get(lane));
        notes.map(|notes| notes.done.get()).sum()
    }

    pub(super) fn waited_ns(&self, lane: usize) -> Snapshot {
        self.merged(lane, |notes| &notes.waited)
    }

    pub(super) fn ran_ns(&self, lane: usize) -> Snapshot {
        self.merged(lane, |notes| &notes.ran)
    }

    fn merged(&self, lane: usize, which: impl Fn(&Notes) -> &Histogram) -> Snapshot {
        let mut all = Snapshot::new();
        let mut one = Snapshot::new();
        for notes in self.seats.iter().filter_map(|seat| seat.notes.get(lane)) {
            which(notes).snapshot_into(&mut one);
            all.merge(&one);
        }
        all
    }

    /// A job took longer than it may.
    #[cold]
    pub(super) fn overran(&self, overrun: Overrun) {
        self.lanes[overrun.lane].overran.add(1);
        let mut longest = self.overrun.lock();
        if longest.is_none_or(|longest| longest.ran_ns < overrun.ran_ns) {
            *longest = Some(overrun);
        }
    }

    pub(super) fn take_overrun(&self) -> Option<Overrun> {
        self.overrun.lock().take()
    }

    /// Workers that have not ended.
    pub(super) fn alive(&self) -> usize {
        // Acquire: what those did who ended. [workers-1]
        self.alive.load(Ordering::Acquire)
    }

    /// For a worker: it runs no more jobs.
    pub(super) fn worker_ends(&self) {
        point(Point::WorkerLeaving);
        // AcqRel: what it did is seen by who waits for its end, or that one is seen waiting below.
        // [workers-1]
        self.alive.fetch_sub(1, Ordering::AcqRel);
        point(Point::WorkerLeft);
        self.ended.notify_all();
    }

    /// Waits until no more than `own` workers are left, or until `deadline`.
    pub(super) fn wait_for_the_end(&self, own: usize, deadline: Deadline) {
        let over = || {
            // AcqRel: meets `worker_ends`, as one who waits has to. [workers-1]
            let alive = self.alive.fetch_add(0, Ordering::AcqRel);
            (alive <= own).then_some(())
        };
        // Late or not: the caller looks at what is left.
        self.ended.wait(deadline, over).ok();
    }
}
