//! The waiter cells of one queue: a bit for each that is claimed, a bit for each whose owner is to
//! be woken, and tickets for the order.
//!
//! The bits of those to be woken are what a notifier looks at first. A bit is set after its cell
//! was armed, and cleared after the wake, by the notifier or by the owner, whoever comes to it
//! first. So who needs a wake is seen; and who was woken and has yet to run, or runs while its
//! notifier has lost the processor, costs the messages of others nothing more.

use crate::sync::Tally;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::chaos::{Point, point};

use super::cell::{Cell, Handle, Seen};

/// Most cells that a queue can have.
const MOST: usize = 63;

/// The bit that says that waiters are in the list, for which no cell was free.
const LISTED: u64 = 1 << MOST;

pub(super) struct Cells {
    /// A bit for each cell whose owner is to be woken or being woken, at least; and [`LISTED`].
    waiting: AtomicU64,
    /// A bit for each cell from its claim until it is freed.
    claimed: AtomicU64,
    tickets: AtomicU64,
    cells: Box<[Cell]>,
    /// Wakes made.
    pub(super) wakes: Tally,
}

/// What a notifier has seen at first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting(u64);

impl Waiting {
    #[inline]
    pub(super) fn any(self) -> bool {
        self.0 != 0
    }

    /// Cells whose owners are to be woken, or a few more.
    pub(super) fn cells(self) -> usize {
        (self.0 & !LISTED).count_ones() as usize
    }

    pub(super) fn listed(self) -> bool {
        self.0 & LISTED != 0
    }
}

/// A cell that is its holder's, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    cell: usize,
    ticket: u64,
}

/// Keeps a notified cell from being freed.
struct Pin<'a> {
    cells: &'a Cells,
    cell: usize,
}

impl Pin<'_> {
    /// Wakes the owner; then unpins, also if its waker panics.
    fn wake(self) {
        point(Point::WakePopped);
        self.cells.cells[self.cell].wake();
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        self.cells.woken(self.cell);
        if self.cells.cells[self.cell].unpin() {
            // SAFETY: `unpin` has told us to.
            drop(unsafe { self.cells.free(self.cell) });
        }
    }
}

impl Cells {
    /// `count` cells, at most sixty-three. Allocates them.
    pub(super) fn new(count: usize) -> Self {
        assert!(count <= MOST, "a bit for each");
        Self {
            waiting: AtomicU64::new(0),
            claimed: AtomicU64::new(0),
            tickets: AtomicU64::new(0),
            cells: (0..count).map(|_| Cell::new()).collect(),
            wakes: Tally::default(),
        }
    }

    /// Whether anybody is to be woken, in a cell or in the list. One relaxed load.
    #[inline]
    pub(super) fn waiting(&self) -> Waiting {
        // Relaxed: carried by the word that waiter and notifier share; see the page. [wait-1]
        Waiting(self.waiting.load(Ordering::Relaxed))
    }

    /// Cells in use, those included whose owners were woken and have not run.
    pub(super) fn used(&self) -> usize {
        // Relaxed: a statistic. [wait-1]
        self.claimed.load(Ordering::Relaxed).count_ones() as usize
    }

    /// A notifier has woken the owner of `cell`, which it pins: others need not.
    ///
    /// Unless the owner has run already, found nothing and waits again. If it set its bit anew just
    /// before we cleared it, we put it back, and the owner gets a wake for the moment without it.
    fn woken(&self, cell: usize) {
        while !self.cells[cell].seen().is_armed() {
            // AcqRel: if we clear the owner's second bit, we see its cell armed. [wait-5]
            self.waiting.fetch_and(!(1 << cell), Ordering::AcqRel);
            if !self.cells[cell].seen().is_armed() {
                return;
            }
            self.waits(cell);
            if self.notify_armed(cell) {
                return;
            }
        }
    }

