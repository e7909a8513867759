//! A channel without room among threads and tasks at once, and all that a channel can do besides.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use shorttail::channel::{
    Builder, Offered, OnFull, ReserveError, Select, TryReserveError, bounded, stamped,
};
use shorttail::time::MockClock;

use crate::executor::{Count, block_on};
use crate::until::PATIENCE;

#[test]
fn threads_and_tasks_meet_each_other() {
    const EACH: usize = 500;
    for (task_sends, task_receives) in [(false, true), (true, false), (true, true)] {
        let (tx, rx) = bounded(0);
        let sender = thread::spawn(move || {
            for number in 0..EACH {
                match task_sends {
                    true => block_on(tx.send_async(number)).unwrap(),
                    false => tx.send(number).unwrap(),
                }
            }
        });
        for expected in 0..EACH {
            let received = match task_receives {
                true => block_on(rx.recv_async()),
                false => rx.recv(),
            };
            assert_eq!(received, Ok(expected));
        }
        sender.join().unwrap();
        assert!(rx.recv().is_err());
    }
}

#[test]
fn many_meet_and_each_message_is_received_once() {
    const THREADS: usize = 4;
    const EACH: usize = 300;
    let (tx, rx) = bounded(0);
    let receivers: Vec<_> = (0..THREADS)
        .map(|_| {
            let rx = rx.clone();
            thread::spawn(move || rx.iter().collect::<Vec<usize>>())
        })
        .collect();
    let senders: Vec<_> = (0..THREADS)
        .map(|sender| {
            let tx = tx.clone();
            thread::spawn(move || {
                for number in 0..EACH {
                    let number = sender * EACH + number;
                    let timed = number % 3 == 0;
                    match timed {
                        true => tx.send_timeout(number, Duration::MAX).unwrap(),
                        false => tx.send(number).unwrap(),
                    }
                }
            })
        })
        .collect();
    drop((tx, rx));
    senders
        .into_iter()
        .for_each(|sender| sender.join().unwrap());
    let mut all: Vec<_> = receivers
        .into_iter()
        .flat_map(|receiver| receiver.join().unwrap())
        .collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..THREADS * EACH));
}

#[test]
fn batches_go_one_by_one() {
    let (tx, rx) = bounded(0);
    let mut values = VecDeque::from([1, 2, 3]);
    assert!(tx.try_send_many(&mut values).unwrap_err().is_full());
    let sender = thread::spawn(move || {
        tx.send_many(&mut values).unwrap();
        (tx, values)
    });
    let mut received = Vec::with_capacity(3);
    while received.len() < 3 {
        assert!(rx.recv_many(&mut received, 3).unwrap() > 0);
    }
    assert_eq!(received, [1, 2, 3]);
    let (tx, mut values) = sender.join().unwrap();
    assert!(values.is_empty());

    // A batch that finds no receiver stays, from where it stopped.
    values.extend([4, 5]);
    let late = tx.send_many_timeout(&mut values, Duration::ZERO);
    assert!(late.unwrap_err().is_timeout());
    assert_eq!(values, [4, 5]);
    rx.close();
    assert!(tx.send_many(&mut values).is_err());
    assert_eq!(values, [4, 5]);
    let mut none = Vec::new();
    assert!(rx.try_recv_many(&mut none, 1).unwrap_err().is_closed());
}

#[test]
fn a_batch_of_a_task_meets_tasks() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut values = VecDeque::from([1, 2]);
    let mut received = Vec::with_capacity(2);
    {
        let mut send = pin!(tx.send_many_async(&mut values));
        let mut receive = pin!(rx.recv_many_async(&mut received, 2));
        assert!(send.as_mut().poll(&mut cx).is_pending());
        assert!(receive.as_mut().poll(&mut cx).is_pending());
        assert!(send.as_mut().poll(&mut cx).is_pending());
        assert_eq!(receive.as_mut().poll(&mut cx), Poll::Ready(Ok(1)));
    }
    assert_eq!((received, values), (vec![1], VecDeque::from([2])));
}

#[test]
fn a_task_receives_a_batch_from_senders_in_line() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut sends: Vec<_> = (1..=3)
        .map(|number| Box::pin(tx.send_async(number)))
        .collect();
    for send in &mut sends {
        assert!(send.as_mut().poll(&mut cx).is_pending());
    }
    let mut received = Vec::with_capacity(2);
    assert_eq!(block_on(rx.recv_many_async(&mut received, 9)), Ok(2));
    assert_eq!(received, [1, 2]);
}

#[test]
fn there_is_no_room_to_reserve() {
    let (tx, _rx) = bounded::<u8>(0);
    assert_eq!(tx.try_reserve().unwrap_err(), TryReserveError::TooMany(()));
    assert_eq!(tx.reserve().unwrap_err(), ReserveError::TooMany(()));
    tx.close();
    assert_eq!(tx.reserve().unwrap_err(), ReserveError::Closed(()));
}

