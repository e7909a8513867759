//! A channel without room whose waiters have cells: there one that was woken counts as waiting
//! until it has left, and a wake needs no lock.

use super::cells::in_cells;
use super::*;
use crate::channel::Select;

/// It has its message and stands in its cell still, or has left: it stands for no other message.
#[test]
fn a_thread_leaves_its_cell_while_another_message_is_handed_in() {
    explore_deeply("rendezvous: cell, thread", Some(2), Some(3), || {
        let (tx, rx) = in_cells(0);
        let receiver = spawn_recv(&rx);
        let sent = [1, 2].map(|number| tx.try_send(value(number)).is_ok());
        assert!(sent != [true; 2], "one receives");
        if sent == [false; 2] {
            tx.close();
        }
        let sent = sent.iter().position(|sent| *sent).map(|at| at as u32 + 1);
        assert_eq!(receiver.join().unwrap(), sent);
        assert!(rx.try_recv().is_err());
    });
}

/// The wake for a sender in line reaches a task that gives up; it goes on to the thread.
#[test]
fn a_dropped_receive_in_a_cell_keeps_no_sender_from_a_thread() {
    explore_deeply(
        "rendezvous: cell, receive dropped",
        Some(1),
        Some(2),
        || {
            let (tx, rx) = in_cells(0);
            let sender = spawn_send(&tx, 7);
            let receiver = spawn_recv(&rx);
            if poll_and_drop_recv(&rx).is_some() {
                tx.close();
            }
            assert!(sender.join().unwrap());
            receiver.join().unwrap();
        },
    );
}

#[test]
fn a_select_in_a_cell_sends_to_a_task_in_a_cell() {
    explore_deeply(
        "rendezvous: cell, select and task",
        Some(1),
        Some(3),
        || {
            let (tx, rx) = in_cells(0);
            let selector = thread::spawn(move || {
                let mut send = tx.case(value(7));
                Select::new().wait(&mut [&mut send]);
                assert!(send.take().unwrap().is_ok());
            });
            let receiver =
                thread::spawn(move || block_on(rx.recv_async()).ok().map(|value| *value));
            assert_eq!(receiver.join().unwrap(), Some(7));
            selector.join().unwrap();
        },
    );
}
