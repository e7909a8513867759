//! Each lane does with a message that finds no room as its own policy says.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll};
use std::thread;

use shorttail::channel::{Lanes, Offered, OnFull, TrySendError};

use crate::executor::{Count, block_on};

/// One lane a policy; the last one was chosen over another.
#[test]
fn each_lane_has_its_policy_and_its_counts() {
    let described = Lanes::new([1; 4])
        .on_full(1, OnFull::Reject)
        .on_full(2, OnFull::DropOldest)
        .on_full(3, OnFull::Reject)
        .on_full(3, OnFull::Shed);
    let (tx, rx) = described.build().unwrap();
    for lane in 0..4 {
        assert_eq!(tx.lane(lane).offer(0), Ok(Offered::Sent));
    }
    let waits = pin!(tx.lane(0).offer_async(1)).cancel();
    assert_eq!(waits, Some(1));
    assert_eq!(tx.lane(1).offer(1), Err(TrySendError::Full(1)));
    assert_eq!(tx.lane(2).offer(1), Ok(Offered::Evicted(0)));
    assert_eq!(tx.lane(3).offer(1), Ok(Offered::Shed));
    assert_eq!(block_on(tx.lane(3).offer_async(2)), Ok(Offered::Shed));
    let counts = [0, 1, 2, 3].map(|lane| {
        let stats = tx.lane(lane).stats();
        [stats.rejected, stats.evicted, stats.shed]
    });
    assert_eq!(counts, [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 2]]);
    let all = rx.stats();
    assert_eq!((all.rejected, all.evicted, all.shed), (1, 1, 2));
    // The other sends do as their names say.
    assert_eq!(tx.lane(3).try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(tx.lane(3).stats().rejected, 0);
}

#[test]
fn an_offer_waits_for_room_in_its_lane_unless_another_policy_was_chosen() {
    let (tx, rx) = Lanes::new([1, 1]).on_full(0, OnFull::Shed).build().unwrap();
    tx.lane(1).send(1).unwrap();
    let sender = thread::spawn({
        let tx = tx.clone();
        move || tx.lane(1).offer(2)
    });
    while !format!("{:?}", tx.lane(1)).contains("senders_waiting: 1") {
        assert!(!sender.is_finished(), "{:?}", sender.join());
        thread::yield_now();
    }
    assert_eq!(rx.recv(), Ok((1, 1)));
    assert_eq!(sender.join().unwrap(), Ok(Offered::Sent));

    let (count, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    let low = tx.lane(1);
    let mut offer = pin!(low.offer_async(3));
    assert!(offer.as_mut().poll(cx).is_pending());
    assert_eq!((rx.recv(), count.get()), (Ok((1, 2)), 1));
    assert_eq!(offer.poll(cx), Poll::Ready(Ok(Offered::Sent)));
    rx.close();
    assert_eq!(low.offer(4), Err(TrySendError::Closed(4)));
    assert_eq!(tx.lane(0).offer(5), Err(TrySendError::Closed(5)));
    let told = block_on(low.offer_async(6));
    assert_eq!(told, Err(TrySendError::Closed(6)));
}

#[test]
fn what_a_lane_sheds_is_counted_whatever_its_drop_does() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let (tx, _rx) = Lanes::new([1, 1]).on_full(1, OnFull::Shed).build().unwrap();
    assert!(matches!(tx.lane(1).offer(None), Ok(Offered::Sent)));
    let offer = || tx.lane(1).offer(Some(Bad)).is_ok();
    assert!(catch_unwind(AssertUnwindSafe(offer)).is_err());
    assert_eq!(tx.lane(1).stats().shed, 1);
}
