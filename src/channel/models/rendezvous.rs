//! A channel without room: both sides meet, cancel, time out and close against each other.

use core::pin::pin;
use core::task::Context;
use core::time::Duration;

use crate::sync::explore::block_on;
use futures_util::task::noop_waker;

use crate::sync::explore::explore_deeply;
use crate::sync::thread;

use super::super::{Receiver, Select, Sender};
use super::{Value, channel, spawn_recv, spawn_send, value};

fn explore(
    name: &str,
    model: impl Fn(Sender<Value>, Receiver<Value>) + Sync + Send + Copy + 'static,
) {
    explore_deeply(name, Some(2), Some(4), move || {
        let (tx, rx) = channel(0);
        model(tx, rx);
    });
}

#[test]
fn a_send_meets_a_receive() {
    explore("rendezvous: send and receive", |tx, rx| {
        let receiver = spawn_recv(&rx);
        let sender = spawn_send(&tx, 7);
        assert_eq!(receiver.join().unwrap(), Some(7));
        assert!(sender.join().unwrap());
    });
}

/// Each of two is received, or has its value back from the close.
#[test]
fn two_sends_meet_two_looks_and_a_close() {
    explore_deeply("rendezvous: two senders", Some(1), Some(2), || {
        let (tx, rx) = channel(0);
        let senders = [spawn_send(&tx, 1), spawn_send(&tx, 2)];
        let received = [rx.try_recv().is_ok(), rx.try_recv().is_ok()];
        drop(rx);
        let sent = senders.map(|sender| sender.join().unwrap());
        let count = |of: [bool; 2]| of.into_iter().filter(|done| *done).count();
        assert_eq!(count(sent), count(received));
    });
}

/// What was handed in for a thread is received by it, also at the end of its time.
#[test]
fn a_try_send_meets_the_end_of_a_wait() {
    explore("rendezvous: try_send against a timeout", |tx, rx| {
        let receiver = thread::spawn({
            let rx = rx.clone();
            move || rx.recv_timeout(Duration::ZERO).is_ok()
        });
        let sent = tx.try_send(value(7)).is_ok();
        assert_eq!(receiver.join().unwrap(), sent);
        assert!(rx.try_recv().is_err());
    });
}

/// A sender at the end of its time has its value, or a receiver has.
#[test]
fn a_try_recv_meets_the_end_of_a_send() {
    explore("rendezvous: try_recv against a timeout", |tx, rx| {
        let sender = thread::spawn(move || {
            let sent = tx.send_timeout(value(7), Duration::ZERO);
            sent.map_err(|back| assert_eq!(*back.into_inner(), 7))
        });
        let received = rx.try_recv().is_ok();
        assert_eq!(sender.join().unwrap().is_ok(), received);
    });
}

/// A send that is cancelled gives its value back, unless it was received.
#[test]
fn a_cancel_meets_a_take() {
    explore("rendezvous: cancel against take", |tx, rx| {
        let receiver = thread::spawn(move || rx.try_recv().ok().map(|value| *value));
        let mut send = pin!(tx.send_async(value(7)));
        let waker = noop_waker();
        let mut cx = Context::from_waker(&waker);
        let polled = send.as_mut().poll(&mut cx);
        let back = if polled.is_ready() {
            None
        } else {
            send.as_mut().cancel().map(|value| *value)
        };
        let received = receiver.join().unwrap();
        match polled.is_ready() {
            // Closed before it stood in line, by the receiver's end.
            true => assert_eq!(received, None),
            false => assert_eq!(received.or(back), Some(7)),
        }
        assert!(received.is_none() || back.is_none());
    });
}

/// A receive that was woken and is dropped leaves the sender to another.
#[test]
fn a_dropped_receive_keeps_no_sender_from_another() {
    explore_deeply("rendezvous: receive dropped", Some(1), Some(2), || {
        let (tx, rx) = channel(0);
        let sender = spawn_send(&tx, 7);
        let receiver = spawn_recv(&rx);
        {
            let mut dropped = pin!(rx.recv_async());
            let waker = noop_waker();
            let mut cx = Context::from_waker(&waker);
            if let core::task::Poll::Ready(received) = dropped.as_mut().poll(&mut cx) {
                assert_eq!(*received.unwrap(), 7);
                tx.close();
            }
        }
        assert!(sender.join().unwrap());
        receiver.join().unwrap();
    });
}

