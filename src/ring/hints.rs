//! What a ring looks like from outside, by loads alone: who needs certainty settles.

use crate::sync::atomic::Ordering;

use super::Ring;
use super::word::{Pos, View};

impl<T> Ring<T> {
    /// Whether somebody who waits for room would find some; a hint for passing wakes on.
    #[cold]
    pub(crate) fn looks_open(&self) -> bool {
        // Acquire: a hint; who needs certainty settles. [ring-7]
        let head = Pos::of(self.head.load(Ordering::Acquire));
        // Acquire: as above. [ring-7]
        let tail = self.tail.load(Ordering::Acquire);
        self.has_room(tail, head)
    }

    /// Whether the next position to take holds a value. Two loads; a hint.
    pub(crate) fn is_ready(&self) -> bool {
        // Acquire: a hint; who needs certainty settles. [ring-7]
        let head = Pos::of(self.head.load(Ordering::Acquire));
        self.view(head) == View::Full
    }

    /// Whether the positions between head and tail are as many as the capacity. Two loads; a hint.
    pub(crate) fn is_full(&self) -> bool {
        // Acquire: a hint; who needs certainty settles. [ring-7]
        let tail = Pos::of(self.tail.load(Ordering::Acquire));
        // Acquire: as above. [ring-7]
        let head = Pos::of(self.head.load(Ordering::Acquire));
        tail.since(head) >= self.capacity as i64
    }

    /// Whether somebody who waits for a value would find one; a hint for passing wakes on.
    #[cold]
    pub(crate) fn looks_filled(&self) -> bool {
        // Acquire: a hint; who needs certainty settles. [ring-7]
        let head = Pos::of(self.head.load(Ordering::Acquire));
        // Acquire: as above. [ring-7]
        let tail = Pos::of(self.tail.load(Ordering::Acquire));
        self.is_full_between(head, tail)
    }
}
