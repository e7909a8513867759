//! A permit's room is the capacity's, its send is never refused for want of it, and nothing leaks.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use shorttail::channel::{
    ReserveError, ReserveTimeoutError, SendError, TryReserveError, TrySendError, bounded,
};
use shorttail::time::{Clock, Deadline, StdClock};

use crate::executor::{Count, block_on};

const HOUR: Duration = Duration::from_secs(3_600);

#[derive(Clone, Copy, Debug)]
enum Op {
    Send,
    Force,
    Recv,
    Reserve,
    Use,
    Drop,
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => Just(Op::Send),
        4 => Just(Op::Force),
        8 => Just(Op::Recv),
        8 => Just(Op::Reserve),
        6 => Just(Op::Use),
        3 => Just(Op::Drop),
        1 => Just(Op::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn behaves_as_a_deque_with_held_room(
        capacity in 1_usize..10,
        ops in proptest::collection::vec(op(), 0..300),
    ) {
        let (tx, rx) = bounded(capacity);
        let (mut model, mut permits, mut closed) = (VecDeque::new(), VecDeque::new(), false);
        for (n, op) in ops.into_iter().enumerate() {
            let full = model.len() + permits.len() == capacity;
            match op {
                Op::Send => {
                    let expected = match (closed, full) {
                        (true, _) => Err(TrySendError::Closed(n)),
                        (false, true) => Err(TrySendError::Full(n)),
                        (false, false) => Ok(()),
                    };
                    prop_assert_eq!(tx.try_send(n), expected);
                    if expected.is_ok() {
                        model.push_back(n);
                    }
                }
                Op::Force => {
                    let expected = match (closed, permits.len() == capacity) {
                        (true, _) => Err(TrySendError::Closed(n)),
                        (false, true) => Err(TrySendError::Full(n)),
                        (false, false) => Ok(if full { model.pop_front() } else { None }),
                    };
                    prop_assert_eq!(tx.force_send(n), expected);
                    if expected.is_ok() {
                        model.push_back(n);
                    }
                }
                Op::Recv => prop_assert_eq!(rx.try_recv().ok(), model.pop_front()),
                Op::Reserve => match tx.try_reserve() {
                    Ok(permit) => {
                        prop_assert!(!closed && !full);
                        permits.push_back(permit);
                    }
                    Err(why) => prop_assert!(why.is_closed() == closed && (closed || full)),
                },
                Op::Use => if let Some(permit) = permits.pop_front() {
                    let expected = if closed { Err(SendError(n)) } else { Ok(()) };
                    prop_assert_eq!(permit.send(n), expected);
                    if expected.is_ok() {
                        model.push_back(n);
                    }
                },
                Op::Drop => drop(permits.pop_front()),
                Op::Close => {
                    tx.close();
                    closed = true;
                }
            }
            prop_assert_eq!(rx.len(), model.len(), "permits are not counted");
        }
    }
}

#[test]
fn owned_permits_are_their_sender() {
    let (tx, rx) = bounded(1);
    let permit = tx.try_reserve_owned().unwrap();
    assert_eq!(rx.sender_count(), 1);
    let tx = permit.send(1).unwrap();
    let tx = match tx.try_reserve_owned() {
        Err(TryReserveError::Full(tx)) => tx,
        other => panic!("{other:?}"),
    };
    assert_eq!(rx.recv(), Ok(1));
    let tx = block_on(tx.reserve_owned_async()).unwrap().release();
    let permit = tx.reserve_owned().unwrap();
    assert!(!rx.is_closed());
    drop(permit);
    assert!(rx.is_closed());
    assert!(rx.recv().is_err());
}

#[test]
fn a_closed_channel_gives_no_permit_and_takes_no_message_of_one() {
    let (tx, rx) = bounded(3);
    let permits = [tx.reserve().unwrap(), tx.reserve().unwrap()];
    let owned = tx.clone().reserve_owned().unwrap();
    drop(rx);
    for permit in permits {
        assert_eq!(permit.send(1), Err(SendError(1)));
    }
    let (value, back) = owned.send(1).unwrap_err().into_inner();
    assert_eq!((value, back.sender_count()), (1, 2));
    drop(back);
    assert_eq!(tx.reserve().unwrap_err(), ReserveError::Closed(()));
    let refused = tx.reserve_timeout(Duration::ZERO).unwrap_err();
    assert_eq!(refused, ReserveTimeoutError::Closed);
    assert!(tx.try_reserve().unwrap_err().is_closed());
    let back = tx.clone().try_reserve_owned().unwrap_err();
    assert!(back.is_closed());
    let back = back.into_inner().reserve_owned().unwrap_err();
    assert!(back.is_closed());
    let refused = block_on(back.into_inner().reserve_owned_async()).unwrap_err();
    assert!(refused.is_closed() && refused.into_inner().same_channel(&tx));
}

/// Whatever it completes with, its sender is in the result.
#[test]
fn an_owned_reserve_that_has_completed_panics_when_polled() {
    let mut cx = Context::from_waker(Waker::noop());
    for close in [false, true] {
        let (tx, rx) = bounded::<u8>(1);
        if close {
            rx.close();
        }
        let mut reserve = Box::pin(tx.reserve_owned_async());
        let Poll::Ready(told) = reserve.as_mut().poll(&mut cx) else {
            panic!("there is room, or it is closed");
        };
        assert_eq!((told.is_err(), rx.sender_count()), (close, 1));
        drop(told);
        assert_eq!(rx.sender_count(), 0, "it has no sender any more");
        let again = catch_unwind(AssertUnwindSafe(|| {
            reserve.as_mut().poll(&mut cx).is_ready()
        }));
        let said = again.unwrap_err();
        let said = said.downcast_ref::<&str>().unwrap();
        assert!(said.contains("a ReserveOwnedFuture was polled after"));
    }
}

#[test]
fn a_timed_reserve_waits_for_room_and_no_longer() {
    let (tx, rx) = bounded(1);
    assert!(
        tx.reserve_deadline(Deadline::at(0)).is_ok(),
        "room is taken"
    );
    let permit = tx.reserve_timeout(Duration::MAX).unwrap();
    for told in [
        tx.reserve_timeout(Duration::ZERO),
        tx.reserve_timeout(Duration::from_nanos(1)),
        tx.reserve_deadline(Deadline::at(0)),
    ] {
        assert_eq!(told.unwrap_err(), ReserveTimeoutError::Timeout);
    }
    permit.send(1).unwrap();
    assert_eq!(
        (rx.try_recv(), rx.stats().wakes),
        (Ok(1), 0),
        "nobody stays in line"
    );
    tx.try_send(2).unwrap();
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let permit = tx.reserve_deadline(Deadline::after(StdClock.now_ns(), HOUR));
            permit.unwrap().send(3)
        });
        assert_eq!(rx.recv(), Ok(2));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
    assert_eq!(rx.recv(), Ok(3));
}