    /// Wakes the owner of `cell`; false if it is not armed any more.
    fn notify_armed(&self, cell: usize) -> bool {
        loop {
            let seen = self.cells[cell].seen();
            if !seen.is_armed() {
                return false;
            }
            // Fails also where another has only unpinned the cell.
            if self.notify(cell, seen) {
                return true;
            }
        }
    }

    /// For the owner of `place`: whether it was given a wake, of which others hear that it came.
    pub(super) fn runs_if_notified(&self, place: Place) -> bool {
        let notified = self.cell(place).is_notified();
        if notified {
            self.runs(place);
        }
        notified
    }

    /// The owner of `place` runs, or leaves.
    fn runs(&self, place: Place) {
        // Relaxed: set by us; who has cleared it since has done our work. [wait-1]
        if self.waiting.load(Ordering::Relaxed) & 1 << place.cell != 0 {
            // Relaxed: late is a bit too many, which costs a look. [wait-1]
            self.waiting
                .fetch_and(!(1 << place.cell), Ordering::Relaxed);
        }
    }

    /// After arming: notifiers shall see the owner of `cell`.
    fn waits(&self, cell: usize) {
        // AcqRel: see `woken`. The waiter's read-modify-write on the shared word publishes it to
        // notifiers. [wait-1]
        self.waiting.fetch_or(1 << cell, Ordering::AcqRel);
    }

    /// Says whether somebody is in the list; called with its lock held.
    pub(super) fn set_listed(&self, listed: bool) {
        if listed {
            // Relaxed: the waiter's read-modify-write on the shared word publishes it. [wait-1]
            self.waiting.fetch_or(LISTED, Ordering::Relaxed);
        } else {
            // Relaxed: as above. [wait-1]
            self.waiting.fetch_and(!LISTED, Ordering::Relaxed);
        }
    }

    /// Takes a free cell and waits in it from now on; none if there is none, or if others wait
    /// in the list, before whom nobody shall come.
    pub(super) fn enter(&self, handle: Handle) -> Result<Place, Handle> {
        point(Point::WaitLink);
        let Some(cell) = self.claim() else {
            return Err(handle);
        };
        // Relaxed: the order of those who come at once is anybody's. [wait-5]
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        let place = Place { cell, ticket };
        // SAFETY: just claimed, and a cell is freed before its bit is given away.
        unsafe { self.arm(place, handle) };
        Ok(place)
    }

    /// # Safety
    /// As for [`Cell::arm`].
    unsafe fn arm(&self, place: Place, handle: Handle) {
        // SAFETY: forwarded from the caller.
        unsafe { self.cells[place.cell].arm(place.ticket, handle) };
        self.waits(place.cell);
    }

    /// The owner of `place` was woken in vain, or without reason: it waits on, and looks again.
    pub(super) fn arm_again(&self, place: Place) {
        self.cells[place.cell].arm_again();
        self.waits(place.cell);
    }

    fn claim(&self) -> Option<usize> {
        if self.waiting().listed() {
            return None;
        }
        // Relaxed: a hint for the claim. [wait-5]
        let mut claimed = self.claimed.load(Ordering::Relaxed);
        loop {
            let free = (!claimed).trailing_zeros() as usize;
            if free >= self.cells.len() {
                return None;
            }
            // AcqRel: whoever freed the cell is done with it. [wait-5]
            let before = self.claimed.fetch_or(1 << free, Ordering::AcqRel);
            if before & 1 << free == 0 {
                return Some(free);
            }
            claimed = before | 1 << free;
        }
    }

    /// Wakes the one that has waited longest; false if nobody waits in a cell.
    ///
    /// Where that is so, and nobody is `listed`, one whose wake takes its notifier long is woken
    /// in place of that one.
    pub(super) fn notify_one(&self, listed: bool) -> bool {
        while let Some((cell, seen)) = self.first() {
            if self.notify(cell, seen) {
                return true;
            }
        }
        if !listed {
            let overdue = |&(cell, seen): &(usize, Seen)| {
                seen.is_being_woken() && self.cells[cell].is_overdue()
            };
            if let Some((cell, seen)) = self.seen().find(overdue) {
                self.notify(cell, seen);
            }
        }
        false
    }

