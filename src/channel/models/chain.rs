//! A wake that reaches somebody who finds what another was woken for.

use crate::sync::Arc;
use crate::sync::explore::explore_deeply;

use super::super::shared::Shared;
use super::super::{Receiver, Sender};
use super::{spawn_recv, spawn_send, value};

/// Two messages and one wake: who has it finds either of them, and wakes the other receiver.
#[test]
fn a_wake_that_finds_anothers_message_is_passed_on() {
    explore_deeply("channel: one wake, two messages", Some(1), Some(1), || {
        let shared = Arc::new(Shared::new(2));
        let (tx, rx) = (Sender::new(shared.clone()), Receiver::new(shared.clone()));
        let receivers = [spawn_recv(&rx), spawn_recv(&rx)];
        // Its sender stands behind its publish for ever: it wakes nobody.
        assert!(shared.ring.try_push(value(1)).is_ok());
        tx.try_send(value(2)).unwrap();
        let sum: u32 = receivers.map(|r| r.join().unwrap().unwrap()).iter().sum();
        assert_eq!(sum, 3);
    });
}

/// The same for room.
#[test]
fn a_wake_that_finds_anothers_room_is_passed_on() {
    explore_deeply("channel: one wake, room for two", Some(1), Some(1), || {
        let shared = Arc::new(Shared::new(2));
        let (tx, rx) = (Sender::new(shared.clone()), Receiver::new(shared.clone()));
        tx.try_send(value(1)).unwrap();
        tx.try_send(value(2)).unwrap();
        let senders = [spawn_send(&tx, 3), spawn_send(&tx, 4)];
        // Its receiver stands behind its claim for ever: it wakes nobody.
        assert!(shared.ring.try_pop().is_ok());
        assert_eq!(*rx.try_recv().unwrap(), 2);
        for sender in senders {
            assert!(sender.join().unwrap());
        }
        let left: u32 = rx.try_iter().map(|value| *value).sum();
        assert_eq!(left, 7);
    });
}
