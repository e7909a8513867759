//! Code of others panics in the middle of a call: what the call owes to third parties is done.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use shorttail::channel::{Builder, Lanes, OnFull, bounded};

use crate::executor::Count;

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("in the waker");
    }
}

fn is_pending<F: Future>(future: Pin<&mut F>, waker: &Waker) -> bool {
    future.poll(&mut Context::from_waker(waker)).is_pending()
}

/// Counts drops; the drop of number one panics.
struct Value(usize, Arc<AtomicUsize>);

impl Drop for Value {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
        assert!(self.0 != 1, "the second one");
    }
}

/// A sender, a receiver (of permits: no message is inside) and one who waits for the close; each
/// of them in turn has the bad waker.
#[test]
fn a_bad_waker_of_one_queue_keeps_no_wake_of_a_close_from_the_others() {
    for bad in 0..3 {
        let (tx, rx) = bounded::<u8>(1);
        let _permit = tx.try_reserve().unwrap();
        let (count, waker) = Count::new();
        let mut wakers = [waker.clone(), waker.clone(), waker];
        wakers[bad] = Waker::from(Arc::new(Bad));
        let mut receive = pin!(rx.recv_async());
        let mut send = pin!(tx.send_async(1));
        let mut closed = pin!(tx.closed_async());
        assert!(is_pending(receive.as_mut(), &wakers[0]));
        assert!(is_pending(send.as_mut(), &wakers[1]));
        assert!(is_pending(closed.as_mut(), &wakers[2]));
        let close = catch_unwind(AssertUnwindSafe(|| tx.close()));
        assert!(close.is_err());
        assert_eq!(count.get(), 2, "with the bad waker in queue {bad}");
        assert!(rx.is_closed());
    }
}

/// The bad waker panics in the close, a value in its drop: nothing stays inside.
#[test]
fn the_last_receiver_drops_what_is_inside_whoever_panics() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = bounded(3);
    for n in 0..3 {
        assert!(tx.try_send(Value(n, drops.clone())).is_ok());
    }
    let mut send = pin!(tx.send_async(Value(3, drops.clone())));
    assert!(is_pending(send.as_mut(), &Waker::from(Arc::new(Bad))));
    let panic = catch_unwind(AssertUnwindSafe(|| drop(rx))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"in the waker"), "the first one");
    assert_eq!((drops.load(Ordering::SeqCst), tx.len()), (3, 0));
}

/// The permit's message is in, and the receiver is woken, though the wake for a sender panics that
/// comes before.
#[test]
fn a_bad_waker_of_a_sender_keeps_no_message_of_a_permit() {
    let (tx, rx) = bounded(1);
    let permit = tx.try_reserve().unwrap();
    let (count, waker) = Count::new();
    let mut send = pin!(tx.send_async(2));
    let mut receive = pin!(rx.recv_async());
    assert!(is_pending(send.as_mut(), &Waker::from(Arc::new(Bad))));
    assert!(is_pending(receive.as_mut(), &waker));
    assert!(catch_unwind(AssertUnwindSafe(|| permit.send(1))).is_err());
    assert_eq!(count.get(), 1);
    let cx = &mut Context::from_waker(&waker);
    assert_eq!(receive.as_mut().poll(cx), Poll::Ready(Ok(1)));
}

/// The second receiver is passed over by the message for the first, so that the send which finds no
/// room wakes it. What it evicts is counted, and goes with the call: that its drop panics as well
/// ends neither the process nor the first panic.
#[test]
fn what_made_way_is_counted_and_dropped_once_if_a_waker_panics() {
    let drops = Arc::new(AtomicUsize::new(0));
    for offered in [true, false] {
        let before = drops.load(Ordering::SeqCst);
        let channel = Builder::new(1).on_full(OnFull::DropOldest);
        let (tx, rx) = channel.build().unwrap();
        let (_, waker) = Count::new();
        let mut first = pin!(rx.recv_async());
        let mut second = pin!(rx.recv_async());
        assert!(is_pending(first.as_mut(), &waker));
        assert!(is_pending(second.as_mut(), &Waker::from(Arc::new(Bad))));
        assert!(tx.try_send(Value(1, drops.clone())).is_ok());
        let next = Value(2, drops.clone());
        let send = || match offered {
            true => tx.offer(next).is_ok(),
            false => tx.force_send(next).is_ok(),
        };
        let panic = catch_unwind(AssertUnwindSafe(send)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"in the waker"), "the first one");
        assert_eq!(tx.stats().evicted, u64::from(offered));
        assert_eq!(drops.load(Ordering::SeqCst) - before, 1);
        assert_eq!(rx.try_recv().map(|value| value.0), Ok(2));
    }
}

/// The same in a lane.
#[test]
fn what_made_way_in_a_lane_is_counted_and_dropped_once_if_a_waker_panics() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let (_, waker) = Count::new();
    let mut first = pin!(rx.recv_async());
    let mut second = pin!(rx.recv_async());
    assert!(is_pending(first.as_mut(), &waker));
    assert!(is_pending(second.as_mut(), &Waker::from(Arc::new(Bad))));
    assert!(tx.lane(1).try_send(Value(1, drops.clone())).is_ok());
    let send = || tx.lane(1).force_send(Value(2, drops.clone())).is_ok();
    let panic = catch_unwind(AssertUnwindSafe(send)).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"in the waker"), "the first one");
    assert_eq!(rx.lane_stats(1).evicted, 1);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
    assert_eq!(rx.try_recv().map(|(_, value)| value.0), Ok(2));
}
