//! A task's time is split exactly, its wakers wake whatever becomes of it, and slots come back.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, RawWakerVTable, Wake, Waker};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use shorttail::measure::{Stage, StageSet, TaskTimes, WakeSlots};
use shorttail::time::MockClock;

const STAGES: [Stage; 4] = [
    Stage::QUEUE_WAIT,
    Stage::SCHEDULING,
    Stage::PROCESSING,
    Stage::WAITING,
];

/// A runtime's waker, which counts.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Counting {
    fn new() -> (Arc<Self>, Waker) {
        let counting = Arc::new(Self::default());
        let waker = Waker::from(Arc::clone(&counting));
        (counting, waker)
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn mock() -> (Arc<MockClock>, WakeSlots<Arc<MockClock>>) {
    let clock = Arc::new(MockClock::new());
    let slots = WakeSlots::new(1, Arc::clone(&clock));
    (clock, slots)
}

fn ns(ns: u64) -> Duration {
    Duration::from_nanos(ns)
}

/// A future that leaves its waker behind, and is ready in its poll number `last`.
fn pending(last: usize, left: &Mutex<Option<Waker>>) -> impl Future<Output = ()> {
    let polls = Cell::new(0);
    poll_fn(move |cx| {
        polls.set(polls.get() + 1);
        *left.lock().unwrap() = Some(cx.waker().clone());
        if polls.get() == last {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

fn spent(times: &TaskTimes) -> [u64; 4] {
    STAGES.map(|stage| times.timer.spent_ns(stage))
}

#[test]
fn the_time_between_wake_and_poll_is_told_from_the_wait_before() {
    let (clock, slots) = mock();
    let left = Mutex::new(None);
    let mut task = pin!(slots.time(async {
        clock.advance(ns(7));
        pending(2, &left).await;
        clock.advance(ns(5));
    }));
    clock.advance(ns(30));
    let (woken, waker) = Counting::new();
    assert!(poll(task.as_mut(), &waker).is_pending());
    clock.advance(ns(100));
    let inner = left.lock().unwrap().take().unwrap();
    inner.wake_by_ref();
    clock.advance(ns(15));
    inner.wake_by_ref(); // the first since the poll counts
    assert_eq!(woken.count(), 2);
    clock.advance(ns(5));
    let Poll::Ready(((), times)) = poll(task.as_mut(), &waker) else {
        panic!("its second poll is the last");
    };
    assert_eq!(spent(&times), [30, 20, 12, 100]);
    assert_eq!(
        (times.polls, times.poll_ns_max, times.timer.total_ns()),
        (2, 7, 162)
    );
    let set = StageSet::for_tasks(1);
    set.record_task(&times);
    assert_eq!(set.report().stage(Stage::SCHEDULING).max(), 20);
}

#[test]
fn a_wake_during_the_poll_counts_from_its_end() {
    let (clock, slots) = mock();
    let mut polls = 0;
    let mut task = pin!(slots.time(poll_fn(|cx| {
        polls += 1;
        cx.waker().wake_by_ref();
        clock.advance(ns(10));
        if polls == 2 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })));
    assert!(poll(task.as_mut(), Waker::noop()).is_pending());
    clock.advance(ns(4));
    let Poll::Ready(((), times)) = poll(task.as_mut(), Waker::noop()) else {
        panic!("its second poll is the last");
    };
    assert_eq!(spent(&times), [0, 4, 20, 0]);
}

#[test]
fn a_poll_that_nobody_asked_for_ends_a_wait() {
    let (clock, slots) = mock();
    let left = Mutex::new(None);
    let mut task = pin!(slots.time(pending(3, &left)));
    assert!(poll(task.as_mut(), Waker::noop()).is_pending());
    clock.advance(ns(6));
    assert!(poll(task.as_mut(), Waker::noop()).is_pending());
    clock.advance(ns(2));
    left.lock().unwrap().take().unwrap().wake();
    clock.advance(ns(1));
    let Poll::Ready(((), times)) = poll(task.as_mut(), Waker::noop()) else {
        panic!("its third poll is the last");
    };
    assert_eq!(spent(&times), [0, 1, 0, 8]);
}

#[test]
fn without_a_slot_a_task_is_woken_all_the_same_and_counted() {
    let (clock, slots) = mock();
    let (left_first, left) = (Mutex::new(None), Mutex::new(None));
    let mut first = Box::pin(slots.time(pending(2, &left_first)));
    assert!(poll(first.as_mut(), Waker::noop()).is_pending());
    assert_eq!(slots.untracked(), 0);

    let (woken, waker) = Counting::new();
    let mut second = pin!(slots.time(pending(3, &left)));
    assert!(poll(second.as_mut(), &waker).is_pending());
    let plain = left.lock().unwrap().take().unwrap();
    assert!(plain.will_wake(&waker));
    clock.advance(ns(3));
    plain.wake();
    assert_eq!((woken.count(), slots.untracked()), (1, 1));

    // The slot is the first task's while its waker is out.
    drop(first);
    assert!(poll(second.as_mut(), &waker).is_pending());
    assert_eq!(slots.untracked(), 2);
    *left_first.lock().unwrap() = None;
    let Poll::Ready(((), times)) = poll(second.as_mut(), &waker) else {
        panic!("its third poll is the last");
    };
    assert_eq!(spent(&times), [0, 0, 0, 3]);
    assert_eq!((times.untracked_polls, slots.untracked()), (2, 2));
}

#[test]
fn a_task_without_a_slot_has_no_part_in_the_percentiles_of_its_scheduling() {
    let (clock, slots) = mock();
    let left = Mutex::new(None);
    let set = StageSet::for_tasks(1);
    let finish = |slots: &WakeSlots<_>| {
        let mut task = pin!(slots.time(pending(2, &left)));
        assert!(poll(task.as_mut(), Waker::noop()).is_pending());
        clock.advance(ns(50));
        left.lock().unwrap().take().unwrap().wake();
        clock.advance(ns(20));
        let Poll::Ready(((), times)) = poll(task.as_mut(), Waker::noop()) else {
            panic!("its second poll is the last");
        };
        *left.lock().unwrap() = None; // it holds a slot
        set.record_task(&times);
        times
    };
    set.mark_slow(1);
    assert_eq!(spent(&finish(&slots)), [0, 20, 0, 50]);
    let mut holds_the_slot = pin!(slots.time(std::future::pending::<()>()));
    assert!(poll(holds_the_slot.as_mut(), Waker::noop()).is_pending());
    for _ in 0..3 {
        let times = finish(&slots);
        assert_eq!((spent(&times), times.untracked_polls), ([0, 0, 0, 70], 1));
    }
    let report = set.report();
    let counts = STAGES.map(|stage| report.stage(stage).count());
    assert_eq!((counts, report.total().count()), ([4, 1, 4, 1], 4));
    assert_eq!(report.stage(Stage::SCHEDULING).quantile(0.0), Some(20));
    assert_eq!(report.stage(Stage::WAITING).max(), 50);
    assert_eq!(report.tail().unwrap().requests, 1);
}

/// One that is done in a poll without a slot was never woken: nothing of it is unknown.
#[test]
fn a_task_of_one_poll_needs_no_slot() {
    let (_, slots) = mock();
    let mut holds_the_slot = pin!(slots.time(std::future::pending::<()>()));
    assert!(poll(holds_the_slot.as_mut(), Waker::noop()).is_pending());
    let task = pin!(slots.time(async {}));
    let Poll::Ready(((), times)) = poll(task, Waker::noop()) else {
        panic!("its first poll is the last");
    };
    assert_eq!((times.untracked_polls, slots.untracked()), (0, 1));
}

#[test]
fn a_waker_wakes_its_task_after_the_future_and_the_slots_are_gone() {
    let (_, slots) = mock();
    let left = Mutex::new(None);
    let (woken, waker) = Counting::new();
    let mut task = Box::pin(slots.time(pending(2, &left)));
    assert!(poll(task.as_mut(), &waker).is_pending());
    drop((task, slots, waker));
    let inner = left.lock().unwrap().take().unwrap();
    let copy = inner.clone();
    inner.wake();
    copy.wake_by_ref();
    assert_eq!(woken.count(), 2);
    drop(copy);
    assert_eq!(Arc::strong_count(&woken), 1, "a waker leaked");
}

#[test]
fn a_task_with_another_waker_takes_another_slot() {
    let clock = Arc::new(MockClock::new());
    let slots = WakeSlots::new(2, Arc::clone(&clock));
    let left = Mutex::new(None);
    let [(one, waker_one), (two, waker_two)] = [Counting::new(), Counting::new()];
    let mut task = pin!(slots.time(pending(4, &left)));
    assert!(poll(task.as_mut(), &waker_one).is_pending());
    let first = left.lock().unwrap().take().unwrap();
    assert!(poll(task.as_mut(), &waker_two).is_pending());
    let second = left.lock().unwrap().take().unwrap();
    first.wake();
    assert_eq!((one.count(), two.count()), (1, 0));
    second.wake();
    assert_eq!((one.count(), two.count()), (1, 1));
    assert!(poll(task.as_mut(), &waker_two).is_pending());
    // The same waker keeps its slot.
    let third = left.lock().unwrap().take().unwrap();
    assert!(poll(task.as_mut(), &waker_two).is_ready());
    let fourth = left.lock().unwrap().take().unwrap();
    assert!(third.will_wake(&fourth));
    assert_eq!(slots.untracked(), 0);
}

#[test]
fn a_poll_that_panics_gives_its_slot_back() {
    let (_, slots) = mock();
    let mut task = Box::pin(slots.time(async { panic!("planted") }));
    let polled = catch_unwind(std::panic::AssertUnwindSafe(|| {
        poll(task.as_mut(), Waker::noop())
    }));
    assert!(polled.is_err());
    drop(task);
    let next = pin!(slots.time(async {}));
    assert!(poll(next, Waker::noop()).is_ready());
    assert_eq!(slots.untracked(), 0);
}

#[test]
fn no_slots_and_absurdly_many_are_refused() {
    for capacity in [0, 65_537] {
        assert!(catch_unwind(|| WakeSlots::new(capacity, MockClock::new())).is_err());
    }
}

/// All slots of a set can be had at once, and no more.
fn assert_all_free(slots: &WakeSlots<Arc<MockClock>>) {
    let (left, before) = (Mutex::new(None), slots.untracked());
    let all: Vec<_> = (0..slots.capacity())
        .map(|_| {
            let mut task = Box::pin(slots.time(pending(2, &left)));
            assert!(poll(task.as_mut(), Waker::noop()).is_pending());
            task
        })
        .collect();
    assert_eq!(slots.untracked(), before);
    let mut excess = pin!(slots.time(pending(2, &left)));
    assert!(poll(excess.as_mut(), Waker::noop()).is_pending());
    assert_eq!(slots.untracked(), before + 1);
    drop(all);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn the_parts_of_a_task_sum_exactly_to_its_total(
        steps in prop::collection::vec((0_u64..50, 0_u64..50, prop::bool::ANY), 1..20),
    ) {
        let (clock, slots) = mock();
        let left = Mutex::new(None);
        let mut task = pin!(slots.time(pending(steps.len(), &left)));
        let mut total = 0;
        for (index, (before, after, wakes)) in steps.iter().enumerate() {
            clock.advance(ns(*before));
            if let Some(waker) = left.lock().unwrap().take().filter(|_| *wakes) {
                waker.wake();
            }
            clock.advance(ns(*after));
            total += before + after;
            if let Poll::Ready(((), times)) = poll(task.as_mut(), Waker::noop()) {
                prop_assert_eq!(index + 1, steps.len());
                prop_assert_eq!(times.timer.total_ns(), total);
                prop_assert_eq!(spent(&times).iter().sum::<u64>(), total);
                prop_assert_eq!(times.polls as usize, steps.len());
            }
        }
    }

    #[test]
    fn any_capacity_is_exact(capacity in 1_usize..300) {
        assert_all_free(&WakeSlots::new(capacity, Arc::new(MockClock::new())));
    }
}

/// Wakes on three threads while tasks are polled, end and are dropped: none is lost, none is
/// freed twice, and every slot comes back.
#[test]
fn wakes_beside_polls_and_drops_lose_nothing() {
    const TASKS: usize = 2_000;
    let slots = WakeSlots::new(4, Arc::new(MockClock::new()));
    let lefts: Vec<Mutex<Option<Waker>>> = (0..4).map(|_| Mutex::new(None)).collect();
    let (woken, waker) = Counting::new();
    let (begin, wakes) = (Barrier::new(4), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                begin.wait();
                for round in 0..TASKS {
                    let left = lefts[round % 4].lock().unwrap().clone();
                    if let Some(waker) = left {
                        wakes.fetch_add(1, Ordering::SeqCst);
                        if round % 2 == 0 {
                            waker.wake()
                        } else {
                            waker.wake_by_ref()
                        }
                    }
                }
            });
        }
        begin.wait();
        for round in 0..TASKS {
            let mut task = Box::pin(slots.time(pending(2, &lefts[round % 4])));
            assert!(poll(task.as_mut(), &waker).is_pending());
            if round % 3 != 0 {
                assert!(poll(task.as_mut(), &waker).is_ready());
            }
        }
    });
    assert_eq!(woken.count(), wakes.load(Ordering::SeqCst));
    drop((lefts, waker));
    assert_eq!(Arc::strong_count(&woken), 1);
    assert_all_free(&slots);
}

/// Under a runtime with two threads, all of whose tasks fit: each one's parts sum up, and tasks
/// that wait for each other are woken.
#[test]
fn tasks_of_a_runtime_are_measured() {
    const TASKS: u64 = 200;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let slots = WakeSlots::new(256, shorttail::time::StdClock);
    let set = Arc::new(StageSet::for_tasks(2));
    let (sender, receiver) = shorttail::channel::bounded::<u64>(1);
    let sum = runtime.block_on(async {
        let sending = (0..TASKS).map(|number| {
            let (sender, set) = (sender.clone(), Arc::clone(&set));
            let timed = slots.time(async move { sender.send_async(number).await });
            tokio::spawn(async move {
                let (sent, times) = timed.await;
                set.record_task(&times);
                sent.unwrap();
            })
        });
        let sending: Vec<_> = sending.collect();
        let mut sum = 0;
        for _ in 0..TASKS {
            sum += receiver.recv_async().await.unwrap();
        }
        for task in sending {
            task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, TASKS * (TASKS - 1) / 2);
    let report = set.report();
    let parts: u64 = STAGES.iter().map(|stage| report.stage(*stage).sum()).sum();
    assert_eq!(
        (report.total().count(), report.total().sum()),
        (TASKS, parts)
    );
    assert_eq!(slots.untracked(), 0);
}

/// A runtime's waker whose clone panics.
fn unclonable() -> Waker {
    const TABLE: RawWakerVTable = RawWakerVTable::new(|_| panic!("no clone"), drop, drop, drop);
    // SAFETY: the functions use no data.
    unsafe { Waker::new(ptr::null(), &TABLE) }
}

#[test]
fn a_waker_whose_clone_panics_takes_no_slot_with_it() {
    let (_, slots) = mock();
    let mut task = Box::pin(slots.time(async {}));
    let waker = unclonable();
    let polled = catch_unwind(AssertUnwindSafe(|| poll(task.as_mut(), &waker)));
    assert!(polled.is_err());
    let mut task = pin!(slots.time(async {}));
    assert!(poll(task.as_mut(), Waker::noop()).is_ready());
    assert_eq!(slots.untracked(), 0);
}