    /// Wakes everybody who waits in a cell now; also those whom others are about to wake, since
    /// nobody may come after this who would.
    pub(super) fn notify_all(&self) {
        // Bounds the round: a waker may run its task in place, which comes to wait again.
        for _ in 0..self.cells.len() {
            if !self.notify_one(true) {
                break;
            }
        }
        for (cell, seen) in self.seen() {
            if seen.is_being_woken() && self.cells[cell].is_woken_by_another() {
                self.notify(cell, seen);
            }
        }
    }

    /// Gives the owner of `cell` a wake and makes it, if the cell is as `seen`.
    fn notify(&self, cell: usize, seen: Seen) -> bool {
        let notified = self.cells[cell].try_notify(seen);
        if notified {
            self.wakes.add(1);
            Pin { cells: self, cell }.wake();
        }
        notified
    }

    /// The armed cell whose owner came first.
    fn first(&self) -> Option<(usize, Seen)> {
        let armed = self.seen().filter(|(_, seen)| seen.is_armed());
        armed.reduce(|first, next| {
            if next.1.is_before(first.1) {
                next
            } else {
                first
            }
        })
    }

    /// The cells whose owners are to be woken, as they are when the iterator comes to them.
    fn seen(&self) -> impl Iterator<Item = (usize, Seen)> + '_ {
        let mut left = self.waiting().0 & !LISTED;
        core::iter::from_fn(move || {
            let cell = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some((cell, self.cells[cell].seen()))
        })
    }

    pub(super) fn cell(&self, place: Place) -> &Cell {
        &self.cells[place.cell]
    }

    /// Gives the cell up; whether a wake had been given to it, and what is to be dropped at last: a
    /// waker's drop may panic.
    ///
    /// # Safety
    /// `place` is the caller's, from [`enter`](Self::enter), and not used after this.
    pub(super) unsafe fn leave(&self, place: Place) -> (bool, Option<Handle>) {
        point(Point::WaitUnlink);
        self.runs(place);
        let left = self.cell(place).leave();
        // SAFETY: `leave` has told us to, if it is the last.
        let handle = left.is_last.then(|| unsafe { self.free(place.cell) });
        (left.notified, handle.flatten())
    }

    /// Waits on with another waker, at the same place in the order. The caller looks after this.
    ///
    /// With it comes what the caller is to drop, once it has taken note of the place.
    ///
    /// # Safety
    /// As for [`leave`](Self::leave); the place that is returned is the caller's instead.
    pub(super) unsafe fn replace(
        &self,
        place: Place,
        handle: Handle,
    ) -> (Result<Place, Handle>, Option<Handle>) {
        let old = match self.cell(place).try_take_back() {
            Some(old) => {
                // SAFETY: taken back, hence ours, unpinned and empty.
                unsafe { self.arm(place, handle) };
                return (Ok(place), old);
            }
            // Somebody stands at it: another cell, and that one frees this.
            // SAFETY: forwarded from the caller. A wake that it was given is the caller's to use.
            None => unsafe { self.leave(place) }.1,
        };
        let Some(cell) = self.claim() else {
            return (Err(handle), old);
        };
        let place = Place { cell, ..place };
        // SAFETY: just claimed.
        unsafe { self.arm(place, handle) };
        (Ok(place), old)
    }

    /// # Safety
    /// As for [`Cell::free`].
    unsafe fn free(&self, cell: usize) -> Option<Handle> {
        // SAFETY: forwarded from the caller.
        let handle = unsafe { self.cells[cell].free() };
        // AcqRel: the next owner sees it emptied. [wait-5]
        self.claimed.fetch_and(!(1 << cell), Ordering::AcqRel);
        handle
    }
}
