//! What Go's own channel tests show, on this channel: `test/chan/*.go` and `runtime/chan_test.go`
//! of the Go repository (BSD 3-Clause). The ideas are theirs, the code is ours. Left out: what
//! stands on nil channels, which are not here, and on `select` and channels without room, which
//! have tests of their own (`select`, `select_crowd`, `rendezvous`).

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread::{self, Scope, ScopedJoinHandle};

use shorttail::channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use crate::watchdog::watched;

const CAPACITIES: [usize; 3] = [1, 2, 10];

/// `fifo.go`, `AsynchFifo`: what was put in comes out in its order.
#[test]
fn fifo_of_a_filled_channel() {
    let (tx, rx) = bounded(10);
    (0..10).for_each(|n| tx.try_send(n).unwrap());
    assert!((0..10).all(|n| rx.recv() == Ok(n)));
}

/// `fifo.go`, `SynchFifo`: a chain of threads, each of which sends when it is told to.
#[test]
fn fifo_of_a_chain_of_threads() {
    watched(|| {
        thread::scope(|scope| {
            let (values, received) = bounded(1);
            let (start, mut told) = bounded(1);
            for n in 0..30 {
                let (tell, next) = bounded(1);
                let previous = std::mem::replace(&mut told, next);
                let values = values.clone();
                scope.spawn(move || {
                    previous.recv().unwrap();
                    values.send(n).unwrap();
                    tell.send(()).unwrap();
                });
            }
            start.send(()).unwrap();
            assert!((0..30).all(|n| received.recv() == Ok(n)));
            told.recv().unwrap();
        });
    });
}

/// `goroutines.go`: a message passes through a hundred threads, and each adds one.
#[test]
fn a_hundred_threads_in_a_row() {
    watched(|| {
        thread::scope(|scope| {
            let (first, mut last) = bounded(1);
            for _ in 0..100 {
                let (tx, next) = bounded(1);
                let rx = std::mem::replace(&mut last, next);
                scope.spawn(move || tx.send(rx.recv().unwrap() + 1).unwrap());
            }
            first.send(0).unwrap();
            assert_eq!(last.recv(), Ok(100));
        });
    });
}

/// `sieve1.go`: each prime has a thread that lets pass what it does not divide.
#[test]
fn the_sieve_of_primes() {
    fn filter<'s>(
        scope: &'s Scope<'s, '_>,
        prime: u32,
        rx: Receiver<u32>,
    ) -> (ScopedJoinHandle<'s, ()>, Receiver<u32>) {
        let (tx, next) = bounded(1);
        let rest = move || {
            let rest = rx.into_iter().filter(|n| n % prime != 0);
            for n in rest {
                if tx.send(n).is_err() {
                    return; // nobody asks for more
                }
            }
        };
        (scope.spawn(rest), next)
    }
    let primes = watched(|| {
        thread::scope(|scope| {
            let (tx, mut rx) = bounded(1);
            scope.spawn(move || (2..).try_for_each(|n| tx.send(n)));
            let mut primes = Vec::new();
            for _ in 0..25 {
                let prime = rx.recv().unwrap();
                primes.push(prime);
                rx = filter(scope, prime, rx).1;
            }
            primes
        })
    });
    assert_eq!(primes[..5], [2, 3, 5, 7, 11]);
    assert_eq!(primes[24], 97);
}

