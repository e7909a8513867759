//! What the tests of `std::sync::mpsc::sync_channel` show (`library/std/tests/sync/mpsc.rs` of the
//! Rust repository, MIT or Apache-2.0), on this channel. The ideas are theirs, the code is ours.
//! Left out: channels without room, and tests that sleep.

use std::cell::Cell;
use std::thread;
use std::time::Duration;

use shorttail::channel::{RecvTimeoutError, TryRecvError, TrySendError, bounded};

use crate::watchdog::watched;

#[test]
fn smoke_and_smoke_shared() {
    let (tx, rx) = bounded(1);
    tx.send(1).unwrap();
    assert_eq!(rx.recv(), Ok(1));
    let other = tx.clone();
    other.send(2).unwrap();
    assert_eq!(rx.recv(), Ok(2));
    drop(other);
    tx.send(3).unwrap();
    assert_eq!(rx.recv(), Ok(3));
}

/// A thread that fails on the way leaves its handles as any other.
#[test]
fn smoke_port_gone() {
    let (tx, rx) = bounded(1);
    let gone = thread::spawn(move || {
        let _rx = rx;
        panic!("on purpose");
    });
    assert!(gone.join().is_err());
    assert_eq!(tx.send(1).unwrap_err().into_inner(), 1);
    assert_eq!(tx.clone().try_send(2), Err(TrySendError::Closed(2)));
}

#[test]
fn chan_gone_concurrent() {
    let (tx, rx) = bounded(1);
    watched(|| {
        thread::scope(|scope| {
            scope.spawn(move || {
                tx.send(1).unwrap();
                tx.send(1).unwrap();
            });
            while rx.recv().is_ok() {}
        });
    });
}

#[test]
fn port_gone_concurrent() {
    for shared in [false, true] {
        let (tx, rx) = bounded(1);
        watched(|| {
            thread::scope(|scope| {
                scope.spawn(move || rx.recv().unwrap());
                let other = shared.then(|| tx.clone());
                let sends = |_| {
                    tx.send(1).is_ok() && other.as_ref().is_none_or(|other| other.send(1).is_ok())
                };
                assert!(
                    (0..).map(sends).any(|sent| !sent),
                    "ends when the port is gone"
                );
            });
        });
    }
}

#[test]
fn stress_shared() {
    const AMOUNT: usize = 1_000;
    const THREADS: usize = 8;
    let (tx, rx) = bounded(1);
    watched(|| {
        thread::scope(|scope| {
            for _ in 0..THREADS {
                let tx = tx.clone();
                scope.spawn(move || (0..AMOUNT).for_each(|_| tx.send(1).unwrap()));
            }
            drop(tx);
            assert!((0..AMOUNT * THREADS).all(|_| rx.recv() == Ok(1)));
            assert!(rx.recv().is_err(), "waits until the last of them has left");
        });
    });
}

#[test]
fn oneshot_of_one_thread() {
    let (tx, rx) = bounded::<Box<u8>>(1);
    drop((tx, rx));
    let (tx, rx) = bounded(1);
    drop(rx);
    assert!(tx.send(Box::new(0)).is_err());
    let (tx, rx) = bounded::<Box<u8>>(1);
    drop(tx);
    assert!(rx.recv().is_err());
    let (tx, rx) = bounded(1);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(Box::new(10)).unwrap();
    assert_eq!(
        (rx.try_recv(), rx.try_recv()),
        (Ok(Box::new(10)), Err(TryRecvError::Empty))
    );
}

/// Both ends go at once, in every order that comes about, a message inside or not.
#[test]
fn oneshot_of_threads_that_end() {
    for round in 0..200 {
        let (tx, rx) = bounded(1);
        thread::scope(|scope| {
            if round % 2 == 0 {
                scope.spawn(move || drop(tx));
            } else {
                scope.spawn(move || drop(tx.send(Box::new(1))));
            }
            match round % 3 {
                0 => drop(rx),
                1 => drop(scope.spawn(move || drop(rx.recv()))),
                _ => drop(scope.spawn(move || drop(rx))),
            }
        });
    }
}

/// `stream_send_recv_stress`: a message moves from thread to thread, ten times.
#[test]
fn a_stream_through_threads() {
    for _ in 0..20 {
        let (tx, rx) = bounded::<Box<usize>>(1);
        watched(|| {
            thread::scope(|scope| {
                scope.spawn(move || (0..10).for_each(|n| tx.send(Box::new(n)).unwrap()));
                scope.spawn(move || assert!(rx.iter().map(|n| *n).eq(0..10)));
            });
        });
    }
}

