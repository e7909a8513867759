//! Calls for several messages against sleepers of the other side.

use std::collections::VecDeque;

use crate::sync::explore::block_on;

use crate::sync::explore::explore_deeply;
use crate::sync::thread;

use super::{channel, spawn_recv, spawn_send, value};

/// Both senders sleep, or are about to, while one call makes room for both.
#[test]
fn two_waiting_senders_and_one_receive_of_two() {
    explore_deeply("channel: two senders, one batch", Some(1), Some(1), || {
        let (tx, rx) = channel(2);
        tx.try_send(value(1)).unwrap();
        tx.try_send(value(2)).unwrap();
        let senders = [spawn_send(&tx, 3), spawn_send(&tx, 4)];
        let mut got = Vec::with_capacity(4);
        assert!(rx.try_recv_many(&mut got, 2).is_ok());
        for sender in senders {
            assert!(sender.join().unwrap());
        }
        rx.try_recv_many(&mut got, 4).unwrap();
        let mut got: Vec<u32> = got.iter().map(|value| **value).collect();
        got.sort_unstable();
        assert_eq!(got, [1, 2, 3, 4]);
    });
}

#[test]
fn two_parked_receivers_and_one_send_of_two() {
    explore_deeply(
        "channel: two receivers, one batch",
        Some(1),
        Some(3),
        || {
            let (tx, rx) = channel(2);
            let receivers = [spawn_recv(&rx), spawn_recv(&rx)];
            let mut values = VecDeque::from([value(1), value(2)]);
            assert_eq!(tx.try_send_many(&mut values), Ok(2));
            let sum: u32 = receivers.map(|r| r.join().unwrap().unwrap()).iter().sum();
            assert_eq!(sum, 3);
        },
    );
}

/// A batch larger than the channel against a receiver of batches; both sleep in between.
#[test]
fn a_batch_goes_through_room_for_one() {
    explore_deeply("channel: batches, capacity 1", Some(1), Some(3), || {
        let (tx, rx) = channel(1);
        let sender = thread::spawn(move || {
            let mut values = VecDeque::from([value(1), value(2)]);
            block_on(tx.send_many_async(&mut values)).unwrap();
            assert!(values.is_empty());
        });
        let mut got = Vec::with_capacity(4);
        while rx.recv_many(&mut got, 2).is_ok() {}
        sender.join().unwrap();
        let got: Vec<u32> = got.iter().map(|value| **value).collect();
        assert_eq!(got, [1, 2]);
    });
}
