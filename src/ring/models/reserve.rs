//! Reservations against claims, close, and being stepped over.

use crate::sync::explore::explore_strictly;
use crate::sync::thread;

use super::super::{PushError, Ring};
use super::{pop, push, rest, ring};

/// The value comes back only from a closed ring.
fn push_reserved(ring: &Ring<Box<u32>>, value: u32) -> bool {
    match ring.push_reserved(Box::new(value), || ()) {
        Ok(()) => true,
        Err(PushError::Closed(back)) => {
            assert_eq!(*back, value, "the refused value comes back");
            false
        }
        Err(PushError::Full(_)) => panic!("there are slots"),
    }
}

/// One of them gets the last room.
#[test]
fn a_reservation_races_a_push_for_the_last_room() {
    explore_strictly("ring: reserve against push", Some(4), || {
        let ring = ring(1, 1);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        let reserved = ring.try_reserve().is_ok();
        let reserved_pushed = reserved && push_reserved(&ring, 2);
        let sent = sender.join().unwrap();
        assert!(sent || reserved_pushed, "there was room for one");
        let inside = rest(&ring);
        // Stepped over, the first finds its room taken; a reservation then goes beyond it.
        let both = sent && reserved_pushed;
        assert_eq!(inside.len(), 1 + usize::from(both));
        assert_eq!(ring.len(), 0);
    });
}

/// While the room is reserved nobody else gets it, and the reserved value goes in.
#[test]
fn a_reserved_value_goes_in_whoever_wants_its_room() {
    explore_strictly("ring: reserved against pushes", Some(3), || {
        let ring = ring(2, 0);
        assert!(push(&ring, 0));
        assert!(ring.try_reserve().is_ok());
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        let forced = thread::spawn({
            let ring = ring.clone();
            move || ring.try_reserve().is_ok()
        });
        assert!(!sender.join().unwrap() && !forced.join().unwrap());
        assert!(push_reserved(&ring, 2));
        assert!(
            !push(&ring, 3),
            "it has given its reservation for its place"
        );
        assert_eq!(rest(&ring), [0, 2]);
        assert!(
            push(&ring, 4) && push(&ring, 5),
            "and the room is whole again"
        );
    });
}

/// A send that has completed is received at once, and the stalled reserved one goes in later.
#[test]
fn a_reserved_value_stalled_in_its_window_is_not_refused() {
    explore_strictly("ring: stalled reserved value", Some(4), || {
        let ring = ring(2, 2);
        assert!(ring.try_reserve().is_ok());
        let other = thread::spawn({
            let ring = ring.clone();
            move || push_reserved(&ring, 1)
        });
        assert!(push(&ring, 2), "room for one beside the reserved");
        let mut got = vec![pop(&ring).expect("our send has completed")];
        assert!(other.join().unwrap());
        got.extend(rest(&ring));
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
    });
}

/// At capacity 1 another sender steps over it and takes its room: both are in.
#[test]
fn a_reserved_value_that_is_stepped_over_at_capacity_one_goes_beyond() {
    explore_strictly("ring: reserved, stepped over", Some(4), || {
        let ring = ring(1, 1);
        assert!(ring.try_reserve().is_ok());
        let other = thread::spawn({
            let ring = ring.clone();
            move || push_reserved(&ring, 1)
        });
        let ours = push(&ring, 2);
        assert!(other.join().unwrap());
        let mut got = rest(&ring);
        got.sort_unstable();
        assert_eq!(got, if ours { vec![1, 2] } else { vec![1] });
        assert!(push(&ring, 3), "nothing is reserved any more");
        assert!(!push(&ring, 4));
    });
}

/// The reserved value is in before the close and comes out, or comes back.
#[test]
fn a_reserved_value_races_close() {
    explore_strictly("ring: reserved against close", Some(4), || {
        let ring = ring(1, 1);
        assert!(ring.try_reserve().is_ok());
        let closer = thread::spawn({
            let ring = ring.clone();
            move || ring.close()
        });
        let receiver = thread::spawn({
            let ring = ring.clone();
            move || pop(&ring)
        });
        let sent = push_reserved(&ring, 1);
        assert!(closer.join().unwrap());
        let received = receiver.join().unwrap();
        let out: Vec<_> = received.into_iter().chain(rest(&ring)).collect();
        assert_eq!(out, if sent { vec![1] } else { vec![] });
        assert!(ring.try_reserve().is_err());
    });
}
