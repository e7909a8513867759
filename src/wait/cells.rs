//! The waiter cells of one queue: a bit for each in use, and tickets for the order.

use crate::sync::Tally;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::chaos::{Point, point};

use super::cell::{Cell, Handle, Seen};

/// The bit that says that waiters are in the list, for which no cell was free.
const LISTED: u64 = 1 << 63;

/// Most cells that a queue can have.
const MOST: usize = 63;

pub(super) struct Cells {
    /// Cells in use, from the claim until they are freed, and [`LISTED`].
    used: AtomicU64,
    tickets: AtomicU64,
    cells: Box<[Cell]>,
    /// Wakes made.
    pub(super) wakes: Tally,
}

/// What a notifier has seen of all cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used(u64);

impl Used {
    #[inline]
    pub(super) fn any(self) -> bool {
        self.0 != 0
    }

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
        if self.cells.cells[self.cell].unpin() {
            // SAFETY: `unpin` has told us to.
            unsafe { self.cells.free(self.cell) };
        }
    }
}

impl Cells {
    /// `count` cells, at most sixty-three. Allocates them.
    pub(super) fn new(count: usize) -> Self {
        assert!(count <= MOST, "a bit for each");
        Self {
            used: AtomicU64::new(0),
            tickets: AtomicU64::new(0),
            cells: (0..count).map(|_| Cell::new()).collect(),
            wakes: Tally::default(),
        }
    }

    /// Which cells are in use, and whether somebody is in the list. One relaxed load.
    #[inline]
    pub(super) fn used(&self) -> Used {
        // Relaxed: carried by the word that waiter and notifier share; see the page. [wait-1]
        Used(self.used.load(Ordering::Relaxed))
    }

    /// Cells whose owners nobody has woken. A load for each cell in use.
    pub(super) fn armed(&self) -> usize {
        let used = self.used().0 & !LISTED;
        let armed = |&cell: &usize| used & 1 << cell != 0 && self.cells[cell].seen().is_armed();
        (0..self.cells.len()).filter(armed).count()
    }

    /// Says whether somebody is in the list; called with its lock held.
    pub(super) fn set_listed(&self, listed: bool) {
        if listed {
            // Relaxed: the waiter's read-modify-write on the shared word publishes it. [wait-1]
            self.used.fetch_or(LISTED, Ordering::Relaxed);
        } else {
            // Relaxed: as above. [wait-1]
            self.used.fetch_and(!LISTED, Ordering::Relaxed);
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
        // SAFETY: just claimed, and a cell is freed before its bit is given away.
        unsafe { self.cells[cell].arm(ticket, handle) };
        Ok(Place { cell, ticket })
    }

    fn claim(&self) -> Option<usize> {
        // Relaxed: a hint for the claim. [wait-5]
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let free = (!used).trailing_zeros() as usize;
            if used & LISTED != 0 || free >= self.cells.len() {
                return None;
            }
            // AcqRel: whoever freed the cell is done with it. [wait-5]
            let before = self.used.fetch_or(1 << free, Ordering::AcqRel);
            if before & 1 << free == 0 {
                return Some(free);
            }
            used = before | 1 << free;
        }
    }

    /// Of those `used`, wakes the one that has waited longest; false if nobody waits in a cell.
    ///
    /// Where nobody is armed, one whose wake takes its notifier long is woken in place of that one.
    pub(super) fn notify_one(&self, used: Used) -> bool {
        let mut notified = None;
        while let Some((cell, seen)) = self.first(used, &mut notified) {
            if self.notify(cell, seen) {
                return true;
            }
        }
        if let Some((cell, seen)) = notified {
            if !used.listed() && self.cells[cell].is_overdue() {
                self.notify(cell, seen);
            }
        }
        false
    }

