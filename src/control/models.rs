//! Models of the retry budget, without a bound on preemptions, of cancelling, with three, and of an
//! endpoint's cells, with four. Run as `cargo loom`.

use core::future::Future;
use core::task::{Context, Waker};
use core::time::Duration;

use super::endpoint::cells::{Cells, Seen};
use super::{Cancel, RetryBudget};
use crate::sync::explore::explore_strictly;
use crate::sync::{Arc, UnsafeCell, thread};

/// One retry is there and two want it.
#[test]
fn two_never_withdraw_one_retry() {
    explore_strictly("control: two withdraw", None, || {
        let budget = Arc::new(RetryBudget::new(0.5).unwrap().floor(1));
        let other = thread::spawn({
            let budget = budget.clone();
            move || budget.try_withdraw(0)
        });
        let got = [budget.try_withdraw(0), other.join().unwrap()];
        assert_eq!(got.iter().filter(|got| **got).count(), 1);
        assert_eq!(budget.available(), 0);
    });
}

/// A deposit beside a withdrawal is not lost, and time earns once, whoever notices first.
#[test]
fn a_deposit_beside_a_withdrawal_is_not_lost() {
    explore_strictly("control: deposit beside withdrawal", None, || {
        let budget = RetryBudget::new(1.0).unwrap().floor(1).floor_per_second(1);
        let budget = Arc::new(budget);
        budget.deposit(1_000_000); // the first reading
        let other = thread::spawn({
            let budget = budget.clone();
            move || budget.deposit(1_001_000_000)
        });
        assert!(budget.try_withdraw(1_001_000_000));
        other.join().unwrap();
        assert_eq!(budget.available(), 1 + 1 + 1 - 1 + 1);
    });
}

/// Who waits beside a cancel wakes, and sees what was written before it.
#[test]
fn a_cancel_wakes_who_waits_and_hands_over() {
    explore_strictly("control: cancel beside a wait", Some(3), || {
        let cancel = Cancel::new();
        let word = Arc::new(UnsafeCell::new(0));
        let waits = thread::spawn({
            let (cancel, word) = (cancel.clone(), word.clone());
            move || {
                assert!(cancel.wait(Duration::MAX));
                // SAFETY: written before the cancel only.
                word.with(|at| unsafe { *at })
            }
        });
        // SAFETY: read after the cancel only.
        word.with_mut(|at| unsafe { *at = 7 });
        assert!(cancel.cancel());
        assert_eq!(waits.join().unwrap(), 7);
    });
}

/// A future that is dropped beside the cancel keeps no wake from another that waits.
#[test]
fn a_dropped_wait_beside_a_cancel_wakes_the_other() {
    explore_strictly("control: a dropped wait beside a cancel", Some(3), || {
        let cancel = Cancel::new();
        let waits = thread::spawn({
            let cancel = cancel.clone();
            move || cancel.wait(Duration::MAX)
        });
        let mut dropped = Box::pin(cancel.cancelled_async());
        let mut cx = Context::from_waker(Waker::noop());
        let polled = dropped.as_mut().poll(&mut cx);
        let cancels = thread::spawn({
            let cancel = cancel.clone();
            move || cancel.cancel()
        });
        assert!(polled.is_pending());
        drop(dropped);
        assert!(cancels.join().unwrap());
        assert!(waits.join().unwrap());
    });
}

/// Requests beside a tick, one of which finds its word full: each is in what one tick takes.
#[test]
fn a_tick_beside_requests_loses_none() {
    explore_strictly("control: two requests beside a tick", Some(4), || {
        let cells = Arc::new(Cells::new(1));
        let others = [(); 2].map(|()| {
            let cells = cells.clone();
            thread::spawn(move || cells.add([true, false]))
        });
        let mut all = cells.take();
        others.into_iter().for_each(|other| other.join().unwrap());
        all.add(cells.take());
        let both = Seen {
            requests: 2,
            over: [2, 0],
        };
        assert_eq!(all, both);
    });
}
