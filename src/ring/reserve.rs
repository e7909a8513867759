//! Room that is held for a value to come.
//!
//! A reservation is one in a count that the tail word carries beside the position, so a claim and a
//! reservation meet on one word, and what is inside and what is reserved stay within the capacity.
//! The push takes the position and gives the reservation up in one CAS. If it is stepped over, its
//! room may be another's before it claims again; it then goes beyond the capacity rather than fail.

use crate::sync::atomic::Ordering;

use super::push::{PushError, Refusal};
use super::word::{Pos, RESERVED, RESERVED_MAX, is_closed, reserved};
use super::{Ring, StepOvers};

impl<T> Ring<T> {
    /// Holds room for one value. Lock-free, and refuses as a push does, also if there are as many
    /// reservations as can be counted.
    pub(crate) fn try_reserve(&self) -> Result<(), PushError<()>> {
        self.reserve().map_err(|refusal| refusal.with(()))
    }

    fn reserve(&self) -> Result<(), Refusal> {
        let mut step_overs = StepOvers::new();
        // Acquire: as a claim reads it. [ring-1]
        let mut tail = self.tail.load(Ordering::Acquire);
        loop {
            if is_closed(tail) {
                return Err(Refusal::Closed);
            }
            if reserved(tail) == RESERVED_MAX {
                return Err(Refusal::Full);
            }
            // Acquire: what receivers before this head published or killed is seen below. [ring-4]
            let head = Pos::of(self.head.load(Ordering::Acquire));
            if !self.has_room(tail, head) {
                tail = self.without_room(tail, head, &mut step_overs)?;
                continue;
            }
            // AcqRel: claims, closers and sleepers meet on this word. [ring-1]
            let swap = self.tail.compare_exchange(
                tail,
                tail + RESERVED,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            match swap {
                Ok(_) => return Ok(()),
                Err(now) => tail = now,
            }
        }
    }

    /// Gives one reservation back. The caller holds it, and wakes a sender for its room.
    pub(crate) fn unreserve(&self) {
        // AcqRel: a sender that has missed it and sleeps is seen by our caller. [ring-6]
        self.tail.fetch_sub(RESERVED, Ordering::AcqRel);
    }

    /// Puts `value` in for a reservation that the caller holds; whatever comes of it, the
    /// reservation is gone then. `Full` only if stalled threads own all slots, or hold so many
    /// values beyond the capacity.
    ///
    /// While reservations hold all the room, senders sleep that need not once there is a claim at
    /// the front, since they may step over it. `opened` runs between claim and publish of the first
    /// such claim, to wake one of them. It must not unwind.
    pub(crate) fn push_reserved(
        &self,
        mut value: T,
        mut opened: impl FnMut(),
    ) -> Result<(), PushError<T>> {
        let mut step_overs = StepOvers::new();
        let mut held = RESERVED;
        loop {
            match self.claim::<true>(&mut step_overs, held) {
                Ok(tail) => {
                    if held > 0 && self.is_all_reserved(tail) {
                        opened();
                    }
                    match self.publish(Pos::of(tail), value) {
                        Ok(()) => return Ok(()),
                        Err(back) => {
                            value = back;
                            held = 0;
                        }
                    }
                }
                Err(refusal) => {
                    if held > 0 {
                        self.unreserve();
                    }
                    return Err(refusal.with(value));
                }
            }
        }
    }

    /// Whether there are as many reservations as can be counted.
    #[cold]
    pub(crate) fn is_out_of_reservations(&self) -> bool {
        // Acquire: a hint; a refused reservation asks why. [ring-7]
        reserved(self.tail.load(Ordering::Acquire)) == RESERVED_MAX
    }

    /// Whether reservations hold the whole capacity at this tail.
    pub(super) const fn is_all_reserved(&self, tail: u64) -> bool {
        reserved(tail) >= self.capacity as i64
    }
}