#[test]
fn tasks_meet() {
    explore_deeply("rendezvous: tasks", Some(1), Some(2), || {
        let (tx, rx) = channel(0);
        let receiver = thread::spawn(move || block_on(rx.recv_async()).ok().map(|value| *value));
        let sender = thread::spawn(move || block_on(tx.send_async(value(7))).is_ok());
        assert_eq!(receiver.join().unwrap(), Some(7));
        assert!(sender.join().unwrap());
    });
}

/// The last receiver goes: the sender has its value back, or it was received.
#[test]
fn the_last_receiver_leaves_while_a_sender_waits() {
    explore("rendezvous: last receiver", |tx, rx| {
        let sender = spawn_send(&tx, 7);
        let received = rx.try_recv().is_ok();
        drop(rx);
        assert_eq!(sender.join().unwrap(), received);
    });
}

#[test]
fn the_last_sender_leaves_while_a_receiver_waits() {
    explore("rendezvous: last sender", |tx, rx| {
        let receiver = spawn_recv(&rx);
        let sent = tx.try_send(value(7)).is_ok();
        drop(tx);
        assert_eq!(receiver.join().unwrap(), sent.then_some(7));
    });
}

/// A close meets a task that comes to stand in line: the message was received, or the task has it
/// back.
#[test]
fn a_close_sends_a_task_home() {
    explore("rendezvous: close against a task", |tx, rx| {
        let sender = thread::spawn({
            let tx = tx.clone();
            move || block_on(tx.send_async(value(7))).map_err(|back| *back.into_inner())
        });
        let received = rx.try_recv().is_ok();
        tx.close();
        let sent = sender.join().unwrap();
        assert_eq!(sent, if received { Ok(()) } else { Err(7) });
        assert!(rx.try_recv().unwrap_err().is_closed());
    });
}

/// A select takes one of two, and the sender of the other waits on.
#[test]
fn a_select_leaves_the_sender_of_the_other() {
    explore_deeply("rendezvous: select receives", Some(1), Some(2), || {
        let (tx, rx) = channel(0);
        let (plain_tx, plain_rx) = channel(1);
        let _open = plain_rx.clone();
        let sender = spawn_send(&tx, 7);
        let selector = thread::spawn(move || {
            let (mut met, mut plain) = (rx.case(), plain_rx.case());
            let done = Select::new().wait(&mut [&mut met, &mut plain]);
            let taken = (met.take(), plain.take());
            assert_eq!(
                (done == 0, done == 1),
                (taken.0.is_some(), taken.1.is_some())
            );
            if done == 1 {
                assert_eq!(*rx.recv().unwrap(), 7);
            }
        });
        plain_tx.try_send(value(1)).unwrap();
        selector.join().unwrap();
        assert!(sender.join().unwrap());
    });
}

#[test]
fn a_select_sends_to_a_thread() {
    explore_deeply("rendezvous: select sends", Some(1), Some(3), || {
        let (tx, rx) = channel(0);
        let selector = thread::spawn(move || {
            let mut send = tx.case(value(7));
            Select::new().wait(&mut [&mut send]);
            assert!(send.take().unwrap().is_ok());
        });
        let receiver = spawn_recv(&rx);
        assert_eq!(receiver.join().unwrap(), Some(7));
        selector.join().unwrap();
    });
}

#[test]
fn two_selects_meet() {
    explore_deeply("rendezvous: two selects", Some(1), Some(3), || {
        let (tx, rx) = channel(0);
        let sender = thread::spawn(move || {
            let mut send = tx.case(value(7));
            Select::new().wait(&mut [&mut send]);
            assert!(send.take().unwrap().is_ok());
        });
        let receiver = thread::spawn(move || {
            let mut receive = rx.case();
            Select::new().wait(&mut [&mut receive]);
            assert_eq!(*receive.take().unwrap().unwrap(), 7);
        });
        sender.join().unwrap();
        receiver.join().unwrap();
    });
}

/// A select against a close: it is told, and a value that was not sent comes back.
#[test]
fn a_select_meets_a_close() {
    explore_deeply("rendezvous: select against close", Some(1), Some(3), || {
        let (tx, rx) = channel(0);
        let selector = thread::spawn(move || {
            let mut send = tx.case(value(7));
            Select::new().wait(&mut [&mut send]);
            send.take().unwrap().map_err(|back| *back.into_inner())
        });
        drop(rx);
        assert_eq!(selector.join().unwrap(), Err(7));
    });
}
