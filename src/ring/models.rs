//! Every ordering argument of the ring, in all schedules up to the stated number of preemptions.
//!
//! No model yields anywhere, so a thread may stand still at any step while the others run to
//! their end: that is what a stall is. Each ring has as few slots as its capacity allows.
//!
//! Every model runs twice, as written and with all loads as RMW(+0); see `explore_strictly`.
//! The mutants that they kill are in `tests/mutants/channel.tsv`.

mod batch;
mod dead;
mod force;
mod frozen;
mod reserve;

use crate::sync::explore::explore_strictly;
use crate::sync::{Arc, thread};

use crate::sync::atomic::Ordering;

use super::word::{Pos, State, advanced};
use super::{PopError, PushError, Ring, StepOvers};

impl<T> Ring<T> {
    /// A thread has stepped over a sender that stands in its window, and not yet moved head;
    /// nothing if the ring is not empty.
    pub(crate) fn leave_dead_front(&self) {
        if let Some(pos) = self.claim_front() {
            self.kill(pos, State::free(pos));
        }
    }

    /// A sender stands in its window, for ever; false if the ring is not empty.
    pub(crate) fn leave_claimed(&self) -> bool {
        self.claim_front().is_some()
    }

    /// A sender has claimed the tail, whatever the capacity says, and stands there for ever.
    fn leave_claimed_beyond(&self) {
        let mut step_overs = StepOvers::new();
        let claim = self.claim::<true>(&mut step_overs, 0);
        assert!(claim.is_ok(), "a slot is free");
    }

    fn claim_front(&self) -> Option<Pos> {
        // Acquire: as a sender reads it. [ring-4]
        let head = self.head.load(Ordering::Acquire);
        // AcqRel: the stalled sender's claim. [ring-1]
        self.tail
            .compare_exchange(head, advanced(head), Ordering::AcqRel, Ordering::Acquire)
            .ok()
            .map(Pos::of)
    }
}

/// A ring that starts four positions before the wrap.
fn ring(capacity: usize, slack: usize) -> Arc<Ring<Box<u32>>> {
    let start = Pos::at((1 << 50) - 4);
    Arc::new(Ring::with(capacity, slack, start, 0))
}

fn push(ring: &Ring<Box<u32>>, value: u32) -> bool {
    match ring.try_push(Box::new(value)) {
        Ok(()) => true,
        Err(PushError::Full(back) | PushError::Closed(back)) => {
            assert_eq!(*back, value, "the refused value comes back");
            false
        }
    }
}

fn pop(ring: &Ring<Box<u32>>) -> Option<u32> {
    ring.try_pop().ok().map(|value| *value)
}

fn rest(ring: &Ring<Box<u32>>) -> Vec<u32> {
    std::iter::from_fn(|| pop(ring)).collect()
}

/// Who asks is never told that the ring is empty while a completed send is inside at each moment,
/// though the front moves on while it looks behind a sender that stands there.
#[test]
fn empty_is_not_said_while_something_stays_inside() {
    explore_strictly("ring: never empty", Some(2), || {
        let ring = ring(4, 0);
        let slow = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        assert!(push(&ring, 2));
        let asker = thread::spawn({
            let ring = ring.clone();
            move || pop(&ring)
        });
        assert!(push(&ring, 3));
        let first = pop(&ring).expect("two are inside, one for the asker");
        if first == 1 {
            pop(&ring).expect("two are inside, one for the asker");
        }
        asker.join().unwrap().expect("one stays inside");
        assert!(slow.join().unwrap());
    });
}

/// A send that has completed is received at once, wherever another sender stands.
#[test]
fn sender_stalled_in_its_window_delays_no_completed_send() {
    explore_strictly("ring: stalled sender", None, || {
        let ring = ring(2, 0);
        let other = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        assert!(push(&ring, 2), "room for both");
        let mut got = vec![pop(&ring).expect("our send has completed")];
        let sent = other.join().unwrap();
        got.extend(rest(&ring));
        got.sort_unstable();
        assert!(sent);
        assert_eq!(got, [1, 2]);
    });
}

/// At capacity 1 a send in progress holds the only room, until another sender steps over it.
#[test]
fn sender_stalled_in_its_window_at_capacity_one() {
    explore_strictly("ring: stalled sender, capacity 1", Some(3), || {
        let ring = ring(1, 1);
        let other = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        let ours = push(&ring, 2);
        let first = pop(&ring);
        assert!(!ours || first.is_some(), "a completed send is there");
        let theirs = other.join().unwrap();
        assert!(ours || theirs, "each steps over the other at most once");
        let mut got: Vec<_> = first.into_iter().chain(rest(&ring)).collect();
        got.sort_unstable();
        let sent: Vec<_> = [(theirs, 1), (ours, 2)]
            .iter()
            .filter_map(|&(sent, value)| sent.then_some(value))
            .collect();
        assert_eq!(got, sent);
    });
}

