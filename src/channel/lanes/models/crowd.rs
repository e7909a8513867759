//! More ends of lanes than loom goes through: shuttle draws their schedules.

use super::super::Taker;
use super::*;
use crate::sync::explore::explore;

fn spawn_taker(ends: &Ends, own: Option<usize>) -> thread::JoinHandle<Vec<u32>> {
    let taker: Taker<Value> = ends.rx.taker(own);
    thread::spawn(move || {
        let received = || taker.recv().ok();
        core::iter::from_fn(received)
            .map(|(lane, value)| {
                assert_eq!(lane, *value as usize % 2);
                *value
            })
            .collect()
    })
}

/// Receivers of one lane alone and of both: each message comes to one, and nobody is left asleep.
#[test]
fn a_crowd_of_takers_loses_no_message_and_no_wake() {
    explore("lanes: crowd of takers", None, || {
        let ends = two_lanes(1);
        let takers = [Some(0), None, None].map(|own| spawn_taker(&ends, own));
        let senders = [0, 3, 6].map(|first| {
            let tx = ends.tx.clone();
            thread::spawn(move || {
                for number in first..first + 3 {
                    let lane = tx.lane(number as usize % 2);
                    let sent = match number % 3 {
                        0 => block_on(lane.send_async(Arc::new(number))).is_ok(),
                        _ => lane.send(Arc::new(number)).is_ok(),
                    };
                    assert!(sent);
                }
            })
        });
        drop(ends);
        for sender in senders {
            sender.join().unwrap();
        }
        let mut seen = takers.map(|taker| taker.join().unwrap()).concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..9).collect::<Vec<_>>());
    });
}
