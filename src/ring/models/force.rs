//! Values that go into a full ring for the oldest one, against every other call.

use crate::sync::atomic::Ordering;
use crate::sync::explore::explore_strictly;
use crate::sync::thread;

use super::super::pop::Claimed;
use super::super::{PushError, Ring};
use super::{pop, push, rest, ring};

/// The evicted value; the refused one as error.
fn force(ring: &Ring<Box<u32>>, value: u32) -> Result<Option<u32>, u32> {
    match ring.force_push(Box::new(value)) {
        Ok(evicted) => Ok(evicted.map(|claimed| *Claimed::take(claimed))),
        Err(PushError::Full(back) | PushError::Closed(back)) => Err(*back),
    }
}

fn sorted(values: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_unstable();
    values
}

/// Both find the ring full; each takes one out, and the oldest is among them. Also while the count
/// of dead positions is too high, since somebody is about to fail at stepping over one.
#[test]
fn two_forced_values_at_capacity_one_evict_two() {
    for about_to_fail in [0, 1] {
        explore_strictly("ring: two forced, capacity 1", Some(4), move || {
            let ring = ring(1, 3);
            assert!(push(&ring, 0));
            // Relaxed: as in `kill`. [ring-8]
            ring.dead.fetch_add(about_to_fail, Ordering::Relaxed);
            let other = thread::spawn({
                let ring = ring.clone();
                move || force(&ring, 1)
            });
            let ours = force(&ring, 2).expect("slots for both");
            let theirs = other.join().unwrap().expect("slots for both");
            let left = rest(&ring);
            let out: Vec<_> = ours.into_iter().chain(theirs).collect();
            assert_eq!(left.len(), 1, "the capacity holds");
            assert!(!left.contains(&0), "the oldest is out");
            assert_eq!(sorted(out.into_iter().chain(left)), [0, 1, 2]);
        });
    }
}

/// A receiver takes the oldest, or the forced value does, or nothing needs to come out.
#[test]
fn a_forced_value_races_a_receiver() {
    for capacity in [1, 2] {
        explore_strictly("ring: forced against pop", Some(4), move || {
            let ring = ring(capacity, 2);
            let capacity = capacity as u32;
            assert!((0..capacity).all(|value| push(&ring, value)));
            let receiver = thread::spawn({
                let ring = ring.clone();
                move || pop(&ring)
            });
            let evicted = force(&ring, 9).expect("slots enough");
            let received = receiver.join().unwrap();
            assert!(
                received.is_some(),
                "a completed send was there all the time"
            );
            let left = rest(&ring);
            assert_eq!(left.last().or(received.as_ref()), Some(&9), "in, and last");
            assert!(evicted.is_none_or(|value| value < capacity), "an older one");
            let all = evicted.into_iter().chain(received).chain(left);
            assert_eq!(sorted(all), sorted((0..capacity).chain([9])));
        });
    }
}

/// Each may step over the other; the room goes to one of them, and what was in comes out.
#[test]
fn a_forced_value_races_a_sender_and_the_capacity_holds() {
    explore_strictly("ring: forced against push", Some(4), || {
        let ring = ring(1, 3);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        let evicted = force(&ring, 2).expect("slots enough");
        let sent = sender.join().unwrap();
        let left = rest(&ring);
        assert_eq!(left.len(), 1, "the capacity holds");
        let all = sorted(evicted.into_iter().chain(left));
        assert_eq!(all, if sent { vec![1, 2] } else { vec![2] });
    });
}

/// The value is in and one is out, or it comes back; nothing is left over.
#[test]
fn a_forced_value_races_close() {
    explore_strictly("ring: forced against close", Some(4), || {
        let ring = ring(1, 2);
        assert!(push(&ring, 0));
        let closer = thread::spawn({
            let ring = ring.clone();
            move || ring.close()
        });
        let forced = force(&ring, 1);
        assert!(closer.join().unwrap());
        let left = rest(&ring);
        match forced {
            Ok(evicted) => assert_eq!((evicted, left), (Some(0), vec![1])),
            Err(back) => assert_eq!((back, left), (1, vec![0])),
        }
    });
}
