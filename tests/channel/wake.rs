//! Wakers: the newest is used, a place in line is kept, and nothing is woken under a lock.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use shorttail::channel::{Receiver, Sender, bounded};

use crate::executor::Count;

#[test]
fn a_moved_future_wakes_its_newest_task() {
    let (tx, rx) = bounded(1);
    let (old, old_waker) = Count::new();
    let (new, new_waker) = Count::new();
    let mut receive = pin!(rx.recv_async());
    assert!(
        receive
            .as_mut()
            .poll(&mut Context::from_waker(&old_waker))
            .is_pending()
    );
    assert!(
        receive
            .as_mut()
            .poll(&mut Context::from_waker(&new_waker))
            .is_pending()
    );
    tx.try_send(1).unwrap();
    assert_eq!((old.get(), new.get()), (0, 1));
    assert_eq!(Arc::strong_count(&old), 2, "the old waker was dropped");
}

#[test]
fn spurious_polls_keep_the_place_in_line() {
    let (tx, rx) = bounded(1);
    let (first, first_waker) = Count::new();
    let (second, second_waker) = Count::new();
    let mut one = pin!(rx.recv_async());
    let mut two = pin!(rx.recv_async());
    assert!(
        one.as_mut()
            .poll(&mut Context::from_waker(&first_waker))
            .is_pending()
    );
    assert!(
        two.as_mut()
            .poll(&mut Context::from_waker(&second_waker))
            .is_pending()
    );
    for _ in 0..3 {
        assert!(
            one.as_mut()
                .poll(&mut Context::from_waker(&first_waker))
                .is_pending()
        );
    }
    tx.try_send(1).unwrap();
    assert_eq!((first.get(), second.get()), (1, 0));
}

#[test]
fn a_waiter_woken_in_vain_is_the_next_again() {
    let (tx, rx) = bounded(1);
    let (first, first_waker) = Count::new();
    let (second, second_waker) = Count::new();
    let mut one = pin!(rx.recv_async());
    let mut two = pin!(rx.recv_async());
    let mut first_cx = Context::from_waker(&first_waker);
    assert!(one.as_mut().poll(&mut first_cx).is_pending());
    assert!(
        two.as_mut()
            .poll(&mut Context::from_waker(&second_waker))
            .is_pending()
    );
    tx.try_send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1), "somebody was quicker");
    assert!(one.as_mut().poll(&mut first_cx).is_pending());
    tx.try_send(2).unwrap();
    assert_eq!((first.get(), second.get()), (2, 0));
}

/// Uses the channel from inside the wake.
struct Reenter {
    tx: Sender<u32>,
    rx: Receiver<u32>,
    woken: AtomicUsize,
}

impl Wake for Reenter {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::SeqCst);
        assert_eq!(self.rx.try_recv(), Ok(1));
        self.tx.try_send(2).unwrap();
        drop(self.rx.clone());
        self.tx.close();
    }
}

#[test]
fn a_waker_may_use_the_channel() {
    let (tx, rx) = bounded(1);
    let reenter = Arc::new(Reenter {
        tx: tx.clone(),
        rx: rx.clone(),
        woken: AtomicUsize::new(0),
    });
    let waker = Waker::from(reenter.clone());
    let (count, other_waker) = Count::new();
    let mut receive = pin!(rx.recv_async());
    let mut other = pin!(rx.recv_async());
    assert!(
        receive
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert!(
        other
            .as_mut()
            .poll(&mut Context::from_waker(&other_waker))
            .is_pending()
    );
    tx.try_send(1).unwrap();
    assert_eq!((reenter.woken.load(Ordering::SeqCst), count.get()), (1, 1));
    let cx = &mut Context::from_waker(&waker);
    assert_eq!(receive.as_mut().poll(cx), Poll::Ready(Ok(2)));
    assert!(matches!(other.as_mut().poll(cx), Poll::Ready(Err(_))));
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("in the waker");
    }
}

#[test]
fn a_panicking_waker_loses_no_other_wake_of_a_batch() {
    let (tx, rx) = bounded(64);
    let bad_waker = Waker::from(Arc::new(Panics));
    let (count, waker) = Count::new();
    let wakers = [&bad_waker, &waker, &waker];
    let mut receives = wakers.map(|_| Box::pin(rx.recv_async()));
    for (receive, waker) in receives.iter_mut().zip(wakers) {
        assert!(
            receive
                .as_mut()
                .poll(&mut Context::from_waker(waker))
                .is_pending()
        );
    }
    let mut values = VecDeque::from([1, 2, 3]);
    let sent = catch_unwind(AssertUnwindSafe(|| tx.try_send_many(&mut values)));
    assert!(sent.is_err());
    assert_eq!(count.get(), 2);
    let cx = &mut Context::from_waker(&waker);
    for (receive, n) in receives.iter_mut().zip(1..) {
        assert_eq!(receive.as_mut().poll(cx), Poll::Ready(Ok(n)));
    }
}

#[test]
fn a_panicking_waker_loses_no_other_wake() {
    let (tx, rx) = bounded::<u8>(1);
    let bad_waker = Waker::from(Arc::new(Panics));
    let (count, waker) = Count::new();
    let mut bad = pin!(rx.recv_async());
    let mut good = pin!(rx.recv_async());
    assert!(
        bad.as_mut()
            .poll(&mut Context::from_waker(&bad_waker))
            .is_pending()
    );
    assert!(
        good.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert!(catch_unwind(AssertUnwindSafe(|| tx.close())).is_err());
    assert_eq!(count.get(), 1);
    let cx = &mut Context::from_waker(&waker);
    assert!(matches!(good.as_mut().poll(cx), Poll::Ready(Err(_))));
    assert!(matches!(bad.as_mut().poll(cx), Poll::Ready(Err(_))));
}
