//! Sleep, wake, close and drop of the channel against each other.
//!
//! A lost wake-up shows as a deadlock, a lost or doubled message as a failed assertion or a leak.

mod batch;
mod cells;
mod chain;
#[cfg(shorttail_shuttle)]
mod crowd;
mod permit;
mod rendezvous;
mod rendezvous_cells;
mod select;
mod select_waits;
mod stamped;

use core::pin::pin;
use core::task::Context;

use crate::sync::explore::block_on;
use futures_util::task::noop_waker;

use crate::ring::Ring;
use crate::sync::explore::{explore_deeply, explore_strictly};
use crate::sync::{Arc, thread};

use super::shared::Shared;
use super::{Receiver, Sender, bounded};

type Value = Arc<u32>;

impl<T> Shared<T> {
    fn new(capacity: usize) -> Self {
        Self::with(Ring::new(capacity))
    }
}

fn channel(capacity: usize) -> (Sender<Value>, Receiver<Value>) {
    bounded(capacity)
}

fn value(number: u32) -> Value {
    Arc::new(number)
}

fn spawn_recv(rx: &Receiver<Value>) -> thread::JoinHandle<Option<u32>> {
    let rx = rx.clone();
    thread::spawn(move || rx.recv().ok().map(|value| *value))
}

fn spawn_send(tx: &Sender<Value>, number: u32) -> thread::JoinHandle<bool> {
    let tx = tx.clone();
    thread::spawn(move || match tx.send(value(number)) {
        Ok(()) => true,
        Err(refused) => {
            assert_eq!(*refused.into_inner(), number);
            false
        }
    })
}

#[test]
fn recv_parks_while_a_value_is_pushed() {
    explore_strictly("channel: park against push", Some(4), || {
        let (tx, rx) = channel(1);
        let receiver = spawn_recv(&rx);
        tx.try_send(value(7)).unwrap();
        assert_eq!(receiver.join().unwrap(), Some(7));
    });
}

#[test]
fn send_parks_while_a_value_is_popped() {
    explore_strictly("channel: park against pop", Some(4), || {
        let (tx, rx) = channel(1);
        tx.try_send(value(1)).unwrap();
        let sender = spawn_send(&tx, 2);
        assert_eq!(*rx.try_recv().unwrap(), 1);
        assert!(sender.join().unwrap());
        assert_eq!(*rx.try_recv().unwrap(), 2);
    });
}

#[test]
fn two_parked_receivers_and_two_pushes() {
    explore_deeply("channel: two parked receivers", Some(1), Some(1), || {
        let (tx, rx) = channel(2);
        let receivers = [spawn_recv(&rx), spawn_recv(&rx)];
        tx.try_send(value(1)).unwrap();
        tx.try_send(value(2)).unwrap();
        let sum: u32 = receivers.map(|r| r.join().unwrap().unwrap()).iter().sum();
        assert_eq!(sum, 3);
    });
}

#[test]
fn two_waiting_senders_and_two_pops() {
    explore_deeply("channel: two waiting senders", Some(1), Some(3), || {
        let (tx, rx) = channel(2);
        tx.try_send(value(1)).unwrap();
        tx.try_send(value(2)).unwrap();
        let senders = [spawn_send(&tx, 3), spawn_send(&tx, 4)];
        let mut got = vec![*rx.try_recv().unwrap(), *rx.try_recv().unwrap()];
        for sender in senders {
            assert!(sender.join().unwrap());
        }
        got.extend(rx.try_iter().map(|value| *value));
        got.sort_unstable();
        assert_eq!(got, [1, 2, 3, 4]);
    });
}

#[test]
fn sender_and_receiver_park_at_capacity_one() {
    explore_strictly("channel: both park, capacity 1", Some(2), || {
        let (tx, rx) = channel(1);
        let sender = thread::spawn(move || {
            tx.send(value(1)).unwrap();
            tx.send(value(2)).unwrap();
        });
        assert_eq!(*rx.recv().unwrap(), 1);
        assert_eq!(*rx.recv().unwrap(), 2);
        assert!(rx.recv().is_err());
        sender.join().unwrap();
    });
}

