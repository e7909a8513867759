//! Marks, sleep, wake and close of lanes against each other.
//!
//! A lost wake-up shows as a deadlock, a message that no mark shows as an `Empty`.

use core::pin::pin;
use core::task::Context;

use crate::sync::explore::block_on;
use futures_util::task::noop_waker;

use crate::ring::Ring;
use crate::sync::explore::{explore_deeply, explore_strictly};
use crate::sync::{Arc, thread};

use super::super::{Select, bounded};
use super::core::Core;
use super::{LanesReceiver, LanesSender};

#[cfg(shorttail_shuttle)]
mod crowd;
mod own;

type Value = Arc<u32>;
type Received = Option<(usize, u32)>;

struct Ends {
    core: Arc<Core<Value>>,
    tx: LanesSender<Value>,
    rx: LanesReceiver<Value>,
}

/// Two lanes of `capacity`; every second receive that finds messages in both is aged.
fn two_lanes(capacity: usize) -> Ends {
    let rings = [Ring::new(capacity), Ring::new(capacity)];
    let core = Arc::new(Core::new(rings, 2));
    let tx = LanesSender::new(core.clone());
    let rx = LanesReceiver::new(core.clone());
    Ends { core, tx, rx }
}

impl Ends {
    /// Marks a lane that is empty.
    fn mark(&self, lane: usize) {
        self.send(lane, 0);
        assert_eq!(self.try_recv(), Some((lane, 0)));
    }

    fn send(&self, lane: usize, number: u32) {
        assert!(self.tx.lane(lane).try_send(Arc::new(number)).is_ok());
    }

    fn try_recv(&self) -> Received {
        received(self.rx.try_recv().ok())
    }

    fn spawn_recv(&self) -> thread::JoinHandle<Received> {
        let rx = self.rx.clone();
        thread::spawn(move || received(rx.recv().ok()))
    }
}

fn received(got: Option<(usize, Value)>) -> Received {
    got.map(|(lane, value)| (lane, *value))
}

/// The receiver found the lane empty, and does nothing after this.
fn spawn_clear(core: &Arc<Core<Value>>) -> thread::JoinHandle<()> {
    let core = core.clone();
    thread::spawn(move || core.clear(0))
}

#[test]
fn a_mark_is_cleared_while_a_value_is_pushed() {
    explore_strictly("lanes: clear against set", None, || {
        let ends = two_lanes(1);
        ends.mark(0);
        let clearer = spawn_clear(&ends.core);
        ends.send(0, 1);
        assert_eq!(
            ends.try_recv(),
            Some((0, 1)),
            "also while the lane is in doubt"
        );
        clearer.join().unwrap();
    });
}

#[test]
fn a_mark_is_cleared_twice_while_a_value_is_pushed() {
    explore_strictly("lanes: two clears against set", Some(3), || {
        let ends = two_lanes(1);
        ends.mark(0);
        let clearers = [spawn_clear(&ends.core), spawn_clear(&ends.core)];
        ends.send(0, 1);
        assert_eq!(ends.try_recv(), Some((0, 1)));
        for clearer in clearers {
            clearer.join().unwrap();
        }
    });
}

#[test]
fn a_mark_is_cleared_while_a_receiver_parks_and_a_value_is_pushed() {
    explore_strictly("lanes: clear, set, parked receiver", Some(2), || {
        let ends = two_lanes(1);
        ends.mark(0);
        let receiver = ends.spawn_recv();
        let clearer = spawn_clear(&ends.core);
        ends.send(0, 1);
        assert_eq!(receiver.join().unwrap(), Some((0, 1)));
        clearer.join().unwrap();
    });
}

#[test]
fn recv_parks_while_a_value_is_pushed_into_a_lane() {
    for lane in [0, 1] {
        explore_strictly("lanes: park against push", Some(4), move || {
            let ends = two_lanes(1);
            let receiver = ends.spawn_recv();
            ends.send(lane, 7);
            assert_eq!(receiver.join().unwrap(), Some((lane, 7)));
        });
    }
}

#[test]
fn send_parks_while_a_value_is_popped_from_its_lane() {
    explore_strictly("lanes: park against pop", Some(3), || {
        let ends = two_lanes(1);
        ends.send(1, 1);
        let tx = ends.tx.clone();
        let sender = thread::spawn(move || tx.lane(1).send(Arc::new(2)).is_ok());
        assert_eq!(ends.try_recv(), Some((1, 1)));
        assert!(sender.join().unwrap());
        assert_eq!(ends.try_recv(), Some((1, 2)));
    });
}

/// At every moment one lane holds a value at least, though not always the same.
#[test]
fn empty_is_not_said_while_values_move_from_lane_to_lane() {
    explore_strictly("lanes: never empty", Some(3), || {
        let ends = two_lanes(1);
        ends.send(1, 1);
        ends.mark(0);
        // That was a turn: the next is aged, and takes from the second lane what stood there.
        let rx = ends.rx.clone();
        let receiver = thread::spawn(move || rx.try_recv().is_ok());
        ends.send(0, 2);
        assert!(ends.try_recv().is_some());
        assert!(receiver.join().unwrap());
    });
}

#[test]
fn close_races_a_parking_receiver_and_a_push() {
    explore_strictly("lanes: close, push, parked receiver", Some(2), || {
        let ends = two_lanes(1);
        let receiver = ends.spawn_recv();
        let tx = ends.tx.clone();
        let sender = thread::spawn(move || tx.lane(1).try_send(Arc::new(7)).is_ok());
        assert!(ends.rx.close());
        let got = receiver.join().unwrap();
        let sent = sender.join().unwrap();
        assert_eq!(got.or_else(|| ends.try_recv()), sent.then_some((1, 7)));
        assert!(ends.rx.try_recv().unwrap_err().is_closed());
    });
}

