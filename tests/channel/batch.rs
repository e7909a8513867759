//! Several messages in one call: in order, within the capacity, and nothing is lost half-way.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use shorttail::channel::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError, bounded,
};
use shorttail::time::{Clock, Deadline, StdClock};

use crate::executor::{Count, block_on};

#[derive(Clone, Copy, Debug)]
enum Op {
    Send(usize),
    Recv(usize, usize),
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        10 => (0..20_usize).prop_map(Op::Send),
        10 => (0..20_usize, 0..20_usize).prop_map(|(limit, spare)| Op::Recv(limit, spare)),
        1 => Just(Op::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn behaves_as_a_bounded_deque(
        capacity in prop_oneof![1_usize..18, Just(24_usize), Just(64_usize)],
        ops in proptest::collection::vec(op(), 0..100),
    ) {
        let (tx, rx) = bounded(capacity);
        let (mut model, mut closed, mut next) = (VecDeque::<i32>::new(), false, 0..);
        for op in ops {
            match op {
                Op::Send(count) => {
                    let mut values: VecDeque<i32> = next.by_ref().take(count).collect();
                    let fit = count.min(capacity - model.len());
                    let expected = match (closed, fit) {
                        _ if count == 0 => Ok(0),
                        (true, _) => Err(TrySendError::Closed(())),
                        (false, 0) => Err(TrySendError::Full(())),
                        (false, fit) => Ok(fit),
                    };
                    let all = values.clone();
                    prop_assert_eq!(tx.try_send_many(&mut values), expected);
                    let sent = expected.unwrap_or(0);
                    model.extend(all.range(..sent));
                    prop_assert_eq!(values, all.range(sent..).copied().collect::<VecDeque<_>>());
                }
                Op::Recv(limit, spare) => {
                    let mut buf = Vec::with_capacity(1 + spare);
                    buf.push(-1);
                    let fit = limit.min(buf.capacity() - 1).min(model.len());
                    let asked = limit.min(buf.capacity() - 1) > 0;
                    let none = if closed { TryRecvError::Closed } else { TryRecvError::Empty };
                    let is_over = closed && model.is_empty();
                    let told = (asked || is_over) && fit == 0;
                    let expected = if told { Err(none) } else { Ok(fit) };
                    let capacity = buf.capacity();
                    prop_assert_eq!(rx.try_recv_many(&mut buf, limit), expected);
                    prop_assert_eq!(buf.capacity(), capacity);
                    prop_assert!(buf[1..].iter().copied().eq(model.drain(..fit)));
                }
                Op::Close => {
                    tx.close();
                    closed = true;
                }
            }
            prop_assert_eq!(rx.len(), model.len());
        }
    }
}

#[test]
fn a_waiting_batch_goes_in_piece_by_piece() {
    for capacity in [1, 3, 64] {
        let (tx, rx) = bounded(capacity);
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut values: VecDeque<_> = (0..2_000).collect();
                assert_eq!(tx.send_many(&mut values), Ok(()));
                assert!(values.is_empty());
            });
            let mut buf = Vec::with_capacity(2_000);
            while let Ok(received) = rx.recv_many(&mut buf, 7) {
                assert!((1..=7).contains(&received) || buf.len() == buf.capacity());
            }
            assert!(buf.into_iter().eq(0..2_000));
        });
    }
}

/// Each sender's messages keep their order, whoever takes them, in batches and one by one.
#[test]
fn batches_and_single_messages_mix() {
    const EACH: usize = 5_000;
    let (tx, rx) = bounded(64);
    let received = thread::scope(|scope| {
        for sender in 0..4 {
            let tx = tx.clone();
            scope.spawn(move || {
                let mut messages = (0..EACH).map(|n| (sender, n));
                if sender % 2 == 0 {
                    return messages.try_for_each(|message| tx.send(message)).unwrap();
                }
                let mut values = VecDeque::with_capacity(16);
                loop {
                    values.extend(messages.by_ref().take(16));
                    if values.is_empty() {
                        return;
                    }
                    tx.send_many(&mut values).unwrap();
                }
            });
        }
        drop(tx);
        let batches = scope.spawn(|| {
            let mut buf = Vec::with_capacity(4 * EACH + 1);
            while block_on(rx.recv_many_async(&mut buf, 32)).is_ok() {}
            buf
        });
        let singles: Vec<_> = rx.iter().collect();
        [singles, batches.join().unwrap()]
    });
    let mut seen = [0; 4];
    for messages in &received {
        for (sender, seen) in seen.iter_mut().enumerate() {
            let of_sender = messages.iter().filter(|(from, _)| *from == sender);
            assert!(of_sender.clone().is_sorted());
            *seen += of_sender.count();
        }
    }
    assert_eq!(seen, [EACH; 4]);
}

