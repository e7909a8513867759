//! What is done with a message that finds no room, and that each is counted once.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};
use std::thread;

use proptest::prelude::*;
use shorttail::channel::{Builder, Offered, OnFull, Receiver, Sender, TrySendError, bounded};

use crate::executor::{Count, block_on};
use crate::offer_steps;

fn channel<T>(capacity: usize, policy: OnFull) -> (Sender<T>, Receiver<T>) {
    Builder::new(capacity).on_full(policy).build().unwrap()
}

/// Each of them, of a channel or a lane.
pub(crate) fn policies() -> impl Strategy<Value = OnFull> {
    prop_oneof![
        Just(OnFull::Wait),
        Just(OnFull::Reject),
        Just(OnFull::DropOldest),
        Just(OnFull::Shed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn offers_do_as_a_deque_with_the_policy_does(
        capacity in 1_usize..10,
        policy in policies(),
        taken in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        offer_steps::run(policy, capacity, &taken);
    }
}

#[test]
fn an_offer_waits_unless_another_policy_was_chosen() {
    let (tx, rx) = bounded(1);
    assert_eq!(tx.offer(1), Ok(Offered::Sent));
    let sender = thread::spawn({
        let tx = tx.clone();
        move || tx.offer(2)
    });
    while !format!("{rx:?}").contains("senders_waiting: 1") {
        assert!(!sender.is_finished(), "{:?}", sender.join());
        thread::yield_now();
    }
    assert_eq!(rx.recv(), Ok(1));
    assert_eq!(sender.join().unwrap(), Ok(Offered::Sent));

    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut offer = pin!(tx.offer_async(3));
    assert!(offer.as_mut().poll(&mut cx).is_pending());
    assert_eq!((rx.recv(), count.get()), (Ok(2), 1));
    assert_eq!(offer.poll(&mut cx), Poll::Ready(Ok(Offered::Sent)));
    assert_eq!(rx.recv(), Ok(3));
}

/// Also one that waits while the channel is closed.
#[test]
fn a_closed_channel_refuses_by_every_policy_and_counts_nothing() {
    for policy in [
        OnFull::Wait,
        OnFull::Reject,
        OnFull::DropOldest,
        OnFull::Shed,
    ] {
        let (tx, rx) = channel(1, policy);
        tx.send(0).unwrap();
        rx.close();
        assert_eq!(tx.offer(1), Err(TrySendError::Closed(1)));
        assert_eq!(block_on(tx.offer_async(2)), Err(TrySendError::Closed(2)));
        let stats = rx.stats();
        assert_eq!((stats.rejected, stats.evicted, stats.shed), (0, 0, 0));
        assert_eq!(rx.recv(), Ok(0), "{policy:?}");
    }
}

#[test]
fn where_permits_hold_all_room_nothing_makes_way() {
    let (tx, rx) = channel(1, OnFull::DropOldest);
    let permit = tx.try_reserve().unwrap();
    assert_eq!(tx.offer(1), Err(TrySendError::Full(1)));
    assert_eq!((tx.stats().rejected, tx.stats().evicted), (1, 0));
    permit.send(2).unwrap();
    assert_eq!(tx.offer(3), Ok(Offered::Evicted(2)));
    assert_eq!(rx.recv(), Ok(3));
}

/// The other sends do as their names say.
#[test]
fn the_policy_is_for_offers_alone() {
    let (tx, rx) = channel(1, OnFull::Shed);
    tx.try_send(1).unwrap();
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(tx.force_send(3), Ok(Some(1)));
    assert_eq!(rx.recv(), Ok(3));
    let stats = tx.stats();
    assert_eq!((stats.rejected, stats.evicted, stats.shed), (0, 0, 0));
}

/// A shed message is dropped; one whose drop panics has been counted.
#[test]
fn a_message_that_is_shed_is_dropped_once_and_counted_whatever_its_drop_does() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let (tx, _rx) = channel(1, OnFull::Shed);
    assert!(matches!(tx.offer(None), Ok(Offered::Sent)));
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tx.offer(Some(Bad))));
    assert!(told.is_err());
    assert_eq!(tx.stats().shed, 1);
}

/// From several threads: everything offered is received, handed back, evicted or shed, and the
/// counts say how much of each.
#[test]
fn counts_of_several_senders_are_exact() {
    const EACH: u64 = 5_000;
    for policy in [OnFull::Reject, OnFull::DropOldest, OnFull::Shed] {
        let (tx, rx) = channel(2, policy);
        let (told, received) = thread::scope(|scope| {
            let senders: Vec<_> = (0..3)
                .map(|_| {
                    let tx = tx.clone();
                    scope.spawn(move || {
                        let mut told = [0_u64; 3];
                        for n in 0..EACH {
                            match tx.offer(n) {
                                Ok(Offered::Sent) => {}
                                Ok(Offered::Evicted(_)) => told[1] += 1,
                                Ok(Offered::Shed) => told[2] += 1,
                                Err(_) => told[0] += 1,
                            }
                        }
                        told
                    })
                })
                .collect();
            let receiver = scope.spawn(|| rx.iter().count() as u64);
            let told = senders.into_iter().map(|sender| sender.join().unwrap());
            let told = told.fold([0; 3], |sum, one| [0, 1, 2].map(|n| sum[n] + one[n]));
            tx.close();
            (told, receiver.join().unwrap())
        });
        let stats = rx.stats();
        assert_eq!([stats.rejected, stats.evicted, stats.shed], told);
        assert_eq!(received + told.iter().sum::<u64>(), 3 * EACH, "{policy:?}");
    }
}
