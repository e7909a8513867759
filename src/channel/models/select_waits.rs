//! A select that waits: in cells, for room, until a deadline, and beside a close.

use crate::channel::{Case, Select};
use crate::time::Deadline;

use super::cells::in_cells;
use super::*;

/// The message wakes it out of the cells that it has in both queues.
#[test]
fn select_parks_in_cells_while_a_value_is_pushed() {
    explore_deeply("channel: select in cells", Some(3), Some(5), || {
        let (_silent_tx, silent_rx) = in_cells(1);
        let (tx, rx) = in_cells(1);
        let selector = thread::spawn(move || {
            let (mut silent, mut case) = (silent_rx.case(), rx.case());
            let done = Select::new().wait(&mut [&mut silent, &mut case]);
            assert!(done == 1 && silent.take().is_none());
            *case.take().unwrap().unwrap()
        });
        tx.try_send(value(7)).unwrap();
        assert_eq!(selector.join().unwrap(), 7);
    });
}

/// Both channels get a message; who waits behind the select gets the one that it leaves. One cell
/// a queue: one of the two waits in the list.
#[test]
fn select_in_a_cell_hands_on_the_wake_it_does_not_use() {
    explore_deeply(
        "channel: select in a cell hands on",
        Some(0),
        Some(2),
        || {
            let (one_tx, one_rx) = in_cells(1);
            let (two_tx, two_rx) = in_cells(2);
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
        },
    );
}

/// Room in one channel or a message in the other: one of them is used, the other is left.
#[test]
fn select_of_a_send_and_a_receive() {
    explore_deeply(
        "channel: select, send and receive",
        Some(1),
        Some(3),
        || {
            let (full_tx, full_rx) = channel(1);
            full_tx.try_send(value(1)).unwrap();
            let (tx, rx) = channel(1);
            let selector = thread::spawn({
                let rx = rx.clone();
                move || {
                    let (mut send, mut receive) = (full_tx.case(value(2)), rx.case());
                    let done = Select::new().wait(&mut [&mut send, &mut receive]);
                    let told = (send.take(), receive.take().map(|got| *got.unwrap()));
                    let back = send.cancel().map(|value| *value);
                    assert_eq!((done == 0, told.0.is_some()), (back.is_none(), done == 0));
                    assert_eq!(told.1, (done == 1).then_some(3));
                    done
                }
            });
            assert_eq!(*full_rx.try_recv().unwrap(), 1);
            tx.try_send(value(3)).unwrap();
            match selector.join().unwrap() {
                0 => assert_eq!((*full_rx.recv().unwrap(), *rx.recv().unwrap()), (2, 3)),
                _ => assert!(full_rx.try_recv().is_err() && rx.try_recv().is_err()),
            }
        },
    );
}

/// The only thing that can happen is that its room comes.
#[test]
fn select_of_sends_parks_while_a_value_is_popped() {
    explore_deeply("channel: select of sends", Some(4), Some(5), || {
        let (stuck_tx, _stuck_rx) = channel(1);
        let (tx, rx) = channel(1);
        for full in [&stuck_tx, &tx] {
            full.try_send(value(1)).unwrap();
        }
        let selector = thread::spawn(move || {
            let (mut stuck, mut case) = (stuck_tx.case(value(2)), tx.case(value(3)));
            let done = Select::new().wait(&mut [&mut stuck, &mut case]);
            assert!(done == 1 && case.take().unwrap().is_ok());
            assert_eq!(*stuck.cancel().unwrap(), 2);
        });
        assert_eq!(*rx.try_recv().unwrap(), 1);
        selector.join().unwrap();
        assert_eq!(*rx.try_recv().unwrap(), 3);
    });
}

/// Its time is over when it comes to sleep, and both channels get a message. What it takes at last
/// is one of them; the wake that reached it on its way out goes on to who waits for the other.
#[test]
fn select_times_out_while_values_are_pushed() {
    fn model(first: usize) {
        let (one_tx, one_rx) = channel(1);
        let (two_tx, two_rx) = channel(2);
        let receiver = spawn_recv(&two_rx);
        let selector = thread::spawn(move || {
            let (mut one, mut two) = (one_rx.case(), two_rx.case());
            let mut cases: [&mut dyn Case; 2] = [&mut one, &mut two];
            cases.rotate_left(first);
            let done = Select::new().wait_deadline(&mut cases, Deadline::at(0));
            let got = [one.take(), two.take()].map(|got| got.map(|got| *got.unwrap()));
            assert_eq!(got.iter().flatten().count(), usize::from(done.is_some()));
            got[1].is_some()
        });
        two_tx.try_send(value(2)).unwrap();
        drop(one_tx.try_send(value(1))); // closed, if the select is gone
        if selector.join().unwrap() {
            two_tx.try_send(value(2)).unwrap();
        }
        assert_eq!(receiver.join().unwrap(), Some(2));
    }
    // The last look begins at a case that is the same in every run.
    explore_deeply("channel: select times out", Some(1), Some(2), || model(0));
    explore_deeply("channel: select times out", Some(1), Some(2), || model(1));
}

/// One channel closes, and nothing else happens. What was accepted comes first.
#[test]
fn select_parks_while_a_channel_closes() {
    explore_deeply("channel: select, close", Some(5), Some(6), || {
        let (_silent_tx, silent_rx) = channel(1);
        let (tx, rx) = channel(1);
        let selector = thread::spawn(move || {
            let mut select = Select::new();
            let (mut silent, mut case) = (silent_rx.case(), rx.case());
            let done = select.wait(&mut [&mut silent, &mut case]);
            assert!(done == 1 && silent.take().is_none());
            assert!(case.take().unwrap().is_err());
        });
        tx.close();
        selector.join().unwrap();
    });
}
