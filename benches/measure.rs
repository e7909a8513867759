//! What measuring costs: an allocation under the guard, a record, a snapshot, a request's stages.
//!
//! `cargo bench --bench measure`
#![allow(clippy::print_stdout, reason = "a bench says which clock it measures")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use criterion::{Criterion, criterion_group, criterion_main};
use shorttail::measure::{
    AllocGuard, AllocRegion, Exemplars, Histogram, Recorder, SharedRecorder, Snapshot, Stage,
    StageReport, StageSet, StageTimer, WakeSlots,
};
use shorttail::time::{Clock, CoarseClock, StdClock};

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

/// Hands out the same block again and again, so that the guard's own cost is what is left.
struct OneBlock;

static mut BLOCK: [u64; 16] = [0; 16];

// SAFETY: not an allocator anybody may use: the blocks overlap. The bench asks for one block at a
// time, gives it back before the next and never touches what it points to.
unsafe impl GlobalAlloc for OneBlock {
    unsafe fn alloc(&self, _layout: Layout) -> *mut u8 {
        black_box((&raw mut BLOCK).cast())
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        black_box(block);
    }
}

/// One malloc and one free.
fn pair(allocator: &impl GlobalAlloc) {
    let layout = black_box(Layout::new::<[u64; 8]>());
    // SAFETY: the layout has a size.
    let block = black_box(unsafe { allocator.alloc(layout) });
    // SAFETY: `block` came from this allocator with this layout.
    unsafe { allocator.dealloc(block, layout) };
}

fn allocating(c: &mut Criterion) {
    let mut group = c.benchmark_group("measure/alloc_and_free");
    let guarded = AllocGuard::new(OneBlock);
    group.bench_function("nothing", |b| b.iter(|| pair(&OneBlock)));
    group.bench_function("nothing_guarded", |b| b.iter(|| pair(&guarded)));
    group.bench_function("system", |b| b.iter(|| pair(&System)));
    group.bench_function("system_guarded", |b| b.iter(|| pair(&GUARD)));
    group.finish();

    let region = AllocRegion::new("bench");
    c.bench_function("measure/region_enter_and_leave", |b| {
        b.iter(|| drop(region.enter()));
    });
}

/// A power of two, so that walking in a circle costs next to nothing.
const SAMPLES: usize = 4096;

/// Latencies as they come: around 20 µs, some of them far above; no pattern to predict.
fn latencies() -> Vec<u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..SAMPLES)
        .map(|_| (10_000 + next() % 20_000) << (next() % 64).saturating_sub(60))
        .collect()
}

fn recording(c: &mut Criterion) {
    let values = latencies();
    let mut at = 0;
    let mut next = move || {
        at = (at + 1) & (SAMPLES - 1);
        values[at]
    };
    let mut group = c.benchmark_group("measure/record");
    group.bench_function("value_only", |b| b.iter(|| black_box(next())));
    let mut histogram = Histogram::new();
    group.bench_function("histogram", |b| b.iter(|| histogram.record(next())));
    let recorder = Recorder::new();
    group.bench_function("recorder", |b| b.iter(|| recorder.record(next())));
    let shared = SharedRecorder::new(1);
    group.bench_function("shared_own_shard", |b| b.iter(|| shared.record(next())));
    group.bench_function("shared_in_excess", |b| {
        thread::scope(|scope| {
            let late = scope.spawn(|| b.iter(|| shared.record(next())));
            late.join().expect("a record never panics");
        });
    });
    group.finish();
    assert!(recorder.histogram().snapshot().count() > 0);
}

fn reading(c: &mut Criterion) {
    let recorder = Recorder::new();
    latencies().iter().for_each(|value| recorder.record(*value));
    let mut snapshot = Snapshot::new();
    c.bench_function("measure/snapshot_into", |b| {
        b.iter(|| recorder.histogram().snapshot_into(black_box(&mut snapshot)));
    });
    assert_eq!(snapshot.count(), SAMPLES as u64);
    c.bench_function("measure/quantiles_4", |b| {
        b.iter(|| black_box(&snapshot).quantiles([0.5, 0.9, 0.99, 0.999]));
    });
}

/// What a reading of the time costs.
fn clocks(c: &mut Criterion) {
    let mut group = c.benchmark_group("time");
    group.bench_function("std_clock", |b| b.iter(|| StdClock.now_ns()));
    #[cfg(feature = "tsc")]
    {
        let clock = shorttail::time::tsc::TscClock::calibrated();
        println!("tsc_clock reads the counter: {}", clock.is_counter());
        group.bench_function("tsc_clock", |b| b.iter(|| clock.now_ns()));
    }
    let coarse = CoarseClock::new();
    group.bench_function("coarse_clock", |b| b.iter(|| black_box(&coarse).now_ns()));
    group.finish();
}

/// A task of one poll, and one that wakes itself once, each with its slot.
fn tasks(c: &mut Criterion) {
    let slots = WakeSlots::new(64, StdClock);
    let mut context = Context::from_waker(Waker::noop());
    for polls in [1, 2] {
        c.bench_function(&format!("measure/timed_task_{polls}_polls"), |b| {
            b.iter(|| {
                let mut left = polls;
                let mut task = pin!(slots.time(poll_fn(|cx| {
                    left -= 1;
                    if left == 0 {
                        return Poll::Ready(());
                    }
                    cx.waker().wake_by_ref();
                    Poll::Pending
                })));
                loop {
                    if let Poll::Ready(times) = task.as_mut().poll(&mut context) {
                        break times;
                    }
                }
            });
        });
    }
    assert_eq!(slots.untracked(), 0);
}

/// An exemplar that is kept, and one that is not slow enough.
fn exemplars(c: &mut Criterion) {
    let slowest = Exemplars::new(8);
    let mut total_ns = 0;
    c.bench_function("measure/exemplar_kept_of_8", |b| {
        b.iter(|| {
            total_ns += 1;
            let mut timer: StageTimer = StageTimer::start(0);
            timer.lap(Stage::PROCESSING, black_box(total_ns));
            slowest.offer(7, &timer);
        });
    });
    let mut timer: StageTimer = StageTimer::start(0);
    timer.lap(Stage::PROCESSING, 1);
    c.bench_function("measure/exemplar_not_slow_enough", |b| {
        b.iter(|| slowest.offer(7, black_box(&timer)));
    });
}

fn stages(c: &mut Criterion) {
    let set = StageSet::standard(2);
    let mut now_ns = 0;
    let mut tick = move || {
        now_ns += 1_000;
        black_box(now_ns)
    };
    c.bench_function("measure/three_laps", |b| {
        b.iter(|| {
            let mut timer: StageTimer = StageTimer::start(tick());
            timer.lap(Stage::QUEUE_WAIT, tick());
            timer.lap(Stage::SCHEDULING, tick());
            timer.lap(Stage::PROCESSING, tick());
            timer
        });
    });
    let mut timer = StageTimer::start(0);
    timer.lap(Stage::PROCESSING, 20_000);
    c.bench_function("measure/stage_set_record", |b| {
        b.iter(|| set.record(black_box(&timer)));
    });
    let mut report = StageReport::new();
    set.report_into(&mut report);
    assert!(report.total().count() > 0);
}

criterion_group!(
    benches, allocating, recording, reading, stages, clocks, tasks, exemplars
);
criterion_main!(benches);
