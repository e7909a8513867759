//! Waiting for several channels at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use shorttail::channel::{Receiver, RecvCase, RecvError, Select, SendError, bounded};

use crate::executor::Count;
use crate::select_steps;
use crate::until::{PATIENCE, until};

/// Tries of a race that comes out as wanted in a third of them, or in half.
const TRIES: usize = 1_000;

/// Until all have closed: every message of the channels of `receivers`.
fn take_all(receivers: &[Receiver<usize>; 4]) -> Vec<usize> {
    let mut select = Select::new();
    let mut got = Vec::new();
    let [a, b, c, d] = receivers;
    let mut cases = [a, b, c, d].map(|receiver| Some(receiver.case()));
    while cases.iter().any(Option::is_some) {
        let mut open: Vec<_> = cases.iter_mut().flatten().collect();
        let mut refs: Vec<_> = open.iter_mut().map(|case| &mut **case as _).collect();
        let done = select.wait(&mut refs);
        match open[done].take() {
            Some(Ok(message)) => got.push(message),
            Some(Err(RecvError)) => {
                let place = (0..4).filter(|&n| cases[n].is_some()).nth(done).unwrap();
                cases[place] = None;
            }
            None => panic!("selected, and nothing came of it"),
        }
    }
    got
}

/// Scenario 34. Two threads select over four channels, two plain receivers stand beside them;
/// senders come, send and close.
#[test]
fn selects_over_channels_that_close_lose_and_double_nothing() {
    const EACH: usize = 2_000;
    for capacity in [1, 3, 64] {
        let ends: [_; 4] = std::array::from_fn(|_| bounded(capacity));
        let (senders, receivers): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
        let receivers: [Receiver<usize>; 4] = receivers.try_into().unwrap();
        let mut got: Vec<usize> = thread::scope(|scope| {
            for (n, tx) in senders.into_iter().enumerate() {
                scope.spawn(move || {
                    for message in 0..EACH {
                        tx.send(n * EACH + message).unwrap();
                    }
                });
            }
            let selects = [(), ()].map(|()| scope.spawn(|| take_all(&receivers)));
            let plain = [0, 3].map(|n| {
                let rx = &receivers[n];
                scope.spawn(move || rx.iter().collect::<Vec<_>>())
            });
            let taken = selects.into_iter().chain(plain);
            taken.flat_map(|thread| thread.join().unwrap()).collect()
        });
        got.sort_unstable();
        assert!(got.into_iter().eq(0..4 * EACH));
    }
}

/// Sends and receives of the same channels in one select each; both threads make progress only
/// through the other.
#[test]
fn selects_may_meet_each_other() {
    const ROUNDS: usize = 2_000;
    let (there_tx, there_rx) = bounded(1);
    let (back_tx, back_rx) = bounded(1);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut select = Select::new();
            let (mut send, mut receive) = (back_tx.case(0), there_rx.case());
            let (mut sent, mut received) = (0, 0);
            while (sent, received) != (ROUNDS, ROUNDS) {
                select.wait(&mut [&mut send, &mut receive]);
                if send.take().is_some() {
                    sent += 1;
                    if sent < ROUNDS {
                        send.set(sent);
                    }
                }
                if let Some(message) = receive.take() {
                    assert_eq!(message, Ok(received));
                    received += 1;
                }
            }
        });
        for n in 0..ROUNDS {
            there_tx.send(n).unwrap();
            assert_eq!(back_rx.recv(), Ok(n));
        }
    });
}

/// crossbeam #1295: there a selected operation that is forgotten is undefined behaviour.
#[test]
fn what_is_forgotten_harms_nobody() {
    let (tx, rx) = bounded(2);
    let (other_tx, other_rx) = bounded::<u8>(1);
    tx.try_send(1).unwrap();
    let mut select = Select::new();
    let (mut case, mut other) = (rx.case(), other_rx.case());
    assert_eq!(select.wait(&mut [&mut case, &mut other]), 0);
    std::mem::forget((case, other, select));
    let receiver = thread::spawn(move || (rx.recv(), other_rx.recv()));
    tx.send(2).unwrap();
    other_tx.send(3).unwrap();
    assert_eq!(receiver.join().unwrap(), (Ok(2), Ok(3)));
}

