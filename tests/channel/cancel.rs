//! A wait that is given up loses no message and no wake.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use shorttail::channel::{TryRecvError, bounded};
use shorttail::time::Deadline;

use crate::executor::Count;

#[test]
fn dropped_woken_receive_wakes_the_next_task() {
    let (tx, rx) = bounded(1);
    let (_, first_waker) = Count::new();
    let (second_count, second_waker) = Count::new();
    let mut first = Box::pin(rx.recv_async());
    let mut second = pin!(rx.recv_async());
    assert!(
        first
            .as_mut()
            .poll(&mut Context::from_waker(&first_waker))
            .is_pending()
    );
    let mut second_cx = Context::from_waker(&second_waker);
    assert!(second.as_mut().poll(&mut second_cx).is_pending());
    tx.try_send(5).unwrap();
    assert_eq!(second_count.get(), 0);
    drop(first);
    assert_eq!(second_count.get(), 1);
    assert_eq!(second.as_mut().poll(&mut second_cx), Poll::Ready(Ok(5)));
}

#[test]
fn dropped_woken_receive_wakes_a_sleeping_thread() {
    let (tx, rx) = bounded(1);
    let mut first = Box::pin(rx.recv_async());
    assert!(
        first
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    let sleeper = thread::spawn({
        let rx = rx.clone();
        move || rx.recv()
    });
    while !format!("{rx:?}").contains("receivers_waiting: 2") {
        thread::yield_now();
    }
    tx.try_send(5).unwrap();
    drop(first);
    assert_eq!(sleeper.join().unwrap(), Ok(5));
}

#[test]
fn dropped_woken_send_wakes_the_next() {
    let (tx, rx) = bounded(1);
    tx.try_send(0).unwrap();
    let (count, waker) = Count::new();
    let mut first = Box::pin(tx.send_async(1));
    let mut second = pin!(tx.send_async(2));
    let mut cx = Context::from_waker(&waker);
    assert!(
        first
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    assert!(second.as_mut().poll(&mut cx).is_pending());
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!(first.as_mut().cancel(), Some(1));
    assert_eq!(first.as_mut().cancel(), None);
    assert_eq!(count.get(), 1);
    assert_eq!(second.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(rx.try_recv(), Ok(2));
}

/// A forgotten future keeps one wake; the next message wakes another waiter, who wakes the next.
#[test]
fn forgotten_receive_swallows_one_wake_and_no_message() {
    let (tx, rx) = bounded(4);
    let mut forgotten = Box::pin(rx.recv_async());
    assert!(
        forgotten
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    std::mem::forget(forgotten);
    let (counts, wakers): (Vec<_>, Vec<_>) = (0..2).map(|_| Count::new()).unzip();
    let mut first = pin!(rx.recv_async());
    let mut second = pin!(rx.recv_async());
    let mut first_cx = Context::from_waker(&wakers[0]);
    let mut second_cx = Context::from_waker(&wakers[1]);
    assert!(first.as_mut().poll(&mut first_cx).is_pending());
    assert!(second.as_mut().poll(&mut second_cx).is_pending());
    tx.try_send(1).unwrap();
    assert_eq!((counts[0].get(), counts[1].get()), (0, 0), "swallowed");
    tx.try_send(2).unwrap();
    assert_eq!((counts[0].get(), counts[1].get()), (1, 0));
    assert_eq!(first.as_mut().poll(&mut first_cx), Poll::Ready(Ok(1)));
    assert_eq!(counts[1].get(), 1, "passed on, since there is more");
    assert_eq!(second.as_mut().poll(&mut second_cx), Poll::Ready(Ok(2)));
}

/// The same on the other side.
#[test]
fn forgotten_send_swallows_one_wake_and_no_room() {
    let (tx, rx) = bounded(2);
    tx.try_send(0).unwrap();
    tx.try_send(0).unwrap();
    let mut forgotten = Box::pin(tx.send_async(9));
    assert!(
        forgotten
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    std::mem::forget(forgotten);
    let (counts, wakers): (Vec<_>, Vec<_>) = (0..2).map(|_| Count::new()).unzip();
    let mut first = pin!(tx.send_async(1));
    let mut second = pin!(tx.send_async(2));
    let mut first_cx = Context::from_waker(&wakers[0]);
    let mut second_cx = Context::from_waker(&wakers[1]);
    assert!(first.as_mut().poll(&mut first_cx).is_pending());
    assert!(second.as_mut().poll(&mut second_cx).is_pending());
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!((counts[0].get(), counts[1].get()), (0, 0), "swallowed");
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!(first.as_mut().poll(&mut first_cx), Poll::Ready(Ok(())));
    assert_eq!(counts[1].get(), 1, "passed on, since there is more");
    assert_eq!(second.as_mut().poll(&mut second_cx), Poll::Ready(Ok(())));
}

#[test]
fn send_dropped_before_its_first_poll_drops_its_value() {
    let (tx, _rx) = bounded(1);
    let value = Arc::new(());
    drop(tx.send_async(value.clone()));
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(tx.is_empty());
}

#[test]
fn timeouts_of_zero_the_past_and_forever() {
    let (tx, rx) = bounded(1);
    assert!(rx.recv_timeout(Duration::ZERO).unwrap_err().is_timeout());
    assert!(rx.recv_deadline(Deadline::at(0)).unwrap_err().is_timeout());
    tx.send_timeout(1, Duration::MAX).unwrap();
    assert_eq!(
        tx.send_timeout(2, Duration::ZERO).unwrap_err().into_inner(),
        2
    );
    assert_eq!(rx.recv_timeout(Duration::MAX), Ok(1));
    assert_eq!(
        format!("{rx:?}").matches("waiting: 0").count(),
        2,
        "nobody stays in line"
    );
}

/// In a cell and in the list; it leaves the line, and what comes later finds no trace of it.
#[test]
fn a_timeout_that_comes_in_the_sleep_leaves_no_trace() {
    const SHORT: Duration = Duration::from_millis(5);
    for listed in [false, true] {
        let (tx, rx) = bounded(1);
        let mut cx = Context::from_waker(Waker::noop());
        let mut receives: Vec<_> = (0..if listed { 32 } else { 0 })
            .map(|_| Box::pin(rx.recv_async()))
            .collect();
        for receive in &mut receives {
            assert!(receive.as_mut().poll(&mut cx).is_pending());
        }
        assert!(rx.recv_timeout(SHORT).unwrap_err().is_timeout());
        drop(receives);
        tx.try_send(0).unwrap();
        let mut sends: Vec<_> = (0..if listed { 32 } else { 0 })
            .map(|n| Box::pin(tx.send_async(n)))
            .collect();
        for send in &mut sends {
            assert!(send.as_mut().poll(&mut cx).is_pending());
        }
        let refused = tx.send_timeout(1, SHORT).unwrap_err();
        assert!(refused.is_timeout());
        assert_eq!(refused.into_inner(), 1);
        drop(sends);
        assert_eq!(format!("{rx:?}").matches("waiting: 0").count(), 2);
        assert_eq!(rx.try_recv(), Ok(0));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(tx.stats().wakes, 0, "nobody was there to be woken");
    }
}