/// `nonblock.go`: attempts on channels of all kinds of messages.
#[test]
fn attempts_do_not_wait() {
    fn of<T: Clone + PartialEq + std::fmt::Debug>(value: T) {
        let (tx, rx) = bounded(1);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(tx.try_send(value.clone()), Ok(()));
        assert_eq!(
            tx.try_send(value.clone()),
            Err(TrySendError::Full(value.clone()))
        );
        assert_eq!(rx.try_recv(), Ok(value));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
    of(1_i32);
    of(true);
    of("text".to_owned());
    of([0_u64; 100]);
    of(());
}

/// `select3.go`, as far as it is about one channel: what a closed one answers, at once.
#[test]
fn a_closed_channel_answers_at_once() {
    for capacity in CAPACITIES {
        let (tx, rx) = bounded(capacity);
        tx.close();
        assert_eq!(tx.send(1).unwrap_err().into_inner(), 1);
        assert!(rx.recv().is_err() && rx.recv().is_err());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }
}

/// `TestChan`, first part: a call on an empty or full channel waits until the other side comes.
#[test]
fn calls_wait_for_the_other_side() {
    for capacity in CAPACITIES {
        let (tx, rx) = bounded(capacity);
        let waits = |side: &str| {
            while !format!("{rx:?}").contains(&format!("{side}_waiting: 1")) {
                thread::yield_now();
            }
        };
        thread::scope(|scope| {
            let receiver = scope.spawn(|| rx.recv());
            waits("receivers");
            assert!(!receiver.is_finished());
            tx.send(0).unwrap();
            assert_eq!(receiver.join().unwrap(), Ok(0));
            (0..capacity).for_each(|n| tx.send(n).unwrap());
            let sender = scope.spawn(|| tx.send(capacity));
            waits("senders");
            assert!(!sender.is_finished());
            assert_eq!(rx.recv(), Ok(0));
            sender.join().unwrap().unwrap();
        });
        assert!(rx.try_iter().eq(1..=capacity));
    }
}

/// `TestChan`, last part: many senders and receivers count what each value came to.
#[test]
fn every_value_comes_as_often_as_it_was_sent() {
    const THREADS: usize = 4;
    const VALUES: usize = 1_000;
    for capacity in CAPACITIES {
        let (tx, rx) = bounded(capacity);
        let counts = Mutex::new(HashMap::new());
        watched(|| {
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    let tx = tx.clone();
                    scope.spawn(move || (0..VALUES).for_each(|n| tx.send(n).unwrap()));
                    scope.spawn(|| {
                        let own: Vec<_> = rx.iter().collect();
                        let mut counts = counts.lock().unwrap();
                        own.into_iter()
                            .for_each(|n| *counts.entry(n).or_insert(0) += 1);
                    });
                }
                drop(tx);
            });
        });
        let counts = counts.into_inner().unwrap();
        assert!(counts.len() == VALUES && counts.values().all(|&count| count == THREADS));
    }
}

/// `TestNonblockRecvRace`: the message was sent before the close, so an attempt after it gets it.
#[test]
fn an_attempt_behind_a_close_gets_what_was_sent_before() {
    for _ in 0..1_000 {
        let (tx, rx) = bounded(1);
        tx.send(1).unwrap();
        thread::scope(|scope| {
            let attempt = scope.spawn(|| rx.try_recv());
            tx.close();
            assert_eq!(attempt.join().unwrap(), Ok(1));
        });
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }
}

/// `TestMultiConsumer`: a queue of work for several threads, answers on another channel.
#[test]
fn several_workers_and_one_sum() {
    const WORK: u64 = 10_000;
    let primes = [2, 3, 7, 11, 13, 17, 19, 23, 27, 31];
    let (work_tx, work_rx) = bounded(23 * 4);
    let (done_tx, done_rx) = bounded(23 * 4);
    watched(|| {
        thread::scope(|scope| {
            for _ in 0..23 {
                let (work_rx, done_tx): (Receiver<u64>, Sender<u64>) =
                    (work_rx.clone(), done_tx.clone());
                scope.spawn(move || {
                    for n in work_rx {
                        if n % 5 == 0 {
                            thread::yield_now();
                        }
                        done_tx.send(n).unwrap();
                    }
                });
            }
            drop(done_tx);
            let work = (0..WORK).map(|n| primes[n as usize % primes.len()]);
            let expected: u64 = work.clone().sum();
            scope.spawn(move || work.for_each(|n| work_tx.send(n).unwrap()));
            let done: Vec<_> = done_rx.iter().collect();
            assert_eq!((done.len() as u64, done.iter().sum()), (WORK, expected));
        });
    });
}
