//! A channel without room: a send is done when a receiver has the message.

use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use shorttail::channel::{
    Builder, Offered, OnFull, Receiver, ReserveError, Select, Sender, TryReserveError, bounded,
    stamped,
};
use shorttail::time::MockClock;

use crate::executor::{Count, block_on};

/// Comes back when so many wait on either side.
fn until_waiting<T>(tx: &Sender<T>, senders: usize, receivers: usize) {
    while (tx.senders_waiting(), tx.receivers_waiting()) != (senders, receivers) {
        thread::yield_now();
    }
}

fn never<T: Send>() -> (Sender<T>, Receiver<T>) {
    bounded(0)
}

#[test]
fn nobody_is_there() {
    let (tx, rx) = bounded(0);
    assert_eq!((tx.capacity(), tx.len(), rx.len()), (0, 0, 0));
    assert!(tx.is_empty() && tx.is_full());
    assert_eq!(tx.try_send(1).unwrap_err().into_inner(), 1);
    assert!(rx.try_recv().unwrap_err().is_empty());
    assert!(tx.send_timeout(2, Duration::ZERO).unwrap_err().is_timeout());
    assert!(rx.recv_timeout(Duration::ZERO).unwrap_err().is_timeout());
    assert!(tx.force_send(3).unwrap_err().is_full());
    assert_eq!((tx.senders_waiting(), tx.receivers_waiting()), (0, 0));
}

#[test]
fn a_timeout_in_the_sleep_leaves_no_trace() {
    let (tx, rx) = bounded(0);
    let short = Duration::from_millis(1);
    assert_eq!(tx.send_timeout(2, short).unwrap_err().into_inner(), 2);
    assert!(rx.recv_timeout(short).unwrap_err().is_timeout());
    assert_eq!((tx.senders_waiting(), tx.receivers_waiting()), (0, 0));
    assert!(rx.try_recv().unwrap_err().is_empty());
    assert!(tx.try_send(1).unwrap_err().is_full());
}

#[test]
fn a_receive_that_does_not_wait_takes_from_a_sender_in_line() {
    let (tx, rx) = bounded(0);
    let senders: Vec<_> = (1..=3)
        .map(|number| {
            let sender = tx.clone();
            let handle = thread::spawn(move || sender.send(number));
            until_waiting(&tx, number, 0);
            handle
        })
        .collect();
    for expected in 1..=3 {
        assert_eq!(rx.try_recv(), Ok(expected));
    }
    assert!(rx.try_recv().unwrap_err().is_empty());
    senders
        .into_iter()
        .for_each(|sender| sender.join().unwrap().unwrap());
    assert_eq!(tx.senders_waiting(), 0);
}

#[test]
fn a_send_that_does_not_wait_reaches_a_thread_that_does() {
    let (tx, rx) = bounded(0);
    let receiver = thread::spawn(move || (rx.recv(), rx.recv()));
    for number in [1, 2] {
        until_waiting(&tx, 0, 1);
        // Whoever was counted may have its message already and not have come for it.
        while tx.try_send(number).is_err() {
            thread::yield_now();
        }
    }
    assert_eq!(receiver.join().unwrap(), (Ok(1), Ok(2)));
}

#[test]
fn as_many_are_handed_in_as_wait() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receives: Vec<_> = (0..3).map(|_| Box::pin(rx.recv_async())).collect();
    for receive in &mut receives {
        assert!(receive.as_mut().poll(&mut cx).is_pending());
    }
    for number in 0..3 {
        assert!(tx.try_send(number).is_ok());
    }
    assert!(tx.try_send(3).unwrap_err().is_full());
    for (number, mut receive) in receives.into_iter().enumerate() {
        assert_eq!(receive.as_mut().poll(&mut cx), Poll::Ready(Ok(number)));
    }
    assert!(tx.try_send(3).unwrap_err().is_full());
}