#[test]
fn close_races_a_parking_receiver_and_a_push() {
    explore_strictly("channel: close, push, parked receiver", Some(3), || {
        let (tx, rx) = channel(1);
        let receiver = spawn_recv(&rx);
        let closer = thread::spawn(move || assert!(rx.close()));
        let sent = tx.try_send(value(1)).is_ok();
        assert_eq!(receiver.join().unwrap(), sent.then_some(1));
        closer.join().unwrap();
    });
}

#[test]
fn close_races_a_parking_sender_and_a_pop() {
    explore_strictly("channel: close, pop, parked sender", Some(3), || {
        let (tx, rx) = channel(1);
        tx.try_send(value(1)).unwrap();
        let sender = spawn_send(&tx, 2);
        let closer = thread::spawn(move || assert!(tx.close()));
        assert_eq!(*rx.recv().unwrap(), 1);
        let sent = sender.join().unwrap();
        closer.join().unwrap();
        assert_eq!(rx.recv().ok().map(|value| *value), sent.then_some(2));
    });
}

#[test]
fn last_sender_leaves_while_a_receiver_parks() {
    explore_strictly("channel: last sender", Some(4), || {
        let (tx, rx) = channel(1);
        let receiver = spawn_recv(&rx);
        drop(tx);
        assert_eq!(receiver.join().unwrap(), None);
    });
}

/// The task is woken by the last handle's drop, or sees the close before it sleeps.
#[test]
fn last_receiver_leaves_while_a_task_waits_for_the_close() {
    explore_strictly("channel: waiting for the close", Some(4), || {
        let (tx, rx) = channel(1);
        let waiter = thread::spawn(move || {
            block_on(tx.closed_async());
            assert!(tx.is_closed());
        });
        drop(rx);
        waiter.join().unwrap();
    });
}

/// Of two that wait one gives up, at any moment of the close; the other is woken.
#[test]
fn a_wait_for_the_close_is_dropped_while_another_goes_on() {
    explore_strictly("channel: wait for the close cancelled", Some(2), || {
        let (tx, rx) = channel(1);
        let dropper = thread::spawn({
            let tx = tx.clone();
            move || {
                let waker = noop_waker();
                let mut cx = Context::from_waker(&waker);
                let _ = std::future::Future::poll(pin!(tx.closed_async()), &mut cx);
            }
        });
        let waiter = thread::spawn(move || block_on(tx.closed_async()));
        drop(rx);
        dropper.join().unwrap();
        waiter.join().unwrap();
    });
}

#[test]
fn last_receiver_leaves_while_a_sender_parks() {
    explore_strictly("channel: last receiver", Some(4), || {
        let (tx, rx) = channel(1);
        let inside = value(1);
        tx.try_send(inside.clone()).unwrap();
        let sender = spawn_send(&tx, 2);
        drop(rx);
        assert!(!sender.join().unwrap(), "the value came back");
        assert_eq!(Arc::strong_count(&inside), 1, "dropped with the receiver");
    });
}

#[test]
fn last_receiver_leaves_while_a_sender_publishes() {
    explore_strictly("channel: last receiver against push", None, || {
        let (tx, rx) = channel(2);
        let ours = value(1);
        let sender = thread::spawn({
            let (tx, ours) = (tx.clone(), ours.clone());
            move || tx.try_send(ours).is_ok()
        });
        drop(rx);
        sender.join().unwrap();
        assert_eq!(Arc::strong_count(&ours), 1, "returned or dropped, once");
        drop(tx);
    });
}

#[test]
fn handles_are_dropped_while_others_are_cloned() {
    explore_strictly("channel: clone against drop", Some(3), || {
        let (tx, rx) = channel(1);
        let other = tx.clone();
        let dropper = thread::spawn(move || drop(other));
        let again = tx.clone();
        drop(tx);
        dropper.join().unwrap();
        assert!(!rx.is_closed());
        drop(again);
        assert!(rx.is_closed());
    });
}

