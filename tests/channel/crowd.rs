//! More threads than room: nobody is forgotten, whoever waits, gives up or leaves.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use shorttail::channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use crate::choices::Choices;
use crate::executor::block_on;
use crate::meeting::Meeting;
use crate::watchdog::watched;

/// Three senders and three receivers around one slot.
fn run_crowd(each: usize) {
    let (tx, rx) = bounded(1);
    let received = AtomicUsize::new(0);
    watched(|| {
        thread::scope(|scope| {
            for _ in 0..3 {
                let (tx, rx, received) = (tx.clone(), rx.clone(), &received);
                scope.spawn(move || (0..each).for_each(|n| tx.send(n).unwrap()));
                scope.spawn(move || {
                    let own = rx.iter().count();
                    received.fetch_add(own, Ordering::SeqCst);
                });
            }
            drop((tx, rx));
        });
    });
    assert_eq!(received.into_inner(), 3 * each);
}

#[test]
fn more_threads_than_room_come_to_an_end() {
    run_crowd(2_000);
}

#[test]
#[ignore = "stress: a minute"]
fn more_threads_than_room_come_to_an_end_for_long() {
    run_crowd(2_000_000);
}

/// The last sender leaves right behind its message; `Closed` never comes before it.
///
/// How often it did: a panic in the middle would leave the other thread alone at its meeting.
fn closed_too_early(rounds: usize) -> usize {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..rounds).map(|_| bounded(1)).unzip();
    let meeting = Meeting::default();
    let mut early = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            for (round, tx) in senders.into_iter().enumerate() {
                meeting.meet(2 * (round + 1));
                tx.try_send(round).unwrap();
            }
        });
        for (round, rx) in receivers.into_iter().enumerate() {
            meeting.meet(2 * (round + 1));
            let got = loop {
                match rx.try_recv() {
                    Err(TryRecvError::Empty) => thread::yield_now(),
                    told => break told,
                }
            };
            early += usize::from(got != Ok(round) || rx.recv().is_ok());
        }
    });
    early
}

#[test]
fn closed_comes_behind_the_last_message_of_a_sender_that_leaves() {
    assert_eq!(watched(|| closed_too_early(5_000)), 0);
}

#[test]
#[ignore = "stress: minutes"]
fn closed_comes_behind_the_last_message_of_a_sender_that_leaves_a_million_times() {
    let early = watched(|| (0..200).map(|_| closed_too_early(5_000)).sum::<usize>());
    assert_eq!(early, 0);
}

/// Polls `future` up to `polls` times and drops it if it still waits.
fn give_up_after<F: Future>(polls: u64, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        thread::yield_now();
    }
    None
}

/// Sends `message` in the end, giving up some waits on the way.
fn send(tx: &Sender<usize>, message: usize, choices: &mut Choices) {
    loop {
        match choices.next(6) {
            0 => return tx.send(message).unwrap(),
            1 => return block_on(tx.send_async(message)).unwrap(),
            2 if tx
                .send_timeout(message, Duration::from_nanos(choices.next(2_000)))
                .is_ok() =>
            {
                return;
            }
            3 | 4 => {
                let polls = choices.next(4);
                if give_up_after(polls, tx.send_async(message)).is_some() {
                    return;
                }
            }
            _ => match tx.try_send(message) {
                Ok(()) => return,
                Err(refused) => assert_eq!(refused, TrySendError::Full(message)),
            },
        }
    }
}

fn recv(rx: &Receiver<usize>, choices: &mut Choices) -> Result<usize, TryRecvError> {
    match choices.next(6) {
        0 => rx.recv().map_err(Into::into),
        1 => block_on(rx.recv_async()).map_err(Into::into),
        2 => rx
            .recv_timeout(Duration::from_nanos(choices.next(2_000)))
            .or_else(|_| rx.try_recv()),
        3 | 4 => match give_up_after(choices.next(4), rx.recv_async()) {
            Some(received) => received.map_err(Into::into),
            None => rx.try_recv(),
        },
        _ => rx.try_recv(),
    }
}