/// A sender that stands still for laps is stepped over each time, and its value comes later.
#[test]
fn sender_stalled_for_laps_keeps_its_value() {
    explore_strictly("ring: sender stalled for laps", Some(3), || {
        let ring = ring(2, 0);
        let other = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 9)
        });
        let mut got = Vec::new();
        for value in 0..4 {
            assert!(
                push(&ring, value),
                "one message and one send in progress fit"
            );
            while got.last() != Some(&value) {
                got.push(pop(&ring).expect("a completed send is there"));
            }
        }
        assert!(other.join().unwrap());
        got.extend(rest(&ring));
        let theirs = got.iter().filter(|&&value| value == 9).count();
        got.retain(|&value| value != 9);
        assert_eq!((theirs, got), (1, vec![0, 1, 2, 3]));
    });
}

/// A receiver that stands still in its copy for laps holds one slot, not the room.
#[test]
fn receiver_stalled_in_its_copy_for_laps_at_capacity_one() {
    explore_strictly("ring: stalled receiver, capacity 1", None, || {
        let ring = ring(1, 1);
        assert!(push(&ring, 0));
        let other = thread::spawn({
            let ring = ring.clone();
            move || pop(&ring)
        });
        // Refused as long as the other has not claimed; a success comes in its window or after.
        let claimed = (0..2).any(|_| push(&ring, 1));
        if claimed {
            assert_eq!(pop(&ring), Some(1));
            for value in 2..5 {
                assert!(push(&ring, value), "the claimed message holds no room");
                assert_eq!(pop(&ring), Some(value));
            }
        }
        assert_eq!(other.join().unwrap(), Some(0));
        assert_eq!(ring.len(), 0);
    });
}

/// Two receivers meet one sender in its window and one completed send.
#[test]
fn two_receivers_step_over_one_sender() {
    explore_strictly("ring: two bypassers", Some(3), || {
        let ring = ring(2, 0);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        let receiver = thread::spawn({
            let ring = ring.clone();
            move || pop(&ring)
        });
        assert!(push(&ring, 2));
        let ours = pop(&ring);
        let theirs = receiver.join().unwrap();
        assert!(sender.join().unwrap());
        assert!(ours.is_some() || theirs.is_some());
        let mut got: Vec<_> = ours.into_iter().chain(theirs).chain(rest(&ring)).collect();
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
    });
}

/// Two senders meet a slot that a receiver still copies out of.
#[test]
fn two_senders_step_over_one_receiver() {
    explore_strictly("ring: two senders, slow receiver", Some(3), || {
        let ring = ring(2, 0);
        assert!(push(&ring, 0));
        assert!(push(&ring, 1));
        let receiver = thread::spawn({
            let ring = ring.clone();
            move || pop(&ring)
        });
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 2)
        });
        let ours = push(&ring, 3);
        let theirs = sender.join().unwrap();
        let mut got: Vec<_> = receiver.join().unwrap().into_iter().collect();
        let len = ring.len();
        let rest = rest(&ring);
        assert_eq!(len, rest.len());
        assert!(len <= 2);
        got.extend(rest);
        let expected = 2 + usize::from(ours) + usize::from(theirs);
        assert_eq!(got.len(), expected);
        assert_eq!(got[..2], [0, 1]);
    });
}

/// One sender's messages keep their order for whoever receives, another sender or none between.
#[test]
fn a_senders_messages_keep_their_order() {
    explore_strictly("ring: order", Some(3), || {
        let ring = ring(3, 1);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1) && push(&ring, 2)
        });
        let other = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 9)
        });
        let mut got: Vec<_> = pop(&ring).into_iter().chain(pop(&ring)).collect();
        assert!(sender.join().unwrap());
        assert!(other.join().unwrap());
        got.extend(rest(&ring));
        got.retain(|&value| value != 9);
        assert_eq!(got, [1, 2]);
    });
}

/// Exactly the accepted values come out of a closed ring, and `Closed` is final.
#[test]
fn close_races_push_and_pop() {
    explore_strictly("ring: close", Some(3), || {
        let ring = ring(2, 0);
        let sender = thread::spawn({
            let ring = ring.clone();
            move || push(&ring, 1)
        });
        let closer = thread::spawn({
            let ring = ring.clone();
            move || ring.close()
        });
        let mut got = Vec::new();
        let mut closed = false;
        for _ in 0..2 {
            match ring.try_pop() {
                Ok(value) => {
                    assert!(!closed, "a message after the end");
                    got.push(*value);
                }
                Err(end) => closed |= end == PopError::Closed,
            }
        }
        let sent = sender.join().unwrap();
        assert!(closer.join().unwrap());
        let left = rest(&ring);
        assert!(!closed || left.is_empty(), "a message after the end");
        got.extend(left);
        assert_eq!(got.len(), usize::from(sent));
        assert_eq!(ring.try_pop().map(|value| *value), Err(PopError::Closed));
    });
}
