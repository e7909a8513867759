//! Selects among many threads: what they lost or hung on elsewhere.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use shorttail::channel::{Case, Receiver, RecvError, Select, SendError, Sender, bounded};

use crate::watchdog::watched;

const CHANNELS: usize = 4;

/// Until all have closed: every message. Waits for short times, of all lengths in turn.
fn receive_all(receivers: &[Receiver<usize>; CHANNELS]) -> Vec<usize> {
    let mut left: Vec<_> = receivers.iter().map(Receiver::case).collect();
    let (mut select, mut got) = (Select::new(), Vec::new());
    for round in 0_u64.. {
        if left.is_empty() {
            break;
        }
        let mut refs: Vec<_> = left.iter_mut().map(|case| case as _).collect();
        let limit = Duration::from_micros(round % 64);
        let Some(done) = select.wait_timeout(&mut refs, limit) else {
            continue;
        };
        match left[done].take() {
            Some(Ok(message)) => got.push(message),
            Some(Err(RecvError)) => drop(left.remove(done)),
            None => panic!("selected, and nothing came of it"),
        }
    }
    got
}

/// Until all have closed: every message that was accepted. Each is the first free number.
fn send_all(
    senders: &[Sender<usize>; CHANNELS],
    numbers: &AtomicUsize,
    accepted: &AtomicUsize,
) -> Vec<usize> {
    let next = || numbers.fetch_add(1, Ordering::Relaxed);
    let mut sent = Vec::new();
    // Beside each case the number that it has.
    let cases = senders.iter().map(|tx| {
        let number = next();
        (tx.case(number), number)
    });
    let (mut cases, mut offered): (Vec<_>, Vec<_>) = cases.unzip();
    let (mut select, mut open) = (Select::new(), [true; CHANNELS]);
    for round in 0_u64.. {
        if open == [false; CHANNELS] {
            break;
        }
        let refs = cases.iter_mut().map(|case| case as &mut dyn Case);
        let limit = Duration::from_micros(round % 64);
        let Some(done) = select.wait_timeout(&mut refs.collect::<Vec<_>>(), limit) else {
            continue;
        };
        match cases[done].take() {
            Some(Ok(())) => {
                sent.push(offered[done]);
                accepted.fetch_add(1, Ordering::Relaxed);
                offered[done] = next();
                assert_eq!(cases[done].set(offered[done]), None);
            }
            // Idle from now on.
            Some(Err(SendError(back))) => {
                assert_eq!(back, offered[done]);
                open[done] = false;
            }
            None => panic!("selected, and nothing came of it"),
        }
    }
    sent
}

/// Scenario 34, with selects on both sides, time-outs, and channels that close under all of them.
#[test]
fn what_selects_send_and_receive_beside_closes_and_time_outs_is_the_same() {
    const EACH: usize = 1_000;
    for capacity in [1, 2, 16] {
        let ends: [_; CHANNELS] = std::array::from_fn(|_| bounded(capacity));
        let (senders, receivers) = (
            ends.each_ref()
                .map(|(tx, _): &(Sender<usize>, _)| tx.clone()),
            ends.each_ref().map(|(_, rx)| rx.clone()),
        );
        let (numbers, accepted) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (mut sent, mut got) = watched(|| {
            thread::scope(|scope| {
                let sends =
                    [(), ()].map(|()| scope.spawn(|| send_all(&senders, &numbers, &accepted)));
                let receives = [(), ()].map(|()| scope.spawn(|| receive_all(&receivers)));
                for (n, (tx, _)) in ends.iter().enumerate() {
                    while accepted.load(Ordering::Relaxed) < EACH * (n + 1) {
                        thread::yield_now();
                    }
                    assert!(tx.close());
                }
                let all = |threads: [thread::ScopedJoinHandle<'_, Vec<usize>>; 2]| {
                    let all = threads.into_iter().map(|thread| thread.join().unwrap());
                    all.collect::<Vec<_>>().concat()
                };
                (all(sends), all(receives))
            })
        });
        sent.sort_unstable();
        got.sort_unstable();
        assert!(sent.len() >= EACH * CHANNELS);
        assert_eq!(sent, got, "lost, doubled, or received and refused");
    }
}

/// flume #44: a select over two channels hung where both got their message while it waited, and
/// where both got room.
#[test]
fn selects_hang_on_nothing_that_comes_to_two_channels_at_once() {
    const ROUNDS: usize = 500;
    let ends: [(Sender<usize>, Receiver<usize>); 2] = [bounded(1), bounded(1)];
    let [(one_tx, one_rx), (two_tx, two_rx)] = &ends;
    watched(|| {
        thread::scope(|scope| {
            for (tx, _) in &ends {
                scope.spawn(move || (0..ROUNDS).for_each(|n| tx.send(n).unwrap()));
            }
            let mut counts = [0; 2];
            for _ in 0..ROUNDS * 2 {
                let (mut one, mut two) = (one_rx.case(), two_rx.case());
                let done = Select::new().wait(&mut [&mut one, &mut two]);
                let got = [one.take(), two.take()][done].unwrap();
                assert_eq!(got, Ok(counts[done]), "in order");
                counts[done] += 1;
            }
            assert_eq!(counts, [ROUNDS; 2]);
        });
        thread::scope(|scope| {
            for (tx, _) in &ends {
                tx.send(0).unwrap();
            }
            let receives = ends.each_ref().map(|(_, rx)| {
                scope.spawn(move || rx.iter().take_while(|&message| message < ROUNDS).count())
            });
            for n in 0..ROUNDS {
                let (mut one, mut two) = (one_tx.case(n), two_tx.case(n));
                let done = Select::new().wait(&mut [&mut one, &mut two]);
                assert_eq!([one.take(), two.take()][done], Some(Ok(())));
                assert_eq!([one.cancel(), two.cancel()][1 - done], Some(n));
            }
            for (tx, _) in &ends {
                tx.send(ROUNDS).unwrap();
            }
            let got: usize = receives.map(|thread| thread.join().unwrap()).iter().sum();
            assert_eq!(got, ROUNDS + 2);
        });
    });
}

/// flume #135: threads that select over the same channels, anew for each message, lost one now and
/// then.
#[test]
fn threads_that_select_over_the_same_channels_lose_no_message() {
    const THREADS: usize = 4;
    const MESSAGES: usize = 8_000;
    for capacity in [1, 8] {
        let (txs, rxs): (Vec<_>, Vec<_>) = [(); 2].map(|()| bounded(capacity)).into_iter().unzip();
        let mut got = watched(|| {
            thread::scope(|scope| {
                let threads = [(); THREADS].map(|()| scope.spawn(|| select_anew(&rxs)));
                for (n, tx) in txs.into_iter().enumerate() {
                    let numbers = (n * MESSAGES / 2)..((n + 1) * MESSAGES / 2);
                    scope.spawn(move || numbers.for_each(|number| tx.send(number).unwrap()));
                }
                threads.map(|thread| thread.join().unwrap()).concat()
            })
        });
        got.sort_unstable();
        assert!(got.into_iter().eq(0..MESSAGES));
    }
}

/// Until one of the two has closed; then what the other still gets.
fn select_anew(rxs: &[Receiver<usize>]) -> Vec<usize> {
    let mut got = Vec::new();
    loop {
        let (mut one, mut two) = (rxs[0].case(), rxs[1].case());
        let done = Select::new().wait(&mut [&mut one, &mut two]);
        match [one.take(), two.take()][done].unwrap() {
            Ok(number) => got.push(number),
            Err(RecvError) => {
                got.extend(rxs[1 - done].iter());
                return got;
            }
        }
    }
}
