//! `Empty` is not said of a channel that is never empty, nor `Full` of one that is never full.

use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use shorttail::channel::bounded;

/// Comes back when `done`; on one processor it lets the others run.
fn until(done: impl Fn() -> bool) {
    for look in 1_u32.. {
        if done() {
            return;
        }
        if look % 64 == 0 {
            thread::yield_now();
        }
        spin_loop();
    }
}

/// What was told and is not true.
#[derive(Debug, Default)]
struct Untrue {
    empty: Cell<usize>,
    full: AtomicUsize,
}

/// One thread asks for the next message all the time, and puts it back.
///
/// There is one: a message lies inside from the start, the second thread sends one before it takes
/// one, and what it takes beside is what the third has sent. The front moves all the time, and
/// a send in progress stands there often. Nor is there no room: with the one that was there
/// from the start there are three messages at most, those that are on their way in included.
fn asked(rounds: usize) -> Untrue {
    let (tx, rx) = bounded(3);
    let (sent, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    let untrue = Untrue::default();
    let full = &untrue.full;
    let put = |message| {
        until(|| {
            let told = tx.try_send(message);
            full.fetch_add(usize::from(told.is_err()), Ordering::SeqCst);
            told.is_ok()
        });
    };
    put(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=rounds {
                put(1);
                sent.store(round, Ordering::SeqCst);
                until(|| count(&taken) == round);
            }
        });
        scope.spawn(|| {
            let take = || until(|| rx.try_recv().is_ok());
            while count(&taken) < rounds {
                put(2);
                take();
                if count(&taken) < count(&sent) {
                    take();
                    taken.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        until(|| {
            match rx.try_recv() {
                Ok(message) => put(message),
                Err(_) => untrue.empty.set(untrue.empty.get() + 1),
            }
            count(&taken) == rounds
        });
    });
    untrue
}

#[test]
fn full_is_never_said_of_a_channel_that_is_never_full() {
    let untrue = asked(500); // on one processor a round takes milliseconds
    assert_eq!(untrue.full.into_inner(), 0);
}

#[test]
#[ignore = "stress: minutes"]
fn empty_is_never_said_of_a_channel_that_is_never_empty() {
    let untrue = asked(5_000_000);
    assert_eq!(untrue.empty.get(), 0);
}
