//! Those who wait for a slot, against those who bring one and those who give up.

use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use crate::sync::explore::block_on;
use crate::sync::thread;
use futures_util::task::noop_waker;

use crate::slots::{Lease, LeaseWait, Owner};
use crate::sync::explore::{Turn, explore_deeply};
use crate::sync::{Arc, UnsafeCell};
use crate::time::Deadline;

/// A slot's memory: loom fails if two holders are in it at a time.
struct Seat(UnsafeCell<u32>);

// SAFETY: entered only by the holder of its lease; that is what the models check.
unsafe impl Sync for Seat {}
// SAFETY: as for `Sync`; nothing in it belongs to a thread.
unsafe impl Send for Seat {}

type Slots = Arc<Owner<(), Seat>>;

fn slots(count: usize) -> Slots {
    let seats = (0..count).map(|_| Seat(UnsafeCell::new(0))).collect();
    Arc::new(Owner::new((), seats))
}

fn write(lease: &Lease<(), Seat>) {
    lease.payload().0.with_mut(|seat| {
        // SAFETY: loom stops the run if anybody else is in the cell.
        unsafe { *seat += 1 }
    });
}

/// Waits, writes to the slot's memory, and gives it back.
fn spawn_wait(slots: &Slots) -> thread::JoinHandle<()> {
    let slots = Arc::clone(slots);
    thread::spawn(move || {
        let lease = slots.lease_until(Deadline::NEVER);
        write(&lease.unwrap_or_else(|_| unreachable!("it never comes")));
    })
}

/// Either finds the other: the slot is not left in the bitmap beside a waiter that sleeps.
#[test]
fn release_races_a_waiter_that_joins() {
    explore_deeply("slots: release against join", Some(3), Some(4), || {
        let slots = slots(1);
        let held = slots.try_lease().unwrap();
        let waiter = spawn_wait(&slots);
        write(&held);
        drop(held);
        waiter.join().unwrap();
        assert_eq!((slots.set().in_use(), slots.waiting()), (0, 0));
    });
}

#[test]
fn release_races_a_task_that_joins() {
    explore_deeply("slots: release against a task", Some(2), Some(3), || {
        let slots = slots(1);
        let held = slots.try_lease().unwrap();
        let task = thread::spawn({
            let slots = Arc::clone(&slots);
            move || {
                let mut wait = pin!(LeaseWait::new(&slots));
                write(&block_on(poll_fn(|cx| wait.as_mut().poll(cx))));
            }
        });
        write(&held);
        drop(held);
        task.join().unwrap();
        assert_eq!((slots.set().in_use(), slots.waiting()), (0, 0));
    });
}

/// A slot comes back, goes out and comes back again, so that its word is on the list again when
/// somebody joins the line who found nothing before: the last to bring it looks there all the same.
#[test]
fn a_slot_goes_and_comes_back_while_a_waiter_joins() {
    explore_deeply(
        "slots: back, out, back against join",
        Some(2),
        Some(3),
        || {
            let slots = slots(1);
            let held = slots.try_lease().unwrap();
            let waiter = spawn_wait(&slots);
            drop(held);
            drop(slots.try_lease());
            waiter.join().unwrap();
            assert_eq!((slots.set().in_use(), slots.waiting()), (0, 0));
        },
    );
}

/// Who waited takes the slot, gives it back and ends the owner, while who handed it over is not
/// done: all is freed once, by the last of them.
#[test]
fn a_waiter_takes_the_last_slot_and_leaves_with_the_owner() {
    explore_deeply(
        "slots: owner leaves in a hand-over",
        Some(2),
        Some(3),
        || {
            let slots = slots(1);
            let held = slots.try_lease().unwrap();
            let waiter = thread::spawn(move || {
                let lease = slots.lease_until(Deadline::NEVER);
                write(&lease.unwrap_or_else(|_| unreachable!("it never comes")));
            });
            write(&held);
            drop(held);
            waiter.join().unwrap();
        },
    );
}

