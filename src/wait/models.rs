//! The queue alone: a wake is never lost, and never waits for the lock.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::task::Wake;

use futures_util::task::noop_waker;

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::explore::{explore_deeply, explore_strictly};
use crate::sync::{Arc, thread};
use crate::time::Deadline;

use super::{TaskWaiter, WaitQueue};

/// A counting semaphore in the smallest form: its count is the word both sides meet on.
struct Gate {
    count: AtomicU32,
    queue: WaitQueue,
}

impl Gate {
    /// Everybody waits in the list.
    fn new() -> Arc<Self> {
        Self::with_cells(0)
    }

    fn with_cells(cells: usize) -> Arc<Self> {
        Arc::new(Self {
            count: AtomicU32::new(0),
            queue: WaitQueue::with_cells(cells),
        })
    }

    fn open(&self) {
        // AcqRel: partner of `pass`. [wait-1]
        self.count.fetch_add(1, Ordering::AcqRel);
        self.queue.notify_one();
    }

    fn looks_open(&self) -> bool {
        // AcqRel: adds zero, as `pass`. [wait-1]
        self.count.fetch_add(0, Ordering::AcqRel) > 0
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

/// The same in a cell.
#[test]
fn a_wait_in_a_cell_that_races_its_wake_ends() {
    explore_strictly("wait: cell, wait against wake", None, || {
        let gate = Gate::with_cells(1);
        let waiter = thread::spawn({
            let gate = gate.clone();
            move || gate.wait()
        });
        gate.open();
        waiter.join().unwrap();
        assert_eq!(gate.queue.waiting(), 0);
    });
}

/// Two cells, two notifiers at once: they wake one each.
#[test]
fn two_waiters_in_cells_and_two_wakes_at_once() {
    explore_deeply("wait: two cells, two wakes", Some(1), Some(3), || {
        let gate = Gate::with_cells(2);
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
        assert_eq!(gate.queue.waiting(), 0);
    });
}

/// One comes into the cell, one into the list or into the cell that the first has left.
#[test]
fn a_waiter_in_a_cell_and_one_in_the_list_are_both_woken() {
    explore_strictly("wait: cell and list", Some(2), || {
        let gate = Gate::with_cells(1);
        let waiter = || {
            let gate = gate.clone();
            thread::spawn(move || gate.wait())
        };
        let waiters = [waiter(), waiter()];
        gate.open();
        gate.open();
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert_eq!(gate.queue.waiting(), 0);
    });
}

/// Woken in vain, a thread waits on in its cell and is woken again; two notifiers stand at it.
#[test]
fn a_waiter_woken_in_vain_waits_on_in_its_cell() {
    explore_strictly("wait: cell, woken in vain", Some(3), || {
        let gate = Gate::with_cells(1);
        let waiter = thread::spawn({
            let gate = gate.clone();
            move || gate.wait()
        });
        let other = thread::spawn({
            let gate = gate.clone();
            move || gate.queue.notify_one()
        });
        gate.open();
        other.join().unwrap();
        waiter.join().unwrap();
        assert_eq!(gate.queue.waiting(), 0);
    });
}

/// Two notifiers stand at one cell, and its owner, woken in vain by both, waits on and is woken for
/// the third.
#[test]
fn a_waiter_woken_in_vain_twice_is_woken_for_what_comes() {
    explore_deeply("wait: cell, twice in vain", Some(1), Some(3), || {
        let gate = Gate::with_cells(1);
        let waiter = thread::spawn({
            let gate = gate.clone();
            move || gate.wait()
        });
        let others = [(); 2].map(|()| {
            let gate = gate.clone();
            thread::spawn(move || gate.queue.notify_one())
        });
        gate.open();
        for other in others {
            other.join().unwrap();
        }
        waiter.join().unwrap();
        assert_eq!(gate.queue.waiting(), 0);
    });
}

/// A task gives its cell up while a notifier stands at it, and its wake goes on to a thread; the
/// last at the cell drops the waker.
#[test]
fn a_task_that_leaves_its_cell_hands_its_wake_on() {
    explore_strictly("wait: cell, task leaves", Some(2), || {
        let gate = Gate::with_cells(2);
        let task = thread::spawn({
            let gate = gate.clone();
            move || {
                let first = noop_waker();
                let mut idle = pin!(TaskWaiter::new());
                for waker in [first, thread_waker()] {
                    let mut cx = Context::from_waker(&waker);
                    let open = || gate.looks_open().then_some(());
                    // SAFETY: one queue, which outlives the waiter, and it is released below.
                    let polled = unsafe { idle.as_mut().poll(&gate.queue, &mut cx, open) };
                    // It takes nothing, so the wake that the look has used up is another's.
                    if polled.is_ready() {
                        gate.queue.notify_one();
                    }
                }
                // SAFETY: the queue it waits in.
                unsafe { idle.release(&gate.queue) };
            }
        });
        let waiter = thread::spawn({
            let gate = gate.clone();
            move || gate.wait()
        });
        gate.open();
        waiter.join().unwrap();
        task.join().unwrap();
        assert_eq!(gate.queue.waiting(), 0);
    });
}

/// A waker that is not the no-op one.
fn thread_waker() -> Waker {
    struct Other;
    impl Wake for Other {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    std::sync::Arc::new(Other).into()
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
