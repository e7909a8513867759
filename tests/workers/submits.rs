//! Submits that park the task: room, refusals, cancels, deadlines.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use shorttail::channel::{SendError, bounded};
use shorttail::time::{Deadline, MockClock};
use shorttail::workers::{Pool, SubmitFuture, Task, Worker};

use crate::executor::{Count, block_on};

type Parts<'a, W> = (Pool<u64, &'a MockClock>, Vec<Worker<u64, W, &'a MockClock>>);

/// One worker, and a lane with room for one job, which is in it.
fn full(clock: &MockClock) -> Parts<'_, impl shorttail::workers::Work<u64, &MockClock>> {
    let work = |_: u64, _: &mut Task<'_, u64, &MockClock>| {};
    let pool = Pool::builder().lane("all", 1).workers(1).clock(clock);
    let (pool, workers) = pool.build_manual(work).unwrap();
    pool.try_submit(0, 1, Deadline::NEVER).unwrap();
    (pool, workers)
}

type Submit<'a, 'p> = Pin<&'a mut SubmitFuture<'p, u64>>;

fn poll(submit: &mut Submit<'_, '_>, count: &Arc<Count>) -> Poll<Result<(), SendError<u64>>> {
    submit
        .as_mut()
        .poll(&mut Context::from_waker(&count.clone().into()))
}

#[test]
fn a_task_is_woken_when_a_worker_makes_room() {
    let clock = MockClock::new();
    let (pool, workers) = full(&clock);
    let (count, _) = Count::new();
    let mut submit = pin!(pool.submit_async(0, 2, Deadline::NEVER));
    assert!(poll(&mut submit, &count).is_pending());
    assert_eq!(count.get(), 0);
    assert!(workers[0].run_one());
    assert_eq!(count.get(), 1);
    assert_eq!(poll(&mut submit, &count), Poll::Ready(Ok(())));
    assert!(workers[0].run_one() && !workers[0].run_one());
    assert_eq!(pool.lane_report(0).done, 2);
}

/// The one that gives up had the wake: the other gets it.
#[test]
fn a_submit_that_is_given_up_passes_its_wake_on_and_gives_the_job_back() {
    let clock = MockClock::new();
    for cancels in [true, false] {
        let (pool, workers) = full(&clock);
        let (first, second) = (Count::new().0, Count::new().0);
        let mut gives_up = Box::pin(pool.submit_async(0, 2, Deadline::NEVER));
        let mut waits = pin!(pool.submit_async(0, 3, Deadline::NEVER));
        assert!(poll(&mut gives_up.as_mut(), &first).is_pending());
        assert!(poll(&mut waits, &second).is_pending());
        assert!(workers[0].run_one());
        assert_eq!((first.get(), second.get()), (1, 0));
        if cancels {
            assert_eq!(gives_up.as_mut().cancel(), Some(2));
            assert_eq!(gives_up.as_mut().cancel(), None);
        }
        drop(gives_up);
        assert_eq!(second.get(), 1);
        assert_eq!(poll(&mut waits, &second), Poll::Ready(Ok(())));
        assert_eq!(pool.stop(Duration::ZERO).jobs, [(0, 3)]);
    }
}

#[test]
fn the_end_of_a_pool_gives_the_job_back() {
    let clock = MockClock::new();
    let (pool, workers) = full(&clock);
    let (count, _) = Count::new();
    let mut submit = pin!(pool.submit_async(0, 2, Deadline::NEVER));
    assert!(poll(&mut submit, &count).is_pending());
    assert_eq!(pool.stop(Duration::ZERO).jobs, [(0, 1)]);
    assert_eq!(count.get(), 1);
    assert_eq!(poll(&mut submit, &count), Poll::Ready(Err(SendError(2))));
    let late = pool.submit_async(0, 3, Deadline::NEVER).now_or_never();
    assert_eq!(late, Some(Err(SendError(3))));
    drop(workers);
}

/// No timer runs for it; the wait for room is part of what it waited.
#[test]
fn a_job_that_is_late_when_it_gets_room_expires_at_its_turn() {
    let clock = MockClock::new();
    let (pool, workers) = full(&clock);
    let (count, _) = Count::new();
    let mut submit = pin!(pool.submit_async(0, 2, Deadline::at(100)));
    assert!(poll(&mut submit, &count).is_pending());
    clock.advance(Duration::from_nanos(100));
    assert!(workers[0].run_one());
    assert!(poll(&mut submit, &count).is_ready());
    assert!(workers[0].run_one());
    let report = pool.lane_report(0);
    assert_eq!((report.done, report.expired), (1, 1));
    assert_eq!(pool.take_wait_ns_max(0), 100);
}

#[test]
#[should_panic(expected = "lane 1 of 1")]
fn there_is_no_such_lane() {
    let clock = MockClock::new();
    let (pool, _workers) = full(&clock);
    drop(pool.submit_async(1, 2, Deadline::NEVER));
}

/// Tasks on several threads, a lane of one: each job is run once, and its answer comes back.
#[test]
fn tasks_wait_for_room_and_for_answers() {
    let work = |(to, n): (shorttail::channel::Sender<u64>, u64), _: &mut Task<'_, _>| {
        to.try_send(n * 2).unwrap();
    };
    let pool = Pool::builder().lane("all", 1).workers(2);
    let pool = pool.build(work).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (to, answers) = bounded(1);
                for n in 0..1_000 {
                    let job = (to.clone(), n);
                    block_on(pool.submit_async(0, job, Deadline::NEVER))
                        .map_err(|refused| refused.without_value())
                        .unwrap();
                    assert_eq!(block_on(answers.recv_async()), Ok(n * 2));
                }
            });
        }
    });
    assert!(pool.drain(Duration::MAX).is_clean());
    assert_eq!(pool.lane_report(0).done, 4_000);
}