/// Two who wait and two slots that come back at once, each of which may find the lock taken.
#[test]
fn two_releases_race_two_waiters() {
    explore_deeply("slots: two releases, two waiters", Some(1), Some(2), || {
        let slots = slots(2);
        let held = [slots.try_lease().unwrap(), slots.try_lease().unwrap()];
        let waiters = [spawn_wait(&slots), spawn_wait(&slots)];
        held.iter().for_each(write);
        drop(held);
        waiters
            .into_iter()
            .for_each(|waiter| waiter.join().unwrap());
        assert_eq!((slots.set().in_use(), slots.waiting()), (0, 0));
    });
}

/// At the end of its time a waiter has the slot, or it is free for others.
#[test]
fn release_races_the_end_of_a_wait() {
    explore_deeply(
        "slots: release against a time-out",
        Some(3),
        Some(4),
        || {
            let slots = slots(1);
            let held = slots.try_lease().unwrap();
            let waiter = thread::spawn({
                let slots = Arc::clone(&slots);
                move || {
                    if let Ok(lease) = slots.lease_until(Deadline::at(0)) {
                        write(&lease);
                    }
                }
            });
            write(&held);
            drop(held);
            waiter.join().unwrap();
            assert_eq!(slots.waiting(), 0);
            write(&slots.try_lease().expect("nobody has it"));
        },
    );
}

/// A task that gives up, with its slot or without, keeps none from the next in line.
#[test]
fn a_task_gives_up_while_a_slot_comes_back() {
    explore_deeply("slots: a task gives up", Some(2), Some(3), || {
        let slots = slots(1);
        let held = slots.try_lease().unwrap();
        let mut wait = Box::pin(LeaseWait::new(&slots));
        let waker = noop_waker();
        let polled = poll_once(wait.as_mut(), &mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        let waiter = spawn_wait(&slots);
        let releaser = thread::spawn(move || {
            write(&held);
            drop(held);
        });
        drop(wait);
        waiter.join().unwrap();
        releaser.join().unwrap();
        assert_eq!((slots.set().in_use(), slots.waiting()), (0, 0));
    });
}

/// Somebody waits, so that a slot which comes back is never free.
#[test]
fn nobody_comes_between_a_release_and_who_waits() {
    explore_deeply(
        "slots: a claim against a hand-over",
        Some(3),
        Some(4),
        || {
            let slots = slots(1);
            let held = slots.try_lease().unwrap();
            let mut wait = Box::pin(LeaseWait::new(&slots));
            let waker = noop_waker();
            let mut cx = Context::from_waker(&waker);
            assert!(poll_once(wait.as_mut(), &mut cx).is_pending());
            let turn = Arc::new(Turn::default());
            let releaser = thread::spawn({
                let turn = Arc::clone(&turn);
                move || {
                    drop(held);
                    turn.pass();
                }
            });
            turn.pass();
            assert!(slots.try_lease().is_none());
            releaser.join().unwrap();
            assert!(poll_once(wait.as_mut(), &mut cx).is_ready());
        },
    );
}

/// A task polled again with another waker, while a slot is granted to it.
#[test]
fn a_task_changes_its_waker_while_a_slot_comes_back() {
    explore_deeply("slots: another waker", Some(3), Some(4), || {
        let slots = slots(1);
        let held = slots.try_lease().unwrap();
        let mut wait = Box::pin(LeaseWait::new(&slots));
        let waker = noop_waker();
        assert!(poll_once(wait.as_mut(), &mut Context::from_waker(&waker)).is_pending());
        let releaser = thread::spawn(move || drop(held));
        write(&block_on(poll_fn(|cx| wait.as_mut().poll(cx))));
        releaser.join().unwrap();
        drop(wait);
        assert_eq!((slots.set().in_use(), slots.waiting()), (0, 0));
    });
}

fn poll_once(
    wait: Pin<&mut LeaseWait<'_, (), Seat>>,
    cx: &mut Context<'_>,
) -> Poll<Lease<(), Seat>> {
    wait.poll(cx)
}
