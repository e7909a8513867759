//! The queue alone, without a channel around it.

use core::cell::Cell;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::task::Wake;

use futures_util::task::noop_waker;

use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::time::{Deadline, now_ns};

use super::{TaskWaiter, TimedOut, WaitQueue};

#[test]
fn nobody_waiting_costs_nothing_and_leaves_nothing() {
    let queue = WaitQueue::new();
    queue.notify_one();
    queue.notify_all();
    assert_eq!(queue.waiting(), 0);
}

#[test]
fn an_expired_wait_asks_twice_and_leaves_the_queue() {
    let queue = WaitQueue::new();
    let asked = Cell::new(0);
    let waited = queue.wait(Deadline::at(now_ns()), || {
        asked.set(asked.get() + 1);
        None::<()>
    });
    assert_eq!((waited, asked.get()), (Err(TimedOut), 2));
    assert_eq!(queue.waiting(), 0);
}

#[test]
fn a_dropped_waiter_that_was_woken_wakes_the_next() {
    let queue = WaitQueue::new();
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let mut first = pin!(TaskWaiter::new());
    let mut second = pin!(TaskWaiter::new());
    for waiter in [first.as_mut(), second.as_mut()] {
        // SAFETY: one queue, which outlives both, and both are released below.
        let polled = unsafe { waiter.poll(&queue, &mut cx, || None::<()>) };
        assert_eq!(polled, Poll::Pending);
    }
    queue.notify_one();
    assert_eq!(queue.waiting(), 1);
    // SAFETY: the queue it waits in.
    unsafe { first.as_mut().release(&queue) };
    assert_eq!(queue.waiting(), 0, "the wake went on to the second");
    // SAFETY: the queue it waits in.
    unsafe { second.as_mut().release(&queue) };
}

/// What one call leaves is done by those whom it has woken, when they run; all of it by `all`.
#[test]
fn one_call_wakes_sixteen_and_they_wake_the_rest() {
    let queue = WaitQueue::new();
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let mut waiters: Vec<_> = (0..40).map(|_| Box::pin(TaskWaiter::new())).collect();
    let mut link = |waiter: &mut core::pin::Pin<Box<TaskWaiter>>, result: Option<()>| {
        // SAFETY: one queue, which outlives all, and every waiter is released below.
        unsafe { waiter.as_mut().poll(&queue, &mut cx, || result) }
    };
    for waiter in &mut waiters {
        assert_eq!(link(waiter, None), Poll::Pending);
    }
    queue.notify_many(39);
    assert_eq!(queue.waiting(), 40 - 16);
    assert_eq!(link(&mut waiters[0], Some(())), Poll::Ready(()));
    assert_eq!(queue.waiting(), 40 - 32);
    assert_eq!(link(&mut waiters[1], Some(())), Poll::Ready(()));
    assert_eq!(queue.waiting(), 1, "as many as were asked for");
    for waiter in &mut waiters {
        // SAFETY: the queue they wait in.
        unsafe { waiter.as_mut().release(&queue) };
    }
    assert_eq!(queue.waiting(), 0);
}

#[test]
fn a_wake_of_all_goes_on_to_the_end() {
    let queue = WaitQueue::new();
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let mut waiters: Vec<_> = (0..40).map(|_| Box::pin(TaskWaiter::new())).collect();
    for waiter in &mut waiters {
        // SAFETY: one queue, which outlives all, and every waiter is released below.
        let polled = unsafe { waiter.as_mut().poll(&queue, &mut cx, || None::<()>) };
        assert_eq!(polled, Poll::Pending);
    }
    queue.notify_all();
    assert_eq!(queue.waiting(), 0);
    for waiter in &mut waiters {
        // SAFETY: the queue they wait in.
        unsafe { waiter.as_mut().release(&queue) };
    }
}

type Task = core::pin::Pin<Box<TaskWaiter>>;

fn poll(task: &mut Task, queue: &WaitQueue, waker: &Waker, result: Option<()>) -> Poll<()> {
    let mut cx = Context::from_waker(waker);
    // SAFETY: every test has one queue, which outlives its tasks, and releases them.
    unsafe { task.as_mut().poll(queue, &mut cx, || result) }
}

fn release(task: &mut Task, queue: &WaitQueue) {
    // SAFETY: as above.
    unsafe { task.as_mut().release(queue) };
}

fn tasks<const N: usize>() -> [Task; N] {
    core::array::from_fn(|_| Box::pin(TaskWaiter::new()))
}

