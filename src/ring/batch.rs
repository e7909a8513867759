//! Several positions by one claim, on either side.
//!
//! A run of free slots at the tail stays free until its positions are claimed, and a run of full
//! slots at the head stays full until then, so one CAS wins all of them. A sender shows its values
//! in order; one that is stepped over goes into the next position of the run, so that the order
//! holds, and the last ones find no position left and wait for the next claim.

use std::collections::VecDeque;

use crate::sync::atomic::Ordering;

use super::pop::{Claimed, PopError};
use super::push::{PushError, Refusal};
use super::word::{Pos, State, View, advanced_by, is_closed, reserved};
use super::{Ring, StepOvers};

/// Positions of one sender that follow each other.
struct Run {
    first: Pos,
    count: u64,
}

/// Values that are ours and not yet copied out: their room is free already, their slots are not.
///
/// Who wakes others for that room does it before the first is copied. Dropped, it drops the rest.
#[must_use = "the values are inside"]
pub(crate) struct ClaimedRun<'a, T> {
    ring: &'a Ring<T>,
    /// From here to `end` won by our CAS on `head` while all slots were FULL.
    next: Pos,
    end: Pos,
}

impl<T> Iterator for ClaimedRun<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.next == self.end {
            return None;
        }
        let pos = self.next;
        self.next = pos.next();
        let ring = self.ring;
        Some(Claimed { ring, pos }.take())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end.since(self.next) as usize;
        (left, Some(left))
    }
}

impl<T> ExactSizeIterator for ClaimedRun<'_, T> {}

impl<T> Drop for ClaimedRun<'_, T> {
    /// Only when a waker panics between claim and copy is there anything left.
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

impl<T> Ring<T> {
    /// Puts values in from the front of `values` by one claim; how many, which may be none: then
    /// every position was stepped over, and it is worth trying again at once.
    ///
    /// A value leaves `values` only for a position that is claimed, and comes back to its front
    /// if that position is stepped over; so there is never anything else to hand back. Never
    /// allocates: what comes back finds the room that it has just left.
    pub(crate) fn try_push_run(
        &self,
        values: &mut VecDeque<T>,
        step_overs: &mut StepOvers,
    ) -> Result<usize, PushError<()>> {
        let run = match self.claim_run(values.len(), step_overs) {
            Ok(run) => run,
            Err(refusal) => return Err(refusal.with(())),
        };
        let mut sent = 0;
        for pos in (0..run.count).map(|step| run.first.plus(step)) {
            let Some(value) = values.pop_front() else {
                unreachable!("a run is no longer than what there is to send");
            };
            match self.publish(pos, value) {
                Ok(()) => sent += 1,
                Err(back) => values.push_front(back),
            }
        }
        Ok(sent)
    }

    /// Wins up to `most` positions whose slots are free.
    fn claim_run(&self, most: usize, step_overs: &mut StepOvers) -> Result<Run, Refusal> {
        // Acquire: a slot seen before this position was reached is at least as new as it. [ring-1]
        let mut tail = self.tail.load(Ordering::Acquire);
        loop {
            let first = Pos::of(tail);
            // Acquire: what receivers before this head published or killed is seen below. [ring-4]
            let head = Pos::of(self.head.load(Ordering::Acquire));
            // Dead positions count as taken here; the single claim below looks closer.
            let room = self.capacity as i64 - reserved(tail) - first.since(head).max(0);
            let most = most.min(self.batch).min(room.max(0) as usize) as u64;
            let free = |step: &u64| self.view(first.plus(*step)) == View::Free;
            let count = (0..most).take_while(free).count() as u64;
            if count < 2 || is_closed(tail) {
                let claimed = self.claim::<false>(step_overs, 0)?;
                let first = Pos::of(claimed);
                return Ok(Run { first, count: 1 });
            }
            // AcqRel: the claim, as that of a single position. [ring-1]
            let swap = self.tail.compare_exchange(
                tail,
                advanced_by(tail, count),
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            match swap {
                Ok(_) => return Ok(Run { first, count }),
                Err(now) => tail = now,
            }
        }
    }

    /// Wins the next values, `most` at most and at least one. Lock-free, and answers as
    /// [`try_claim`](Self::try_claim) does.
    pub(crate) fn try_claim_run(&self, most: usize) -> Result<ClaimedRun<'_, T>, PopError> {
        let most = most.clamp(1, self.batch) as u64;
        // Acquire: the slots seen below are at least as new as this head. [ring-4]
        let mut head = Pos::of(self.head.load(Ordering::Acquire));
        loop {
            let seen = self.state(head);
            if seen != State::full(head) {
                head = self.without_value(head, seen)?;
                continue;
            }
            let full = |step: &u64| self.view(head.plus(*step)) == View::Full;
            let end = head.plus(1 + (1..most).take_while(full).count() as u64);
            // AcqRel: the claim, as that of a single value. [ring-4]
            let swap = self.head.compare_exchange(
                head.word(),
                end.word(),
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            match swap {
                Ok(_) => {
                    let (ring, next) = (self, head);
                    return Ok(ClaimedRun { ring, next, end });
                }
                Err(now) => head = Pos::of(now),
            }
        }
    }
}
