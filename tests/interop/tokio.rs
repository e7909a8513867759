//! A task's budget beside tokio's own.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use shorttail::interop::tokio::checkpoint_async;
use shorttail::time::MockClock;
use shorttail::workers::TaskBudget;
use tokio::task::{LocalSet, spawn_local, yield_now};

/// Lets others run once, as a task does that wakes itself; tokio's `yield_now` waits for the end of
/// the runtime's round.
async fn wake_myself() {
    let mut woken = false;
    poll_fn(|cx| {
        if woken {
            return Poll::Ready(());
        }
        woken = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// How many turns another task has had, which gives way as the task does, when that one has done so
/// many operations.
fn turns_of_another(ops: u32, operations: u32, gives_way: impl AsyncFn() + 'static) -> u32 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let turns = Rc::new(Cell::new(0));
    LocalSet::new().block_on(&runtime, async {
        let other = spawn_local({
            let turns = turns.clone();
            async move {
                loop {
                    turns.set(turns.get() + 1);
                    gives_way().await;
                }
            }
        });
        let clock = MockClock::new();
        let seen = turns.clone();
        let task = spawn_local(async move {
            let mut budget = TaskBudget::with_clock(ops, Duration::MAX, &clock);
            for _ in 0..operations {
                checkpoint_async(&mut budget).await;
            }
            seen.get()
        });
        let seen = task.await.unwrap();
        other.abort();
        seen
    })
}

#[test]
fn a_task_gives_way_by_its_own_budget() {
    let turns = turns_of_another(10, 100, wake_myself);
    assert!((9..=12).contains(&turns), "{turns}");
}

#[test]
fn a_task_gives_way_by_tokios_budget() {
    // Tokio's is 128 operations.
    let turns = turns_of_another(u32::MAX, 1_280, yield_now);
    assert!((9..=12).contains(&turns), "{turns}");
}

#[test]
fn a_budget_begins_anew_where_tokios_was_spent() {
    // 200 and 128: were it not so, the task would give way by both.
    let turns = turns_of_another(200, 1_280, yield_now);
    assert!((9..=12).contains(&turns), "{turns}");
}

#[test]
fn outside_of_a_task_there_is_one_budget() {
    let clock = MockClock::new();
    let mut budget = TaskBudget::with_clock(2, Duration::MAX, &clock);
    let waker = futures_util::task::noop_waker();
    let mut cx = std::task::Context::from_waker(&waker);
    assert!(pin!(checkpoint_async(&mut budget)).poll(&mut cx).is_ready());
    let mut second = pin!(checkpoint_async(&mut budget));
    assert!(second.as_mut().poll(&mut cx).is_pending());
    assert!(second.poll(&mut cx).is_ready());
}
