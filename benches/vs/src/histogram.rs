//! Recording one value: by its owner, and into one that threads share.

use std::hint::black_box;
use std::sync::{Arc, Mutex};

use shorttail::measure::SharedRecorder;

use crate::bench::Bench;
use crate::course::Course;
use crate::solo::{Solo, Work};
use crate::team::{Body, Muster, Team};

/// Something that counts values and has one writer.
trait Owned: 'static {
    fn record(&mut self, value: u64);
}

impl Owned for shorttail::measure::Histogram {
    fn record(&mut self, value: u64) {
        Self::record(self, value);
    }
}

impl Owned for shorttail::measure::Recorder {
    fn record(&mut self, value: u64) {
        Self::record(self, value);
    }
}

impl Owned for hdrhistogram::Histogram<u64> {
    fn record(&mut self, value: u64) {
        Self::record(self, value).expect("in range");
    }
}

/// A thread's own part of a histogram that is merged when it is read.
impl Owned for hdrhistogram::sync::Recorder<u64> {
    fn record(&mut self, value: u64) {
        Self::record(self, value).expect("in range");
    }
}

impl Owned for histogram::Histogram {
    fn record(&mut self, value: u64) {
        self.increment(value).expect("in range");
    }
}

/// Something that counts values of several threads.
trait Shared: Send + Sync + 'static {
    const NAME: &'static str;

    fn new() -> Self;
    fn record(&self, value: u64);
    /// Makes room for the next turn, where records pile up.
    fn drain(&self) {}
}

impl Shared for SharedRecorder {
    const NAME: &'static str = "shorttail shared";

    fn new() -> Self {
        // Eight that record, and the threads before them.
        Self::new(16)
    }
    fn record(&self, value: u64) {
        Self::record(self, value);
    }
}

impl Shared for histogram::AtomicHistogram {
    const NAME: &'static str = "AtomicHistogram";

    fn new() -> Self {
        Self::new(5, 36).expect("a sound shape")
    }
    fn record(&self, value: u64) {
        self.increment(value).expect("in range");
    }
}

impl Shared for metriken::ShardedCounterHistogram {
    const NAME: &'static str = "metriken sharded";

    fn new() -> Self {
        Self::new(5, 36)
    }
    fn record(&self, value: u64) {
        self.increment(value).expect("in range");
    }
}

impl Shared for metriken::AtomicCounterHistogram {
    const NAME: &'static str = "metriken atomic";

    fn new() -> Self {
        Self::new(5, 36)
    }
    fn record(&self, value: u64) {
        self.increment(value).expect("in range");
    }
}

/// Keeps every value until it is drained.
impl Shared for metrics_util::storage::AtomicBucket<u64> {
    const NAME: &'static str = "AtomicBucket";

    fn new() -> Self {
        Self::new()
    }
    fn record(&self, value: u64) {
        self.push(value);
    }
    fn drain(&self) {
        self.clear();
    }
}

impl Shared for Mutex<hdrhistogram::Histogram<u64>> {
    const NAME: &'static str = "Mutex<hdrhistogram>";

    fn new() -> Self {
        Self::new(hdr())
    }
    fn record(&self, value: u64) {
        let mut histogram = self.lock().expect("nobody panics");
        histogram.record(value).expect("in range");
    }
}

fn hdr() -> hdrhistogram::Histogram<u64> {
    hdrhistogram::Histogram::new_with_bounds(1, 60_000_000_000, 2).expect("sound bounds")
}

/// Values up to 16 microseconds, from a generator of one multiplication.
#[derive(Debug)]
struct Values(u64);

impl Values {
    #[inline]
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        black_box(self.0 >> 50)
    }
}

fn owned(mut histogram: impl Owned) -> Work {
    let mut values = Values(1);
    Box::new(move |operations| (0..operations).for_each(|_| histogram.record(values.next())))
}

fn alone<S: Shared>() -> (&'static str, Work) {
    let (shared, mut values) = (S::new(), Values(1));
    let work: Work = Box::new(move |operations| {
        (0..operations).for_each(|_| shared.record(values.next()));
        shared.drain();
    });
    (S::NAME, work)
}

/// An operation and the timed call: one value recorded.
fn together<S: Shared>(threads: u64) -> (&'static str, Muster) {
    let shared = Arc::new(S::new());
    let body = move |seed| -> Body {
        let (shared, mut values) = (Arc::clone(&shared), Values(seed));
        Box::new(move |course: &mut Course| {
            while course.goes_on() {
                let value = values.next();
                course.call(|| shared.record(value));
                course.count();
            }
            shared.drain();
        })
    };
    (
        S::NAME,
        Box::new(move || (1..=threads).map(&body).collect()),
    )
}

pub(crate) fn run(bench: &mut Bench) {
    let contenders = vec![
        ("shorttail", owned(shorttail::measure::Histogram::new())),
        (
            "shorttail Recorder",
            owned(shorttail::measure::Recorder::new()),
        ),
        ("hdrhistogram", owned(hdr())),
        (
            "SyncHistogram recorder",
            owned(hdr().into_sync().recorder()),
        ),
        (
            "histogram",
            owned(histogram::Histogram::new(5, 36).expect("a sound shape")),
        ),
    ];
    Solo::new("histogram: record by the owner", contenders).run(bench);
    let contenders = vec![
        alone::<SharedRecorder>(),
        alone::<histogram::AtomicHistogram>(),
        alone::<metriken::ShardedCounterHistogram>(),
        alone::<metriken::AtomicCounterHistogram>(),
        alone::<metrics_util::storage::AtomicBucket<u64>>(),
        alone::<Mutex<hdrhistogram::Histogram<u64>>>(),
    ];
    Solo::new("histogram: record into a shared one, alone", contenders).run(bench);
    for (name, threads) in [
        ("histogram: record into a shared one, 2 threads", 2),
        ("histogram: record into a shared one, 8 threads", 8),
    ] {
        let contenders = vec![
            together::<SharedRecorder>(threads),
            together::<histogram::AtomicHistogram>(threads),
            together::<metriken::ShardedCounterHistogram>(threads),
            together::<metriken::AtomicCounterHistogram>(threads),
            together::<metrics_util::storage::AtomicBucket<u64>>(threads),
            together::<Mutex<hdrhistogram::Histogram<u64>>>(threads),
        ];
        Team::new(name, contenders).run(bench);
    }
}
