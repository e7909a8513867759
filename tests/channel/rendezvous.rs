//! A channel without room: a send is done when a receiver has the message.

use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use shorttail::channel::{Receiver, Sender, bounded};

use crate::executor::Count;
use crate::until::until;

/// Comes back when so many wait on either side.
pub(crate) fn until_waiting<T>(tx: &Sender<T>, senders: usize, receivers: usize) {
    until(|| (tx.senders_waiting(), tx.receivers_waiting()) == (senders, receivers));
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
        until(|| tx.try_send(number).is_ok());
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

/// What is on the way to receivers that wait comes before those who stood in line after it.
#[test]
fn what_was_handed_in_comes_before_the_line() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receive = Box::pin(rx.recv_async());
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    tx.try_send(1).unwrap();
    let mut send = pin!(tx.send_async(2));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert!(rx.try_iter().eq([1, 2]));
}

/// A thread that waits is given what a send that waits brings, so that this need not stand in line.
#[test]
fn a_thread_that_waits_is_counted_before_it_sleeps() {
    let (tx, rx) = bounded(0);
    let receiver = thread::spawn(move || rx.recv());
    until_waiting(&tx, 0, 1);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    // It counts itself before it goes into the queue.
    let mut send = pin!(tx.send_async(1));
    assert_eq!(send.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(receiver.join().unwrap(), Ok(1));
}

/// Nobody passes who stands in line, whoever waits.
#[test]
fn what_does_not_wait_passes_nobody_in_line() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receives = [Box::pin(rx.recv_async()), Box::pin(rx.recv_async())];
    for receive in &mut receives {
        assert!(receive.as_mut().poll(&mut cx).is_pending());
    }
    let mut send = pin!(tx.send_async(1));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert!(tx.try_send(2).unwrap_err().is_full());
    let [first, second] = &mut receives;
    assert_eq!(first.as_mut().poll(&mut cx), Poll::Ready(Ok(1)));
    assert!(tx.try_send(2).is_ok());
    assert_eq!(second.as_mut().poll(&mut cx), Poll::Ready(Ok(2)));
}

#[test]
fn a_drain_takes_who_stands_in_line() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut sends: Vec<_> = (0..3)
        .map(|number| Box::pin(tx.send_async(number)))
        .collect();
    for send in &mut sends {
        assert!(send.as_mut().poll(&mut cx).is_pending());
    }
    assert!(rx.drain().eq(0..3));
    assert!(rx.drain().next().is_none());
}

/// Turned away by the close, and asked for its value after that.
#[test]
fn a_cancel_after_a_close_has_its_value() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut first = Box::pin(tx.send_async(1));
    assert!(first.as_mut().poll(&mut cx).is_pending());
    rx.close();
    assert_eq!(first.as_mut().cancel(), Some(1));
    let mut closed = pin!(tx.closed_async());
    assert!(closed.as_mut().poll(&mut cx).is_ready());
}

/// Those beyond the cells count as waiting until they are woken only, by a message or the close.
#[test]
fn more_tasks_wait_than_there_are_cells() {
    let (receive, try_send, poll_first, close) = (0x1f, 0x00, 0x0a, 0xff);
    let waits = [receive; 40];
    let messages = [try_send; 34];
    let polls = [poll_first; 45];
    crate::meet_steps::run(&[&waits[..], &messages, &polls, &waits, &[close], &polls].concat());
    crate::meet_steps::run(&[&waits[..], &[close], &messages, &polls].concat());
}

#[test]
fn takes_the_steps_that_the_model_takes() {
    use proptest::prelude::*;
    proptest!(|(steps in proptest::collection::vec(any::<u8>(), 0..200))| {
        crate::meet_steps::run(&steps);
    });
}
