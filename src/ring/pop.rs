//! The receiver's side: claim, copy, release.

use core::mem::ManuallyDrop;

use crate::sync::atomic::Ordering;
use crate::sync::chaos::{Point, point};

use super::Ring;
use super::word::{Pos, State, View, is_closed};

/// Why no value came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PopError {
    Empty,
    Closed,
}

/// A value that is ours and not yet copied out: its room is free already, its slot is not.
///
/// Who wakes others for that room does it before [`take`](Self::take): a thread may lose its
/// processor in the copy. Dropped, it drops the value.
#[must_use = "the value is inside"]
pub(crate) struct Claimed<'a, T> {
    pub(super) ring: &'a Ring<T>,
    /// Won by our CAS on `head` while its slot was FULL.
    pub(super) pos: Pos,
}

impl<T> Claimed<'_, T> {
    /// Copies the value out and frees its slot.
    #[inline]
    pub(crate) fn take(self) -> T {
        point(Point::RecvClaimed);
        let this = ManuallyDrop::new(self);
        // SAFETY: the one call: `self` is consumed and its drop does not run.
        unsafe { this.copy_out() }
    }

    /// # Safety
    /// At most one call for each `Claimed`.
    #[inline]
    unsafe fn copy_out(&self) -> T {
        let slot = self.ring.slot(self.pos);
        // SAFETY: our CAS on `head` won `pos` while its slot was FULL(pos): the value was
        // published to our Acquire load, and only we read it. Nobody writes the cell before
        // `release`, even if senders step over us meanwhile.
        let value = slot.value.with(|cell| unsafe { cell.read() });
        // SAFETY: published, hence initialised; the slot never gives this copy out again.
        let value = unsafe { value.assume_init() };
        self.ring.release(slot, State::full(self.pos));
        value
    }
}

impl<T> Drop for Claimed<'_, T> {
    /// Only when a waker panics between claim and copy.
    fn drop(&mut self) {
        // SAFETY: the one call: `take` would have kept this drop from running.
        drop(unsafe { self.copy_out() });
    }
}

impl<T> Ring<T> {
    /// Takes the next value.
    #[inline]
    pub(crate) fn try_pop(&self) -> Result<T, PopError> {
        self.try_claim().map(Claimed::take)
    }

    /// Wins the next value. Lock-free: a retry means that another thread advanced.
    ///
    /// `Empty` while a send is in its window means that this send has not completed.
    /// `Closed` is final: no value is inside and none will come.
    #[inline]
    pub(crate) fn try_claim(&self) -> Result<Claimed<'_, T>, PopError> {
        // Acquire: the slot seen below is at least as new as this head. [ring-4]
        let mut head = Pos::of(self.head.load(Ordering::Acquire));
        loop {
            let seen = self.state(head);
            if seen == State::full(head) {
                // AcqRel: the claim; receivers and waiting senders meet on this word. [ring-4]
                let swap = self.head.compare_exchange(
                    head.word(),
                    head.next().word(),
                    Ordering::AcqRel,
                    Ordering::Acquire,
                );
                match swap {
                    Ok(_) => {
                        return Ok(Claimed {
                            ring: self,
                            pos: head,
                        });
                    }
                    Err(now) => head = Pos::of(now),
                }
                continue;
            }
            head = self.without_value(head, seen)?;
        }
    }

    /// What to do where no value stands: the head to go on with, or the answer.
    #[cold]
    pub(super) fn without_value(&self, head: Pos, seen: State) -> Result<Pos, PopError> {
        // Acquire: read after the slot. A tail beyond it shows a slot at least claimed. [ring-1]
        let tail = self.tail.load(Ordering::Acquire);
        if Pos::of(tail).since(head) <= 0 {
            return Err(if is_closed(tail) {
                PopError::Closed
            } else {
                PopError::Empty
            });
        }
        match seen.seen_from(head) {
            View::Dead => Ok(self.pass_dead(head)),
            View::Free => self.before_window(head, seen, tail),
            // Read before the tail moved here: look again.
            View::Full | View::Held | View::Abandoned | View::Early => Ok(head),
        }
    }

    /// At a claimed slot without a value: steps over its sender if there is something behind it,
    /// or if the ring is closed, when nothing shall be waited for.
    fn before_window(&self, head: Pos, seen: State, tail: u64) -> Result<Pos, PopError> {
        if !is_closed(tail) {
            if !self.is_full_between(head.next(), Pos::of(tail)) {
                // Acquire: an unmoved head makes the answer exact. What is full stays so until head
                // passes it, so nothing was full when the tail was read. Otherwise slots may have
                // been looked at after their values were taken. [ring-4]
                let now = Pos::of(self.head.load(Ordering::Acquire));
                return if now == head {
                    Err(PopError::Empty)
                } else {
                    Ok(now)
                };
            }
            if self.wait_briefly(head, seen) {
                return Ok(head);
            }
        }
        // Lost: the sender published, or somebody else stepped over it. Either way look again.
        self.kill(head, seen);
        Ok(head)
    }

    /// Whether a value stands anywhere from `head` to `tail`.
    pub(super) fn is_full_between(&self, head: Pos, tail: Pos) -> bool {
        self.between(head, tail)
            .any(|pos| self.view(pos) == View::Full)
    }
}
