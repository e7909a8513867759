//! Waits that are given up, or that time out.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use shorttail::channel::Lanes;
use shorttail::time::Deadline;

use crate::executor::Count;

#[test]
fn timeouts_of_zero_the_past_and_forever() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    assert!(rx.recv_timeout(Duration::ZERO).unwrap_err().is_timeout());
    assert!(rx.recv_deadline(Deadline::at(0)).unwrap_err().is_timeout());
    let low = tx.lane(1);
    low.send_timeout(1, Duration::ZERO).unwrap();
    let refused = low.send_timeout(2, Duration::ZERO).unwrap_err();
    assert!(refused.is_timeout() && refused.into_inner() == 2);
    let refused = low.send_deadline(3, Deadline::at(0)).unwrap_err();
    assert!(refused.is_timeout() && refused.into_inner() == 3);
    // A full lane refuses no other lane's messages.
    tx.lane(0).send_timeout(4, Duration::MAX).unwrap();
    assert_eq!(rx.recv_timeout(Duration::ZERO), Ok((0, 4)));
    assert_eq!(rx.recv_deadline(Deadline::NEVER), Ok((1, 1)));
}

/// Dropped before its first poll, while it waits, and when it was woken.
#[test]
fn a_receive_that_is_dropped_takes_no_message_and_keeps_no_wake() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let (count, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    tx.lane(1).send(1).unwrap();
    drop(rx.recv_async());
    assert_eq!(rx.try_recv(), Ok((1, 1)));

    let mut waits = Box::pin(rx.recv_async());
    assert!(waits.as_mut().poll(cx).is_pending());
    drop(waits);
    tx.lane(1).send(2).unwrap();
    assert_eq!((count.get(), rx.try_recv()), (0, Ok((1, 2))));

    let mut woken = Box::pin(rx.recv_async());
    let mut next = pin!(rx.recv_async());
    assert!(woken.as_mut().poll(cx).is_pending() && next.as_mut().poll(cx).is_pending());
    tx.lane(1).send(3).unwrap();
    assert_eq!(count.get(), 1);
    drop(woken);
    assert_eq!(count.get(), 2);
    assert_eq!(next.as_mut().poll(cx), Poll::Ready(Ok((1, 3))));
}

#[test]
fn a_send_that_is_dropped_sends_nothing_and_keeps_no_wake() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let value = Arc::new(1);
    let (count, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    let low = tx.lane(1);
    drop(low.send_async(value.clone()));
    assert_eq!((low.len(), Arc::strong_count(&value)), (0, 1));
    low.send(value.clone()).unwrap();

    let mut waits = Box::pin(low.send_async(value.clone()));
    assert!(waits.as_mut().poll(cx).is_pending());
    drop(waits);
    assert_eq!(Arc::strong_count(&value), 2);

    let mut woken = pin!(low.send_async(value.clone()));
    let mut next = pin!(low.send_async(value.clone()));
    assert!(woken.as_mut().poll(cx).is_pending() && next.as_mut().poll(cx).is_pending());
    assert_eq!(rx.try_recv().unwrap().0, 1);
    assert_eq!(count.get(), 1);
    assert!(woken.as_mut().cancel().is_some());
    assert_eq!(count.get(), 2);
    assert!(woken.cancel().is_none(), "handed back before");
    assert_eq!(next.as_mut().poll(cx), Poll::Ready(Ok(())));
    assert_eq!(low.len(), 1);
}

#[test]
#[should_panic(expected = "a LaneSendFuture was polled after")]
fn a_send_that_is_polled_after_its_end_says_so() {
    let (tx, _rx) = Lanes::new([1]).build().unwrap();
    let (_, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    let mut send = pin!(tx.lane(0).send_async(1));
    assert!(send.as_mut().poll(cx).is_ready());
    let _ = send.as_mut().poll(cx);
}
