//! One thread stands at a named point of a lane; what the others do in this and other lanes
//! completes, in the lanes' order.

use std::sync::Arc;
use std::task::Context;
use std::thread;

use shorttail::channel::{Lanes, LanesReceiver, LanesSender, TryRecvError, TrySendError};
use shorttail::chaos::{Point, Stalled, stall};

use crate::channel::ROUNDS;
use crate::executor::Count;

type Ends = (LanesSender<usize>, LanesReceiver<usize>);

fn two_lanes(capacity: usize) -> Ends {
    Lanes::new([capacity, capacity]).strict().build().unwrap()
}

/// Round trips through both lanes at once: nothing is lost or late, and the first lane is first.
fn round_trips((tx, rx): &Ends) {
    for n in 0..ROUNDS {
        tx.lane(1).try_send(n).expect("room");
        tx.lane(0).try_send(n).expect("room");
        assert_eq!(rx.try_recv(), Ok((0, n)));
        assert_eq!(rx.try_recv(), Ok((1, n)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}

fn stalled_sender((tx, _): &Ends, point: Point, lane: usize) -> Stalled<bool> {
    let tx = tx.clone();
    stall(point, move || tx.lane(lane).try_send(ROUNDS).is_ok())
}

fn stalled_receiver((_, rx): &Ends, point: Point) -> Stalled<Option<(usize, usize)>> {
    let rx = rx.clone();
    stall(point, move || rx.try_recv().ok())
}

#[test]
fn a_sender_in_its_window_in_one_lane_delays_nobody() {
    for lane in [0, 1] {
        for capacity in [1, 2, 7] {
            let ends = two_lanes(capacity);
            let stalled = stalled_sender(&ends, Point::SendClaimed, lane);
            round_trips(&ends);
            assert!(ends.1.lane_stats(lane).stepped_over > 0);
            assert_eq!(ends.1.lane_stats(1 - lane).stepped_over, 0);
            assert!(stalled.release());
            assert_eq!(ends.1.try_recv(), Ok((lane, ROUNDS)));
            let received = ends.1.lane_stats(lane).received;
            assert_eq!(
                received,
                1 + ROUNDS as u64,
                "what was stepped over is no message"
            );
        }
    }
}

#[test]
fn a_receiver_in_its_copy_from_one_lane_delays_nobody() {
    for lane in [0, 1] {
        let ends = two_lanes(1);
        ends.0.lane(lane).try_send(9).unwrap();
        let stalled = stalled_receiver(&ends, Point::RecvClaimed);
        round_trips(&ends);
        assert_eq!(stalled.release(), Some((lane, 9)));
    }
}

/// Its send has not completed, so its message is no one's until the next call in its lane.
#[test]
fn a_sender_held_before_its_mark_delays_nobody() {
    for lane in [0, 1] {
        let ends = two_lanes(2);
        let stalled = stalled_sender(&ends, Point::LanePublished, lane);
        assert_eq!(ends.1.try_recv(), Err(TryRecvError::Empty));
        ends.0.lane(1 - lane).try_send(1).unwrap();
        assert_eq!(ends.1.try_recv(), Ok((1 - lane, 1)));
        ends.0.lane(lane).try_send(2).unwrap();
        assert_eq!(ends.1.try_recv(), Ok((lane, ROUNDS)));
        assert_eq!(ends.1.try_recv(), Ok((lane, 2)));
        round_trips(&ends);
        assert!(stalled.release());
        round_trips(&ends);
    }
}

/// At capacity 1 there is no room behind it: who is refused marks the lane in its place.
#[test]
fn a_sender_held_before_its_mark_keeps_no_full_lane_full() {
    let ends = two_lanes(1);
    let stalled = stalled_sender(&ends, Point::LanePublished, 1);
    assert!(ends.0.lane(1).try_send(2).unwrap_err().is_full());
    assert_eq!(ends.1.try_recv(), Ok((1, ROUNDS)));
    round_trips(&ends);
    assert!(stalled.release());
}

/// So does who waits for room.
#[test]
fn a_sender_held_before_its_mark_keeps_no_sender_waiting() {
    let ends = two_lanes(1);
    let stalled = stalled_sender(&ends, Point::LanePublished, 1);
    let (_, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    let mut send = Box::pin(ends.0.lane(1).send_async(2));
    assert!(send.as_mut().poll(cx).is_pending());
    assert_eq!(ends.1.try_recv(), Ok((1, ROUNDS)));
    assert!(send.as_mut().poll(cx).is_ready());
    assert_eq!(ends.1.try_recv(), Ok((1, 2)));
    drop(send);
    assert!(stalled.release());
}

/// A receiver that goes to sleep finds what is not marked.
#[test]
fn a_sender_held_before_its_mark_keeps_no_receiver_waiting() {
    let ends = two_lanes(1);
    let stalled = stalled_sender(&ends, Point::LanePublished, 1);
    assert_eq!(ends.1.recv(), Ok((1, ROUNDS)));
    assert!(stalled.release());
}

/// A receiver stands where it has taken the mark of the first lane away, which got a message before
/// it took the mark or gets one after.
#[test]
fn a_receiver_in_doubt_of_a_lane_delays_nobody() {
    let ends = two_lanes(1);
    ends.0.lane(0).try_send(1).unwrap();
    assert_eq!(ends.1.try_recv(), Ok((0, 1)));
    ends.0.lane(1).try_send(2).unwrap();
    let stalled = stalled_receiver(&ends, Point::LaneDoubted);
    assert_eq!(ends.1.try_recv(), Ok((1, 2)));
    assert_eq!(ends.1.try_recv(), Err(TryRecvError::Empty));
    round_trips(&ends);
    ends.0.lane(1).try_send(3).unwrap();
    ends.0.lane(0).try_send(4).unwrap();
    assert_eq!(ends.1.try_recv(), Ok((0, 4)));
    assert_eq!(stalled.release(), Some((1, 3)));
    round_trips(&ends);
}

/// A lane in doubt is still looked at, so nobody's `Closed` waits for who doubts.
#[test]
fn a_receiver_in_doubt_keeps_no_close_from_others() {
    let ends = two_lanes(1);
    ends.0.lane(0).try_send(1).unwrap();
    assert_eq!(ends.1.try_recv(), Ok((0, 1)));
    ends.0.lane(1).try_send(2).unwrap();
    let stalled = stalled_receiver(&ends, Point::LaneDoubted);
    ends.0.close();
    assert_eq!(ends.1.try_recv(), Ok((1, 2)));
    assert_eq!(ends.1.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(stalled.release(), None);
}

/// The first lane is closed, the second is not: who is refused closes it too.
#[test]
fn a_closer_held_between_two_lanes_delays_nobody() {
    let ends = two_lanes(1);
    let tx = ends.0.clone();
    let stalled = stall(Point::CloseMiddle, move || tx.close());
    assert!(!ends.0.is_closed());
    ends.0.lane(1).try_send(1).expect("open still");
    assert_eq!(ends.1.try_recv(), Ok((1, 1)));
    assert_eq!(ends.0.lane(0).try_send(2), Err(TrySendError::Closed(2)));
    assert!(ends.0.is_closed());
    assert_eq!(ends.0.lane(1).try_send(3), Err(TrySendError::Closed(3)));
    assert_eq!(ends.1.try_recv(), Err(TryRecvError::Closed));
    assert!(!ends.1.close(), "it was closed by the one that is held");
    assert!(stalled.release());
}

#[test]
fn a_closer_held_between_two_lanes_keeps_no_receiver_asleep() {
    let ends = two_lanes(1);
    let receiver = thread::spawn({
        let rx = ends.1.clone();
        move || rx.recv().is_err()
    });
    while !format!("{:?}", ends.1).contains("receivers_waiting: 1") {
        thread::yield_now();
    }
    let tx = ends.0.clone();
    let stalled = stall(Point::CloseMiddle, move || tx.close());
    assert!(ends.0.lane(0).try_send(2).is_err());
    assert!(receiver.join().unwrap());
    stalled.release();
}

/// A receiver stalled before its copy has woken the sender of the lane it took from.
#[test]
fn a_receiver_in_its_copy_has_woken_a_sender_of_its_lane() {
    let (tx, rx) = two_lanes(1);
    tx.lane(1).try_send(1).unwrap();
    let (count, waker) = Count::new();
    let mut send = Box::pin(tx.lane(1).send_async(2));
    let cx = &mut Context::from_waker(&waker);
    assert!(send.as_mut().poll(cx).is_pending());
    let stalled = stall(Point::RecvClaimed, {
        let rx = rx.clone();
        move || rx.try_recv().ok()
    });
    assert_eq!(count.get(), 1);
    assert!(send.as_mut().poll(cx).is_ready());
    assert_eq!(rx.try_recv(), Ok((1, 2)));
    assert_eq!(stalled.release(), Some((1, 1)));
    assert_eq!(Arc::strong_count(&count), 2, "ours and the waker's");
}
