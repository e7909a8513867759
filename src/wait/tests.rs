//! The queue alone, without a channel around it.

use core::cell::Cell;
use core::pin::pin;
use core::task::{Context, Poll};

use futures_util::task::noop_waker;

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
