//! Histories of `try_send`, `try_recv` and `close`.

use shorttail::channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use super::history::Did;
use super::record::{Queue, record};
use super::search::assert_linearizable;
use super::spec::State;

struct Channel(Sender<u8>, Receiver<u8>);

impl Queue for Channel {
    fn try_send(&self, message: u8) -> Did {
        match self.0.try_send(message) {
            Ok(()) => Did::Sent(message),
            Err(TrySendError::Full(back)) => Did::SendFull(back),
            Err(TrySendError::Closed(back)) => Did::SendClosed(back),
        }
    }

    fn try_recv(&self) -> Did {
        match self.1.try_recv() {
            Ok(message) => Did::Received(message),
            Err(TryRecvError::Empty) => Did::RecvEmpty,
            Err(TryRecvError::Closed) => Did::RecvClosed,
        }
    }

    fn close(&self) -> Did {
        Did::Closed(self.0.close())
    }
}

fn run(rounds: usize, seed: u64) {
    for capacity in 1..=3 {
        for threads in [3, 4] {
            let channel = |_| {
                let (tx, rx) = bounded(capacity);
                Channel(tx, rx)
            };
            let channels: Vec<_> = (0..rounds).map(channel).collect();
            for history in record(&channels, threads, seed) {
                assert_linearizable(&history, &State::new(capacity, 1));
            }
        }
    }
}

#[test]
fn the_answers_of_try_calls_and_close_have_an_order() {
    run(1_000, 27);
}

#[test]
#[ignore = "stress: minutes"]
fn the_answers_of_try_calls_and_close_have_an_order_for_long() {
    for seed in 0..100 {
        run(10_000, seed << 32);
    }
}
