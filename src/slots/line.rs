//! Those who wait for a slot, first come first served.
//!
//! A slot that comes back while somebody waits is given to the first of them by whoever brings it:
//! it goes into the waiter's node, and never into the bitmap. Nobody who brings a slot waits for
//! the lock of the line; if that is taken, the slot goes into the bitmap, and whoever has the lock
//! looks there after the unlock.
//!
//! The waiter pays. It joins the line and then takes from every word by a read-modify-write that
//! marks the word as one that is waited for. A releaser changes the slot's word by a
//! read-modify-write too, and one comes first: either the waiter finds the slot, or the releaser
//! finds the mark, and looks by a relaxed load whether anybody waits. The marks stay: where
//! somebody has waited once, a release takes one step more.

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::chaos::{self, Point};
use crate::sync::{Lock, Panics};
use crate::wait::{List, Node, Wake};

/// Wakes that are made after one unlock, before the lock is taken again.
const BATCH: usize = 4;

/// A waiter, and its slot once that has been granted.
pub(super) type Waiter<L> = Node<Option<L>>;

/// Those who wait for a slot, which whoever has it holds as an `L`.
pub(super) struct Line<L> {
    list: Lock<List<Option<L>>>,
    /// Waiters without a slot. Written under the lock, read without it.
    waiting: AtomicUsize,
    /// Slots brought by those who found the lock taken.
    missed: AtomicUsize,
}

impl<L> Line<L> {
    pub(super) fn new() -> Self {
        Self {
            list: Lock::new(List::new()),
            waiting: AtomicUsize::new(0),
            missed: AtomicUsize::new(0),
        }
    }

    /// Waiters without a slot.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        // Relaxed: the slot's word orders it, see the page; a statistic besides. [slots-10]
        self.waiting.load(Ordering::Relaxed)
    }

    /// Gives the slot to the first who waits; back if there is none, or the lock is taken.
    #[cold]
    pub(super) fn hand_over(&self, lease: L, more: impl Fn() -> Option<L>) -> Option<L> {
        let Some(mut list) = self.list.try_lock() else {
            return Some(lease);
        };
        chaos::point(Point::WaitLocked);
        let mut left = Some(lease);
        let wake = grant(&mut list, || left.take());
        self.count(&list);
        drop(list);
        let mut panics = Panics::default();
        panics.catch(|| wake.into_iter().for_each(Wake::wake));
        panics.catch(|| self.unlocked(more));
        panics.resume();
        left
    }

    /// For who has brought a slot into the bitmap: `more` takes slots from there, and those who
    /// wait get them. If the lock is taken, its holder does that.
    #[cold]
    pub(super) fn serve(&self, more: impl Fn() -> Option<L>) {
        // AcqRel: pairs with the one in `has_missed`: either the holder of the lock sees this after
        // its unlock, or we see its unlock. [slots-11]
        self.missed.fetch_add(1, Ordering::AcqRel);
        let mut panics = Panics::default();
        while let Some(mut list) = self.list.try_lock() {
            chaos::point(Point::WaitLocked);
            // AcqRel: takes over what is asked for. [slots-11]
            self.missed.swap(0, Ordering::AcqRel);
            let mut wakes = [const { None }; BATCH];
            let filled = fill(&mut wakes, || grant(&mut list, &more));
            self.count(&list);
            drop(list);
            for wake in wakes.into_iter().flatten() {
                panics.catch(|| wake.wake());
            }
            if !filled && !self.has_missed() {
                break;
            }
        }
        panics.resume();
    }

    /// To be asked after every unlock.
    fn has_missed(&self) -> bool {
        // AcqRel: adding zero puts this after the unlock for who brings the next slot. [slots-11]
        self.missed.fetch_add(0, Ordering::AcqRel) > 0
    }

    fn unlocked(&self, more: impl Fn() -> Option<L>) {
        if self.has_missed() {
            self.serve(more);
        }
    }

    /// Puts a waiter at the end of the line, and gives the first ones what `settle` finds.
    ///
    /// # Safety
    /// `node` is in no line, stays in place and lives until it was granted a slot or has left.
    pub(super) unsafe fn join(
        &self,
        node: &Waiter<L>,
        settle: impl Fn() -> Option<L>,
        more: impl Fn() -> Option<L>,
    ) {
        chaos::point(Point::WaitLink);
        let mut wakes = [const { None }; BATCH];
        let mut list = self.list.lock();
        chaos::point(Point::WaitLocked);
        // SAFETY: forwarded from the caller; the lock is held.
        unsafe { list.push(node, false) };
        // Before the looks of `settle`.
        self.count(&list);
        let filled = fill(&mut wakes, || grant(&mut list, &settle));
        self.count(&list);
        drop(list);
        let mut panics = Panics::default();
        for wake in wakes.into_iter().flatten() {
            panics.catch(|| wake.wake());
        }
        panics.catch(|| match filled {
            true => self.serve(more),
            false => self.unlocked(more),
        });
        panics.resume();
    }

    /// Runs `change` under the lock.
    pub(super) fn with<R>(
        &self,
        change: impl FnOnce(&mut List<Option<L>>) -> R,
        more: impl Fn() -> Option<L>,
    ) -> R {
        let result = {
            let mut list = self.list.lock();
            chaos::point(Point::WaitLocked);
            let result = change(&mut list);
            self.count(&list);
            result
        };
        self.unlocked(more);
        result
    }

    /// Called with the lock held.
    fn count(&self, list: &List<Option<L>>) {
        // Relaxed: the read-modify-writes on the slots' words that follow publish it. [slots-10]
        self.waiting.store(list.len(), Ordering::Relaxed);
    }
}

/// Gives the first in line what `more` has; how to wake it.
fn grant<L>(list: &mut List<Option<L>>, more: impl FnOnce() -> Option<L>) -> Option<Wake> {
    if list.len() == 0 {
        return None;
    }
    let lease = more()?;
    let granted = list.pop_front_with(|place| place.replace(lease));
    granted.map(|(wake, none)| {
        debug_assert!(none.is_none(), "a waiter in line has no slot");
        wake
    })
}

/// Fills `wakes` by `next`; whether they are full, and there may be more.
fn fill(wakes: &mut [Option<Wake>], mut next: impl FnMut() -> Option<Wake>) -> bool {
    for place in wakes {
        *place = next();
        if place.is_none() {
            return false;
        }
    }
    true
}
