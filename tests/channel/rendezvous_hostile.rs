//! A channel without room and wakers that panic in any of their calls, or use the channel in them.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use shorttail::channel::{Sender, bounded};

use crate::executor::Count;

/// Wakes nobody, and says so.
struct Bad;

impl std::task::Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

#[test]
fn a_bad_waker_in_line_keeps_no_other_from_a_close() {
    let (tx, rx) = bounded(0);
    let bad = Waker::from(Arc::new(Bad));
    let (woken, waker) = Count::new();
    let mut first = pin!(tx.send_async(1));
    assert!(
        first
            .as_mut()
            .poll(&mut Context::from_waker(&bad))
            .is_pending()
    );
    let mut second = pin!(tx.send_async(2));
    assert!(
        second
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let mut closed = pin!(tx.closed_async());
    assert!(
        closed
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let told = catch_unwind(AssertUnwindSafe(|| rx.close()));
    assert!(told.is_err() && rx.is_closed());
    assert_eq!((woken.get(), tx.senders_waiting()), (2, 0));
    assert_eq!(first.cancel(), Some(1));
}

/// Its message is received, and dropped in the unwinding; the next is not disturbed.
#[test]
fn a_bad_waker_in_line_unwinds_the_receive_of_its_message() {
    let (tx, rx) = bounded(0);
    let bad = Waker::from(Arc::new(Bad));
    let alive = Arc::new(());
    let mut first = pin!(tx.send_async(Some(alive.clone())));
    assert!(
        first
            .as_mut()
            .poll(&mut Context::from_waker(&bad))
            .is_pending()
    );
    let (_, waker) = Count::new();
    let mut second = pin!(tx.send_async(None));
    assert!(
        second
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert!(catch_unwind(AssertUnwindSafe(|| rx.try_recv())).is_err());
    assert_eq!(Arc::strong_count(&alive), 1);
    assert_eq!(first.cancel(), None);
    assert_eq!(rx.try_recv(), Ok(None));
}

/// A thread that has its message does not stand for another, though it is still in the queue.
#[test]
fn a_sender_whose_waker_sends_again_finds_nobody() {
    struct Again(Sender<u32>, AtomicBool);
    impl std::task::Wake for Again {
        fn wake(self: Arc<Self>) {
            self.1.store(self.0.try_send(2).is_ok(), Ordering::SeqCst);
        }
    }
    let (tx, rx) = bounded(0);
    let again = Arc::new(Again(tx.clone(), AtomicBool::new(false)));
    let waker = Waker::from(again.clone());
    let receiver = thread::spawn(move || (rx.recv(), rx));
    crate::rendezvous::until_waiting(&tx, 0, 1);
    let mut closed = pin!(tx.send_async(0));
    let polled = closed.as_mut().poll(&mut Context::from_waker(&waker));
    assert_eq!(polled, Poll::Ready(Ok(())));
    let (received, rx) = receiver.join().unwrap();
    assert_eq!((received, again.1.load(Ordering::SeqCst)), (Ok(0), false));
    assert!(rx.try_recv().unwrap_err().is_empty());
}

#[test]
fn a_bad_waker_keeps_no_message_of_a_batch() {
    let (tx, rx) = bounded(0);
    let bad = Waker::from(Arc::new(Bad));
    let mut receive = pin!(rx.recv_async());
    assert!(
        receive
            .as_mut()
            .poll(&mut Context::from_waker(&bad))
            .is_pending()
    );
    let mut values = VecDeque::from([1, 2]);
    let told = catch_unwind(AssertUnwindSafe(|| tx.send_many(&mut values)));
    assert!(told.is_err());
    assert_eq!((values, tx.senders_waiting()), (VecDeque::from([1, 2]), 0));
}

#[test]
fn a_waker_that_cannot_be_cloned_leaves_the_value() {
    let (tx, _rx) = bounded(0);
    let mut send = pin!(tx.send_async(7));
    let waker = crate::hostile::uncloneable();
    let polled = catch_unwind(AssertUnwindSafe(|| {
        send.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
    }));
    assert!(polled.is_err());
    assert_eq!(send.cancel(), Some(7));
}
