//! One thread stands in the middle of a call at a channel without room.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use shorttail::channel::{SendError, SendFuture, Sender, TryRecvError, TrySendError, bounded};
use shorttail::chaos::{Point, stall};

use crate::asleep::{sleeping_receiver, sleeping_sender};
use crate::channel::ROUNDS;
use crate::executor::Count;
use crate::until::until;

/// To calls that do not wait it is as if nobody were there; what it holds up is its own channel.
#[test]
fn a_thread_with_the_lock_delays_no_try_call() {
    let (tx, rx) = bounded(0);
    let sender = sleeping_sender(&tx, &rx, 7);
    let receives = rx.clone();
    let stalled = stall(Point::MeetLocked, move || receives.recv());
    for _ in 0..ROUNDS {
        assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
    assert_eq!(stalled.release(), Ok(7));
    assert!(sender.join().unwrap());
}

/// It has taken a message and not yet woken whom it took that from: the others meet.
#[test]
fn a_receiver_that_has_not_woken_its_sender_delays_no_other() {
    let (tx, rx) = bounded(0);
    let sender = sleeping_sender(&tx, &rx, 7);
    let receives = rx.clone();
    let stalled = stall(Point::WakePopped, move || receives.try_recv());
    for n in 0..ROUNDS {
        let (_, waker) = Count::new();
        let mut send = pin!(tx.send_async(n));
        assert!(
            send.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        assert_eq!(rx.try_recv(), Ok(n));
        let polled = send.as_mut().poll(&mut Context::from_waker(&waker));
        assert_eq!(polled, Poll::Ready(Ok(())));
    }
    assert_eq!(stalled.release(), Ok(7));
    assert!(sender.join().unwrap());
}

/// A receiver was woken for a sender in line and does not run: whoever comes takes the message.
#[test]
fn a_receiver_that_was_woken_and_does_not_run_delays_nobody() {
    let (tx, rx) = bounded(0);
    let receives = rx.clone();
    let stalled = stall(Point::WakeRunning, {
        let tx = tx.clone();
        move || {
            let waker = thread::spawn(move || {
                until(|| tx.receivers_waiting() > 0);
                tx.try_send(7)
            });
            let received = receives.recv();
            (waker.join().unwrap(), received)
        }
    });
    assert_eq!(
        rx.try_recv(),
        Ok(7),
        "not kept for the one that does not run"
    );
    let other = sleeping_receiver(&rx, 2);
    assert!(tx.try_send(8).is_ok());
    assert_eq!(other.join().unwrap(), Some(8));
    assert!(tx.try_send(9).is_ok());
    assert_eq!(stalled.release(), (Ok(()), Ok(9)));
}

/// It stands in the queue still, with its message in hand: a `try_send` is told that nobody waits.
#[test]
fn a_thread_that_has_its_message_stands_for_no_other() {
    let (tx, rx) = bounded(0);
    let receives = rx.clone();
    let stalled = stall(Point::WaitUnlink, {
        let tx = tx.clone();
        move || {
            let sender = thread::spawn(move || {
                until(|| tx.receivers_waiting() > 0);
                tx.try_send(7)
            });
            let received = receives.recv();
            (sender.join().unwrap(), received)
        }
    });
    assert_eq!(tx.try_send(8), Err(TrySendError::Full(8)));
    assert_eq!(stalled.release(), (Ok(()), Ok(7)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

/// A closer that stands before it has turned anybody away: whoever finds the channel closed does.
#[test]
fn a_thread_in_the_middle_of_a_close_keeps_no_sender_in_line() {
    let (tx, rx) = bounded(0);
    let senders: Vec<_> = (0..2)
        .map(|number| {
            let (ours, before) = (tx.clone(), tx.senders_waiting());
            let thread = thread::spawn(move || ours.send(number).is_err());
            until(|| tx.senders_waiting() > before);
            thread
        })
        .collect();
    let closes = tx.clone();
    let stalled = stall(Point::CloseMiddle, move || closes.close());
    assert!(tx.try_send(2).unwrap_err().is_closed());
    // One was turned away by the call, and turned the other away.
    assert!(senders.into_iter().all(|sender| sender.join().unwrap()));
    let closed = rx.recv_timeout(Duration::MAX).unwrap_err();
    assert!(!closed.is_timeout());
    assert!(stalled.release());
}

/// A task in line, polled once; and how often it was woken.
type Standing<'a> = (Arc<Count>, Pin<Box<SendFuture<'a, usize>>>);

fn stand(tx: &Sender<usize>, value: usize) -> Standing<'_> {
    let (count, waker) = Count::new();
    let mut send = Box::pin(tx.send_async(value));
    let polled = send.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    (count, send)
}

/// The turn that was to go on to the next may have been its own.
#[test]
fn a_task_that_gives_up_in_the_middle_of_a_close_turns_the_next_away() {
    let (tx, _rx) = bounded(0);
    let (_, mut first) = stand(&tx, 1);
    let (woken, mut second) = stand(&tx, 2);
    let closes = tx.clone();
    let stalled = stall(Point::CloseMiddle, move || closes.close());
    assert_eq!((woken.get(), tx.senders_waiting()), (0, 2));
    assert_eq!(first.as_mut().cancel(), Some(1));
    assert_eq!(woken.get(), 1);
    let polled = second
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Err(SendError(2))));
    assert!(stalled.release());
}

/// The same of a thread whose time is over.
#[test]
fn a_thread_that_gives_up_in_the_middle_of_a_close_turns_the_next_away() {
    for tenths in 1..100 {
        let (tx, _rx) = bounded(0);
        let sends = tx.clone();
        let limit = Duration::from_millis(100 * tenths);
        let first = thread::spawn(move || sends.send_timeout(1, limit));
        until(|| tx.senders_waiting() == 1 || first.is_finished());
        let (woken, mut second) = stand(&tx, 2);
        let closes = tx.clone();
        let stalled = stall(Point::CloseMiddle, move || closes.close());
        // Else its time was over before the close, and it goes longer the next time.
        let gives_up_in_the_middle = tx.senders_waiting() == 2;
        assert_eq!(first.join().unwrap().unwrap_err().into_inner(), 1);
        if gives_up_in_the_middle {
            assert_eq!(woken.get(), 1);
            let polled = second
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Ready(Err(SendError(2))));
        }
        assert!(stalled.release());
        if gives_up_in_the_middle {
            return;
        }
    }
    panic!("its time was always over before");
}
