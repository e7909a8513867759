//! Threads and tasks, all at once.

use std::collections::HashMap;
use std::thread;

use shorttail::channel::{Lanes, LanesReceiver, LanesSender};

use crate::executor::block_on;
use crate::watchdog::watched;

const EACH: usize = 2_000;

/// A sender's number, and that of its message.
type Message = (usize, usize);

fn send_all(tx: &LanesSender<Message>, sender: usize, lanes: usize) {
    let lane = tx.lane(sender % lanes);
    for n in 0..EACH {
        let message = (sender, n);
        match n % 3 {
            0 => lane.send(message).unwrap(),
            1 => block_on(lane.send_async(message)).unwrap(),
            _ => {
                if let Err(full) = lane.try_send(message) {
                    lane.send(full.into_inner()).unwrap();
                }
            }
        }
    }
}

/// What this receiver got, in its order.
fn receive_all(rx: &LanesReceiver<Message>) -> Vec<(usize, Message)> {
    let mut got = Vec::new();
    loop {
        let next = if got.len() % 2 == 0 {
            rx.recv().ok()
        } else {
            block_on(rx.recv_async()).ok()
        };
        match next {
            Some(received) => got.push(received),
            None => return got,
        }
    }
}

#[test]
fn every_message_arrives_once_in_its_senders_order_and_from_its_lane() {
    for (lanes, senders, receivers, capacity) in [(1, 2, 2, 1), (2, 2, 1, 1), (3, 6, 3, 4)] {
        let got = watched(|| {
            let capacities = vec![capacity; lanes];
            let (tx, rx) = Lanes::new(capacities).build().unwrap();
            thread::scope(|scope| {
                for sender in 0..senders {
                    let tx = tx.clone();
                    scope.spawn(move || send_all(&tx, sender, lanes));
                }
                drop(tx);
                let receivers: Vec<_> = (0..receivers)
                    .map(|_| scope.spawn(|| receive_all(&rx)))
                    .collect();
                let got = receivers.into_iter().map(|r| r.join().unwrap());
                got.collect::<Vec<_>>()
            })
        });
        assert_eq!(got.iter().map(Vec::len).sum::<usize>(), senders * EACH);
        for got in got {
            let mut last = HashMap::new();
            for (lane, (sender, n)) in got {
                assert_eq!(lane, sender % lanes);
                let before = last.insert(sender, n);
                assert!(before.is_none_or(|before| before < n));
            }
        }
    }
}

/// With each round trip a lane gets empty, so its mark comes and goes under the other threads'
/// eyes: no message is ever passed over.
#[test]
fn a_channel_that_is_never_empty_is_never_said_to_be() {
    let (tx, rx) = Lanes::new([5, 5, 5]).build().unwrap();
    for lane in 0..3 {
        tx.lane(lane).try_send(0).unwrap();
    }
    watched(|| {
        thread::scope(|scope| {
            for first in 0..2 {
                let (tx, rx) = (tx.clone(), rx.clone());
                scope.spawn(move || {
                    // Three messages for two threads that each take one out after putting one in.
                    for n in 0..20_000 {
                        tx.lane((first + n) % 3).try_send(n).expect("at most five");
                        rx.try_recv().expect("at least three");
                    }
                });
            }
        });
    });
}
