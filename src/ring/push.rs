//! The sender's side: claim, write, publish.

use core::mem::MaybeUninit;

use crate::sync::atomic::Ordering;
use crate::sync::chaos::{Point, point};

use super::word::{Pos, State, View, advanced, has_marks, is_closed, reserved};
use super::{Ring, Slot, StepOvers};

/// Why a value did not go in; it comes back.
#[derive(Debug)]
pub(crate) enum PushError<T> {
    Full(T),
    Closed(T),
}

pub(super) enum Refusal {
    Full,
    Closed,
}

impl Refusal {
    /// With the value that was refused.
    pub(super) fn with<T>(self, value: T) -> PushError<T> {
        match self {
            Self::Full => PushError::Full(value),
            Self::Closed => PushError::Closed(value),
        }
    }
}

impl<T> Ring<T> {
    /// Puts `value` in, or hands it back. Lock-free: a retry means that another thread advanced.
    #[inline]
    pub(crate) fn try_push(&self, mut value: T) -> Result<(), PushError<T>> {
        let mut step_overs = StepOvers::new();
        loop {
            match self.claim::<false>(&mut step_overs, 0) {
                Err(refusal) => return Err(refusal.with(value)),
                Ok(tail) => match self.publish(Pos::of(tail), value) {
                    Ok(()) => return Ok(()),
                    Err(back) => value = back,
                },
            }
        }
    }