#[derive(Default)]
struct Count(AtomicU64);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        // Relaxed: one thread. [wait-4]
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn get(&self) -> u64 {
        // Relaxed: one thread. [wait-4]
        self.0.load(Ordering::Relaxed)
    }
}

fn counts<const N: usize>() -> [(Arc<Count>, Waker); N] {
    core::array::from_fn(|_| {
        let count = Arc::new(Count::default());
        (count.clone(), count.into())
    })
}

/// Two in cells, then two in the list: whoever leaves, the next to come does not pass the list.
#[test]
fn first_come_first_woken_in_cells_and_list() {
    let queue = WaitQueue::with_cells(2);
    let mut tasks = tasks::<5>();
    let counts = counts::<5>();
    for n in 0..4 {
        assert!(poll(&mut tasks[n], &queue, &counts[n].1, None).is_pending());
    }
    release(&mut tasks[0], &queue);
    assert!(poll(&mut tasks[4], &queue, &counts[4].1, None).is_pending());
    for (count, _) in &counts[1..] {
        assert_eq!(count.get(), 0);
        queue.notify_one();
        assert_eq!(count.get(), 1);
    }
    for task in &mut tasks {
        release(task, &queue);
    }
    assert_eq!(queue.waiting(), 0);
}

/// Woken in vain it keeps its place, with the waker of the last poll.
#[test]
fn a_task_keeps_its_place_in_a_cell_and_its_newest_waker() {
    let queue = WaitQueue::with_cells(2);
    let [mut first, mut second] = tasks();
    let [old, new, other] = counts();
    assert!(poll(&mut first, &queue, &old.1, None).is_pending());
    assert!(poll(&mut second, &queue, &other.1, None).is_pending());
    queue.notify_one();
    assert!(poll(&mut first, &queue, &new.1, None).is_pending());
    assert!(poll(&mut first, &queue, &new.1, None).is_pending());
    queue.notify_one();
    assert_eq!([&old, &new, &other].map(|count| count.0.get()), [1, 1, 0]);
    assert!(poll(&mut first, &queue, &new.1, Some(())).is_ready());
    assert_eq!(other.0.get(), 0, "its wake was used");
    release(&mut second, &queue);
    assert_eq!((queue.waiting(), Arc::strong_count(&old.0)), (0, 2));
}

/// The same where no cell is free. The old waker is of no use to anybody, and gone.
#[test]
fn a_task_keeps_its_place_in_the_list_and_its_newest_waker() {
    let queue = WaitQueue::new();
    let [mut first, mut second] = tasks();
    let [old, new, other] = counts();
    assert!(poll(&mut first, &queue, &old.1, None).is_pending());
    assert!(poll(&mut second, &queue, &other.1, None).is_pending());
    assert!(poll(&mut first, &queue, &new.1, None).is_pending());
    assert_eq!((queue.waiting(), Arc::strong_count(&old.0)), (2, 2));
    queue.notify_one();
    assert_eq!([&old, &new, &other].map(|count| count.0.get()), [0, 1, 0]);
    assert!(poll(&mut first, &queue, &new.1, Some(())).is_ready());
    release(&mut second, &queue);
    assert_eq!((other.0.get(), queue.waiting()), (0, 0));
}

#[test]
fn a_task_that_leaves_a_cell_woken_wakes_the_next_and_drops_its_waker() {
    let queue = WaitQueue::with_cells(2);
    let [mut first, mut second] = tasks();
    let [one, other] = counts();
    assert!(poll(&mut first, &queue, &one.1, None).is_pending());
    assert!(poll(&mut second, &queue, &other.1, None).is_pending());
    queue.notify_one();
    release(&mut first, &queue);
    assert_eq!((one.0.get(), other.0.get()), (1, 1));
    assert_eq!(Arc::strong_count(&one.0), 2, "ours and our waker's");
    assert!(!queue.has_waiters(), "both were woken");
    assert!(poll(&mut second, &queue, &other.1, None).is_pending());
    assert!(queue.has_waiters());
    release(&mut second, &queue);
    assert!(queue.waiting() == 0 && !queue.has_waiters());
}

#[test]
fn a_wake_of_all_reaches_cells_and_list() {
    let queue = WaitQueue::with_cells(2);
    let mut tasks = tasks::<4>();
    let counts = counts::<4>();
    for (task, count) in tasks.iter_mut().zip(&counts) {
        assert!(poll(task, &queue, &count.1, None).is_pending());
    }
    queue.notify_all();
    assert!(counts.iter().all(|count| count.0.get() == 1));
    for task in &mut tasks {
        release(task, &queue);
    }
    assert_eq!(queue.waiting(), 0);
}