/// The documented limit: what waits on the way is bounded, whoever waits.
#[test]
fn no_more_than_thirty_two_are_on_their_way() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receives: Vec<_> = (0..40).map(|_| Box::pin(rx.recv_async())).collect();
    for receive in &mut receives {
        assert!(receive.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(
        (0..40)
            .take_while(|number| tx.try_send(*number).is_ok())
            .count(),
        32
    );
}

/// A task's send is not done before a receiver has its message, though one was woken for it.
#[test]
fn a_send_that_waits_is_done_when_it_was_received() {
    let (tx, rx) = bounded(0);
    let (woken, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receive = Box::pin(rx.recv_async());
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    let mut send = Box::pin(tx.send_async(7));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert_eq!(woken.get(), 1);
    // The one that was woken goes; another is given the message.
    drop(receive);
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert_eq!(rx.try_recv(), Ok(7));
    assert_eq!(woken.get(), 2);
    assert_eq!(send.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
}

#[test]
fn a_cancelled_send_gives_its_value_back_or_has_sent_it() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut send = pin!(tx.send_async(1));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert_eq!(send.as_mut().cancel(), Some(1));
    assert!(rx.try_recv().unwrap_err().is_empty());

    let mut send = pin!(tx.send_async(2));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(send.as_mut().cancel(), None);
    assert_eq!(tx.senders_waiting(), 0);
}

#[test]
fn a_dropped_send_drops_its_value_once() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let alive = Rc::new(());
    let mut send = Box::pin(tx.send_async(alive.clone()));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    drop(send);
    assert_eq!(Rc::strong_count(&alive), 1);
    let mut send = Box::pin(tx.send_async(alive.clone()));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    drop(rx.try_recv().unwrap());
    drop(send);
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn a_send_takes_the_newest_waker() {
    let (tx, rx) = bounded(0);
    let (first, first_waker) = Count::new();
    let (second, second_waker) = Count::new();
    let mut send = pin!(tx.send_async(1));
    for waker in [&first_waker, &first_waker, &second_waker] {
        assert!(
            send.as_mut()
                .poll(&mut Context::from_waker(waker))
                .is_pending()
        );
    }
    assert_eq!(Arc::strong_count(&first), 2);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!((first.get(), second.get()), (0, 1));
    let polled = send.as_mut().poll(&mut Context::from_waker(&second_waker));
    assert_eq!(polled, Poll::Ready(Ok(())));
}

/// A receive that was woken for a sender and is dropped leaves it to the next.
#[test]
fn a_dropped_receive_wakes_the_next() {
    let (tx, rx) = bounded(0);
    let (first, first_waker) = Count::new();
    let (second, second_waker) = Count::new();
    let mut dropped = Box::pin(rx.recv_async());
    assert!(
        dropped
            .as_mut()
            .poll(&mut Context::from_waker(&first_waker))
            .is_pending()
    );
    let mut other = pin!(rx.recv_async());
    assert!(
        other
            .as_mut()
            .poll(&mut Context::from_waker(&second_waker))
            .is_pending()
    );
    tx.try_send(7).unwrap();
    assert_eq!((first.get(), second.get()), (1, 0));
    drop(dropped);
    assert_eq!(second.get(), 1);
    let polled = other.as_mut().poll(&mut Context::from_waker(&second_waker));
    assert_eq!(polled, Poll::Ready(Ok(7)));
}

/// The documented limit: what was handed in for a task that is gone waits for the next receive.
#[test]
fn what_was_handed_in_for_a_task_that_is_gone_stays() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receive = Box::pin(rx.recv_async());
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    tx.try_send(7).unwrap();
    drop(receive);
    assert!(tx.try_send(8).unwrap_err().is_full());
    tx.close();
    assert_eq!(rx.try_recv(), Ok(7));
    assert!(rx.try_recv().unwrap_err().is_closed());
}

#[test]
fn the_last_receiver_drops_what_was_handed_in() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let alive = Rc::new(());
    let mut receive = Box::pin(rx.recv_async());
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    tx.try_send(alive.clone()).unwrap();
    drop(receive);
    drop(rx);
    assert_eq!(Rc::strong_count(&alive), 1);
}

/// A receive that is forgotten keeps no message from others.
#[test]
fn a_forgotten_receive_swallows_one_wake_and_no_message() {
    let (tx, rx) = never();
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut forgotten = Box::pin(rx.recv_async());
    assert!(forgotten.as_mut().poll(&mut cx).is_pending());
    Box::leak(Box::new(forgotten));
    let sender = tx.clone();
    let sender = thread::spawn(move || sender.send(7));
    until_waiting(&tx, 1, 1);
    assert_eq!(rx.try_recv(), Ok(7));
    sender.join().unwrap().unwrap();
}

#[test]
fn a_forgotten_send_stands_until_it_is_received() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut forgotten = Box::pin(tx.send_async(7));
    assert!(forgotten.as_mut().poll(&mut cx).is_pending());
    Box::leak(Box::new(forgotten));
    assert_eq!(rx.try_recv(), Ok(7));
    assert_eq!(tx.senders_waiting(), 0);
}

#[test]
fn a_close_sends_everybody_home() {
    let (tx, rx) = bounded(0);
    let (woken, waker) = Count::new();
    let mut task = pin!(tx.send_async(1));
    assert!(
        task.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let sender = tx.clone();
    let sender = thread::spawn(move || sender.send(2).map_err(|back| back.into_inner()));
    until_waiting(&tx, 2, 0);
    assert!(rx.close());
    assert_eq!(sender.join().unwrap(), Err(2));
    assert_eq!(woken.get(), 1);
    let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
    assert_eq!(
        polled.map_err(|back| back.into_inner()),
        Poll::Ready(Err(1))
    );
    assert!(rx.recv().is_err() && tx.send(3).is_err() && tx.try_send(4).unwrap_err().is_closed());
    assert!(rx.try_recv().unwrap_err().is_closed());
}

#[test]
fn a_close_wakes_receivers() {
    let (tx, rx) = never::<u8>();
    let thread = thread::spawn(move || rx.recv());
    until_waiting(&tx, 0, 1);
    tx.close();
    assert!(thread.join().unwrap().is_err());
}

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
