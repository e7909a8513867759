//! Nothing allocates after `bounded`: not in a wait, not on a refusal, not on a cancel.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures_util::future::FutureExt;
use futures_util::task::noop_waker;
use shorttail::channel::{
    Aged, Builder, DropReason, Freshness, OnFull, Select, StampedReceiver, StampedSender, bounded,
    stamped,
};
use shorttail::limit::Codel;
use shorttail::measure::{Recorder, assert_no_alloc, count_allocs};
use shorttail::time::{Clock, Deadline, StdClock};

/// Slots by the formula of `Builder::build`, and a few KiB whatever the capacity.
#[test]
fn channel_memory_is_as_documented() {
    let bytes = |capacity: usize| {
        let (counts, _ends) = count_allocs(|| bounded::<u64>(capacity));
        assert_eq!((counts.allocs, counts.reallocs), (5, 0));
        counts.bytes
    };
    let beside = bytes(56) - 64 * 16;
    assert!(beside < 6 * 1024, "{beside} bytes beside the slots");
    assert_eq!(bytes(57) - beside, 128 * 16);
    assert_eq!(bytes(1 << 18) - beside, 2 * (bytes((1 << 18) - 8) - beside));
}

#[test]
fn channel_try_calls_and_refusals() {
    let (tx, rx) = bounded(2);
    assert_no_alloc(|| {
        for n in 0..100 {
            assert!(tx.try_send(n).is_ok());
            assert!(tx.try_send(n).is_ok());
            assert!(tx.try_send(n).is_err());
            assert_eq!(rx.try_recv(), Ok(n));
            assert_eq!(rx.try_recv(), Ok(n));
            assert!(rx.try_recv().is_err());
        }
        assert_eq!(tx.len(), 0);
    });
}

/// One for the select; then none for a refusal, a time-out, a receive, a send and a close.
#[test]
fn channel_select() {
    let (counts, mut select) = count_allocs(Select::new);
    assert_eq!(counts.allocs, 1);
    let (tx, rx) = bounded(1);
    let (full, full_rx) = bounded(1);
    assert!(full.try_send(0).is_ok());
    assert_no_alloc(|| {
        let (mut receive, mut send) = (rx.case(), full.case(1));
        assert_eq!(select.try_wait(&mut [&mut receive, &mut send]), None);
        let limit = Duration::from_micros(300);
        assert_eq!(
            select.wait_timeout(&mut [&mut receive, &mut send], limit),
            None
        );
        assert!(tx.try_send(7).is_ok());
        assert_eq!(select.wait(&mut [&mut receive, &mut send]), 0);
        assert_eq!(receive.take(), Some(Ok(7)));
        assert_eq!(full_rx.try_recv(), Ok(0));
        assert_eq!(select.wait(&mut [&mut receive, &mut send]), 1);
        assert_eq!(send.take(), Some(Ok(())));
        assert!(tx.close());
        assert_eq!(select.wait(&mut [&mut receive, &mut send]), 0);
        assert!(receive.take().is_some_and(|closed| closed.is_err()));
    });
}

#[test]
fn channel_batches_waits_and_refusals() {
    let (tx, rx) = bounded(64);
    let mut values: VecDeque<u32> = VecDeque::with_capacity(70);
    let mut buf = Vec::with_capacity(70);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for _ in 0..100 {
            assert!(
                pin!(rx.recv_many_async(&mut buf, 9))
                    .poll(&mut cx)
                    .is_pending()
            );
            values.extend(0..70);
            assert_eq!(tx.try_send_many(&mut values), Ok(64));
            assert!(tx.try_send_many(&mut values).is_err());
            assert!(
                pin!(tx.send_many_async(&mut values))
                    .poll(&mut cx)
                    .is_pending()
            );
            assert_eq!(rx.try_recv_many(&mut buf, 9), Ok(9));
            assert_eq!(tx.send_many(&mut values), Ok(()));
            assert_eq!(rx.recv_many(&mut buf, usize::MAX), Ok(61));
            assert_eq!(rx.try_recv_many(&mut buf, 9), Ok(0));
            buf.clear();
            values.extend(0..70);
            let nanosecond = Duration::from_nanos(1);
            assert!(tx.send_many_timeout(&mut values, nanosecond).is_err());
            assert_eq!(rx.recv_many_timeout(&mut buf, 64, nanosecond), Ok(64));
            assert!(rx.recv_many_timeout(&mut buf, 1, nanosecond).is_err());
            assert_eq!(tx.send_many_timeout(&mut values, nanosecond), Ok(()));
            assert_eq!(rx.recv_many(&mut buf, usize::MAX), Ok(6));
            buf.clear();
        }
    });
    assert_no_alloc(|| {
        tx.close();
        assert!(rx.recv_many(&mut Vec::new(), 9).is_err());
        values.push_back(1);
        assert!(tx.send_many(&mut values).is_err());
    });
}