#[test]
fn a_permit_given_back_wakes_a_sender() {
    let (tx, rx) = bounded(1);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let permit = tx.try_reserve().unwrap();
    let mut send = pin!(tx.send_async(1));
    assert!(send.as_mut().poll(&mut cx).is_pending(), "no spin either");
    drop(permit);
    assert_eq!(count.get(), 1);
    assert_eq!(send.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn a_given_up_reserve_passes_its_wake_on() {
    let (tx, rx) = bounded(1);
    tx.try_send(0).unwrap();
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut noop = Context::from_waker(Waker::noop());
    let mut borrowed = Box::pin(tx.reserve_async());
    let mut owned = Box::pin(tx.clone().reserve_owned_async());
    let mut last = pin!(tx.reserve_async());
    assert!(borrowed.as_mut().poll(&mut noop).is_pending());
    assert!(owned.as_mut().poll(&mut noop).is_pending());
    assert!(last.as_mut().poll(&mut cx).is_pending());
    assert_eq!(rx.try_recv(), Ok(0));
    drop(borrowed);
    assert_eq!(count.get(), 0);
    drop(owned);
    assert_eq!((count.get(), tx.sender_count()), (1, 1));
    let Poll::Ready(Ok(permit)) = last.poll(&mut cx) else {
        panic!("the room is there");
    };
    permit.send(5).unwrap();
    assert_eq!(rx.try_recv(), Ok(5));
}

/// There are more permits than can be counted: told, not waited for.
#[test]
fn too_many_permits_are_refused() {
    let (tx, _rx) = bounded(5_000);
    let permits: Vec<_> = (0..4_095).map(|_| tx.try_reserve().unwrap()).collect();
    assert!(tx.try_reserve().unwrap_err().is_too_many());
    assert_eq!(tx.reserve().unwrap_err(), ReserveError::TooMany(()));
    let refused = tx.reserve_timeout(Duration::MAX).unwrap_err();
    assert_eq!(refused, ReserveTimeoutError::TooMany);
    let refused = block_on(tx.reserve_async());
    assert_eq!(refused.unwrap_err(), ReserveError::TooMany(()));
    let back = tx.clone().try_reserve_owned().unwrap_err();
    assert!(back.is_too_many());
    let back = back.into_inner().reserve_owned().unwrap_err();
    assert!(back.is_too_many());
    let back = block_on(back.into_inner().reserve_owned_async()).unwrap_err();
    assert!(back.is_too_many() && back.into_inner().same_channel(&tx));
    for n in 0..905 {
        tx.try_send(n).expect("the rest of the capacity");
    }
    assert!(tx.try_send(0).is_err());
    drop(permits);
    assert!(tx.reserve().is_ok());
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("in the waker");
    }
}

/// A waker that panics while a permit is taken gives its room back.
#[test]
fn a_panicking_waker_leaks_no_room() {
    let (tx, rx) = bounded(2);
    tx.try_send(0).unwrap();
    tx.try_send(0).unwrap();
    let waker = Waker::from(Arc::new(Panics));
    let mut forgotten = Box::pin(tx.send_async(1));
    let mut woken = Box::pin(tx.send_async(2));
    let mut noop = Context::from_waker(Waker::noop());
    assert!(forgotten.as_mut().poll(&mut noop).is_pending());
    assert!(
        woken
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert_eq!(rx.try_recv_many(&mut Vec::with_capacity(1), 1), Ok(1));
    assert!(catch_unwind(AssertUnwindSafe(|| rx.try_recv())).is_err());
    std::mem::forget(forgotten);
    drop(woken);
    let mut bad = Box::pin(rx.recv_async());
    assert!(
        bad.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let permit = tx.try_reserve().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| permit.send(3))).is_err());
    drop(bad);
    assert_eq!(rx.try_recv(), Ok(3));
    for n in 0..2 {
        tx.try_send(n).expect("all room is there");
    }
}

/// Threads take permits, use them or give them back; the capacity holds and nothing hangs.
#[test]
fn permits_and_sends_mix() {
    let (tx, rx) = bounded(3);
    let each = 3_000;
    thread::scope(|scope| {
        for n in 0..3 {
            let tx = tx.clone();
            scope.spawn(move || {
                for i in 0..each {
                    match (n + i) % 3 {
                        0 => tx.send(i).unwrap(),
                        1 => tx.reserve().unwrap().send(i).unwrap(),
                        _ => {
                            drop(tx.reserve().unwrap());
                            block_on(tx.reserve_async()).unwrap().send(i).unwrap();
                        }
                    }
                }
            });
        }
        drop(tx);
        assert_eq!(rx.iter().count(), 3 * each);
    });
}