/// Who is refused by one lane is refused by all from then on, whoever closes them.
#[test]
fn a_refusal_comes_when_all_lanes_are_closed() {
    explore_strictly("lanes: close against two sends", None, || {
        let ends = two_lanes(1);
        let rx = ends.rx.clone();
        let closer = thread::spawn(move || rx.close());
        let first = ends.tx.lane(0).try_send(Arc::new(1)).is_ok();
        let second = ends.tx.lane(1).try_send(Arc::new(2)).is_ok();
        assert!(first || !second);
        assert!(first || ends.rx.is_closed());
        let _ = closer.join().unwrap();
    });
}

#[test]
fn last_sender_leaves_while_a_receiver_parks() {
    explore_strictly("lanes: last sender, parked receiver", Some(3), || {
        let Ends { core, tx, rx } = two_lanes(1);
        drop(core);
        let receiver = thread::spawn(move || rx.recv().is_err());
        drop(tx);
        assert!(receiver.join().unwrap());
    });
}

/// A sender stands in its window, or between publish and mark, while a receiver parks.
#[test]
fn a_stalled_sender_in_one_lane_does_not_hide_anothers_message() {
    explore_strictly("lanes: stalled sender, parked receiver", Some(2), || {
        let ends = two_lanes(1);
        let receiver = ends.spawn_recv();
        let shared = ends.core.clone();
        let stalled = thread::spawn(move || shared.tracks()[0].ring.try_push(Arc::new(1)).is_ok());
        ends.send(1, 2);
        // Joined first: if it needed the stalled sender's mark or wake, it would sleep for ever.
        let (lane, number) = receiver.join().unwrap().unwrap();
        assert_eq!(lane + 1, number as usize);
        assert!(stalled.join().unwrap());
        // Its send has not completed; who finds the lane full shows what is there.
        let full = ends.tx.lane(0).try_send(Arc::new(1)).is_err();
        assert_eq!(full, lane == 1);
        let mut left: Vec<_> = core::iter::from_fn(|| ends.try_recv()).collect();
        left.sort_unstable();
        let all = [(0, 1), (1, 2)];
        assert_eq!(left, if full { &all[..1] } else { &all });
    });
}

/// The closer stands between two lanes, or another finds the first one closed and ends the close.
#[test]
fn a_task_waits_for_the_close_while_the_lanes_close() {
    explore_strictly("lanes: waiting for the close", Some(3), || {
        let Ends { core, tx, rx } = two_lanes(1);
        drop(core);
        let waiter = thread::spawn({
            let rx = rx.clone();
            move || {
                block_on(rx.closed_async());
                assert!(rx.is_closed());
            }
        });
        let finder = thread::spawn(move || rx.try_recv().is_err());
        drop(tx);
        waiter.join().unwrap();
        assert!(finder.join().unwrap());
    });
}

#[test]
fn a_dropped_receive_forwards_its_wake() {
    explore_strictly("lanes: recv cancelled", Some(1), || {
        let ends = two_lanes(2);
        let rx = ends.rx.clone();
        let dropper = thread::spawn(move || {
            let waker = noop_waker();
            let mut cx = Context::from_waker(&waker);
            std::future::Future::poll(pin!(rx.recv_async()), &mut cx).is_ready()
        });
        let receiver = ends.spawn_recv();
        ends.send(1, 1);
        if dropper.join().unwrap() {
            ends.send(0, 1);
        }
        assert_eq!(receiver.join().unwrap().map(|(_, number)| number), Some(1));
    });
}

/// The closer stands after its mark and wakes nobody. Who finds the lanes closed wakes one that
/// waits for that, which may be giving up.
#[test]
fn a_wait_for_the_close_is_dropped_while_another_goes_on() {
    explore_deeply(
        "lanes: wait for the close cancelled",
        Some(1),
        Some(2),
        || {
            let Ends { core, tx, rx } = two_lanes(1);
            let dropper = thread::spawn({
                let tx = tx.clone();
                move || {
                    let waker = noop_waker();
                    let mut cx = Context::from_waker(&waker);
                    let _ = std::future::Future::poll(pin!(tx.closed_async()), &mut cx);
                }
            });
            let waiter = thread::spawn({
                let rx = rx.clone();
                move || block_on(rx.closed_async())
            });
            core.tracks()
                .iter()
                .for_each(|track| _ = track.ring.close());
            assert!(rx.try_recv().unwrap_err().is_closed());
            waiter.join().unwrap();
            dropper.join().unwrap();
        },
    );
}

/// Among the cases of a select: nothing comes into the other channel.
#[test]
fn select_parks_while_a_value_is_pushed_into_a_lane() {
    explore_deeply("lanes: select against push", Some(2), Some(3), || {
        let ends = two_lanes(1);
        let (_silent_tx, silent_rx) = bounded::<u8>(1);
        let selector = thread::spawn({
            let rx = ends.rx.clone();
            move || {
                let (mut silent, mut lanes) = (silent_rx.case(), rx.case());
                Select::new().wait(&mut [&mut silent, &mut lanes]);
                received(lanes.take().and_then(Result::ok))
            }
        });
        ends.send(1, 7);
        assert_eq!(selector.join().unwrap(), Some((1, 7)));
    });
}
