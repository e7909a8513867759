//! One thread stands in the middle of a select over two channels.

use std::thread;
use std::time::Duration;

use shorttail::channel::{Receiver, Select, Sender, bounded};
use shorttail::chaos::{Point, Stalled, stall};

use crate::asleep::{Watched, sleeping_receiver, waits};
use crate::channel::{ROUNDS, round_trips, take_all_cells};

type Ends = (Sender<usize>, Receiver<usize>);

fn two() -> [Ends; 2] {
    [bounded(4), bounded(4)]
}

/// Selects over both for `limit` at most, on a thread that is held at `point`: what came, from
/// which.
fn stalled_select(
    ends: &[Ends; 2],
    point: Point,
    limit: Duration,
    watched: Watched,
) -> Stalled<Option<(usize, usize)>> {
    let receivers = ends.each_ref().map(|(_, rx)| rx.clone());
    stall(point, move || {
        watched.begin();
        let [mut one, mut two] = receivers.each_ref().map(Receiver::case);
        let done = Select::new().wait_timeout(&mut [&mut one, &mut two], limit)?;
        let got = [one.take(), two.take()][done]?;
        Some((done, got.unwrap()))
    })
}

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(5);

fn waiting(rx: &Receiver<usize>) -> usize {
    let is_count = |count: &usize| waits(rx, &format!("receivers_waiting: {count} }}"));
    (0..40).find(is_count).expect("forty at most")
}

/// Before the first of its queues; the next test has it in one.
#[test]
fn a_select_held_on_its_way_into_its_queues_delays_nobody() {
    let ends = two();
    let stalled = stalled_select(&ends, Point::WaitLink, LONG, Watched::default());
    for (tx, rx) in &ends {
        round_trips(tx, rx);
        let receiver = sleeping_receiver(rx, 1);
        tx.try_send(7).unwrap();
        assert_eq!(receiver.join().unwrap(), Some(7));
    }
    ends[0].0.try_send(8).unwrap();
    assert_eq!(stalled.release(), Some((0, 8)));
}

/// In one queue already, it holds the lock of the other, whose cells are all taken.
#[test]
fn a_select_that_stands_in_one_queue_and_holds_the_lock_of_another_delays_nobody() {
    let mut stood_in_one = false;
    // The queue in which it stands first is a random one.
    for _ in 0..100 {
        let ends = two();
        let cells = take_all_cells(&ends[1].1);
        let stalled = stalled_select(&ends, Point::WaitLocked, LONG, Watched::default());
        let [(tx, rx), (locked_tx, locked_rx)] = &ends;
        drop(cells);
        stood_in_one = waiting(rx) == 1;
        round_trips(tx, rx);
        round_trips(locked_tx, locked_rx);
        let receiver = sleeping_receiver(rx, waiting(rx) + 1);
        tx.try_send(7).unwrap();
        assert_eq!(receiver.join().unwrap(), Some(7), "not the lock's queue");
        locked_tx.try_send(8).unwrap();
        assert_eq!(stalled.release(), Some((1, 8)));
        if stood_in_one {
            break;
        }
    }
    assert!(stood_in_one, "it never began with the other");
}

/// It stands in both queues, was woken from one and does not run; somebody else takes its message.
#[test]
fn a_select_that_was_woken_and_does_not_run_delays_nobody() {
    for woken in [0, 1] {
        let ends = two();
        let watched = Watched::default();
        let waker = thread::spawn({
            let (ends, watched) = (ends.clone(), watched.clone());
            move || {
                for (_, rx) in &ends {
                    watched.wait_for_sleep(rx, "receivers_waiting: 1 }");
                }
                ends[woken].0.try_send(ROUNDS).unwrap();
            }
        });
        let stalled = stalled_select(&ends, Point::WakeRunning, LONG, watched);
        waker.join().unwrap();
        assert_eq!(ends[woken].1.try_recv(), Ok(ROUNDS), "anybody's");
        for (tx, rx) in &ends {
            round_trips(tx, rx);
            let receiver = sleeping_receiver(rx, 2);
            tx.try_send(7).unwrap();
            assert_eq!(receiver.join().unwrap(), Some(7));
        }
        ends[1 - woken].0.try_send(8).unwrap();
        assert_eq!(stalled.release(), Some((1 - woken, 8)));
        for (tx, rx) in &ends {
            assert!(waits(rx, "receivers_waiting: 0 }"));
            round_trips(tx, rx);
        }
    }
}

/// Its time has passed, and it stands in both queues: the wakes that came for it go on to those
/// behind it.
#[test]
fn a_select_held_on_its_way_out_delays_nobody_and_hands_its_wakes_on() {
    for was_woken in [false, true] {
        let ends = two();
        let stalled = stalled_select(&ends, Point::WaitUnlink, SHORT, Watched::default());
        if was_woken {
            ends.iter().for_each(|(tx, rx)| round_trips(tx, rx));
        }
        let receivers = ends.each_ref().map(|(_, rx)| sleeping_receiver(rx, 2));
        ends.iter().for_each(|(tx, _)| tx.try_send(1).unwrap());
        let taken = stalled.release().map(|(from, _)| from);
        for (n, receiver) in receivers.into_iter().enumerate() {
            if taken == Some(n) {
                ends[n].0.try_send(1).unwrap();
            }
            assert_eq!(receiver.join().unwrap(), Some(1));
        }
        for (tx, rx) in &ends {
            assert!(waits(rx, "receivers_waiting: 0 }"));
            round_trips(tx, rx);
        }
    }
}

#[test]
fn what_comes_to_a_select_at_its_deadline_is_done() {
    for n in [0, 1] {
        let ends = two();
        let stalled = stalled_select(&ends, Point::WaitUnlink, SHORT, Watched::default());
        ends[n].0.try_send(7).unwrap();
        assert_eq!(stalled.release(), Some((n, 7)));
        assert!(
            ends.iter()
                .all(|(_, rx)| waits(rx, "receivers_waiting: 0 }"))
        );
    }
}