/// A case that is done and was not taken is not done again.
#[test]
fn a_result_that_was_not_taken_is_kept() {
    let (tx, rx) = bounded(2);
    let mut case = rx.case();
    let mut select = Select::new();
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    for _ in 0..3 {
        assert_eq!(select.wait(&mut [&mut case]), 0);
        assert_eq!(select.try_wait(&mut [&mut case]), Some(0));
    }
    assert_eq!((case.take(), rx.len()), (Some(Ok(1)), 1));
}

/// flume #44, #135: a selector misses what comes in its wait, or waits for ever beside a closed
/// channel.
#[test]
fn a_closed_channel_is_an_answer_beside_one_that_is_silent() {
    let (_silent_tx, silent_rx) = bounded::<u8>(1);
    let (tx, rx) = bounded::<u8>(1);
    let select = thread::spawn(move || {
        let (mut silent, mut case) = (silent_rx.case(), rx.case());
        let done = Select::new().wait(&mut [&mut silent, &mut case]);
        (done, silent.take(), case.take())
    });
    drop(tx);
    assert_eq!(select.join().unwrap(), (1, None, Some(Err(RecvError))));
}

#[test]
fn a_closed_channel_gives_the_value_back() {
    let (tx, rx) = bounded(1);
    drop(rx);
    let mut case = tx.case(7);
    assert_eq!(Select::new().wait(&mut [&mut case]), 0);
    assert_eq!(
        (case.take(), case.cancel()),
        (Some(Err(SendError(7))), None)
    );
}

/// Both channels get a message while the select waits; the wake that it does not use goes on to the
/// receive that waits behind it.
#[test]
fn a_wake_that_a_select_does_not_use_goes_on() {
    for first in [0, 1] {
        let (txs, rxs): (Vec<_>, Vec<_>) = (0..2).map(|_| bounded(2)).unzip();
        let waiting = thread::scope(|scope| {
            let select = scope.spawn(|| {
                let (mut one, mut two) = (rxs[0].case(), rxs[1].case());
                Select::new().wait_timeout(&mut [&mut one, &mut two], PATIENCE);
                [one.take(), two.take()]
            });
            until(|| txs.iter().all(|tx| tx.receivers_waiting() == 1));
            let receives = [0, 1].map(|n| {
                let (count, waker) = Count::new();
                let mut receive = Box::pin(rxs[n].recv_async());
                let mut cx = Context::from_waker(&waker);
                assert!(receive.as_mut().poll(&mut cx).is_pending());
                (count, receive)
            });
            txs[first].try_send(first).unwrap();
            txs[1 - first].try_send(1 - first).unwrap();
            let got = select.join().unwrap();
            let taken = got.iter().position(Option::is_some).unwrap();
            assert_eq!(got[1 - taken], None, "one only");
            let (count, mut receive) = receives.into_iter().nth(1 - taken).unwrap();
            assert_eq!(count.get(), 1);
            let mut cx = Context::from_waker(Waker::noop());
            receive.as_mut().poll(&mut cx)
        });
        assert!(matches!(waiting, Poll::Ready(Ok(_))));
    }
}

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("in the waker");
    }
}

/// A case takes a message, and the wake for a sender panics: the select has left all queues.
#[test]
fn a_bad_waker_leaves_no_case_in_a_queue() {
    let (tx, rx) = bounded(1);
    let (_silent, silent_rx) = bounded::<u8>(1);
    tx.try_send(1).unwrap();
    let mut send = pin!(tx.send_async(2));
    let bad = Waker::from(Arc::new(Bad));
    assert!(
        send.as_mut()
            .poll(&mut Context::from_waker(&bad))
            .is_pending()
    );
    let (mut case, mut silent) = (rx.case(), silent_rx.case());
    let mut select = Select::new();
    let wait = || select.wait(&mut [&mut silent, &mut case]);
    assert!(catch_unwind(AssertUnwindSafe(wait)).is_err());
    for text in [format!("{rx:?}"), format!("{silent_rx:?}")] {
        assert!(text.contains("receivers_waiting: 0"), "{text}");
    }
}