    /// Wakes everybody who waits in a cell, though a waker panic.
    pub(super) fn notify_all(&self, used: Used) {
        struct Rest<'a> {
            cells: &'a Cells,
            used: Used,
            /// Bounds the round: a waker may run its task in place, which comes to wait again.
            left: usize,
        }
        impl Rest<'_> {
            fn run(&mut self) {
                while self.left > 0 {
                    let Some((cell, seen)) = self.cells.first(self.used, &mut None) else {
                        return;
                    };
                    self.left -= usize::from(self.cells.notify(cell, seen));
                }
            }
        }
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                self.left = self.left.saturating_sub(1);
                self.run();
            }
        }
        let mut rest = Rest {
            cells: self,
            used,
            left: used.cells(),
        };
        rest.run();
        rest.left = 0;
    }

    fn notify(&self, cell: usize, seen: Seen) -> bool {
        let notified = self.cells[cell].try_notify(seen);
        if notified {
            self.wakes.add(1);
            Pin { cells: self, cell }.wake();
        }
        notified
    }

    /// Of the cells `used`, the armed one whose owner came first. Leaves in `notified` the first of
    /// those that are being woken.
    fn first(&self, used: Used, notified: &mut Option<(usize, Seen)>) -> Option<(usize, Seen)> {
        let mut left = used.0 & !LISTED;
        let mut armed = None;
        while left != 0 {
            let cell = left.trailing_zeros() as usize;
            left &= left - 1;
            let seen = self.cells[cell].seen();
            if seen.is_armed() {
                take_earlier(&mut armed, cell, seen);
            } else if seen.is_being_woken() {
                take_earlier(notified, cell, seen);
            }
        }
        armed
    }

    pub(super) fn cell(&self, place: Place) -> &Cell {
        &self.cells[place.cell]
    }

    /// Gives the cell up; whether a wake had been given to it.
    ///
    /// # Safety
    /// `place` is the caller's, from [`enter`](Self::enter), and not used after this.
    pub(super) unsafe fn leave(&self, place: Place) -> bool {
        point(Point::WaitUnlink);
        let left = self.cell(place).leave();
        if left.is_last {
            // SAFETY: `leave` has told us to.
            unsafe { self.free(place.cell) };
        }
        left.notified
    }

    /// Waits on with another waker, at the same place in the order. The caller looks after this.
    ///
    /// With it comes what the caller is to drop, once it has taken note of the place: a waker's
    /// drop may panic.
    ///
    /// # Safety
    /// As for [`leave`](Self::leave); the place that is returned is the caller's instead.
    pub(super) unsafe fn replace(
        &self,
        place: Place,
        handle: Handle,
    ) -> (Result<Place, Handle>, Option<Handle>) {
        let cell = self.cell(place);
        if let Some(old) = cell.try_take_back() {
            // SAFETY: taken back, hence ours, unpinned and empty.
            unsafe { cell.arm(place.ticket, handle) };
            return (Ok(place), Some(old));
        }
        // Somebody stands at it: another cell, and that one frees this.
        // SAFETY: forwarded from the caller. A wake that it was given is the caller's to use.
        unsafe { self.leave(place) };
        let Some(cell) = self.claim() else {
            return (Err(handle), None);
        };
        // SAFETY: just claimed.
        unsafe { self.cells[cell].arm(place.ticket, handle) };
        (Ok(Place { cell, ..place }), None)
    }

    /// # Safety
    /// As for [`Cell::free`].
    unsafe fn free(&self, cell: usize) {
        // SAFETY: forwarded from the caller.
        let handle = unsafe { self.cells[cell].free() };
        // AcqRel: the next owner sees it emptied. [wait-5]
        self.used.fetch_and(!(1 << cell), Ordering::AcqRel);
        drop(handle);
    }
}

fn take_earlier(first: &mut Option<(usize, Seen)>, cell: usize, seen: Seen) {
    if first.is_none_or(|(_, other)| seen.is_before(other)) {
        *first = Some((cell, seen));
    }
}
