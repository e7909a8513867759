//! One call for several messages stands in the middle of them; what the others do completes.

use std::collections::VecDeque;

use shorttail::channel::bounded;
use shorttail::chaos::{Point, stall};

use crate::channel::{ROUNDS, round_trips};

/// A thread stands with up to eight claimed positions before the first is published.
#[test]
fn a_batch_in_its_window_delays_nobody() {
    for capacity in [1, 7, 16, 64] {
        let (tx, rx) = bounded(capacity);
        let stalled = stall(Point::SendClaimed, {
            let tx = tx.clone();
            move || {
                let mut values: VecDeque<_> = (ROUNDS..).take(capacity).collect();
                tx.try_send_many(&mut values).map(|_| values.len())
            }
        });
        round_trips(&tx, &rx);
        assert_eq!(stalled.release(), Ok(0), "all of it goes through late");
        assert!(rx.try_iter().eq((ROUNDS..).take(capacity)));
    }
}

/// As many receivers of batches as the slots beyond the capacity are for: each keeps its slots, and
/// the whole capacity is there for the others.
#[test]
fn eight_receivers_in_the_copies_of_their_batches_take_no_room() {
    for capacity in [1, 7, 8, 24, 64] {
        let (tx, rx) = bounded(capacity);
        let mut stalled = Vec::new();
        let mut sent = 0;
        for _ in 0..8 {
            sent += (0..).take_while(|n| tx.try_send(*n).is_ok()).count();
            stalled.push(stall(Point::RecvClaimed, {
                let rx = rx.clone();
                move || {
                    let mut buf = Vec::with_capacity(2 * capacity);
                    rx.try_recv_many(&mut buf, capacity).unwrap();
                    buf.len()
                }
            }));
        }
        let mut received = rx.try_iter().count();
        for n in 0..capacity {
            tx.try_send(n).expect("room for the capacity");
        }
        assert!(tx.try_send(0).is_err(), "and for no more");
        received += stalled.into_iter().map(|s| s.release()).sum::<usize>();
        received += rx.try_iter().count();
        assert_eq!(received, sent + capacity);
    }
}