    /// Wins a position whose slot is free, that of the tail word which it returns, as it was then.
    /// `BEYOND` the capacity if need be: as long as there are slots. `paid` is what the claim takes
    /// from the count of reservations.
    #[inline]
    pub(super) fn claim<const BEYOND: bool>(
        &self,
        step_overs: &mut StepOvers,
        paid: u64,
    ) -> Result<u64, Refusal> {
        // Acquire: a slot seen before this position was reached is at least as new as it. [ring-1]
        let mut tail = self.tail.load(Ordering::Acquire);
        let mut stepped_over = 0;
        loop {
            // One look at all marks at once: nearly always there is none.
            let mut held = 0;
            if has_marks(tail) {
                if is_closed(tail) {
                    return Err(Refusal::Closed);
                }
                held = reserved(tail);
            }
            let pos = Pos::of(tail);
            // Acquire: what receivers before this head published or killed is seen below. [ring-4]
            let head = Pos::of(self.head.load(Ordering::Acquire));
            let ahead = pos.since(head);
            let full = if BEYOND {
                ahead >= self.slots.len() as i64
            } else {
                ahead + held >= self.capacity as i64 && !self.has_room(tail, head)
            };
            if full {
                tail = self.without_room(tail, head, step_overs)?;
                continue;
            }
            let seen = self.state(pos);
            let free = match seen.seen_from(pos) {
                View::Free => true,
                // Dead: anybody moves the tail past it. Full: the tail is beyond it already.
                View::Dead | View::Full => false,
                // A whole lap of slots that stalled threads own: no room, whatever the count says.
                View::Held | View::Abandoned if stepped_over == self.slots.len() => {
                    return Err(Refusal::Full);
                }
                View::Held | View::Abandoned if self.step_over(pos, seen) => {
                    stepped_over += 1;
                    false
                }
                View::Held | View::Abandoned | View::Early => {
                    // Acquire: as above; the slot has changed under us. [ring-1]
                    tail = self.tail.load(Ordering::Acquire);
                    continue;
                }
            };
            // AcqRel: the claim; every sender, closer and sleeper meets on this word. [ring-1]
            let swap = self.tail.compare_exchange(
                tail,
                advanced(tail) - if free { paid } else { 0 },
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            tail = match swap {
                Ok(claimed) if free => return Ok(claimed),
                Ok(_) => advanced(tail),
                Err(now) => now,
            };
        }
    }

    /// What to do where a sender finds no room: the tail to go on with, or the answer.
    #[cold]
    pub(super) fn without_room(
        &self,
        tail: u64,
        head: Pos,
        step_overs: &mut StepOvers,
    ) -> Result<u64, Refusal> {
        self.clear_front(tail, head, step_overs);
        // Acquire: an unmoved tail and head make the answer exact: they held together while
        // `has_room` looked. [ring-1]
        let now = self.tail.load(Ordering::Acquire);
        if now == tail && self.head.load(Ordering::Acquire) == head.word() {
            return Err(Refusal::Full);
        }
        Ok(now)
    }

    /// Whether one more value may be put in, dead positions not counted, reservations counted.
    ///
    /// Looks at no slot where the answer is no, unless a death is being decided at this moment.
    #[cold]
    pub(super) fn has_room(&self, tail: u64, head: Pos) -> bool {
        let pos = Pos::of(tail);
        pos.since(head) < self.slots.len() as i64 && self.fit(head, pos, 1 + reserved(tail))
    }

    /// Whether what stands from `head` to `pos` and `more` are within the capacity.
    pub(super) fn fit(&self, head: Pos, pos: Pos, more: i64) -> bool {
        // So many of the positions must be dead.
        let needed = (pos.since(head) + more - self.capacity as i64).max(0) as u64;
        if needed == 0 || self.dead_at_most() < needed {
            return needed == 0;
        }
        // Certain only when seen: the count is raised before a death, which may then fail.
        let dead = |&pos: &Pos| self.view(pos) == View::Dead;
        let seen = self.between(head, pos).filter(dead).take(needed as usize);
        seen.count() as u64 == needed
    }

    /// Where the ring looks full: passes a dead front, behind which there may be another sender in
    /// its window, and steps over a sender in its window at the front, as often as a call may.
    #[cold]
    fn clear_front(&self, tail: u64, head: Pos, step_overs: &mut StepOvers) {
        let ahead = Pos::of(tail).since(head);
        let seen = self.state(head);
        let dead = match seen.seen_from(head) {
            View::Dead => ahead > 0,
            // Claimed if head is before the tail, and not completed.
            View::Free if ahead <= 0 || self.is_all_reserved(tail) => false,
            View::Free => {
                let is_beyond = !self.fit(head, Pos::of(tail), reserved(tail));
                step_overs.take(is_beyond) && self.step_over(head, seen)
            }
            View::Full | View::Held | View::Abandoned | View::Early => false,
        };
        if dead {
            self.pass_dead(head);
        }
    }

    /// Leaves the slot of `pos` to the stalled thread that owns it; true if `pos` is dead now.
    #[cold]
    pub(super) fn step_over(&self, pos: Pos, seen: State) -> bool {
        !self.wait_briefly(pos, seen) && self.kill(pos, seen)
    }

    /// Writes `value` into the claimed slot and shows it; hands it back if we were stepped over.
    #[inline]
    pub(super) fn publish(&self, pos: Pos, value: T) -> Result<(), T> {
        point(Point::SendClaimed);
        let slot = self.slot(pos);
        slot.value.with_mut(|cell| {
            // SAFETY: our CAS on `tail` won `pos` while its slot was FREE(pos); until our CAS
            // below nobody else touches the cell. A second winner of one position would race.
            unsafe { cell.write(MaybeUninit::new(value)) };
        });
        // AcqRel: shows the value to the Acquire in `state`; meets the sleepers' adding of zero,
        // after which the caller's look at the waiters cannot miss them. Relaxed if we were stepped
        // over: `release` acquires the hole, and with it the room that it left. [ring-3]
        let swap = slot.state.compare_exchange(
            State::free(pos).0,
            State::full(pos).0,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        match swap {
            Ok(_) => Ok(()),
            Err(now) => Err(self.take_back(slot, State(now))),
        }
    }

    /// Takes the value out of a slot that was stepped over, and frees the slot.
    #[cold]
    fn take_back(&self, slot: &Slot<T>, seen: State) -> T {
        // SAFETY: a hole leaves the memory to the thread that was stepped over: to us; we wrote
        // the value in `publish`, and nobody reads it, since its position is dead.
        let value = slot.value.with(|cell| unsafe { cell.read() });
        // SAFETY: initialised by our write in `publish`; this copy is the only one used.
        let value = unsafe { value.assume_init() };
        self.release(slot, seen);
        value
    }
}
