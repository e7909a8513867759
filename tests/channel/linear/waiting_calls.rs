//! Histories in which threads and tasks also wait, until the last sender leaves.

use std::thread;

use shorttail::channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use crate::choices::Choices;
use crate::executor::block_on;
use crate::meeting::Meeting;

use super::calls::Clock;
use super::history::{Call, Did};
use super::search::assert_linearizable;
use super::spec::State;

const SENDERS: usize = 2;
const RECEIVERS: usize = 2;
const SENDS: usize = 3;
/// After so many calls a receiver waits for each message, so that histories stay short.
const ANY: usize = 6;

fn send(tx: &Sender<u8>, message: u8, choices: &mut Choices) -> Did {
    let closed = match choices.next(8) {
        0..=2 => tx.send(message).err().map(|error| error.into_inner()),
        3..=5 => block_on(tx.send_async(message))
            .err()
            .map(|error| error.into_inner()),
        6 => match tx.try_send(message) {
            Err(TrySendError::Full(back)) => return Did::SendFull(back),
            Err(TrySendError::Closed(back)) => Some(back),
            Ok(()) => None,
        },
        _ => return Did::Closed(tx.close()),
    };
    closed.map_or(Did::Sent(message), Did::SendClosed)
}

fn recv(rx: &Receiver<u8>, way: u64) -> Did {
    let received = match way {
        0 => rx.recv().ok(),
        1 => block_on(rx.recv_async()).ok(),
        _ => match rx.try_recv() {
            Err(TryRecvError::Empty) => return Did::RecvEmpty,
            received => received.ok(),
        },
    };
    received.map_or(Did::RecvClosed, Did::Received)
}

fn sender(tx: Sender<u8>, clock: &Clock, first: u8, choices: &mut Choices) -> Vec<Call> {
    let messages = first..first + SENDS as u8;
    let mut calls: Vec<_> = messages
        .map(|message| clock.call(|| send(&tx, message, choices)))
        .collect();
    calls.push(clock.call(|| {
        drop(tx);
        Did::SenderLeft
    }));
    calls
}

fn receiver(rx: &Receiver<u8>, clock: &Clock, choices: &mut Choices) -> Vec<Call> {
    let mut calls = Vec::new();
    while calls.last().map(|call: &Call| call.did) != Some(Did::RecvClosed) {
        let ways = if calls.len() < ANY { 4 } else { 2 };
        let way = choices.next(ways);
        calls.push(clock.call(|| recv(rx, way)));
    }
    calls
}

fn run(rounds: usize, seed: u64) {
    for capacity in 1..=3 {
        let (mut senders, receivers): (Vec<_>, Vec<_>) =
            (0..rounds).map(|_| bounded(capacity)).unzip();
        let clocks: Vec<Clock> = (0..rounds).map(|_| Clock::default()).collect();
        let meeting = Meeting::default();
        let all = SENDERS + RECEIVERS;
        let (clocks, meeting, receivers) = (&clocks, &meeting, &receivers);
        let histories = thread::scope(|scope| {
            let mut workers = Vec::new();
            for thread in 0..all {
                let mut choices = Choices::new(seed + thread as u64);
                let mut own = match thread {
                    0 => senders.clone(),
                    SENDERS.. => Vec::new(),
                    _ => std::mem::take(&mut senders),
                }
                .into_iter();
                workers.push(scope.spawn(move || {
                    let rounds = receivers.iter().zip(clocks).enumerate();
                    let one = |(round, (rx, clock)): (usize, (&Receiver<u8>, &Clock))| {
                        meeting.meet((round + 1) * all);
                        match own.next() {
                            Some(tx) => sender(tx, clock, (thread * SENDS) as u8, &mut choices),
                            None => receiver(rx, clock, &mut choices),
                        }
                    };
                    rounds.map(one).collect::<Vec<_>>()
                }));
            }
            let mut histories = vec![Vec::new(); rounds];
            for worker in workers {
                for (history, calls) in histories.iter_mut().zip(worker.join().unwrap()) {
                    history.extend(calls);
                }
            }
            histories
        });
        for history in histories {
            assert_linearizable(&history, &State::new(capacity, SENDERS));
        }
    }
}

#[test]
fn the_answers_of_calls_that_wait_have_an_order() {
    run(600, 27);
}

#[test]
#[ignore = "stress: minutes"]
fn the_answers_of_calls_that_wait_have_an_order_for_long() {
    for seed in 0..100 {
        run(5_000, seed << 32);
    }
}
