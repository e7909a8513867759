//! Runs of positions on either side against each other and against single ones.

use std::collections::VecDeque;

use crate::sync::explore::explore_strictly;
use crate::sync::{Arc, thread};

use super::super::{PopError, PushError, Ring, StepOvers};
use super::{Pos, pop, push, rest};

/// A ring that starts four positions before the wrap and claims two positions at once.
fn ring(capacity: usize, slack: usize) -> Arc<Ring<Box<u32>>> {
    let start = Pos::at((1 << 50) - 4);
    let mut ring = Ring::with(capacity, slack, start, 0);
    ring.batch = 2;
    Arc::new(ring)
}

/// Sends what there is room for; what is left.
fn push_run(ring: &Ring<Box<u32>>, values: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut values: VecDeque<_> = values.into_iter().map(Box::new).collect();
    let mut step_overs = StepOvers::new();
    while !values.is_empty() {
        match ring.try_push_run(&mut values, &mut step_overs) {
            Ok(_) => {}
            Err(PushError::Full(()) | PushError::Closed(())) => break,
        }
    }
    values.into_iter().map(|value| *value).collect()
}

/// Receives what one claim wins.
fn pop_run(ring: &Ring<Box<u32>>) -> Vec<u32> {
    let run = ring.try_claim_run(2);
    run.map_or_else(|_| Vec::new(), |run| run.map(|value| *value).collect())
}

/// Another sender or a receiver steps over any of the run's positions; the order holds.
#[test]
fn a_runs_values_keep_their_order() {
    explore_strictly("ring: order of a run", Some(3), || {
        let ring = ring(3, 1);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push_run(&ring, [1, 2])
        });
        let other = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 9)
        });
        let mut got: Vec<_> = pop(&ring).into_iter().chain(pop(&ring)).collect();
        assert!(sender.join().unwrap().is_empty(), "room for all");
        assert!(other.join().unwrap());
        got.extend(rest(&ring));
        got.retain(|&value| value != 9);
        assert_eq!(got, [1, 2]);
    });
}

/// A run that stands still in its window delays no completed send, and is not lost.
#[test]
fn a_run_stalled_in_its_window_delays_no_completed_send() {
    explore_strictly("ring: stalled run", Some(4), || {
        let ring = ring(3, 1);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push_run(&ring, [1, 2])
        });
        assert!(push(&ring, 9), "room for all");
        let first = pop(&ring).expect("our send has completed");
        assert!(sender.join().unwrap().is_empty());
        let got: Vec<_> = [first].into_iter().chain(rest(&ring)).collect();
        assert_eq!(got.iter().filter(|&&value| value == 9).count(), 1);
        let theirs: Vec<_> = got.into_iter().filter(|&value| value != 9).collect();
        assert_eq!(theirs, [1, 2]);
    });
}

/// What two runs want is more than the room: it holds, and what did not go in is still there.
#[test]
fn two_runs_share_the_room() {
    explore_strictly("ring: two runs, room for three", Some(3), || {
        let ring = ring(3, 1);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push_run(&ring, [1, 2])
        });
        let mut left = push_run(&ring, [3, 4]);
        left.extend(sender.join().unwrap());
        assert_eq!(ring.len(), 3);
        let got = rest(&ring);
        let place = |value| got.iter().position(|&got| got == value);
        for (first, second) in [(1, 2), (3, 4)] {
            assert!(place(second).is_none_or(|second| place(first) < Some(second)));
        }
        let mut all: Vec<_> = got.iter().copied().chain(left).collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3, 4]);
    });
}

/// Two receivers and a sender: each value comes out once, in order for each receiver.
#[test]
fn two_receivers_take_runs() {
    explore_strictly("ring: two receivers of runs", Some(3), || {
        let ring = ring(3, 1);
        assert!(push_run(&ring, [0, 1]).is_empty());
        let receiver = thread::spawn({
            let ring = ring.clone();
            move || pop_run(&ring)
        });
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 2)
        });
        let ours = pop_run(&ring);
        let theirs = receiver.join().unwrap();
        assert!(sender.join().unwrap());
        assert!(ours.is_sorted() && theirs.is_sorted());
        let mut got: Vec<_> = ours.into_iter().chain(theirs).chain(rest(&ring)).collect();
        got.sort_unstable();
        assert_eq!(got, [0, 1, 2]);
    });
}

/// A receiver that stands still in its copies holds its slots, not the room.
#[test]
fn a_receiver_stalled_in_its_copies_holds_no_room() {
    explore_strictly("ring: stalled receiver of a run", Some(3), || {
        let ring = ring(2, 2);
        assert!(push_run(&ring, [0, 1]).is_empty());
        let receiver = thread::spawn({
            let ring = ring.clone();
            move || pop_run(&ring)
        });
        // Refused as long as the other has not claimed; a success comes in its copies or after.
        if push(&ring, 2) {
            assert!(push(&ring, 3), "it has claimed both");
            assert!(push_run(&ring, [4]) == [4], "and there is room for no more");
            assert_eq!(pop_run(&ring), [2, 3]);
            assert!(push_run(&ring, [4, 5]).is_empty());
        }
        assert_eq!(receiver.join().unwrap(), [0, 1]);
        let left = rest(&ring);
        assert!(left.is_empty() || left == [4, 5], "{left:?}");
    });
}

/// Exactly the accepted values come out of a ring that is closed in the middle of a run.
#[test]
fn close_races_a_run() {
    explore_strictly("ring: close against a run", Some(3), || {
        let ring = ring(3, 1);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push_run(&ring, [1, 2])
        });
        let closer = thread::spawn({
            let ring = ring.clone();
            move || ring.close()
        });
        let mut got = pop_run(&ring);
        let end = ring.try_claim_run(2);
        let closed = matches!(end, Err(PopError::Closed));
        got.extend(end.into_iter().flatten().map(|value| *value));
        let left = sender.join().unwrap();
        assert!(closer.join().unwrap());
        let end = rest(&ring);
        assert!(!closed || end.is_empty(), "a message after the end");
        got.extend(end);
        got.extend(left);
        assert_eq!(got, [1, 2]);
    });
}
