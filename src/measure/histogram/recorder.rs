//! The one writer of a histogram that others read meanwhile.

use core::cell::Cell;
use core::marker::PhantomData;

use super::{Histogram, STANDARD};
use crate::sync::Arc;

/// The one writer of a [`Histogram`] that other threads read while it writes.
///
/// Give each worker thread one of its own and [`merge`](super::Snapshot::merge) their snapshots:
/// no two threads ever write one cache line. It may move to another thread, but not be shared.
///
/// # Guarantees
/// [`record`](Self::record) is two plain load and store pairs and one compare: never waits, never
/// allocates (see [`performance`](crate::guide::performance)). [`new`](Self::new) allocates once.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use shorttail::measure::{Recorder, Snapshot};
///
/// let recorder = Recorder::new();
/// let reader = Arc::clone(recorder.histogram());
/// let worker = std::thread::spawn(move || {
///     recorder.record(1_500);
///     recorder.record_n(500, 3); // three times
/// });
///
/// let mut now = Snapshot::new();
/// reader.snapshot_into(&mut now); // at any time, from any thread
/// worker.join().unwrap();
/// reader.snapshot_into(&mut now);
/// assert_eq!((now.count(), now.sum()), (4, 3_000));
/// ```
#[derive(Debug)]
pub struct Recorder<const BUCKETS: usize = STANDARD> {
    histogram: Arc<Histogram<BUCKETS>>,
    /// Makes it `!Sync`: plain load and store pairs take one writer at a time.
    one_writer: PhantomData<Cell<()>>,
}

impl Recorder {
    /// The writer of a new, empty histogram of [`STANDARD`] buckets;
    /// for an example see [`Recorder`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<const BUCKETS: usize> Recorder<BUCKETS> {
    /// Counts one value; for an example see [`Recorder`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record(&self, value: u64) {
        self.histogram.add(value, 1);
    }

    /// Counts `value` as if it had been seen `times` times; zero times is nothing.
    /// For an example see [`Recorder`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn record_n(&self, value: u64, times: u64) {
        self.histogram.add(value, times);
    }

    /// The histogram written to; clone the `Arc` for readers. For an example see [`Recorder`].
    #[must_use]
    pub fn histogram(&self) -> &Arc<Histogram<BUCKETS>> {
        &self.histogram
    }
}

impl<const BUCKETS: usize> Default for Recorder<BUCKETS> {
    fn default() -> Self {
        Self {
            histogram: Arc::new(Histogram::default()),
            one_writer: PhantomData,
        }
    }
}
