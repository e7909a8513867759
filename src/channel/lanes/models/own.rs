//! Receivers of one lane alone beside those of all lanes.

use super::super::Taker;
use super::*;

impl Ends {
    /// A receiver of lane `own` alone, or of all; it receives one message and then is gone.
    fn spawn_take(&self, own: Option<usize>) -> thread::JoinHandle<Received> {
        let taker: Taker<Value> = self.rx.taker(own);
        thread::spawn(move || received(taker.recv().ok()))
    }
}

#[test]
fn a_lanes_own_receiver_parks_while_a_value_is_pushed() {
    explore_strictly("lanes: own receiver parks against push", Some(4), || {
        let ends = two_lanes(1);
        let own = ends.spawn_take(Some(0));
        ends.send(0, 7);
        assert_eq!(own.join().unwrap(), Some((0, 7)));
    });
}

/// Each value wakes one of the two, though one may have taken a value before its wake. There are
/// too many stale reads to look for more of them.
#[test]
fn two_values_wake_a_lanes_own_receiver_and_one_of_all() {
    explore_deeply("lanes: own receiver and another", Some(0), Some(2), || {
        let ends = two_lanes(2);
        let all = ends.spawn_take(None);
        let own = ends.spawn_take(Some(0));
        ends.send(0, 1);
        ends.send(0, 2);
        let got = [all, own].map(|receiver| receiver.join().unwrap().unwrap().1);
        assert_eq!(got[0] + got[1], 3);
    });
}

/// The other lane's value is not for the first lane's own receiver to be woken by.
#[test]
fn a_value_of_another_lane_wakes_a_receiver_of_all() {
    let name = "lanes: own receiver, value of another lane";
    explore_deeply(name, Some(0), Some(2), || {
        let ends = two_lanes(1);
        let own = ends.spawn_take(Some(0));
        let all = ends.spawn_take(None);
        ends.send(1, 1);
        assert_eq!(all.join().unwrap(), Some((1, 1)));
        ends.send(0, 2);
        assert_eq!(own.join().unwrap(), Some((0, 2)));
    });
}

#[test]
fn close_races_a_lanes_own_receiver_that_parks() {
    explore_strictly("lanes: close, parked own receiver", Some(3), || {
        let ends = two_lanes(1);
        let own = ends.spawn_take(Some(1));
        assert!(ends.rx.close());
        assert_eq!(own.join().unwrap(), None);
    });
}

/// The last to leave closes, and what is inside can be taken back.
#[test]
fn the_last_taker_leaves_while_a_value_is_pushed() {
    explore_strictly("lanes: last taker, push", Some(3), || {
        let Ends { core, tx, rx } = two_lanes(1);
        drop(core);
        let taker = rx.taker(None);
        drop(rx);
        let leaver = thread::spawn(move || drop(taker));
        let sent = tx.lane(0).try_send(Arc::new(1)).is_ok();
        leaver.join().unwrap();
        assert_eq!(received(tx.take_back()), sent.then_some((0, 1)));
        assert!(tx.lane(0).try_send(Arc::new(2)).is_err());
    });
}
