//! Close is one moment: what was accepted comes out, what was not comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use shorttail::channel::{RecvError, TryRecvError, TrySendError, bounded};

#[test]
fn either_end_closes_and_only_the_first_call_says_so() {
    let (tx, rx) = bounded::<u8>(1);
    assert!(!tx.is_closed() && !rx.is_closed());
    assert!(rx.close());
    assert!(!tx.close() && !rx.close());
    assert!(tx.is_closed() && rx.is_closed());
}

#[test]
fn messages_inside_are_received_after_close() {
    let (tx, rx) = bounded(3);
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    rx.close();
    assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
    assert_eq!(tx.send(3).unwrap_err().into_inner(), 3);
    assert_eq!((rx.recv(), rx.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(
        (rx.recv(), rx.try_recv()),
        (Err(RecvError), Err(TryRecvError::Closed))
    );
}

#[test]
fn the_last_handle_of_a_side_closes() {
    let (tx, rx) = bounded::<u8>(1);
    let (tx2, rx2) = (tx.clone(), rx.clone());
    assert_eq!((tx.sender_count(), tx.receiver_count()), (2, 2));
    drop(tx);
    assert!(!rx.is_closed());
    drop(tx2);
    assert!(rx.is_closed());
    assert_eq!((rx.sender_count(), rx2.receiver_count()), (0, 2));
}

#[test]
fn close_wakes_every_sleeper_of_both_sides() {
    for full in [false, true] {
        let (tx, rx) = bounded(1);
        if full {
            tx.send(0).unwrap();
        }
        thread::scope(|scope| {
            for n in 0..20 {
                let (tx, rx) = (tx.clone(), rx.clone());
                scope.spawn(move || match full {
                    true => assert!(tx.send(n).is_err()),
                    false => assert!(rx.recv().is_err()),
                });
            }
            while !format!("{rx:?}").contains("waiting: 20") {
                thread::yield_now();
            }
            tx.close();
        });
    }
}

/// `Closed` never comes before the last message, however close and sends fall together.
fn run_against_close(rounds: usize) {
    for round in 0..rounds {
        let (tx, rx) = bounded(1 + round % 3);
        let accepted = Arc::new(AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                let (tx, accepted) = (tx.clone(), accepted.clone());
                scope.spawn(move || {
                    while tx.send(()).is_ok() {
                        accepted.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            drop(tx);
            for _ in 0..round % 7 {
                rx.recv().unwrap();
            }
            rx.close();
            let left = rx.iter().count();
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
            scope.spawn(move || drop(rx));
            accepted.fetch_sub(left + round % 7, Ordering::SeqCst);
        });
        assert_eq!(accepted.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn exactly_the_accepted_messages_come_out() {
    run_against_close(300);
}

#[test]
#[ignore = "stress: a minute"]
fn exactly_the_accepted_messages_come_out_for_long() {
    run_against_close(100_000);
}
