//! A value that goes into a full ring for the oldest one.
//!
//! It takes a position beyond the capacity, in the slots that are there for stalled threads, and
//! shows itself; then, if the ring holds too much, one value is taken from the front. The other way
//! round, first out and then in, would have to begin again when another sender takes the room in
//! between: with one value out already, and no place to put it back.
//!
//! Each call owes the ring one value from the moment of its claim, and is free of that debt when
//! it has taken one, or has seen that what is inside fits. So the values inside exceed the capacity
//! at most by the number of calls that are in between, and by none when there are none.

use crate::sync::atomic::Ordering;

use super::pop::Claimed;
use super::push::{PushError, Refusal};
use super::word::{Pos, View, reserved};
use super::{Ring, StepOvers};

impl<T> Ring<T> {
    /// Puts `value` in; the oldest value comes out if the ring holds too much then.
    ///
    /// Lock-free, as a push and a pop are. `Full` only if stalled threads own all slots, or
    /// reservations hold all room.
    pub(crate) fn force_push(&self, mut value: T) -> Result<Option<Claimed<'_, T>>, PushError<T>> {
        let mut step_overs = StepOvers::new();
        loop {
            let (claim, beyond) = match self.claim::<false>(&mut step_overs, 0) {
                // With all room reserved there is nothing inside that could make way.
                Err(Refusal::Full) if self.holds_nothing_but_reservations() => {
                    (Err(Refusal::Full), false)
                }
                Err(Refusal::Full) => (self.claim::<true>(&mut step_overs, 0), true),
                other => (other, false),
            };
            let pos = match claim {
                Ok(tail) => Pos::of(tail),
                Err(refusal) => return Err(refusal.with(value)),
            };
            match self.publish(pos, value) {
                Ok(()) if beyond => return Ok(self.evict()),
                Ok(()) => return Ok(None),
                // Dead, and so is the debt.
                Err(back) => value = back,
            }
        }
    }

    #[cold]
    fn holds_nothing_but_reservations(&self) -> bool {
        // Acquire: a hint; should it change now, the forced value itself may be what is taken
        // out again. [ring-7]
        self.is_all_reserved(self.tail.load(Ordering::Acquire))
    }

    /// Takes the oldest value if what is inside is more than the capacity.
    ///
    /// Steps over senders in their windows at the front, as a push into a full ring does: they have
    /// not completed, and without them there may be room enough. So many times at most as there
    /// are other calls in debt.
    #[cold]
    fn evict(&self) -> Option<Claimed<'_, T>> {
        loop {
            // Acquire: the slot seen below is at least as new as this head. [ring-4]
            let head = Pos::of(self.head.load(Ordering::Acquire));
            // Acquire: read after `head`, so head is not beyond it. [ring-1]
            let tail = self.tail.load(Ordering::Acquire);
            if self.fit(head, Pos::of(tail), reserved(tail)) {
                // Acquire: whoever made a position dead or empty that `fit` saw may have done so
                // for a claim of its own: then the tail has moved since we read it. [ring-1]
                if self.tail.load(Ordering::Acquire) == tail {
                    return None;
                }
                continue;
            }
            let seen = self.state(head);
            match seen.seen_from(head) {
                View::Full => {
                    // AcqRel: the claim, as that of a receiver. [ring-4]
                    let swap = self.head.compare_exchange(
                        head.word(),
                        head.next().word(),
                        Ordering::AcqRel,
                        Ordering::Acquire,
                    );
                    if swap.is_ok() {
                        let (ring, pos) = (self, head);
                        return Some(Claimed { ring, pos });
                    }
                }
                View::Dead => drop(self.pass_dead(head)),
                // Claimed, since head is before the tail: else all would fit.
                View::Free => drop(self.step_over(head, seen)),
                // Read before the tail moved here: look again.
                View::Held | View::Abandoned | View::Early => {}
            }
        }
    }
}
