//! Close is one moment: what was accepted comes out, what was not comes back.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;

use futures_util::task::noop_waker;
use shorttail::channel::{Receiver, RecvError, Sender, TryRecvError, TrySendError, bounded};

use crate::executor::Count;

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

#[test]
fn closed_async_waits_for_any_close_and_leaves_messages_inside() {
    for by in ["sender", "receiver", "last sender", "last receiver"] {
        let (tx, rx) = bounded(2);
        let (mine, theirs) = (tx.downgrade(), rx.downgrade());
        tx.send(7).unwrap();
        let (tx_seen, rx_seen) = match by {
            "last sender" => (None, Some(rx.clone())),
            "last receiver" => (Some(tx.clone()), None),
            _ => (Some(tx.clone()), Some(rx.clone())),
        };
        let waker = noop_waker();
        let mut cx = Context::from_waker(&waker);
        let mut of_tx = pin!(tx_seen.as_ref().map(Sender::closed_async));
        let mut of_rx = pin!(rx_seen.as_ref().map(Receiver::closed_async));
        let mut poll = || {
            let of_tx = of_tx.as_mut().as_pin_mut().map(|f| f.poll(&mut cx));
            let of_rx = of_rx.as_mut().as_pin_mut().map(|f| f.poll(&mut cx));
            of_tx.into_iter().chain(of_rx).collect::<Vec<_>>()
        };
        assert!(poll().iter().all(Poll::is_pending), "{by}");
        match by {
            "sender" => assert!(tx.close()),
            "receiver" => assert!(rx.close()),
            _ => {}
        }
        drop((tx, rx));
        assert!(poll().iter().all(Poll::is_ready), "{by}");
        assert!(poll().iter().all(Poll::is_ready), "{by}: and again");
        if let Some(rx) = &rx_seen {
            assert_eq!(rx.try_recv(), Ok(7), "{by}");
        }
        assert_eq!(mine.upgrade().is_some(), tx_seen.is_some());
        assert_eq!(theirs.upgrade().is_some(), rx_seen.is_some());
    }
}

/// Each is woken once, by the close alone.
#[test]
fn a_close_wakes_every_task_that_waits_for_it() {
    let (tx, rx) = bounded(1);
    let (wakes, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut waits: Vec<_> = (0..40).map(|_| Box::pin(tx.closed_async())).collect();
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut cx).is_pending());
    }
    drop(waits.split_off(30));
    tx.send(1).unwrap();
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(wakes.get(), 0);
    drop(rx);
    assert_eq!(wakes.get(), 30);
    assert!(
        waits
            .iter_mut()
            .all(|wait| wait.as_mut().poll(&mut cx).is_ready())
    );
}
