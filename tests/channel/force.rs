//! A forced send goes in, and at most one message comes out for it: the oldest.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;

use proptest::prelude::*;
use shorttail::channel::{TrySendError, bounded};

use crate::executor::Count;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn evicts_the_oldest_of_a_full_deque_and_nothing_else(
        capacity in 1_usize..18,
        forced in proptest::collection::vec(any::<Option<bool>>(), 0..200),
    ) {
        let (tx, rx) = bounded(capacity);
        let mut model = VecDeque::new();
        for (n, force) in forced.into_iter().enumerate() {
            match force {
                Some(true) => {
                    let full = model.len() == capacity;
                    let oldest = if full { model.pop_front() } else { None };
                    prop_assert_eq!(tx.force_send(n), Ok(oldest));
                    model.push_back(n);
                }
                Some(false) => prop_assert_eq!(rx.try_recv().ok(), model.pop_front()),
                None if model.len() < capacity => {
                    prop_assert_eq!(tx.try_send(n), Ok(()));
                    model.push_back(n);
                }
                None => prop_assert_eq!(tx.try_send(n), Err(TrySendError::Full(n))),
            }
            prop_assert_eq!(rx.len(), model.len());
        }
        prop_assert!(rx.try_iter().eq(model));
    }
}

#[test]
fn a_closed_channel_evicts_nothing() {
    let (tx, rx) = bounded(1);
    tx.send(1).unwrap();
    rx.close();
    assert_eq!(tx.force_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(rx.recv(), Ok(1));
}

#[test]
fn a_forced_send_wakes_a_receiver() {
    let (tx, rx) = bounded(1);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receive = pin!(rx.recv_async());
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    assert_eq!(tx.force_send(1), Ok(None));
    assert_eq!(count.get(), 1);
    assert_eq!(receive.poll(&mut cx), Poll::Ready(Ok(1)));
}

/// Every message comes out once, evicted or received; what one sender forces keeps its order.
fn run(each: usize) {
    for capacity in [1, 3, 8] {
        let (tx, rx) = bounded(capacity);
        let out = AtomicUsize::new(0);
        thread::scope(|scope| {
            for sender in 0..3 {
                let (tx, out) = (tx.clone(), &out);
                scope.spawn(move || {
                    for n in 0..each {
                        let evicted = tx.force_send((sender, n)).unwrap();
                        out.fetch_add(usize::from(evicted.is_some()), Ordering::SeqCst);
                    }
                });
            }
            drop(tx);
            let mut last = [None; 3];
            for (sender, n) in &rx {
                assert!(last[sender] < Some(n), "in order");
                last[sender] = Some(n);
                out.fetch_add(1, Ordering::SeqCst);
            }
            assert!(last.contains(&Some(each - 1)), "the newest stays");
        });
        assert_eq!(out.into_inner(), 3 * each);
    }
}

#[test]
fn evicted_and_received_are_all_that_was_forced() {
    run(5_000);
}

#[test]
#[ignore = "stress: a minute"]
fn evicted_and_received_are_all_that_was_forced_for_long() {
    run(5_000_000);
}
