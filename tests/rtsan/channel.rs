//! The channel's non-blocking calls.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::Context;
use std::thread;

use futures_util::task::noop_waker;

use shorttail::channel::{
    Aged, Builder, DropReason, Freshness, Lanes, OnFull, Select, SendError, bounded, stamped,
};
use shorttail::limit::Codel;
use shorttail::measure::{Recorder, wake_calls};
use shorttail::time::{Clock, Deadline, StdClock};

use crate::harness::child;

use crate::realtime::nonblocking;

/// In a process of its own: the count is the whole process's.
#[test]
fn non_blocking_calls_make_no_system_call_but_the_wake() {
    let output = child("channel");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What that process does.
pub(crate) fn calls_alone() {
    let (tx, rx) = bounded(1);
    let (mut values, mut buf) = (VecDeque::from([0]), Vec::with_capacity(1));
    let before = wake_calls();
    for n in 0..100 {
        nonblocking(|| {
            assert!(tx.try_send(n).is_ok());
            assert!(tx.try_send(n).is_err());
            assert_eq!((tx.len(), tx.is_closed()), (1, false));
            assert_eq!((rx.len(), rx.is_closed()), (1, false));
            assert_eq!(rx.try_recv(), Ok(n));
            assert!(rx.try_recv().is_err());
            assert_eq!(tx.force_send(n), Ok(None));
            assert_eq!(tx.force_send(n), Ok(Some(n)));
            assert_eq!(rx.try_recv(), Ok(n));
            let permit = tx.try_reserve().unwrap();
            assert!(tx.try_reserve().is_err());
            permit.send(n).unwrap();
            assert_eq!(rx.try_recv(), Ok(n));
            let permit = tx.clone().try_reserve_owned().unwrap();
            assert!(tx.clone().try_reserve_owned().is_err());
            drop(permit.send(n).unwrap());
            assert_eq!(rx.try_recv(), Ok(n));
            assert_eq!(tx.try_send_many(&mut values), Ok(1));
            assert_eq!(rx.try_recv_many(&mut buf, 1), Ok(1));
        });
        values.extend(buf.drain(..));
    }
    calls_of_lanes();
    selects();
    selects_from_lanes();
    meets();
    offers();
    ages();
    assert_eq!(wake_calls(), before, "nobody slept");

    let sleeper = thread::spawn({
        let rx = rx.clone();
        move || rx.recv()
    });
    while !format!("{rx:?}").contains("receivers_waiting: 1") {
        thread::yield_now();
    }
    nonblocking(|| tx.try_send(7)).unwrap();
    assert_eq!(sleeper.join().unwrap(), Ok(7));
    assert_eq!(wake_calls(), before + 1, "the counted permit");
}

fn calls_of_lanes() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    for n in 0..100 {
        nonblocking(|| {
            for lane in 0..2 {
                assert!(tx.lane(lane).try_send(n).is_ok());
                assert!(tx.lane(lane).try_send(n).is_err());
                assert_eq!(tx.lane(lane).force_send(n), Ok(Some(n)));
                assert_eq!((tx.lane(lane).len(), rx.len(lane)), (1, 1));
            }
            assert!(!tx.is_closed() && !rx.is_closed());
            assert!(rx.try_recv().is_ok() && rx.try_recv().is_ok());
            assert!(rx.try_recv().is_err());
        });
    }
}

fn selects() {
    let (tx, rx) = bounded(1);
    let (full_tx, full_rx) = bounded(1);
    let (mut send, mut receive) = (full_tx.case(0), rx.case());
    let mut select = Select::new();
    for n in 0..100 {
        full_tx.try_send(n).unwrap();
        nonblocking(|| {
            let mut try_wait = || select.try_wait(&mut [&mut send, &mut receive]);
            assert_eq!(try_wait(), None);
            tx.try_send(n).unwrap();
            assert_eq!(try_wait(), Some(1));
            assert_eq!(receive.take(), Some(Ok(n)));
            assert_eq!(full_rx.try_recv(), Ok(n));
            assert_eq!(select.try_wait(&mut [&mut send, &mut receive]), Some(0));
            assert_eq!(full_rx.try_recv(), Ok(n));
            assert_eq!(send.take(), Some(Ok(())));
            assert_eq!(send.set(n + 1), None);
        });
    }
    full_rx.close();
    let told = nonblocking(|| select.try_wait(&mut [&mut send, &mut receive]));
    assert_eq!((told, send.take()), (Some(0), Some(Err(SendError(100)))));
}

/// All lanes as one case.
fn selects_from_lanes() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let mut select = Select::new();
    let mut case = rx.case();
    for n in 0..100 {
        nonblocking(|| {
            assert_eq!(select.try_wait(&mut [&mut case]), None);
            tx.lane(1).try_send(n).unwrap();
            assert_eq!(select.try_wait(&mut [&mut case]), Some(0));
            assert_eq!(case.take(), Some(Ok((1, n))));
        });
    }
}

/// Without room: what stands in line is taken, what waits is given, and nobody is there.
fn meets() {
    let (tx, rx) = bounded(0);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    for n in 0..100 {
        let mut send = pin!(tx.send_async(n));
        assert!(send.as_mut().poll(&mut cx).is_pending());
        nonblocking(|| {
            assert_eq!(rx.try_recv(), Ok(n));
            assert!(rx.try_recv().is_err() && tx.try_send(n).is_err());
            assert!(tx.force_send(n).is_err());
        });
        let mut receive = pin!(rx.recv_async());
        assert!(receive.as_mut().poll(&mut cx).is_pending());
        nonblocking(|| assert!(tx.try_send(n).is_ok()));
        assert!(receive.as_mut().poll(&mut cx).is_ready());
    }
}

fn offers() {
    for policy in [OnFull::Reject, OnFull::DropOldest, OnFull::Shed] {
        let (tx, _rx) = Builder::new(1).on_full(policy).build().unwrap();
        let told = nonblocking(|| (tx.offer(1), tx.offer(2)));
        assert_ne!(told.0, told.1);
        let (tx, _rx) = Lanes::new([1]).on_full(0, policy).build().unwrap();
        let told = nonblocking(|| (tx.lane(0).offer(1), tx.lane(0).offer(2)));
        assert_ne!(told.0, told.1);
    }
}

/// Drops what is late.
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

fn ages() {
    let (tx, rx) = stamped(2, StdClock);
    let (room, queue) = (Recorder::new(), Recorder::new());
    let mut rules = Rules(Codel::default(), 0);
    let mut batch = Vec::with_capacity(2);
    let _start_ns = StdClock.now_ns();
    nonblocking(|| {
        assert!(tx.try_send(Deadline::NEVER).is_ok());
        rx.try_recv().unwrap().record(&room, &queue);
        assert!(tx.try_send(Deadline::at(0)).is_ok());
        assert!(tx.try_send(Deadline::NEVER).is_ok());
        assert!(rx.try_recv_fresh(&mut rules).is_ok());
        assert!(rx.try_recv_fresh(&mut rules).is_err());
        assert_eq!(tx.force_send(Deadline::NEVER), Ok(None));
        tx.try_reserve().unwrap().send(Deadline::NEVER).unwrap();
        assert!(tx.force_send(Deadline::NEVER).unwrap().is_some());
        assert_eq!(rx.try_recv_many(&mut batch, 2), Ok(2));
    });
    assert_eq!(rules.1, 1);
}
