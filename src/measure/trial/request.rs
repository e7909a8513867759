//! A request that ends on another thread, or in a task.

use crossbeam_utils::CachePadded;

use crate::measure::{SharedRecorder, Snapshot};
use crate::sync::Arc;
use crate::sync::global::{AtomicU64, Ordering};

/// Where the requests of one arm end.
#[derive(Debug)]
pub(super) struct Ends {
    latency_ns: SharedRecorder,
    service_ns: SharedRecorder,
    /// Written by those who start requests.
    begun: CachePadded<AtomicU64>,
    /// Written by those who end them.
    ended: CachePadded<AtomicU64>,
    lost: AtomicU64,
}

impl Ends {
    pub(super) fn new(shards: usize) -> Arc<Self> {
        Arc::new(Self {
            latency_ns: SharedRecorder::new(shards),
            service_ns: SharedRecorder::new(shards),
            begun: CachePadded::new(AtomicU64::new(0)),
            ended: CachePadded::new(AtomicU64::new(0)),
            lost: AtomicU64::new(0),
        })
    }

    pub(super) fn begin(self: &Arc<Self>, number: u64, intended_ns: u64, start_ns: u64) -> Request {
        // Relaxed: read by the trial only after the workers have met it at the barrier. [measure-4]
        self.begun.fetch_add(1, Ordering::Relaxed);
        Request {
            ends: Arc::clone(self),
            number,
            intended_ns,
            start_ns,
            open: true,
        }
    }

    /// Requests begun that are neither finished nor dropped.
    pub(super) fn under_way(&self) -> u64 {
        // Acquire: with `end`, whose samples are then in the histograms. [measure-4]
        let ended = self.ended.load(Ordering::Acquire);
        // Relaxed: nobody begins requests now. [measure-4]
        self.begun.load(Ordering::Relaxed) - ended
    }

    pub(super) fn lost(&self) -> u64 {
        // Relaxed: a statistic, read after `under_way` was zero. [measure-4]
        self.lost.load(Ordering::Relaxed)
    }

    /// Latency and service time of everything finished so far.
    pub(super) fn seen(&self) -> [Snapshot; 2] {
        [self.latency_ns.snapshot(), self.service_ns.snapshot()]
    }

    fn end(&self) {
        // Release: what was recorded before is seen by whoever sees the count. [measure-4]
        self.ended.fetch_add(1, Ordering::Release);
    }
}

/// A request under way, to be finished wherever its work ends.
///
/// # Guarantees
/// Finishing takes constant time and allocates nothing; dropping it unfinished counts it as lost.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::{Arm, Request};
/// use shorttail::time::{Clock, StdClock};
///
/// let (queue, requests) = std::sync::mpsc::sync_channel::<Request>(64);
/// let worker = std::thread::spawn(move || {
///     for request in requests {
///         let late_ns = request.start_ns() - request.intended_ns();
///         assert!(late_ns < 1_000_000_000, "request {}", request.number());
///         request.finish(StdClock.now_ns());
///     }
/// });
/// let arm = Arm::handed_over("sync_channel", move |request| queue.send(request).unwrap());
/// drop(arm);
/// worker.join().unwrap();
/// ```
#[derive(Debug)]
#[must_use = "a request that is dropped counts as lost"]
pub struct Request {
    ends: Arc<Ends>,
    number: u64,
    intended_ns: u64,
    start_ns: u64,
    open: bool,
}

impl Request {
    /// Its number in the block; for an example see [`Request`].
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// When the plan wanted it to start, on the trial's clock; for an example see [`Request`].
    #[must_use]
    pub const fn intended_ns(&self) -> u64 {
        self.intended_ns
    }

    /// When it was started, on the trial's clock; for an example see [`Request`].
    #[must_use]
    pub const fn start_ns(&self) -> u64 {
        self.start_ns
    }

    /// Ends the request at `end_ns`, a reading of the trial's clock. ([`SleepClock`] and
    /// [`StdClock`] read the same.) For an example see [`Request`].
    ///
    /// [`SleepClock`]: super::SleepClock
    /// [`StdClock`]: crate::time::StdClock
    ///
    /// A reading from before the start is another clock's, and counts the request as lost.
    pub fn finish(mut self, end_ns: u64) {
        if end_ns < self.start_ns {
            return;
        }
        // A pace of the caller's may begin before it was told to.
        let latency_ns = end_ns.saturating_sub(self.intended_ns);
        self.ends.latency_ns.record(latency_ns);
        self.ends.service_ns.record(end_ns - self.start_ns);
        self.open = false;
        self.ends.end();
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if self.open {
            // Relaxed: a statistic, ordered by `end`. [measure-4]
            self.ends.lost.fetch_add(1, Ordering::Relaxed);
            self.ends.end();
        }
    }
}
