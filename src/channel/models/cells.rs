//! As the models of this folder's parent, with a cell for the first waiter of each queue.

use super::*;

pub(super) fn in_cells(capacity: usize) -> (Sender<Value>, Receiver<Value>) {
    let shared = Arc::new(Shared::with_cells(Ring::new(capacity), 1));
    (Sender::new(shared.clone()), Receiver::new(shared))
}

#[test]
fn recv_parks_in_a_cell_while_a_value_is_pushed() {
    explore_strictly("channel: cell, park against push", Some(3), || {
        let (tx, rx) = in_cells(1);
        let receiver = spawn_recv(&rx);
        tx.try_send(value(7)).unwrap();
        assert_eq!(receiver.join().unwrap(), Some(7));
    });
}

#[test]
fn send_parks_in_a_cell_while_a_value_is_popped() {
    explore_strictly("channel: cell, park against pop", Some(3), || {
        let (tx, rx) = in_cells(1);
        tx.try_send(value(1)).unwrap();
        let sender = spawn_send(&tx, 2);
        assert_eq!(*rx.try_recv().unwrap(), 1);
        assert!(sender.join().unwrap());
        assert_eq!(*rx.try_recv().unwrap(), 2);
    });
}

#[test]
fn last_sender_leaves_while_a_receiver_parks_in_a_cell() {
    explore_strictly("channel: cell, last sender", Some(3), || {
        let (tx, rx) = in_cells(1);
        let receiver = spawn_recv(&rx);
        drop(tx);
        assert_eq!(receiver.join().unwrap(), None);
    });
}

#[test]
fn a_dropped_receive_in_a_cell_forwards_its_wake_to_a_thread() {
    explore_deeply("channel: cell, recv cancelled", Some(1), Some(3), || {
        let (tx, rx) = in_cells(2);
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
    });
}
