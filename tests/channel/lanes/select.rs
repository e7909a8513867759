//! Lanes among the cases of a select.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use shorttail::channel::{Lanes, RecvError, Select, bounded};

use crate::executor::Count;
use crate::until::{PATIENCE, until};

#[test]
fn a_case_takes_from_the_lane_that_is_next() {
    let (tx, rx) = Lanes::new([2, 2]).strict().build().unwrap();
    let mut select = Select::new();
    let mut case = rx.case();
    assert_eq!(select.try_wait(&mut [&mut case]), None);
    for (lane, message) in [(1, 'c'), (0, 'a'), (0, 'b')] {
        tx.lane(lane).try_send(message).unwrap();
    }
    // What is there is found without a wait.
    for expected in [(0, 'a'), (0, 'b'), (1, 'c')] {
        assert_eq!(select.try_wait(&mut [&mut case]), Some(0));
        assert_eq!(case.take(), Some(Ok(expected)));
    }
    assert_eq!(select.try_wait(&mut [&mut case]), None);
    tx.close();
    assert_eq!(select.wait(&mut [&mut case]), 0);
    assert_eq!(case.take(), Some(Err(RecvError)));
}

/// It sleeps, and a message comes into any lane, or into the other channel.
#[test]
fn what_comes_first_wakes_a_select() {
    for from in 0..3 {
        let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
        let (plain_tx, plain_rx) = bounded(1);
        let select = thread::spawn({
            let rx = rx.clone();
            move || {
                let (mut lanes, mut plain) = (rx.case(), plain_rx.case());
                Select::new().wait_timeout(&mut [&mut lanes, &mut plain], PATIENCE);
                (lanes.take(), plain.take())
            }
        });
        until(|| is_waited_for(&rx) && plain_tx.receivers_waiting() == 1);
        let expected = match from {
            2 => (None, Some(Ok(7))),
            lane => (Some(Ok((lane, 7))), None),
        };
        match from {
            2 => plain_tx.try_send(7).unwrap(),
            lane => tx.lane(lane).try_send(7).unwrap(),
        }
        assert_eq!(select.join().unwrap(), expected);
        assert!(!is_waited_for(&rx));
    }
}

fn is_waited_for(rx: &shorttail::channel::LanesReceiver<i32>) -> bool {
    !format!("{rx:?}").contains("receivers_waiting: 0")
}

/// Both have a message for it; the wake that it does not use goes to the receive behind it.
#[test]
fn a_wake_that_a_select_does_not_use_goes_on() {
    let took_the_plain_one = (0..1_000).any(|_| {
        let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
        let (plain_tx, plain_rx) = bounded(1);
        thread::scope(|scope| {
            let select = scope.spawn(|| {
                let (mut lanes, mut plain) = (rx.case(), plain_rx.case());
                Select::new().wait_timeout(&mut [&mut lanes, &mut plain], PATIENCE);
                (lanes.take(), plain.take())
            });
            until(|| is_waited_for(&rx) && plain_tx.receivers_waiting() == 1);
            let (count, waker) = Count::new();
            let mut behind = pin!(rx.recv_async());
            let mut cx = Context::from_waker(&waker);
            assert!(behind.as_mut().poll(&mut cx).is_pending());
            plain_tx.try_send(1).unwrap();
            tx.lane(1).try_send(2).unwrap();
            let took_the_plain_one = match select.join().unwrap() {
                (None, Some(Ok(1))) => true,
                (Some(Ok((1, 2))), None) => false,
                other => panic!("one of both: {other:?}"),
            };
            if took_the_plain_one {
                assert_eq!(count.get(), 1);
                let polled = behind.poll(&mut Context::from_waker(Waker::noop()));
                assert_eq!(polled, Poll::Ready(Ok((1, 2))));
            }
            took_the_plain_one
        })
    });
    assert!(took_the_plain_one, "it never took the first to come");
}