/// The wake that the select hands on panics in the middle of its way out of three queues.
#[test]
fn a_bad_waker_on_its_way_out_leaves_no_case_in_a_queue() {
    // It may take the message that the bad one could have, and has nothing to hand on then.
    let panicked = (0..TRIES).any(|_| {
        let (txs, rxs): (Vec<_>, Vec<_>) = (0..3).map(|_| bounded::<u8>(1)).unzip();
        thread::scope(|scope| {
            let select = scope.spawn(|| {
                let mut cases: Vec<_> = rxs.iter().map(|rx| rx.case()).collect();
                let mut refs: Vec<_> = cases.iter_mut().map(|case| case as _).collect();
                let wait = || Select::new().wait_timeout(&mut refs, PATIENCE);
                catch_unwind(AssertUnwindSafe(wait)).is_err()
            });
            until(|| txs.iter().all(|tx| tx.receivers_waiting() == 1));
            let mut behind = pin!(rxs[0].recv_async());
            let bad = Waker::from(Arc::new(Bad));
            assert!(
                behind
                    .as_mut()
                    .poll(&mut Context::from_waker(&bad))
                    .is_pending()
            );
            txs[1].try_send(1).unwrap();
            // The bad one's own, if the select is gone.
            drop(catch_unwind(AssertUnwindSafe(|| txs[0].try_send(0))));
            let panicked = select.join().unwrap();
            assert!(txs[1..].iter().all(|tx| tx.receivers_waiting() == 0));
            panicked
        })
    });
    assert!(panicked, "the bad one was never woken on its way out");
}

#[test]
fn a_time_out_does_nothing() {
    let (tx, rx) = bounded(1);
    let (full, _full_rx) = bounded(1);
    full.try_send(1).unwrap();
    let (mut receive, mut send) = (rx.case(), full.case(2));
    let mut select = Select::new();
    for timeout in [
        Duration::ZERO,
        Duration::from_micros(300),
        Duration::from_millis(2),
    ] {
        let selected = select.wait_timeout(&mut [&mut receive, &mut send], timeout);
        assert_eq!(selected, None);
    }
    assert_eq!(
        (receive.take(), send.take(), send.cancel()),
        (None, None, Some(2))
    );
    assert_eq!(
        select.try_wait(&mut [&mut receive, &mut send]),
        None,
        "the send is idle"
    );
    tx.try_send(3).unwrap();
    let selected = select.wait_timeout(&mut [&mut send, &mut receive], Duration::ZERO);
    assert_eq!((selected, receive.take()), (Some(1), Some(Ok(3))));
}

#[test]
fn nothing_to_wait_for_is_said() {
    let (tx, _rx) = bounded(1);
    let mut idle = tx.case(1);
    assert_eq!(idle.cancel(), Some(1));
    let mut select = Select::new();
    assert!(catch_unwind(AssertUnwindSafe(|| select.wait(&mut []))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| select.wait(&mut [&mut idle]))).is_err());
}

/// All are ready all the time: none is preferred by its place.
#[test]
fn the_choice_begins_at_a_random_case() {
    const ROUNDS: usize = 4_000;
    let ends: [_; 4] = std::array::from_fn(|_| bounded(1));
    let mut cases: Vec<RecvCase<'_, usize>> = ends.iter().map(|(_, rx)| rx.case()).collect();
    let mut select = Select::new();
    let mut counts = [0; 4];
    for _ in 0..ROUNDS {
        for (n, (tx, _)) in ends.iter().enumerate() {
            let _ = tx.try_send(n);
        }
        let mut refs: Vec<_> = cases.iter_mut().map(|case| case as _).collect();
        let done = select.wait(&mut refs);
        assert_eq!(cases[done].take(), Some(Ok(done)));
        counts[done] += 1;
    }
    assert!(counts.iter().all(|&count| count > ROUNDS / 8), "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn behaves_as_the_model_step_by_step(
        capacity in 1_usize..5,
        taken in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        select_steps::run(capacity, &taken);
    }
}

/// An idle send beside a wait: it does nothing, and keeps nothing up.
#[test]
fn an_idle_send_is_passed_over_in_a_wait() {
    let (tx, rx) = bounded(1);
    let (mut idle, mut receive) = (tx.case(1), rx.case());
    assert_eq!(idle.cancel(), Some(1));
    let mut select = Select::new();
    let selected = select.wait_timeout(&mut [&mut idle, &mut receive], Duration::ZERO);
    assert_eq!((selected, idle.take(), receive.take()), (None, None, None));
}
