//! Senders that stand in their windows at the front of a ring that has room for one.

use crate::sync::Arc;
use crate::sync::explore::{explore_deeply, explore_strictly};
use crate::sync::thread;

use super::super::Ring;
use super::{pop, push, rest, ring};

fn spawn_push(ring: &Arc<Ring<Box<u32>>>, value: u32) -> thread::JoinHandle<bool> {
    let ring = ring.clone();
    thread::spawn(move || push(&ring, value))
}

/// Of three senders and no receiver exactly one finds the only room, wherever the others stand:
/// `Full` said to all three would be said of an empty ring.
fn three_senders() {
    let ring = ring(1, 3);
    let others = [spawn_push(&ring, 1), spawn_push(&ring, 2)];
    let ours = push(&ring, 3);
    let sent = others.map(|sender| sender.join().unwrap());
    let count = sent.into_iter().chain([ours]).filter(|&sent| sent).count();
    assert_eq!(count, 1, "the room is for one, and there is room");
    assert_eq!(rest(&ring).len(), 1);
}

#[test]
fn three_senders_at_capacity_one_fill_it() {
    let name = "ring: three senders, capacity 1";
    explore_deeply(name, Some(1), Some(1), three_senders);
}

/// Two stand there for ever: of three that come one is let in.
fn two_frozen_and_three_senders() {
    let ring = ring(1, 3);
    ring.leave_claimed_beyond();
    ring.leave_claimed_beyond();
    let others = [spawn_push(&ring, 1), spawn_push(&ring, 2)];
    let ours = push(&ring, 3);
    let sent = others.map(|sender| sender.join().unwrap());
    let count = sent.into_iter().chain([ours]).filter(|&sent| sent).count();
    assert_eq!(count, 1, "the room is for one, and there is room");
    assert!(pop(&ring).is_some());
    assert!(pop(&ring).is_none());
}

#[test]
#[ignore = "stress: minutes, and more with more preemptions"]
fn two_frozen_senders_at_capacity_one_keep_no_other_out() {
    let name = "ring: two frozen, capacity 1";
    explore_deeply(name, Some(1), Some(1), two_frozen_and_three_senders);
}

/// One stands behind the death of the front, which it has not passed, one in its window there.
#[test]
fn a_frozen_helper_and_a_frozen_sender_keep_no_other_out() {
    explore_strictly("ring: frozen helper and sender", None, || {
        let ring = ring(1, 3);
        ring.leave_dead_front();
        ring.leave_claimed_beyond();
        let sends = spawn_push(&ring, 1);
        assert!(ring.len() <= 1, "a look changes nothing for who sends");
        assert!(sends.join().unwrap(), "nothing was inside");
    });
}