#[test]
fn nothing_to_do_is_done_at_once() {
    let (tx, rx) = bounded::<u8>(1);
    assert_eq!(tx.try_send_many(&mut VecDeque::new()), Ok(0));
    assert_eq!(tx.send_many(&mut VecDeque::new()), Ok(()));
    assert_eq!(rx.recv_many(&mut Vec::new(), 9), Ok(0));
    assert_eq!(rx.recv_many(&mut Vec::with_capacity(9), 0), Ok(0));
    assert_eq!(
        rx.recv_many_timeout(&mut Vec::new(), 9, Duration::MAX),
        Ok(0)
    );
    assert_eq!(block_on(rx.recv_many_async(&mut Vec::new(), 9)), Ok(0));
}

/// A loop over a buffer that nobody has made room in ends with the channel.
#[test]
fn closed_and_empty_is_told_also_without_a_place_for_a_message() {
    let (tx, rx) = bounded(2);
    tx.try_send(1).unwrap();
    tx.close();
    assert_eq!(rx.recv_many(&mut Vec::new(), 9), Ok(0), "one is inside");
    assert_eq!(rx.try_recv_many(&mut Vec::with_capacity(9), 0), Ok(0));
    assert_eq!(rx.recv(), Ok(1));
    let mut none = Vec::new();
    assert_eq!(rx.try_recv_many(&mut none, 9), Err(TryRecvError::Closed));
    assert_eq!(
        rx.try_recv_many(&mut Vec::with_capacity(9), 0),
        Err(TryRecvError::Closed)
    );
    assert_eq!(rx.recv_many(&mut none, 9), Err(RecvError));
    let told = rx.recv_many_timeout(&mut none, 9, Duration::MAX);
    assert_eq!(told, Err(RecvTimeoutError::Closed));
    assert_eq!(block_on(rx.recv_many_async(&mut none, 9)), Err(RecvError));
    assert_eq!(tx.try_send_many(&mut VecDeque::new()), Ok(0), "all is sent");
    assert_eq!(tx.send_many(&mut VecDeque::new()), Ok(()));
    assert_eq!(block_on(tx.send_many_async(&mut VecDeque::new())), Ok(()));
}

#[test]
fn timed_batches_keep_what_is_not_sent_and_come_back() {
    let (tx, rx) = bounded(2);
    let mut values = VecDeque::from([1, 2, 3]);
    let late = Err(SendTimeoutError::Timeout(()));
    assert_eq!(tx.send_many_timeout(&mut values, Duration::ZERO), late);
    assert_eq!(values, [3], "what there was room for is sent");
    assert_eq!(
        tx.send_many_timeout(&mut values, Duration::from_nanos(1)),
        late
    );
    assert_eq!(tx.send_many_deadline(&mut values, Deadline::at(0)), late);
    assert_eq!(
        tx.send_many_timeout(&mut VecDeque::new(), Duration::ZERO),
        Ok(())
    );

    let mut buf = Vec::with_capacity(9);
    assert_eq!(
        rx.recv_many_deadline(&mut buf, 9, Deadline::at(0)),
        Ok(2),
        "there"
    );
    assert_eq!(tx.send_many_deadline(&mut values, Deadline::at(0)), Ok(()));
    assert_eq!(rx.recv_many_timeout(&mut buf, 9, Duration::MAX), Ok(1));
    let late = Err(RecvTimeoutError::Timeout);
    assert_eq!(rx.recv_many_timeout(&mut buf, 9, Duration::ZERO), late);
    assert_eq!(
        rx.recv_many_timeout(&mut buf, 9, Duration::from_nanos(1)),
        late
    );
    assert_eq!(rx.recv_many_deadline(&mut buf, 9, Deadline::at(0)), late);
    assert_eq!((buf, tx.stats().wakes), (vec![1, 2, 3], 0));

    values.push_back(4);
    tx.close();
    let closed = Err(SendTimeoutError::Closed(()));
    assert_eq!(tx.send_many_timeout(&mut values, Duration::MAX), closed);
    assert_eq!(values, [4]);
}

/// Timed waits that time out, and those that are woken, at random moments: nothing is lost.
#[test]
fn timed_batches_go_through_and_end() {
    let (tx, rx) = bounded(3);
    let mut got = Vec::with_capacity(3_000);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut values: VecDeque<_> = (0..3_000).collect();
            while let Err(error) = tx.send_many_timeout(&mut values, Duration::from_micros(3)) {
                assert!(error.is_timeout());
            }
            assert!(values.is_empty());
        });
        let mut told = Ok(0);
        while told != Err(RecvTimeoutError::Closed) {
            told = rx.recv_many_timeout(&mut got, 2, Duration::from_micros(3));
        }
    });
    assert!(got.into_iter().eq(0..3_000));
}

