//! What a channel without room has in place of slots: where senders and receivers meet.
//!
//! A sender that waits stands in line with its value, under a short lock, until a receiver takes it
//! from there. So its send has completed when the message was received, it can be cancelled until
//! then, and each receive finds it, one that does not wait too. Receivers wait in the queue of
//! receivers, as they do for slots.
//!
//! Who does not stand in line (a `try_` call, a select, a task's batch) hands its value in if more
//! receivers wait than messages are on the way to them, and it is kept here until one of them has
//! come for it. A thread that waits comes for sure, if need be at the end of its time; a task or a
//! select may take something else, and then the message is there for the next receive. A sender
//! that would stand in line hands its value in to threads alone.
//!
//! The line is that of M. Scherer, D. Lea, M. Scott, "Scalable Synchronous Queues" (2006) in
//! purpose; its lock is ours, since a place in it must be left at any moment.

use std::collections::VecDeque;

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::chaos::{Point, point};
use crate::sync::{Lock, MODEL, Tally};
use crate::wait::{List, Listed, Node, Wake};

/// Messages that are on their way to receivers at most; senders stand in line beyond that.
const ACCEPTED_MAX: usize = if MODEL { 2 } else { 32 };

/// A sender in line, with its value until a receiver has taken it.
pub(super) type Standing<T> = Node<Option<T>>;

/// Where those meet who use a channel of capacity zero.
pub(super) struct Meeting<T> {
    table: Lock<Table<T>>,
    /// Messages that a receiver would find. Written under the lock, read without it.
    there: AtomicUsize,
    /// Those of them whose senders stand in line; as above.
    in_line: AtomicUsize,
    /// Senders in line that were woken.
    pub(super) wakes: Tally,
}

/// What is under the lock.
pub(super) struct Table<T> {
    /// Messages that were handed in and that no receiver has come for yet.
    accepted: VecDeque<T>,
    line: List<Option<T>>,
    /// Threads that wait for a message, and will take one if there is one.
    threads: usize,
    /// Threads that are in the queue of receivers, or about to be or to leave it.
    queued: usize,
}

/// A message, and how to wake the sender who stood in line with it.
pub(super) struct Taken<T> {
    pub(super) value: T,
    pub(super) sender: Option<Wake>,
}

impl<T> Meeting<T> {
    /// Allocates what it will ever need.
    pub(super) fn new() -> Self {
        Self {
            table: Lock::new(Table {
                accepted: VecDeque::with_capacity(ACCEPTED_MAX),
                line: List::new(),
                threads: 0,
                queued: 0,
            }),
            there: AtomicUsize::new(0),
            in_line: AtomicUsize::new(0),
            wakes: Tally::default(),
        }
    }

    /// Waits for the lock. `change` runs no code of others.
    pub(super) fn with<R>(&self, change: impl FnOnce(&mut Table<T>) -> R) -> R {
        let mut table = self.table.lock();
        self.run(&mut table, change)
    }

    /// The same, or none while another thread has the lock.
    pub(super) fn try_with<R>(&self, change: impl FnOnce(&mut Table<T>) -> R) -> Option<R> {
        let mut table = self.table.try_lock()?;
        Some(self.run(&mut table, change))
    }

    fn run<R>(&self, table: &mut Table<T>, change: impl FnOnce(&mut Table<T>) -> R) -> R {
        point(Point::MeetLocked);
        let result = change(table);
        // Relaxed: a hint; who needs certainty takes the lock. [rendezvous-1]
        self.there.store(table.on_the_way(), Ordering::Relaxed);
        // Relaxed: a statistic. [rendezvous-1]
        self.in_line.store(table.line.len(), Ordering::Relaxed);
        result
    }

    /// Wakes a sender that was in line, if there is one.
    pub(super) fn wake(&self, sender: Option<Wake>) {
        if let Some(sender) = sender {
            point(Point::WakePopped);
            self.wakes.add(1);
            sender.wake();
        }
    }

    /// Messages that a receiver would find; a hint.
    pub(super) fn messages(&self) -> usize {
        // Relaxed: a hint; who needs certainty takes the lock. [rendezvous-1]
        self.there.load(Ordering::Relaxed)
    }

    /// Whether a receiver would find a message; a hint.
    pub(super) fn has_messages(&self) -> bool {
        self.messages() > 0
    }

    /// Senders in line.
    pub(super) fn in_line(&self) -> usize {
        // Relaxed: a statistic. [rendezvous-1]
        self.in_line.load(Ordering::Relaxed)
    }
}

impl<T> Table<T> {
    pub(super) fn on_the_way(&self) -> usize {
        self.accepted.len() + self.line.len()
    }

    /// The oldest message.
    pub(super) fn take(&mut self) -> Option<Taken<T>> {
        if let Some(value) = self.accepted.pop_front() {
            return Some(Taken {
                value,
                sender: None,
            });
        }
        let (sender, value) = self.line.pop_front_with(Option::take)?;
        value.map(|value| Taken {
            value,
            sender: Some(sender),
        })
    }

    /// A message that was handed in; none whose sender stands in line.
    pub(super) fn take_accepted(&mut self) -> Option<T> {
        self.accepted.pop_front()
    }

    /// Takes the value in `slot` if one of so many `receivers` that wait has nothing to come for,
    /// and nobody stands in line, who would be passed.
    pub(super) fn accept(&mut self, slot: &mut Option<T>, receivers: usize) -> bool {
        let most = receivers.min(ACCEPTED_MAX);
        let accepts = self.line.len() == 0 && self.accepted.len() < most;
        if accepts {
            self.accepted.extend(slot.take());
        }
        accepts
    }

    pub(super) const fn threads(&self) -> usize {
        self.threads
    }

    /// Receivers that wait, of whom so many are `waiting` in the queue.
    pub(super) const fn receivers(&self, waiting: usize) -> usize {
        self.threads + waiting.saturating_sub(self.queued)
    }

    pub(super) fn set_queued(&mut self, is_queued: bool) {
        if is_queued {
            self.queued += 1;
        } else {
            self.queued -= 1;
        }
    }

    pub(super) fn add_thread(&mut self) {
        self.threads += 1;
    }

    pub(super) fn remove_thread(&mut self) {
        self.threads -= 1;
    }

    /// Turns the first sender in line away, with its value; how to wake it.
    pub(super) fn turn_away(&mut self) -> Option<Wake> {
        self.line.pop_front_with(|_| ()).map(|(wake, ())| wake)
    }

    /// Puts a sender with its value at the end of the line.
    ///
    /// # Safety
    /// `node` is in no line, stays in place and lives until it is out of this one.
    pub(super) unsafe fn stand(&mut self, node: &Standing<T>) {
        // SAFETY: forwarded from the caller; the lock is held, since this table is lent under it.
        unsafe { self.line.push(node, false) };
    }
}

// SAFETY: there is one line, which `with` lends under its lock.
unsafe impl<T> Listed<Option<T>> for Meeting<T> {
    fn with_list<R>(&self, change: impl FnOnce(&mut List<Option<T>>) -> R) -> R {
        self.with(|table| change(&mut table.line))
    }
}

impl<T> core::fmt::Debug for Meeting<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Meeting")
            .field("in_line", &self.in_line())
            .finish_non_exhaustive()
    }
}
