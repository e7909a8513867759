//! measure: recording, reading and lapping take nothing from the heap.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use shorttail::measure::{
    Exemplars, Histogram, Recorder, SharedRecorder, Snapshot, Stage, StageReport, StageSet,
    StageTimer, WakeSlots, assert_no_alloc, count_allocs,
};
use shorttail::time::StdClock;

#[test]
fn a_histogram_is_inline() {
    assert_no_alloc(|| {
        let mut histogram = Histogram::new();
        histogram.record(1);
        histogram.record_n(u64::MAX, 3);
        let mut snapshot = histogram.snapshot();
        snapshot.merge(&histogram.snapshot());
        black_box(snapshot.delta(&histogram.snapshot()).quantile(0.99));
    });
}

#[test]
fn a_recorder_allocates_once_and_never_again() {
    let (counts, recorder) = count_allocs(Recorder::new);
    assert_eq!((counts.allocs, counts.reallocs), (1, 0));
    let mut snapshot = Snapshot::new();
    assert_no_alloc(|| {
        (0..10_000).for_each(|ns| recorder.record(ns));
        recorder.record_n(u64::MAX, 3);
        recorder.histogram().snapshot_into(&mut snapshot);
        black_box(snapshot.quantiles([0.5, 0.99, 0.999]));
    });
}

/// Also in the first call of a thread, which is when lazy set-up would show.
#[test]
fn a_shared_recorder_allocates_its_shards_and_never_again() {
    let (counts, shared) = count_allocs(|| SharedRecorder::new(4));
    assert_eq!((counts.allocs, counts.reallocs), (2, 0));
    let mut snapshot = Snapshot::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_no_alloc(|| (0..1_000).for_each(|ns| shared.record(ns))));
        }
    });
    assert_no_alloc(|| shared.snapshot_into(&mut snapshot));
    assert_eq!(snapshot.count(), 8_000);
}

#[test]
fn a_request_through_all_stages_allocates_nothing() {
    let set = StageSet::standard(2);
    let mut report = StageReport::new();
    assert_no_alloc(|| {
        for request in 0..1_000 {
            let mut timer = StageTimer::start(request);
            timer.lap(Stage::QUEUE_WAIT, request + 1);
            timer.lap(Stage::SCHEDULING, request + 3);
            timer.lap(Stage::PROCESSING, request + 9);
            set.record(&timer);
        }
        set.report_into(&mut report);
        set.mark_slow(0);
        set.record(&StageTimer::start(0));
        black_box(report.tail());
    });
    assert_eq!(report.total().count(), 1_000);
}

/// Also for a task without a slot, and one whose waker outlives it. A runtime's waker is cloned,
/// as an `Arc` is.
#[test]
fn a_measured_task_allocates_nothing() {
    struct Nothing;
    impl Wake for Nothing {
        fn wake(self: Arc<Self>) {}
    }
    let waker = Waker::from(Arc::new(Nothing));
    let mut context = Context::from_waker(&waker);
    let slots = WakeSlots::new(1, StdClock);
    let mut left = None;
    for round in 0..3 {
        assert_no_alloc(|| {
            let mut polls = 0;
            let mut task = pin!(slots.time(poll_fn(|cx| {
                polls += 1;
                left = Some(cx.waker().clone());
                cx.waker().wake_by_ref();
                if polls == 2 {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })));
            assert!(task.as_mut().poll(&mut context).is_pending());
            assert!(task.as_mut().poll(&mut context).is_ready());
        });
        if round == 1 {
            left = None;
        }
    }
    // The second round found the one slot held by the first one's waker.
    assert!(slots.untracked() > 0);
    assert_no_alloc(|| left.take().map(Waker::wake));
}

#[test]
fn exemplars_allocate_at_construction_and_never_again() {
    let (counts, exemplars) = count_allocs(|| Exemplars::<3>::new(8));
    assert_eq!((counts.allocs, counts.reallocs), (2, 0));
    let mut seen = Vec::with_capacity(exemplars.capacity());
    assert_no_alloc(|| {
        for request in 0..1_000 {
            let mut timer = StageTimer::start(0);
            timer.begin_earlier(Stage::QUEUE_WAIT, 9);
            timer.lap(Stage::PROCESSING, request % 37);
            exemplars.offer(u128::from(request), &timer);
        }
        exemplars.take_into(&mut seen);
    });
    assert_eq!(seen.len(), 8);
}
