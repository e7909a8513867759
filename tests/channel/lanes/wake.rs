//! Who is woken for what.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use shorttail::channel::{Lane, Lanes, LanesReceiver};

use crate::executor::Count;

#[test]
fn a_message_in_any_lane_wakes_the_receiver_that_came_first() {
    let (tx, rx) = Lanes::new([2, 2, 2]).build().unwrap();
    for lane in 0..3 {
        let (first_count, first_waker) = Count::new();
        let (second_count, second_waker) = Count::new();
        let first_cx = &mut Context::from_waker(&first_waker);
        let mut first = pin!(rx.recv_async());
        let mut second = pin!(rx.recv_async());
        assert!(first.as_mut().poll(first_cx).is_pending());
        let second_cx = &mut Context::from_waker(&second_waker);
        assert!(second.as_mut().poll(second_cx).is_pending());
        tx.lane(lane).force_send(lane).unwrap();
        assert_eq!((first_count.get(), second_count.get()), (1, 0));
        assert_eq!(first.as_mut().poll(first_cx), Poll::Ready(Ok((lane, lane))));
    }
    assert_eq!(rx.stats().wakes, 3);
}

/// The receiver woken for one message finds another, in a lane above; the next goes on.
#[test]
fn a_receive_wakes_one_more_while_any_lane_has_a_message() {
    let (tx, rx) = Lanes::new([2, 2]).build().unwrap();
    let (count, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    let mut swallows = Box::pin(rx.recv_async());
    let mut waits = pin!(rx.recv_async());
    assert!(swallows.as_mut().poll(cx).is_pending() && waits.as_mut().poll(cx).is_pending());
    tx.lane(1).try_send(1).unwrap();
    std::mem::forget(swallows); // with the wake
    assert_eq!(count.get(), 1);
    let mut third = pin!(rx.recv_async());
    assert!(third.as_mut().poll(cx).is_ready());
    tx.lane(1).try_send(2).unwrap();
    assert_eq!(count.get(), 2);
    assert_eq!(waits.as_mut().poll(cx), Poll::Ready(Ok((1, 2))));
}

#[test]
fn room_in_a_lane_wakes_a_sender_of_that_lane() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let (counts, wakers): (Vec<_>, Vec<_>) = (0..2).map(|_| Count::new()).unzip();
    let mut sends = [0, 1].map(|lane| {
        tx.lane(lane).send(0).unwrap();
        Box::pin(tx.lane(lane).send_async(1))
    });
    for (send, waker) in sends.iter_mut().zip(&wakers) {
        let cx = &mut Context::from_waker(waker);
        assert!(send.as_mut().poll(cx).is_pending());
    }
    assert_eq!(rx.recv(), Ok((0, 0)));
    assert_eq!((counts[0].get(), counts[1].get()), (1, 0));
    assert_eq!(rx.recv(), Ok((1, 0)));
    assert_eq!((counts[0].get(), counts[1].get()), (1, 1));
    assert_eq!((rx.lane_stats(0).wakes, tx.lane(1).stats().wakes), (1, 1));
}

fn poll_once<F: Future>(future: F) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(future).poll(&mut cx).is_pending());
}

/// The sender that was woken for the room is forgotten: who finds no message, or goes to sleep for
/// one, wakes another.
#[test]
fn an_empty_receive_wakes_a_sender_that_was_passed_over() {
    let empty: [fn(&LanesReceiver<usize>); 2] = [
        |rx| assert!(rx.try_recv().is_err()),
        |rx| poll_once(rx.recv_async()),
    ];
    for find_it_empty in empty {
        let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
        let (count, waker) = Count::new();
        let cx = &mut Context::from_waker(&waker);
        let low = tx.lane(1);
        low.send(0).unwrap();
        let mut swallows = Box::pin(low.send_async(1));
        let mut waits = pin!(low.send_async(2));
        assert!(swallows.as_mut().poll(cx).is_pending() && waits.as_mut().poll(cx).is_pending());
        assert_eq!(rx.try_recv(), Ok((1, 0)));
        std::mem::forget(swallows);
        assert_eq!(count.get(), 1);
        find_it_empty(&rx);
        assert_eq!(count.get(), 2);
        assert!(waits.as_mut().poll(cx).is_ready());
        assert_eq!(rx.try_recv(), Ok((1, 2)));
    }
}

#[test]
fn who_finds_a_lane_full_wakes_a_receiver_that_was_passed_over() {
    let full: [fn(Lane<'_, usize>); 2] = [
        |low| assert!(low.try_send(2).unwrap_err().is_full()),
        |low| poll_once(low.send_async(2)),
    ];
    for find_it_full in full {
        let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
        let (count, waker) = Count::new();
        let cx = &mut Context::from_waker(&waker);
        let mut swallows = Box::pin(rx.recv_async());
        let mut waits = pin!(rx.recv_async());
        assert!(swallows.as_mut().poll(cx).is_pending() && waits.as_mut().poll(cx).is_pending());
        tx.lane(1).try_send(1).unwrap();
        std::mem::forget(swallows);
        assert_eq!(count.get(), 1);
        find_it_full(tx.lane(1));
        assert_eq!(count.get(), 2);
        assert_eq!(waits.as_mut().poll(cx), Poll::Ready(Ok((1, 1))));
    }
}