#[test]
fn channel_forced_sends() {
    let (tx, _rx) = bounded(2);
    assert_no_alloc(|| {
        for n in 0..100 {
            let oldest = (n >= 2).then(|| n - 2);
            assert_eq!(tx.force_send(n), Ok(oldest));
        }
    });
}

#[test]
fn channel_permits_and_refusals() {
    let (tx, rx) = bounded(1);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        let mut tx = tx;
        for n in 0..100 {
            let permit = tx.try_reserve().unwrap();
            assert!(tx.try_reserve().is_err());
            assert!(pin!(tx.reserve_async()).poll(&mut cx).is_pending());
            assert!(tx.reserve_timeout(Duration::from_nanos(1)).is_err());
            permit.send(n).unwrap();
            assert_eq!(rx.recv(), Ok(n));
            drop(tx.reserve());
            tx = tx.reserve_owned().unwrap().send(n).unwrap();
            tx = tx.try_reserve_owned().unwrap_err().into_inner();
            assert_eq!(rx.recv(), Ok(n));
            tx = tx
                .reserve_owned_async()
                .now_or_never()
                .unwrap()
                .unwrap()
                .release();
        }
        let permit = tx.try_reserve().unwrap();
        let owned = tx.clone().try_reserve_owned();
        assert!(owned.is_err(), "no room for two");
        rx.close();
        assert!(permit.send(0).is_err() && tx.reserve().is_err());
        let tx = tx.reserve_owned().unwrap_err().into_inner();
        assert!(tx.reserve_owned_async().now_or_never().unwrap().is_err());
    });
}

#[test]
fn channel_waits_for_the_close() {
    let (tx, rx) = bounded::<u8>(1);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for _ in 0..100 {
            assert!(pin!(tx.closed_async()).poll(&mut cx).is_pending());
        }
        let mut waiting = pin!(tx.closed_async());
        assert!(waiting.as_mut().poll(&mut cx).is_pending());
        rx.close();
        assert!(waiting.as_mut().poll(&mut cx).is_ready());
    });
}

#[test]
fn channel_blocking_waits_on_both_sides() {
    let (tx, rx) = bounded(1);
    let (back_tx, back_rx) = bounded(1);
    let echo = thread::spawn(move || {
        assert_no_alloc(|| {
            while let Ok(n) = rx.recv() {
                back_tx.send(n).unwrap();
            }
        });
    });
    assert_no_alloc(|| {
        for n in 0..1_000 {
            tx.send(n).unwrap();
            assert_eq!(back_rx.recv(), Ok(n));
        }
        tx.close();
    });
    echo.join().unwrap();
}

#[test]
fn channel_timeouts() {
    let (tx, rx) = bounded(1);
    assert_no_alloc(|| {
        let nanosecond = Duration::from_nanos(1);
        assert!(rx.recv_timeout(nanosecond).unwrap_err().is_timeout());
        tx.send_timeout(1, nanosecond).unwrap();
        assert!(tx.send_timeout(2, nanosecond).unwrap_err().is_timeout());
    });
}

