//! measure: recording, reading and lapping under RealtimeSanitizer.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use shorttail::measure::{
    Exemplars, Histogram, Recorder, SharedRecorder, Snapshot, Stage, StageReport, StageSet,
    StageTimer, WakeSlots,
};
use shorttail::time::MockClock;

use crate::realtime::nonblocking;

#[test]
fn recording_is_non_blocking() {
    let mut histogram = Histogram::new();
    let recorder = Recorder::new();
    let shared = SharedRecorder::new(2);
    for value in [0, 63, 64, 1 << 35, u64::MAX] {
        nonblocking(|| {
            histogram.record(value);
            histogram.record_n(value, 2);
            recorder.record(value);
            recorder.record_n(value, 2);
            shared.record(value);
            shared.record_n(value, 2);
        });
    }
}

#[test]
fn reading_is_non_blocking() {
    let mut snapshot = Snapshot::new();
    let (recorder, shared) = (Recorder::new(), SharedRecorder::new(2));
    nonblocking(|| {
        recorder.histogram().snapshot_into(&mut snapshot);
        shared.snapshot_into(&mut snapshot);
    });
    let earlier = Snapshot::new();
    let stages = StageSet::standard(1);
    let mut report = StageReport::new();
    recorder.record(7);
    recorder.histogram().snapshot_into(&mut snapshot);
    let read = nonblocking(|| {
        stages.report_into(&mut report);
        snapshot.merge(&earlier);
        let delta = snapshot.delta(&earlier);
        (delta.quantile(0.5), delta.quantiles([0.1, 0.9]))
    });
    assert_eq!(read, (Some(7), Some([7, 7])));
}

#[test]
fn lapping_is_non_blocking() {
    let set = StageSet::standard(1);
    nonblocking(|| {
        let mut timer = StageTimer::start(1);
        timer.lap(Stage::QUEUE_WAIT, 5);
        timer.begin_earlier(Stage::SCHEDULING, 1);
        set.mark_slow(1);
        set.record(&timer);
    });
}

#[test]
fn measuring_a_task_is_non_blocking() {
    let slots = WakeSlots::new(1, MockClock::new());
    let set = StageSet::for_tasks(1);
    nonblocking(|| {
        let mut polls = 0;
        let mut task = pin!(slots.time(poll_fn(|cx| {
            polls += 1;
            cx.waker().clone().wake();
            if polls == 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })));
        let mut context = Context::from_waker(Waker::noop());
        assert!(task.as_mut().poll(&mut context).is_pending());
        let Poll::Ready(((), times)) = task.as_mut().poll(&mut context) else {
            panic!("its second poll is the last");
        };
        set.record_task(&times);
    });
}

#[test]
fn keeping_the_slowest_is_non_blocking() {
    let exemplars = Exemplars::<3>::new(2);
    for request in 1..9 {
        let mut timer = StageTimer::start(0);
        timer.lap(Stage::PROCESSING, request);
        nonblocking(|| exemplars.offer(u128::from(request), &timer));
    }
    let mut slowest = Vec::with_capacity(exemplars.capacity());
    nonblocking(|| exemplars.take_into(&mut slowest));
    assert_eq!(slowest.len(), 2);
}