/// Threads and tasks wait on both sides of one channel and give up at random.
fn run_giving_up(seed: u64, each: usize) {
    for capacity in 1..=3 {
        let (tx, rx) = bounded(capacity);
        let received = watched(|| {
            thread::scope(|scope| {
                let workers: Vec<_> = (0..3)
                    .map(|n| {
                        let (tx, rx) = (tx.clone(), rx.clone());
                        let mut choices = Choices::new(seed + n);
                        let first = n as usize * each;
                        scope.spawn(move || {
                            (first..first + each)
                                .for_each(|message| send(&tx, message, &mut choices));
                        });
                        let mut choices = Choices::new(seed + 3 + n);
                        scope.spawn(move || {
                            let mut got = Vec::new();
                            loop {
                                match recv(&rx, &mut choices) {
                                    Ok(message) => got.push(message),
                                    Err(TryRecvError::Empty) => {}
                                    Err(TryRecvError::Closed) => return got,
                                }
                            }
                        })
                    })
                    .collect();
                drop(tx);
                let all = workers
                    .into_iter()
                    .flat_map(|worker| worker.join().unwrap());
                all.collect::<Vec<_>>()
            })
        });
        assert_eq!(received.len(), 3 * each);
        assert_eq!(received.into_iter().collect::<HashSet<_>>().len(), 3 * each);
        assert!(format!("{rx:?}").contains("senders_waiting: 0, receivers_waiting: 0"));
    }
}

#[test]
fn waits_that_are_given_up_lose_no_message_and_no_wake() {
    run_giving_up(33, 500);
}

#[test]
#[ignore = "stress: minutes"]
fn waits_that_are_given_up_lose_no_message_and_no_wake_for_long() {
    (0..10).for_each(|seed| run_giving_up(seed << 32, 20_000));
}

/// Nothing bounds how long a waiter may be passed by a running sender; but each has its turn while
/// that one goes on.
#[test]
#[ignore = "stress: a minute; tells how many sends passed the last of the sixteen"]
fn sixteen_senders_that_wait_come_through_beside_a_hot_one() {
    let (tx, rx) = bounded(1);
    let (over, hot) = (AtomicBool::new(false), AtomicUsize::new(0));
    watched(|| {
        thread::scope(|scope| {
            let waiting: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| (0..1_000).for_each(|_| tx.send(1).unwrap())))
                .collect();
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    hot.fetch_add(usize::from(tx.try_send(0).is_ok()), Ordering::SeqCst);
                }
                tx.close();
            });
            let receiver = scope.spawn(|| rx.iter().filter(|&n| n == 1).count());
            waiting
                .into_iter()
                .for_each(|sender| sender.join().unwrap());
            over.store(true, Ordering::SeqCst);
            assert_eq!(receiver.join().unwrap(), 16_000);
        });
    });
    println!("{} sends of the hot one beside 16000", hot.into_inner());
}

/// A sender comes through two thousand times beside four that never pause, and nothing is lost. How
/// many sends of others complete while it waits nothing bounds: to hold the room for a woken thread
/// that does not run would stop the others.
#[test]
#[ignore = "stress: a minute; tells how often a waiting sender is passed"]
fn a_waiting_sender_is_passed() {
    for capacity in [1, 64, 1024] {
        let (tx, rx) = bounded(capacity);
        let (over, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut passed = Vec::new();
        watched(|| {
            thread::scope(|scope| {
                let hot = [(); 4].map(|()| {
                    scope.spawn(|| {
                        while !over.load(Ordering::Relaxed) && tx.send(0).is_ok() {
                            sent.fetch_add(1, Ordering::Relaxed);
                        }
                    })
                });
                let receivers = [(); 4].map(|()| scope.spawn(|| rx.iter().count()));
                let mut at_once = 0;
                while passed.len() < 2_000 {
                    if tx.try_send(0).is_ok() {
                        at_once += 1;
                    } else {
                        let before = sent.load(Ordering::Relaxed);
                        tx.send(0).unwrap();
                        passed.push(sent.load(Ordering::Relaxed) - before);
                    }
                }
                over.store(true, Ordering::Relaxed);
                hot.into_iter().for_each(|sender| sender.join().unwrap());
                tx.close();
                let received: usize = receivers.map(|r| r.join().unwrap()).iter().sum();
                let all = sent.load(Ordering::Relaxed) + at_once + passed.len();
                assert_eq!(received, all, "none lost, none doubled");
            });
        });
        passed.sort_unstable();
        let [half, most] = [passed.len() / 2, passed.len() * 99 / 100].map(|at| passed[at]);
        let longest = passed[passed.len() - 1];
        println!("capacity {capacity}: p50 {half}, p99 {most}, most {longest} of 2000 waits");
    }
}
