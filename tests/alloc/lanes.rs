//! Nothing allocates after `Lanes::build`: not in a wait, not on a refusal, not on a cancel.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures_util::future::FutureExt;
use futures_util::task::noop_waker;
use shorttail::channel::{Lanes, Offered, OnFull, Select};
use shorttail::measure::assert_no_alloc;

#[test]
fn lanes_try_calls_refusals_and_aged_turns() {
    let (tx, rx) = Lanes::new([1, 2, 3]).build().unwrap();
    assert_no_alloc(|| {
        for n in 0..100 {
            for lane in 0..3 {
                while tx.lane(lane).try_send(n).is_ok() {}
                assert!(tx.lane(lane).force_send(n).is_ok_and(|old| old.is_some()));
            }
            for _ in 0..6 {
                assert!(rx.try_recv().is_ok());
            }
            assert!(rx.try_recv().is_err());
        }
        assert!(rx.lane_stats(2).aged > 0 && rx.stats().wakes == 0);
        assert!(tx.get_lane(3).is_none());
    });
}

#[test]
fn lanes_blocking_waits_on_both_sides() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let (back_tx, back_rx) = Lanes::new([1, 1]).build().unwrap();
    let echo = thread::spawn(move || {
        assert_no_alloc(|| {
            while let Ok((lane, n)) = rx.recv() {
                back_tx.lane(lane).send(n).unwrap();
            }
        });
    });
    assert_no_alloc(|| {
        for n in 0..1_000 {
            tx.lane(n % 2).send(n).unwrap();
            assert_eq!(back_rx.recv(), Ok((n % 2, n)));
        }
        tx.close();
    });
    echo.join().unwrap();
}

#[test]
fn lanes_timeouts() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    assert_no_alloc(|| {
        let nanosecond = Duration::from_nanos(1);
        assert!(rx.recv_timeout(nanosecond).unwrap_err().is_timeout());
        tx.lane(1).send_timeout(1, nanosecond).unwrap();
        let refused = tx.lane(1).send_timeout(2, nanosecond);
        assert!(refused.unwrap_err().is_timeout());
    });
}

#[test]
fn lanes_async_waits_wakes_and_cancels() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for n in 0..100 {
            let lane = tx.lane(n % 2);
            let mut receive = pin!(rx.recv_async());
            assert!(receive.as_mut().poll(&mut cx).is_pending());
            assert_eq!(lane.send_async(n).now_or_never(), Some(Ok(())));
            let received = receive.as_mut().poll(&mut cx);
            assert_eq!(received, Poll::Ready(Ok((n % 2, n))));
        }
        tx.lane(1).try_send(0).unwrap();
        let mut send = pin!(tx.lane(1).send_async(1));
        assert!(send.as_mut().poll(&mut cx).is_pending());
        assert_eq!(send.cancel(), Some(1));
        let mut closed = pin!(rx.closed_async());
        assert!(closed.as_mut().poll(&mut cx).is_pending());
        assert!(tx.close());
        assert!(closed.as_mut().poll(&mut cx).is_ready());
    });
}

#[test]
fn lanes_offers() {
    let lanes = Lanes::new([1, 1, 1, 1]).on_full(1, OnFull::Reject);
    let lanes = lanes
        .on_full(2, OnFull::DropOldest)
        .on_full(3, OnFull::Shed);
    let (tx, _rx) = lanes.build().unwrap();
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for lane in 0..4 {
            assert_eq!(tx.lane(lane).offer(0), Ok(Offered::Sent));
        }
        for n in 1..100 {
            let mut offer = pin!(tx.lane(0).offer_async(n));
            assert!(offer.as_mut().poll(&mut cx).is_pending());
            assert_eq!(offer.cancel(), Some(n));
            assert!(tx.lane(1).offer(n).is_err());
            assert_eq!(tx.lane(2).offer(n), Ok(Offered::Evicted(n - 1)));
            let told = tx.lane(3).offer_async(n).now_or_never();
            assert_eq!(told, Some(Ok(Offered::Shed)));
        }
    });
}

#[test]
fn lanes_select() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let mut select = Select::new();
    assert_no_alloc(|| {
        let mut case = rx.case();
        assert_eq!(select.try_wait(&mut [&mut case]), None);
        let limit = Duration::from_micros(300);
        assert_eq!(select.wait_timeout(&mut [&mut case], limit), None);
        assert!(tx.lane(1).try_send(7).is_ok());
        assert_eq!(select.wait(&mut [&mut case]), 0);
        assert_eq!(case.take(), Some(Ok((1, 7))));
        assert!(rx.close());
        assert_eq!(select.wait(&mut [&mut case]), 0);
        assert!(case.take().is_some_and(|closed| closed.is_err()));
    });
}
