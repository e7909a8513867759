//! Permits against sleepers of both sides.

use core::pin::pin;
use core::task::Context;

use crate::sync::explore::block_on;
use futures_util::task::noop_waker;

use crate::sync::explore::{explore_deeply, explore_strictly};
use crate::sync::thread;

use super::{channel, spawn_recv, spawn_send, value};

/// The sender sleeps, or is about to, while the permit that holds the room is given back.
#[test]
fn a_permit_is_dropped_while_a_sender_parks() {
    explore_strictly("channel: permit dropped, parked sender", Some(4), || {
        let (tx, rx) = channel(1);
        let permit = tx.try_reserve().unwrap();
        let sender = spawn_send(&tx, 1);
        drop(permit);
        assert!(sender.join().unwrap());
        assert_eq!(*rx.try_recv().unwrap(), 1);
    });
}

#[test]
fn a_receiver_parks_while_a_permit_sends() {
    explore_strictly("channel: permit, parked receiver", Some(4), || {
        let (tx, rx) = channel(1);
        let permit = tx.try_reserve().unwrap();
        let receiver = spawn_recv(&rx);
        permit.send(value(7)).unwrap();
        assert_eq!(receiver.join().unwrap(), Some(7));
    });
}

#[test]
fn a_reserve_parks_while_a_value_is_popped() {
    explore_strictly("channel: parked reserve against pop", Some(3), || {
        let (tx, rx) = channel(1);
        tx.try_send(value(1)).unwrap();
        let sender = thread::spawn(move || tx.reserve().unwrap().send(value(2)).is_ok());
        assert_eq!(*rx.try_recv().unwrap(), 1);
        assert!(sender.join().unwrap());
        assert_eq!(*rx.try_recv().unwrap(), 2);
    });
}

#[test]
fn a_reserve_parks_while_the_last_receiver_leaves() {
    explore_strictly("channel: parked reserve against close", Some(3), || {
        let (tx, rx) = channel(1);
        let other = tx.clone();
        let held = tx.try_reserve().unwrap();
        let sender = thread::spawn(move || block_on(other.reserve_owned_async()).is_err());
        drop(rx);
        assert!(sender.join().unwrap());
        assert_eq!(*held.send(value(3)).unwrap_err().into_inner(), 3);
    });
}

/// Dropped at any moment of its wait, a reserve leaves its wake and the room to the other.
#[test]
fn a_dropped_reserve_forwards_its_wake() {
    explore_deeply("channel: reserve cancelled", Some(1), Some(3), || {
        let (tx, rx) = channel(1);
        tx.try_send(value(1)).unwrap();
        let dropper = thread::spawn({
            let tx = tx.clone();
            move || {
                let waker = noop_waker();
                let mut cx = Context::from_waker(&waker);
                // A permit, if it is one, is dropped here.
                let _ = std::future::Future::poll(pin!(tx.reserve_async()), &mut cx).is_ready();
            }
        });
        let sender = spawn_send(&tx, 2);
        assert_eq!(*rx.try_recv().unwrap(), 1);
        dropper.join().unwrap();
        assert!(sender.join().unwrap());
    });
}
