//! Nothing allocates after `bounded(0)`: not in line, not on a refusal, not on a cancel.

use std::future::Future;
use std::pin::pin;
use std::task::Context;
use std::thread;
use std::time::Duration;

use futures_util::task::noop_waker;
use shorttail::channel::{Select, bounded};
use shorttail::measure::assert_no_alloc;

#[test]
fn rendezvous_of_threads() {
    let (tx, rx) = bounded(0);
    let (back_tx, back_rx) = bounded(0);
    let echo = thread::spawn(move || {
        assert_no_alloc(|| {
            while let Ok(n) = rx.recv() {
                back_tx.send(n).unwrap();
            }
        });
    });
    assert_no_alloc(|| {
        for n in 0..1_000 {
            tx.send(n).unwrap();
            assert_eq!(back_rx.recv(), Ok(n));
        }
        tx.close();
    });
    echo.join().unwrap();
}

#[test]
fn rendezvous_of_tasks_cancels_and_refusals() {
    let (tx, rx) = bounded(0);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for n in 0..100 {
            assert!(tx.try_send(n).is_err() && rx.try_recv().is_err());
            assert!(tx.send_timeout(n, Duration::ZERO).is_err());
            assert!(rx.recv_timeout(Duration::ZERO).is_err());
            let mut send = pin!(tx.send_async(n));
            assert!(send.as_mut().poll(&mut cx).is_pending());
            assert_eq!(rx.try_recv(), Ok(n));
            assert!(send.as_mut().poll(&mut cx).is_ready());
            let mut send = pin!(tx.send_async(n));
            assert!(send.as_mut().poll(&mut cx).is_pending());
            assert_eq!(send.as_mut().cancel(), Some(n));
            let mut receive = pin!(rx.recv_async());
            assert!(receive.as_mut().poll(&mut cx).is_pending());
            assert!(tx.try_send(n).is_ok());
            assert!(receive.as_mut().poll(&mut cx).is_ready());
        }
    });
}

/// As many messages on their way as may be.
#[test]
fn rendezvous_with_many_on_their_way() {
    let (tx, rx) = bounded(0);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let mut receives: Vec<_> = (0..32).map(|_| Box::pin(rx.recv_async())).collect();
    for receive in &mut receives {
        assert!(receive.as_mut().poll(&mut cx).is_pending());
    }
    assert_no_alloc(|| {
        assert!((0..32).all(|n| tx.try_send(n).is_ok()));
        assert!(rx.try_iter().eq(0..32));
    });
}

#[test]
fn rendezvous_by_select() {
    let (tx, rx) = bounded(0);
    let (_other, other_rx) = bounded::<u32>(0);
    let sender = thread::spawn(move || (0..100).all(|n| tx.send(n).is_ok()));
    let mut select = Select::new();
    assert_no_alloc(|| {
        let mut cases = (rx.case(), other_rx.case());
        for n in 0..100 {
            assert_eq!(select.wait(&mut [&mut cases.0, &mut cases.1]), 0);
            assert_eq!(cases.0.take(), Some(Ok(n)));
        }
    });
    assert!(sender.join().unwrap());
}
