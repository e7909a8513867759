//! First in, first out, exactly once: for each sender under every mix of calls.

use std::thread;
use std::time::Duration;

use crate::executor::block_on;
use shorttail::channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

#[derive(Clone, Copy, Debug)]
enum Way {
    Try,
    Block,
    Timed,
    Task,
    /// Each message in another of the ways above.
    Mixed,
}

const WAYS: [Way; 5] = [Way::Try, Way::Block, Way::Timed, Way::Task, Way::Mixed];

impl Way {
    /// The way of the `n`th message.
    const fn of(self, n: usize) -> Self {
        match self {
            Self::Mixed => WAYS[n % 4],
            way => way,
        }
    }
}

fn send(tx: &Sender<(usize, usize)>, mut value: (usize, usize), way: Way) {
    match way {
        Way::Block => tx.send(value).unwrap(),
        Way::Timed => tx.send_timeout(value, Duration::MAX).unwrap(),
        Way::Task => block_on(tx.send_async(value)).unwrap(),
        Way::Try | Way::Mixed => {
            while let Err(refused) = tx.try_send(value) {
                match refused {
                    TrySendError::Full(back) => value = back,
                    TrySendError::Closed(_) => panic!("closed"),
                }
                thread::yield_now();
            }
        }
    }
}

fn recv(rx: &Receiver<(usize, usize)>, way: Way) -> Option<(usize, usize)> {
    match way {
        Way::Block => rx.recv().ok(),
        Way::Timed => rx.recv_timeout(Duration::MAX).ok(),
        Way::Task => block_on(rx.recv_async()).ok(),
        Way::Try | Way::Mixed => loop {
            match rx.try_recv() {
                Ok(value) => break Some(value),
                Err(TryRecvError::Closed) => break None,
                Err(TryRecvError::Empty) => thread::yield_now(),
            }
        },
    }
}

/// Every sender's messages arrive once, and each receiver sees them in their order.
fn run(capacity: usize, senders: usize, receivers: usize, each: usize, ways: (Way, Way)) {
    let (tx, rx) = bounded(capacity);
    let received = thread::scope(|scope| {
        for sender in 0..senders {
            let tx = tx.clone();
            scope.spawn(move || (0..each).for_each(|n| send(&tx, (sender, n), ways.0.of(n))));
        }
        drop(tx);
        let collectors: Vec<_> = (0..receivers)
            .map(|_| {
                let rx = rx.clone();
                scope.spawn(move || {
                    let mut next = vec![0; senders];
                    let mut got: Vec<(usize, usize)> = Vec::new();
                    while let Some((sender, n)) = recv(&rx, ways.1.of(got.len())) {
                        assert!(
                            n >= next[sender],
                            "sender {sender}: {n} after {}",
                            next[sender]
                        );
                        next[sender] = n + 1;
                        got.push((sender, n));
                    }
                    got
                })
            })
            .collect();
        let mut all: Vec<_> = collectors
            .into_iter()
            .flat_map(|collector| collector.join().unwrap())
            .collect();
        all.sort_unstable();
        all
    });
    let expected: Vec<_> = (0..senders)
        .flat_map(|sender| (0..each).map(move |n| (sender, n)))
        .collect();
    assert_eq!(received, expected, "capacity {capacity}, {ways:?}");
}

fn grid(each: usize) {
    for sending in WAYS {
        for receiving in WAYS {
            for capacity in [1, 2, 7] {
                run(capacity, 1, 1, each, (sending, receiving));
                run(capacity, 3, 3, each, (sending, receiving));
            }
            run(64, 4, 1, each, (sending, receiving));
            run(1, 1, 4, each, (sending, receiving));
        }
    }
}

#[test]
fn every_message_arrives_once_and_in_its_senders_order() {
    grid(100);
}

#[test]
#[ignore = "stress: minutes"]
fn every_message_arrives_once_and_in_its_senders_order_for_long() {
    grid(50_000);
}
