//! Positions that died at the front, and over which those who killed them have not moved the head.

use crate::sync::Arc;
use crate::sync::explore::explore_strictly;
use crate::sync::thread;

use super::super::{Ring, StepOvers};
use super::{Pos, State, pop, push, ring};

/// A ring with room for one and four slots; `count` senders came first, were stepped over and
/// have given up their slots since.
fn ring_behind(count: usize) -> Arc<Ring<Box<u32>>> {
    let ring = ring(1, 3);
    for _ in 0..count {
        let Ok(tail) = ring.claim::<true>(&mut StepOvers::new(), 0) else {
            unreachable!("a slot is free");
        };
        let pos = Pos::of(tail);
        assert!(ring.kill(pos, State::free(pos)), "nobody else is there");
        ring.release(ring.slot(pos), State::hole(pos));
    }
    assert_eq!(ring.len(), 0, "nothing is inside");
    ring
}

/// Whoever receives moves the head on; a send that has completed is received at once.
#[test]
fn a_receiver_passes_a_dead_front() {
    for dead in 1..4 {
        explore_strictly("ring: receiver at a dead front", Some(3), move || {
            let ring = ring_behind(dead);
            let other = thread::spawn({
                let ring = ring.clone();
                move || pop(&ring)
            });
            assert!(push(&ring, 1), "a dead position holds no room");
            let ours = pop(&ring);
            let theirs = other.join().unwrap();
            assert_eq!(ours.or(theirs), Some(1));
            assert!(ours.is_none() || theirs.is_none());
            assert!(push(&ring, 2));
            assert_eq!((ring.len(), pop(&ring), ring.len()), (1, Some(2), 0));
        });
    }
}

/// Nobody receives, and all slots lie behind a dead front: a sender moves the head itself.
#[test]
fn a_sender_passes_a_dead_front_where_the_slots_have_run_out() {
    explore_strictly("ring: senders at a dead front", Some(3), || {
        let ring = ring_behind(4);
        assert!(ring.settle_push(), "no reason to sleep");
        let other = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        let ours = push(&ring, 2);
        let theirs = other.join().unwrap();
        assert!(ours != theirs, "the room is for one, and there is room");
        assert_eq!(ring.len(), 1);
        assert_eq!(pop(&ring), Some(if ours { 2 } else { 1 }));
    });
}
