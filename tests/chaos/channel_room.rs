//! A thread stands in the middle of a send that may go beyond the capacity; the others go on.

use std::sync::Arc;
use std::task::Poll;

use shorttail::channel::bounded;
use shorttail::chaos::{Point, stall};

use crate::channel::{ROUNDS, park_receiver, round_trips};
use crate::channel_waiters::{Count, poll};

/// A sender sleeps because permits hold all the room; a claim at the front it may step over.
#[test]
fn a_permits_send_in_its_window_keeps_no_sender_asleep() {
    for capacity in [1, 3] {
        let (tx, rx) = bounded(capacity);
        let mut permits: Vec<_> = (0..capacity)
            .map(|_| tx.clone().try_reserve_owned().unwrap())
            .collect();
        let count = Arc::new(Count::default());
        let mut send = Box::pin(tx.send_async(7));
        assert!(poll(&mut send, &count).is_pending());
        let permit = permits.remove(0);
        let stalled = stall(Point::SendClaimed, move || permit.send(8).is_ok());
        assert_eq!(count.get(), 1);
        assert_eq!(poll(&mut send, &count), Poll::Ready(Ok(())));
        assert_eq!(rx.try_recv(), Ok(7));
        assert!(stalled.release());
        assert_eq!(rx.try_recv(), Ok(8));
    }
}

#[test]
fn a_permits_send_in_its_window_delays_nobody_and_goes_in_late() {
    for capacity in [1, 2, 7, 64] {
        let (tx, rx) = bounded(capacity);
        let permit = tx.clone().try_reserve_owned().unwrap();
        let stalled = stall(Point::SendClaimed, move || permit.send(ROUNDS).is_ok());
        round_trips(&tx, &rx);
        for n in 0..capacity {
            tx.try_send(n).expect("room for the capacity");
        }
        assert!(
            stalled.release(),
            "not refused, though others have its room"
        );
        assert_eq!(rx.len(), capacity, "never more than that is said");
        let all: Vec<_> = rx.try_iter().collect();
        assert!(all.into_iter().eq((0..capacity).chain([ROUNDS])));
    }
}

#[test]
fn a_permit_held_by_a_thread_that_stands_still_holds_its_room_only() {
    let (tx, rx) = bounded(2);
    let permit = tx.clone().try_reserve_owned().unwrap();
    let receiver = park_receiver(&rx);
    let stalled = stall(Point::SendClaimed, move || permit.send(1).is_ok());
    tx.try_send(2).unwrap();
    assert_eq!(receiver.join().unwrap(), Some(2));
    assert!(stalled.release());
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn a_forced_send_in_its_window_delays_nobody() {
    for capacity in [1, 2, 7, 64] {
        let (tx, rx) = bounded(capacity);
        for n in 0..capacity {
            tx.try_send(n).unwrap();
        }
        let stalled = stall(Point::SendClaimed, {
            let tx = tx.clone();
            move || tx.force_send(ROUNDS)
        });
        assert!(tx.try_send(0).unwrap_err().is_full());
        assert_eq!(
            tx.force_send(capacity),
            Ok(Some(0)),
            "as if it were not there"
        );
        assert!(rx.try_iter().eq(1..=capacity));
        round_trips(&tx, &rx);
        assert_eq!(stalled.release(), Ok(None), "there is room now");
        assert_eq!(rx.try_recv(), Ok(ROUNDS));
    }
}

/// More claims than the capacity stand at the front: one call steps over all of them.
#[test]
fn several_forced_sends_in_their_windows_delay_nobody() {
    let (tx, rx) = bounded(1);
    tx.try_send(0).unwrap();
    let stalled: Vec<_> = (1..=5)
        .map(|n| {
            let tx = tx.clone();
            stall(Point::SendClaimed, move || tx.force_send(ROUNDS * n))
        })
        .collect();
    assert_eq!(rx.try_recv(), Ok(0));
    round_trips(&tx, &rx);
    let mut out = Vec::new();
    for forced in stalled {
        out.extend(forced.release().unwrap());
    }
    assert_eq!(rx.len(), 1);
    out.extend(rx.try_recv());
    assert!(out.into_iter().eq((1..=5).map(|n| ROUNDS * n)));
}
