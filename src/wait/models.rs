//! The queue alone: a wake is never lost, and never waits for the lock.

use core::pin::pin;
use core::task::{Context, Poll};

use futures_util::task::noop_waker;

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::explore::explore_strictly;
use crate::sync::{Arc, thread};
use crate::time::Deadline;

use super::{TaskWaiter, WaitQueue};

/// A counting semaphore in the smallest form: its count is the word both sides meet on.
struct Gate {
    count: AtomicU32,
    queue: WaitQueue,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            count: AtomicU32::new(0),
            queue: WaitQueue::new(),
        })
    }

    fn open(&self) {
        // AcqRel: partner of `pass`. [wait-1]
        self.count.fetch_add(1, Ordering::AcqRel);
        self.queue.notify_one();
    }

    fn pass(&self) -> Option<()> {
        // AcqRel: adds zero, so that `open` sees the waiter or is seen. [wait-1]
        let mut seen = self.count.fetch_add(0, Ordering::AcqRel);
        while seen > 0 {
            let less = seen - 1;
            // AcqRel: takes one. [wait-1]
            let swap = self
                .count
                .compare_exchange(seen, less, Ordering::AcqRel, Ordering::Acquire);
            match swap {
                Ok(_) => return Some(()),
                Err(now) => seen = now,
            }
        }
        None
    }

    fn wait(&self) {
        self.queue
            .wait(Deadline::NEVER, || self.pass())
            .expect("never is no deadline");
    }
}

/// The waiter sees the change, or the notifier sees the waiter.
#[test]
fn a_wait_that_races_its_wake_ends() {
    explore_strictly("wait: wait against wake", None, || {
        let gate = Gate::new();
        let waiter = thread::spawn({
            let gate = gate.clone();
            move || gate.wait()
        });
        gate.open();
        waiter.join().unwrap();
        assert_eq!(gate.queue.waiting(), 0);
    });
}

/// Two wakes wake two waiters, though one may find the lock taken and leave its request.
#[test]
fn two_waiters_and_two_wakes_at_once() {
    explore_strictly("wait: two waiters, two wakes", Some(2), || {
        let gate = Gate::new();
        let waiter = || {
            let gate = gate.clone();
            thread::spawn(move || gate.wait())
        };
        let waiters = [waiter(), waiter()];
        let other = thread::spawn({
            let gate = gate.clone();
            move || gate.open()
        });
        gate.open();
        other.join().unwrap();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

/// A notifier that finds the lock taken leaves its request to whoever holds it.
#[test]
fn a_request_left_at_a_taken_lock_is_served() {
    explore_strictly("wait: delegated request", Some(3), || {
        let gate = Gate::new();
        let waiter = thread::spawn({
            let gate = gate.clone();
            move || gate.wait()
        });
        let passer_by = thread::spawn({
            let gate = gate.clone();
            move || {
                let waker = noop_waker();
                let mut cx = Context::from_waker(&waker);
                let mut idle = pin!(TaskWaiter::new());
                // SAFETY: one queue, which outlives the waiter, and it is released below.
                let polled = unsafe { idle.as_mut().poll(&gate.queue, &mut cx, || None::<()>) };
                assert_eq!(polled, Poll::Pending);
                // SAFETY: the queue it waits in.
                unsafe { idle.release(&gate.queue) };
            }
        });
        gate.open();
        waiter.join().unwrap();
        passer_by.join().unwrap();
        assert_eq!(gate.queue.waiting(), 0);
    });
}

/// Two wakes asked for at once, of which a call makes one; the woken waiter makes the other.
#[test]
fn requests_left_to_the_woken_are_served() {
    explore_strictly("wait: request for two", Some(3), || {
        let gate = Gate::new();
        let waiter = || {
            let gate = gate.clone();
            thread::spawn(move || gate.wait())
        };
        let waiters = [waiter(), waiter()];
        // AcqRel: partner of `pass`. [wait-1]
        gate.count.fetch_add(2, Ordering::AcqRel);
        gate.queue.notify_many(2);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert_eq!(gate.queue.waiting(), 0);
    });
}