#[test]
fn channel_async_waits_wakes_and_cancels() {
    let (tx, rx) = bounded(1);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for n in 0..100 {
            let mut receive = pin!(rx.recv_async());
            assert!(receive.as_mut().poll(&mut cx).is_pending());
            assert_eq!(tx.send_async(n).now_or_never(), Some(Ok(())));
            assert_eq!(receive.as_mut().poll(&mut cx), Poll::Ready(Ok(n)));
        }
        tx.try_send(0).unwrap();
        let mut send = pin!(tx.send_async(1));
        assert!(send.as_mut().poll(&mut cx).is_pending());
        assert_eq!(send.cancel(), Some(1));
        assert!(tx.close());
    });
}

#[test]
fn channel_offers_by_every_policy() {
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    for policy in [
        OnFull::Wait,
        OnFull::Reject,
        OnFull::DropOldest,
        OnFull::Shed,
    ] {
        let (tx, _rx) = Builder::new(1).on_full(policy).build().unwrap();
        assert_no_alloc(|| {
            _ = tx.offer(0);
            for n in 0..100 {
                let waits = pin!(tx.offer_async(n)).poll(&mut cx).is_pending();
                assert_eq!(waits, policy == OnFull::Wait);
                if !waits {
                    _ = tx.offer(n);
                }
            }
        });
    }
}

/// Waits, refusals, the age into histograms, and what is late into a sink.
#[test]
fn channel_age_and_fresh_receives() {
    struct Rules(Codel, u32);
    impl Freshness<Deadline> for Rules {
        fn deadline(&self, deadline: &Deadline) -> Deadline {
            *deadline
        }
        fn codel(&self) -> Option<&Codel> {
            Some(&self.0)
        }
        fn dropped(&mut self, _: Aged<Deadline>, _: DropReason) {
            self.1 += 1;
        }
    }
    let (tx, rx) = stamped(1, StdClock);
    let (room, queue) = (Recorder::new(), Recorder::new());
    let mut rules = Rules(Codel::default(), 0);
    let mut batch = Vec::with_capacity(1);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let _start = StdClock.now_ns();
    assert_no_alloc(|| {
        for _ in 0..100 {
            tx.try_send(Deadline::NEVER).unwrap();
            assert!(tx.try_send(Deadline::NEVER).is_err());
            let mut send = pin!(tx.send_async(Deadline::at(0)));
            assert!(send.as_mut().poll(&mut cx).is_pending());
            rx.try_recv().unwrap().record(&room, &queue);
            assert!(send.as_mut().poll(&mut cx).is_ready());
            assert!(rx.try_recv_fresh(&mut rules).is_err());
            assert!(
                pin!(rx.recv_fresh_async(&mut rules))
                    .poll(&mut cx)
                    .is_pending()
            );
            tx.send(Deadline::NEVER).unwrap();
            assert!(rx.recv_fresh(&mut rules).is_ok());
            let nanosecond = Duration::from_nanos(1);
            assert!(rx.recv_fresh_timeout(&mut rules, nanosecond).is_err());
            assert!(tx.force_send(Deadline::NEVER).unwrap().is_none());
            assert!(tx.force_send(Deadline::NEVER).unwrap().is_some());
            batch.clear();
            assert_eq!(rx.try_recv_many(&mut batch, 1), Ok(1));
            tx.reserve().unwrap().send(Deadline::NEVER).unwrap();
            assert!(tx.try_reserve().is_err());
            assert!(pin!(tx.reserve_async()).poll(&mut cx).is_pending());
            batch.clear();
            assert_eq!(rx.recv_many(&mut batch, 1), Ok(1));
            batch.clear();
            let mut receive = pin!(rx.recv_many_async(&mut batch, 1));
            assert!(receive.as_mut().poll(&mut cx).is_pending());
        }
    });
    assert_eq!((rules.1, queue.histogram().snapshot().count()), (100, 100));

    let (tx, rx) = Builder::new(1).on_full(OnFull::DropOldest).build().unwrap();
    let tx = StampedSender::over(tx, StdClock);
    let rx = StampedReceiver::over(rx, StdClock);
    assert_no_alloc(|| {
        assert!(tx.offer(1).unwrap().evicted().is_none());
        assert_eq!(tx.offer(2).unwrap().evicted().unwrap().value, 1);
        assert_eq!(rx.recv_async().now_or_never().unwrap().unwrap().value, 2);
    });
}