#[test]
fn recv_a_lot_at_one_place() {
    let (tx, rx) = bounded(10_000);
    (0..10_000).for_each(|_| tx.send(()).unwrap());
    assert!((0..10_000).all(|_| rx.recv().is_ok()));
}

#[test]
fn timeouts_of_senders_that_share() {
    let (tx, rx) = bounded(8);
    let soon = Duration::from_micros(1);
    assert_eq!(rx.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
    let others: Vec<_> = (0..4).map(|_| tx.clone()).collect();
    assert_eq!(rx.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
    others[3].send(1).unwrap();
    assert_eq!(rx.recv_timeout(Duration::MAX), Ok(1));
    drop((tx, others));
    assert_eq!(
        rx.recv_timeout(Duration::MAX),
        Err(RecvTimeoutError::Closed)
    );
}

/// `stress_recv_timeout_two_threads`: some receives time out, all messages come.
#[test]
fn receives_that_time_out_lose_nothing() {
    let (tx, rx) = bounded(2);
    watched(|| {
        thread::scope(|scope| {
            scope.spawn(move || {
                for n in 0..2_000 {
                    if n % 16 == 0 {
                        thread::yield_now();
                    }
                    tx.send(n).unwrap();
                }
            });
            let mut next = 0;
            loop {
                match rx.recv_timeout(Duration::from_nanos(500)) {
                    Ok(n) => next += usize::from(n == next),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Closed) => break,
                }
            }
            assert_eq!(next, 2_000);
        });
    });
}

#[test]
fn nested_recv_iter_and_a_break() {
    let (tx, rx) = bounded(8);
    let (total_tx, total_rx) = bounded(1);
    thread::scope(|scope| {
        scope.spawn(move || total_tx.send(rx.iter().sum::<i32>()).unwrap());
        [3, 1, 2].into_iter().for_each(|n| tx.send(n).unwrap());
        drop(tx);
        assert_eq!(total_rx.recv(), Ok(6));
    });
    let (tx, rx) = bounded(8);
    [2, 2, 2, 10, 2]
        .into_iter()
        .for_each(|n| tx.send(n).unwrap());
    assert_eq!(rx.iter().take_while(|&n| n != 10).count(), 3);
    assert_eq!(
        rx.try_iter().next(),
        Some(2),
        "what was not asked for stays"
    );
}

/// `try_recv_states`: the receiver is told of each step of the other thread.
#[test]
fn the_states_of_an_attempt() {
    let (tx, rx) = bounded(1);
    let (go, gone) = bounded::<()>(1);
    let (done, is_done) = bounded(1);
    let step = || {
        go.send(()).unwrap();
        is_done.recv().unwrap();
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            gone.recv().unwrap();
            tx.send(1).unwrap();
            done.send(()).unwrap();
            gone.recv().unwrap();
            drop(tx);
            done.send(()).unwrap();
        });
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        step();
        assert_eq!(
            (rx.try_recv(), rx.try_recv()),
            (Ok(1), Err(TryRecvError::Empty))
        );
        step();
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    });
}

/// `destroy_upgraded_shared_port_when_sender_still_active`: a sender runs on while the rest goes.
#[test]
fn a_sender_outlives_the_last_receiver() {
    let (tx, rx) = bounded(1);
    let (hold, held) = bounded(1);
    let sender = thread::spawn(move || {
        rx.recv().unwrap(); // and the receiver goes
        hold.send(()).unwrap();
    });
    let other = tx.clone();
    tx.send(()).unwrap();
    held.recv().unwrap();
    sender.join().unwrap();
    assert!(other.send(()).is_err());
    drop(tx);
}

/// `issue_15761`: a receiver on another thread sends back the next pair of ends.
#[test]
fn ends_are_sent_through_channels() {
    fn repro() {
        let (tx1, rx1) = bounded::<()>(3);
        let (tx2, rx2) = bounded::<()>(3);
        let other = thread::spawn(move || {
            rx1.recv().unwrap();
            tx2.try_send(()).unwrap();
        });
        tx1.try_send(()).unwrap();
        rx2.recv().unwrap();
        other.join().unwrap();
    }
    watched(|| (0..100).for_each(|_| repro()));
    let (tx, rx) = bounded(1);
    let (inner_tx, inner_rx) = bounded(1);
    tx.send((inner_tx, inner_rx)).unwrap();
    let (inner_tx, inner_rx) = rx.recv().unwrap();
    inner_tx.send(1).unwrap();
    assert_eq!(inner_rx.recv(), Ok(1));
}

/// Not `Sync`, and no matter: values move.
#[test]
fn messages_need_not_be_shareable() {
    let (tx, rx) = bounded(1);
    thread::spawn(move || tx.send(Cell::new(7)).unwrap());
    assert_eq!(rx.recv().unwrap().into_inner(), 7);
}