#[test]
fn policies_have_nothing_to_evict() {
    for policy in [OnFull::Reject, OnFull::DropOldest] {
        let (tx, _rx) = Builder::new(0).on_full(policy).build().unwrap();
        assert_eq!(tx.offer(1).unwrap_err().into_inner(), 1);
    }
    let (tx, rx) = Builder::new(0).on_full(OnFull::Shed).build().unwrap();
    assert_eq!(tx.offer(1), Ok(Offered::Shed));
    assert_eq!(tx.stats().shed, 1);
    let (_, waker) = Count::new();
    let mut receive = pin!(rx.recv_async());
    assert!(
        receive
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert_eq!(tx.offer(2), Ok(Offered::Sent));
}

/// The time in line counts as time in the queue.
#[test]
fn a_stamp_in_line() {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = stamped(0, clock.clone());
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut send = pin!(tx.send_async(1));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    clock.advance(Duration::from_millis(3));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    let aged = rx.try_recv().unwrap();
    assert_eq!(aged.value, 1);
    assert_eq!(aged.age(), Duration::from_millis(3));
    assert_eq!(send.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
}

#[test]
fn a_select_takes_from_one_and_leaves_the_other_in_line() {
    let (tx, rx) = bounded(0);
    let (other_tx, other_rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut one = pin!(tx.send_async(1));
    let mut other = pin!(other_tx.send_async(2));
    assert!(one.as_mut().poll(&mut cx).is_pending());
    assert!(other.as_mut().poll(&mut cx).is_pending());
    let mut cases = (rx.case(), other_rx.case());
    let selected = Select::new().wait(&mut [&mut cases.0, &mut cases.1]);
    let taken = (cases.0.take(), cases.1.take());
    let expected = [(Some(Ok(1)), None), (None, Some(Ok(2)))];
    assert_eq!(taken, expected[selected]);
    let done = [
        one.as_mut().poll(&mut cx).is_ready(),
        other.as_mut().poll(&mut cx).is_ready(),
    ];
    assert_eq!(done, [selected == 0, selected == 1]);
}

#[test]
fn a_select_sends_to_a_receiver_that_waits() {
    let (tx, rx) = bounded(0);
    let (idle, _rx) = bounded(0);
    let mut select = Select::new();
    let mut cases = (tx.case(1), idle.case(2));
    assert_eq!(select.try_wait(&mut [&mut cases.0, &mut cases.1]), None);
    let receiver = thread::spawn(move || rx.recv());
    assert_eq!(select.wait(&mut [&mut cases.0, &mut cases.1]), 0);
    assert_eq!(receiver.join().unwrap(), Ok(1));
    assert_eq!((cases.0.take(), cases.1.cancel()), (Some(Ok(())), Some(2)));
}

/// Its receive waits like any other, and its send is for whoever waits: so it is done, and the
/// message is there for the next receive.
#[test]
fn a_select_with_both_ends_hands_in_for_itself() {
    let (tx, rx) = bounded(0);
    let mut select = Select::new();
    // The random case with which a look begins makes no difference.
    for number in 0..64 {
        let mut cases = (tx.case(number), rx.case());
        assert_eq!(select.try_wait(&mut [&mut cases.0, &mut cases.1]), None);
        let done = select.wait_timeout(&mut [&mut cases.0, &mut cases.1], PATIENCE);
        assert_eq!(done, Some(0));
        assert_eq!((cases.0.take(), cases.1.take()), (Some(Ok(())), None));
        assert_eq!((tx.senders_waiting(), tx.receivers_waiting()), (0, 0));
        assert_eq!(rx.try_recv(), Ok(number));
        assert!(rx.try_recv().unwrap_err().is_empty());
    }
}

#[test]
fn selects_meet_selects() {
    const EACH: usize = 300;
    let (tx, rx) = bounded(0);
    let (other_tx, other_rx) = bounded(0);
    let sender = thread::spawn(move || {
        let mut select = Select::new();
        let mut cases = (tx.case(0), other_tx.case(0));
        let mut sent = 0;
        for _ in 0..EACH {
            let done = select.wait(&mut [&mut cases.0, &mut cases.1]);
            let case = [&mut cases.0, &mut cases.1].into_iter().nth(done).unwrap();
            assert_eq!(case.take(), Some(Ok(())));
            case.set(0);
            sent += 1;
        }
        sent
    });
    let mut select = Select::new();
    let mut cases = (rx.case(), other_rx.case());
    let mut closed = [false; 2];
    let mut received = 0;
    while closed != [true; 2] {
        let done = match closed {
            [false, false] => select.wait(&mut [&mut cases.0, &mut cases.1]),
            [true, _] => select.wait(&mut [&mut cases.1]) + 1,
            [_, true] => select.wait(&mut [&mut cases.0]),
        };
        let case = [&mut cases.0, &mut cases.1].into_iter().nth(done).unwrap();
        match case.take().unwrap() {
            Ok(_) => received += 1,
            Err(_) => closed[done] = true,
        }
    }
    assert_eq!((sender.join().unwrap(), received), (EACH, EACH));
}
