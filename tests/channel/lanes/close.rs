//! A close, the last handles' drop, and code of others that panics in them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use shorttail::channel::{Lanes, SendTimeoutError, TryRecvError, TrySendError};

use crate::executor::Count;

fn is_pending<F: Future>(future: Pin<&mut F>, waker: &Waker) -> bool {
    future.poll(&mut Context::from_waker(waker)).is_pending()
}

#[test]
fn what_was_accepted_comes_out_and_the_rest_goes_back() {
    let (tx, rx) = Lanes::new([2, 2, 2]).build().unwrap();
    tx.lane(2).send(1).unwrap();
    tx.lane(1).send(2).unwrap();
    assert!(!tx.is_closed());
    assert!(rx.close());
    assert!(!tx.close() && tx.is_closed() && rx.is_closed());
    for lane in 0..3 {
        let lane = tx.lane(lane);
        assert_eq!(lane.try_send(9), Err(TrySendError::Closed(9)));
        assert_eq!(lane.force_send(9), Err(TrySendError::Closed(9)));
        assert_eq!(lane.send(9).unwrap_err().into_inner(), 9);
        let timed = lane.send_timeout(9, Duration::ZERO);
        assert_eq!(timed, Err(SendTimeoutError::Closed(9)));
    }
    assert_eq!(rx.try_recv(), Ok((1, 2)));
    assert_eq!(rx.recv(), Ok((2, 1)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert!(rx.recv().is_err());
    assert!(rx.recv_timeout(Duration::MAX).unwrap_err().is_closed());
}

#[test]
fn the_last_sender_closes_and_only_the_last() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let other = tx.clone();
    assert!(tx.same_channel(&other) && tx.sender_count() == 2);
    drop(tx);
    other.lane(1).send(5).unwrap();
    assert!(!rx.is_closed());
    drop(other);
    assert_eq!(rx.recv(), Ok((1, 5)));
    assert!(rx.recv().is_err());
}

/// Counts drops; the drop of number one panics.
struct Value(usize, Arc<AtomicUsize>);

impl Drop for Value {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
        assert!(self.0 != 1, "in the drop");
    }
}

#[test]
fn each_message_left_inside_is_dropped_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = Lanes::new([2, 3]).build().unwrap();
    for n in [2, 3] {
        assert!(tx.lane(0).try_send(Value(n, drops.clone())).is_ok());
        assert!(tx.lane(1).try_send(Value(n, drops.clone())).is_ok());
    }
    let more = rx.clone();
    drop(rx);
    assert!(!tx.is_closed());
    drop(more);
    assert!(tx.is_closed());
    assert_eq!(drops.load(Ordering::SeqCst), 4);
    assert_eq!((tx.lane(0).len(), tx.lane(1).len()), (0, 0));
    assert_eq!(Arc::strong_count(&drops), 1);
}

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("in the waker");
    }
}

/// A value in the first lane panics in its drop, a sender's waker in the close.
#[test]
fn the_last_receiver_empties_every_lane_whoever_panics() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = Lanes::new([2, 1]).build().unwrap();
    for n in [1, 2] {
        assert!(tx.lane(0).try_send(Value(n, drops.clone())).is_ok());
    }
    assert!(tx.lane(1).try_send(Value(3, drops.clone())).is_ok());
    let mut send = pin!(tx.lane(0).send_async(Value(4, drops.clone())));
    assert!(is_pending(send.as_mut(), &Waker::from(Arc::new(Bad))));
    let panic = catch_unwind(AssertUnwindSafe(|| drop(rx))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"in the waker"), "the first one");
    assert_eq!(drops.load(Ordering::SeqCst), 3);
}

/// A sender in each lane waits; each of them in turn has the bad waker.
#[test]
fn a_bad_waker_in_one_lane_keeps_no_wake_of_a_close_from_the_others() {
    for bad in 0..2 {
        let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
        let (count, waker) = Count::new();
        let mut wakers = [waker.clone(), waker];
        wakers[bad] = Waker::from(Arc::new(Bad));
        let mut sends = [0, 1].map(|lane| {
            tx.lane(lane).send(0).unwrap();
            Box::pin(tx.lane(lane).send_async(1))
        });
        for (send, waker) in sends.iter_mut().zip(&wakers) {
            assert!(is_pending(send.as_mut(), waker));
        }
        assert!(catch_unwind(AssertUnwindSafe(|| rx.close())).is_err());
        assert_eq!(count.get(), 1, "with the bad waker in lane {bad}");
        assert!(rx.is_closed());
    }
}

/// The bad waker is that of a task which waits for the close, or of a receiver.
#[test]
fn a_bad_waker_keeps_no_wake_of_a_close_from_those_who_wait_for_it() {
    for bad in 0..2 {
        let (tx, rx) = Lanes::new([1, 1]).build::<u8>().unwrap();
        let (count, waker) = Count::new();
        let mut wakers = [waker.clone(), waker];
        wakers[bad] = Waker::from(Arc::new(Bad));
        let mut receive = pin!(rx.recv_async());
        let mut closed = pin!(tx.closed_async());
        assert!(is_pending(receive.as_mut(), &wakers[0]));
        assert!(is_pending(closed.as_mut(), &wakers[1]));
        assert!(catch_unwind(AssertUnwindSafe(|| tx.close())).is_err());
        assert_eq!(count.get(), 1, "with the bad waker in queue {bad}");
        let cx = &mut Context::from_waker(&wakers[1 - bad]);
        assert!(closed.as_mut().poll(cx).is_ready(), "and again");
        assert!(closed.as_mut().poll(cx).is_ready());
    }
}

/// A wake that a dropped wait had been given goes on to the next.
#[test]
fn a_wait_for_the_close_ends_with_the_last_of_one_side() {
    let (tx, rx) = Lanes::new([1, 1]).build::<u8>().unwrap();
    let (count, waker) = Count::new();
    let mut first = Box::pin(rx.closed_async());
    let mut next = Box::pin(rx.closed_async());
    assert!(is_pending(first.as_mut(), &waker) && is_pending(next.as_mut(), &waker));
    assert!(format!("{next:?}").contains("waiting: true"));
    let more = tx.clone();
    drop(tx);
    assert_eq!(count.get(), 0);
    drop(more);
    assert_eq!((count.get(), rx.stats().wakes), (2, 2));
    drop(first);
    assert!(!is_pending(next.as_mut(), &waker));
}

#[test]
fn a_close_wakes_whoever_waits_in_any_lane() {
    let (tx, rx) = Lanes::new([1, 1]).build::<u8>().unwrap();
    let (count, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    let mut receive = pin!(rx.recv_async());
    assert!(receive.as_mut().poll(cx).is_pending());
    tx.close();
    assert_eq!(count.get(), 1);
    assert!(matches!(receive.as_mut().poll(cx), Poll::Ready(Err(_))));

    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    for lane in 0..2 {
        tx.lane(lane).send(0).unwrap();
    }
    let mut low = pin!(tx.lane(1).send_async(1));
    let mut high = pin!(tx.lane(0).send_async(2));
    assert!(low.as_mut().poll(cx).is_pending() && high.as_mut().poll(cx).is_pending());
    rx.close();
    assert_eq!(count.get(), 3);
    let Poll::Ready(Err(refused)) = low.as_mut().poll(cx) else {
        panic!("closed");
    };
    assert_eq!(refused.into_inner(), 1);
}