/// Starts a receive, polls it once, and drops it, woken or not.
fn poll_and_drop_recv(rx: &Receiver<Value>) -> Option<u32> {
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let receive = pin!(rx.recv_async());
    match std::future::Future::poll(receive, &mut cx) {
        std::task::Poll::Ready(value) => value.ok().map(|value| *value),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn dropped_async_recv_forwards_its_wake_to_a_thread() {
    explore_deeply(
        "channel: recv cancelled, thread next",
        Some(1),
        Some(3),
        || {
            let (tx, rx) = channel(2);
            let dropper = thread::spawn({
                let rx = rx.clone();
                move || poll_and_drop_recv(&rx)
            });
            let receiver = spawn_recv(&rx);
            tx.try_send(value(1)).unwrap();
            if dropper.join().unwrap().is_some() {
                tx.try_send(value(1)).unwrap();
            }
            assert_eq!(receiver.join().unwrap(), Some(1));
        },
    );
}

#[test]
fn dropped_async_recv_forwards_its_wake_to_a_task() {
    explore_strictly("channel: recv cancelled, task next", Some(2), || {
        let (tx, rx) = channel(2);
        let dropper = thread::spawn({
            let rx = rx.clone();
            move || poll_and_drop_recv(&rx)
        });
        let receiver = thread::spawn({
            let rx = rx.clone();
            move || block_on(rx.recv_async()).ok().map(|value| *value)
        });
        tx.try_send(value(1)).unwrap();
        if dropper.join().unwrap().is_some() {
            tx.try_send(value(1)).unwrap();
        }
        assert_eq!(receiver.join().unwrap(), Some(1));
    });
}

#[test]
fn dropped_async_send_forwards_its_wake() {
    explore_deeply("channel: send cancelled", Some(1), Some(3), || {
        let (tx, rx) = channel(1);
        tx.try_send(value(1)).unwrap();
        let dropper = thread::spawn({
            let tx = tx.clone();
            move || {
                let waker = noop_waker();
                let mut cx = Context::from_waker(&waker);
                let mut send = pin!(tx.send_async(value(9)));
                let polled = std::future::Future::poll(send.as_mut(), &mut cx);
                assert_eq!(polled.is_pending(), send.cancel().is_some());
                polled.is_ready()
            }
        });
        let sender = spawn_send(&tx, 2);
        assert_eq!(*rx.try_recv().unwrap(), 1);
        if dropper.join().unwrap() {
            assert!(rx.recv().is_ok());
        }
        assert!(sender.join().unwrap());
    });
}

/// A sender stands in its window while a parked receiver is woken for a completed send.
#[test]
fn a_stalled_sender_does_not_keep_a_receiver_asleep() {
    explore_strictly("channel: stalled sender, parked receiver", Some(2), || {
        let shared = Arc::new(Shared::new(2));
        let (tx, rx) = (Sender::new(shared.clone()), Receiver::new(shared.clone()));
        let receiver = spawn_recv(&rx);
        let stalled = thread::spawn(move || shared.ring.try_push(value(1)).is_ok());
        tx.try_send(value(2)).unwrap();
        // Joined first: if it needed the stalled sender's wake, which it never sends, it would
        // sleep for ever.
        let got = receiver.join().unwrap().unwrap();
        assert!(stalled.join().unwrap());
        let left: Vec<u32> = rx.try_iter().map(|value| *value).collect();
        assert_eq!(left, [3 - got]);
    });
}

/// A receiver stands in its copy; the sender that waits for its room goes on.
#[test]
fn a_stalled_receiver_does_not_keep_a_sender_asleep() {
    for capacity in [1, 2] {
        explore_strictly(
            "channel: stalled receiver, parked sender",
            Some(3),
            move || {
                let shared = Arc::new(Shared::new(capacity));
                let (tx, rx) = (Sender::new(shared.clone()), Receiver::new(shared.clone()));
                for number in 0..capacity {
                    tx.try_send(value(number as u32)).unwrap();
                }
                let sender = spawn_send(&tx, 9);
                let stalled = shared.claim().ok().expect("a message is there");
                // Joined first: what the receiver does in its copy and after it comes later.
                assert!(sender.join().unwrap());
                assert_eq!(*stalled.take(), 0);
                let left: Vec<u32> = rx.try_iter().map(|value| *value).collect();
                assert_eq!((left.len(), left.last()), (capacity, Some(&9)));
            },
        );
    }
}

/// A dead front is passed while a sender looks for room: head and count do not move at once.
#[test]
fn an_empty_receive_that_passes_a_dead_front_wakes_a_sender() {
    explore_deeply(
        "channel: dead front, parked sender",
        Some(2),
        Some(4),
        || {
            let shared = Arc::new(Shared::new(1));
            let (tx, rx) = (Sender::new(shared.clone()), Receiver::new(shared.clone()));
            tx.try_send(value(0)).unwrap();
            let sender = spawn_send(&tx, 1);
            assert_eq!(*rx.try_recv().unwrap(), 0);
            shared.ring.leave_dead_front();
            let got = rx.try_recv().ok();
            assert!(sender.join().unwrap());
            assert_eq!(*got.or_else(|| rx.try_recv().ok()).unwrap(), 1);
        },
    );
}

#[test]
fn a_stalled_sender_at_capacity_one_keeps_no_peer_asleep() {
    explore_strictly(
        "channel: stalled sender, capacity 1, both park",
        Some(2),
        || {
            let shared = Arc::new(Shared::new(1));
            assert!(shared.ring.leave_claimed());
            let (tx, rx) = (Sender::new(shared.clone()), Receiver::new(shared));
            let receiver = spawn_recv(&rx);
            tx.send(value(1)).unwrap();
            assert_eq!(receiver.join().unwrap(), Some(1));
            assert!(rx.try_recv().is_err());
        },
    );
}

#[test]
fn a_stalled_sender_and_a_stalled_receiver_at_capacity_one_keep_no_peer_asleep() {
    explore_strictly("channel: both sides stalled, capacity 1", Some(2), || {
        let shared = Arc::new(Shared::new(1));
        let (tx, rx) = (Sender::new(shared.clone()), Receiver::new(shared.clone()));
        tx.try_send(value(0)).unwrap();
        let stalled = shared.claim().ok().expect("a message is there");
        assert!(shared.ring.leave_claimed());
        let receiver = spawn_recv(&rx);
        tx.send(value(1)).unwrap();
        assert_eq!(receiver.join().unwrap(), Some(1));
        assert_eq!(*stalled.take(), 0);
    });
}

#[test]
fn last_sender_and_last_receiver_leave_at_once() {
    explore_strictly("channel: last sender against last receiver", None, || {
        let (tx, rx) = channel(1);
        let inside = value(1);
        tx.try_send(inside.clone()).unwrap();
        let sender = thread::spawn(move || drop(tx));
        drop(rx);
        sender.join().unwrap();
        assert_eq!(Arc::strong_count(&inside), 1, "dropped, once");
    });
}

/// Upgraded, it is a sender of an open channel; not upgraded, the channel closes.
#[test]
fn a_weak_sender_is_upgraded_while_the_last_one_leaves() {
    explore_strictly("channel: weak sender", None, || {
        let (tx, rx) = channel(1);
        let weak = tx.downgrade();
        let leaver = thread::spawn(move || drop(tx));
        let upgraded = weak.upgrade();
        let sent = upgraded.is_some();
        if let Some(tx) = upgraded {
            assert!(tx.try_send(value(7)).is_ok(), "closed under a sender");
        }
        leaver.join().unwrap();
        assert_eq!(rx.recv().ok().map(|value| *value), sent.then_some(7));
    });
}
