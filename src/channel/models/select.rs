//! Waiting for two channels at once.

use super::*;
use crate::channel::Select;

/// Either message may be taken; the other stays for who comes next.
#[test]
fn select_takes_one_of_two_channels() {
    explore_deeply("channel: select, two messages", Some(2), Some(3), || {
        let (one_tx, one_rx) = channel(1);
        let (two_tx, two_rx) = channel(1);
        let selector = thread::spawn(move || {
            let (mut one, mut two) = (one_rx.case(), two_rx.case());
            let done = Select::new().wait(&mut [&mut one, &mut two]);
            let got = [one.take(), two.take()].map(|got| got.map(Result::unwrap));
            assert!(got[done].is_some() && got[1 - done].is_none());
            let left = [one_rx.recv(), two_rx.recv()];
            assert!(left[1 - done].is_ok() && left[done].is_err());
        });
        one_tx.try_send(value(1)).unwrap();
        drop(one_tx);
        two_tx.try_send(value(2)).unwrap();
        drop(two_tx);
        selector.join().unwrap();
    });
}

/// The only message goes to the select or to the receiver beside it; the other one sees the close.
#[test]
fn select_against_a_receiver_and_the_close() {
    explore_strictly("channel: select against close", Some(2), || {
        let (tx, rx) = channel(1);
        let (_silent_tx, silent_rx) = channel(1);
        let selector = thread::spawn({
            let rx = rx.clone();
            move || {
                let (mut silent, mut case) = (silent_rx.case(), rx.case());
                let done = Select::new().wait(&mut [&mut silent, &mut case]);
                assert_eq!(done, 1);
                case.take().unwrap().is_ok()
            }
        });
        tx.try_send(value(1)).unwrap();
        drop(tx);
        let received = rx.recv().is_ok();
        assert!(received != selector.join().unwrap());
    });
}

/// A select that takes from one channel hands on the wake that the other gave it.
#[test]
fn select_hands_on_the_wake_it_does_not_use() {
    explore_deeply("channel: select hands on", Some(1), Some(2), || {
        let (one_tx, one_rx) = channel(1);
        let (two_tx, two_rx) = channel(2);
        let receiver = spawn_recv(&two_rx);
        let selector = thread::spawn(move || {
            let (mut one, mut two) = (one_rx.case(), two_rx.case());
            Select::new().wait(&mut [&mut one, &mut two])
        });
        two_tx.try_send(value(2)).unwrap();
        drop(one_tx.try_send(value(1))); // closed, if the select took the other and is gone
        if selector.join().unwrap() == 1 {
            two_tx.try_send(value(2)).unwrap();
        }
        assert!(receiver.join().unwrap().is_some());
    });
}