/// A call that sleeps until a moment that does not come is woken by what it waits for.
#[test]
fn timed_batches_are_woken() {
    let (tx, rx) = bounded(1);
    let deadline = Deadline::after(StdClock.now_ns(), Duration::from_secs(3_600));
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut values = VecDeque::from([1, 2, 3]);
            tx.send_many_deadline(&mut values, deadline)
        });
        let mut buf = Vec::with_capacity(3);
        while buf.len() < 3 {
            assert!(rx.recv_many_deadline(&mut buf, 3, deadline).is_ok());
        }
        assert_eq!((sender.join().unwrap(), buf), (Ok(()), vec![1, 2, 3]));
    });
}

#[test]
fn a_close_leaves_the_rest_with_the_sender() {
    let (tx, rx) = bounded(2);
    let mut values = VecDeque::from([1, 2, 3, 4]);
    let mut cx = Context::from_waker(Waker::noop());
    let mut sending = Box::pin(tx.send_many_async(&mut values));
    assert!(sending.as_mut().poll(&mut cx).is_pending());
    rx.close();
    assert_eq!(
        sending.as_mut().poll(&mut cx),
        Poll::Ready(Err(SendError(())))
    );
    drop(sending);
    assert_eq!(values, [3, 4]);
    assert_eq!(tx.send_many(&mut values), Err(SendError(())));
    let mut buf = Vec::with_capacity(8);
    assert_eq!(rx.recv_many(&mut buf, 8), Ok(2));
    assert_eq!(rx.recv_many(&mut buf, 8), Err(RecvError));
    assert_eq!((buf, values), (vec![1, 2], VecDeque::from([3, 4])));
}

#[test]
fn a_batch_leaves_the_room_of_permits() {
    let (tx, rx) = bounded(64);
    let permits: Vec<_> = (0..60).map(|_| tx.try_reserve().unwrap()).collect();
    let mut values: VecDeque<_> = (0..9).collect();
    assert_eq!(tx.try_send_many(&mut values), Ok(4));
    drop(permits);
    assert_eq!(tx.try_send_many(&mut values), Ok(5));
    assert!(rx.try_iter().eq(0..9));
}

/// One call wakes as many as it has something for; the woken do not have to wake the next.
#[test]
fn a_batch_wakes_as_many_as_it_serves() {
    let (tx, rx) = bounded(64);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receives: Vec<_> = (0..4).map(|_| Box::pin(rx.recv_async())).collect();
    for receive in &mut receives {
        assert!(receive.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(tx.try_send_many(&mut VecDeque::from([0, 1, 2])), Ok(3));
    assert_eq!(count.get(), 3);
    drop(receives);

    let mut values: VecDeque<_> = (3..64).collect();
    assert_eq!(tx.try_send_many(&mut values), Ok(61));
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut sends: Vec<_> = (0..4).map(|n| Box::pin(tx.send_async(n))).collect();
    for send in &mut sends {
        assert!(send.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(rx.try_recv_many(&mut Vec::with_capacity(3), 3), Ok(3));
    assert_eq!(count.get(), 3);
}

#[test]
fn given_up_futures_pass_their_wake_on() {
    let (tx, rx) = bounded(1);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut buf = Vec::with_capacity(4);
    let mut noop = Context::from_waker(Waker::noop());
    let mut first = Box::pin(rx.recv_many_async(&mut buf, 4));
    let mut second = pin!(rx.recv_async());
    assert!(first.as_mut().poll(&mut noop).is_pending());
    assert!(second.as_mut().poll(&mut cx).is_pending());
    tx.try_send(1).unwrap();
    assert_eq!(count.get(), 0);
    drop(first);
    assert_eq!((count.get(), buf.len()), (1, 0));
    assert_eq!(second.as_mut().poll(&mut cx), Poll::Ready(Ok(1)));

    tx.try_send(2).unwrap();
    let mut values = VecDeque::from([3, 4]);
    let mut first = Box::pin(tx.send_many_async(&mut values));
    let mut second = pin!(tx.send_async(5));
    assert!(first.as_mut().poll(&mut noop).is_pending());
    assert!(second.as_mut().poll(&mut cx).is_pending());
    assert_eq!(rx.try_recv(), Ok(2));
    drop(first);
    assert_eq!((count.get(), values.len()), (2, 2));
    assert_eq!(second.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
}

#[test]
fn every_message_is_dropped_once() {
    let message = Rc::new(());
    let (tx, rx) = bounded(64);
    let mut values: VecDeque<_> = (0..20).map(|_| message.clone()).collect();
    assert_eq!(tx.try_send_many(&mut values), Ok(20));
    let mut buf = Vec::with_capacity(10);
    assert_eq!(rx.try_recv_many(&mut buf, 64), Ok(buf.capacity().min(20)));
    drop(buf);
    drop(rx);
    assert_eq!(Rc::strong_count(&message), 1);
}
