//! The bounded MPMC slot ring whose stalled slots others step over.
//!
//! Every word holds absolute positions. `tail` is the next position to claim for a value, `head`
//! the next to take. A slot's state says what the slot is at which position:
//!
//! ```text
//!            claim: CAS tail        publish: CAS          claim: CAS head     release: CAS
//! FREE(p) ──────────────────▶ FREE(p) ──────▶ FULL(p) ──────────────▶ FULL(p) ──────▶ FREE(p+len)
//!                     │ sender stalled                       │ receiver stalled
//!                     ▼ receiver steps over                  ▼ sender steps over
//!                  HOLE(p)                                HOLE(p+len)
//!                     └──── the stalled thread frees the slot when it runs: FREE(next lap)
//! ```
//!
//! A sender whose position was stepped over finds that its publish fails, takes its value back
//! and claims another position: nothing was visible, so nothing is lost or reordered among
//! completed sends. There are more slots than the capacity, so that stalled threads cost slots
//! and not room; a forced value, and a reserved one that was stepped over, may stand in them beyond
//! the capacity for a while. Every transition is a read-modify-write, which gives sleepers
//! something to meet publishers on (`crate::wait`) and each value exactly one owner.
//!
//! Layout and claim order follow D. Vyukov's bounded MPMC queue (2010); the stepping over is ours.

mod batch;
mod force;
mod hints;
#[cfg(all(test, shorttail_loom))]
mod models;
mod pop;
mod push;
mod reserve;
mod settle;
mod step_overs;
#[cfg(all(test, not(shorttail_loom)))]
mod tests;
mod word;

use core::fmt;
use core::mem::MaybeUninit;

use crossbeam_utils::CachePadded;

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Tally, UnsafeCell, spin_loop};

pub(crate) use batch::ClaimedRun;
pub(crate) use pop::{Claimed, PopError};
pub(crate) use push::PushError;
pub(crate) use step_overs::StepOvers;
use word::{CLOSED, Pos, State, View};

/// Slots beyond the capacity: so many threads may be stalled in their windows before room
/// shrinks.
const SLACK: usize = 8;

/// Looks at a slot whose owner is in its window before it is stepped over. About a microsecond:
/// a hundred times what a running owner needs.
const PATIENCE: u32 = 64;

/// Positions that one call claims at once, at most: what is left to gain beyond it is little.
const BATCH_MAX: usize = 8;

/// More would not be told apart by the difference of two positions.
const SLOTS_MAX: u64 = 1 << 48;

/// Why there is no ring.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NoRing {
    /// More slots than can be counted or addressed.
    TooLarge,
    /// The system did not give so many bytes.
    OutOfMemory { bytes: usize },
}

/// A bounded queue of `T` for any number of threads. Never waits.
pub(crate) struct Ring<T> {
    /// Next position to claim for a value, the number of reservations, and the closed bit. Written
    /// by senders.
    tail: CachePadded<AtomicU64>,
    /// Next position to take. Written by receivers, and by anybody over a dead position.
    head: CachePadded<AtomicU64>,
    /// At least the number of dead positions between head and tail, and exactly that number when
    /// nobody is in a call; zero nearly always.
    dead: CachePadded<AtomicU64>,
    slots: Box<[Slot<T>]>,
    /// Positions killed.
    kills: Tally,
    capacity: u64,
    /// Positions that one call claims at once. As many threads as [`SLACK`] says may be stalled
    /// with so many each before room shrinks.
    batch: usize,
    patience: u32,
}

struct Slot<T> {
    /// A [`State`].
    state: AtomicU64,
    /// Initialised from publish to claim; in between the window's owner alone touches it.
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: values move through the ring from thread to thread, so `T: Send`; no `&T` is ever
// shared, so `T: Sync` is not needed. Each value cell has one owner at a time: the thread that
// won the position (see `push` and `pop`).
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> fmt::Debug for Ring<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("len", &self.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl<T> Ring<T> {
    /// A ring for `capacity` values; allocates all it will ever need.
    ///
    /// `patience` is the number of looks at a slot before its owner is stepped over.
    pub(crate) fn try_new(capacity: usize, patience: Option<u16>) -> Result<Self, NoRing> {
        let alone = crate::sync::cpus() == 1;
        let usual = if alone { 0 } else { PATIENCE };
        let patience = patience.map_or(usual, u32::from);
        Self::try_with(capacity, SLACK, Pos::ZERO, patience)
    }

    #[cfg(test)]
    pub(crate) fn new(capacity: usize) -> Self {
        Self::try_new(capacity, None).expect("memory enough")
    }

    #[cfg(test)]
    fn with(capacity: usize, slack: usize, start: Pos, patience: u32) -> Self {
        Self::try_with(capacity, slack, start, patience).expect("memory enough")
    }

    /// `slack` slots more than `capacity`, rounded up; positions start at `start`.
    fn try_with(capacity: usize, slack: usize, start: Pos, patience: u32) -> Result<Self, NoRing> {
        let count = capacity
            .checked_add(slack)
            .and_then(usize::checked_next_power_of_two)
            .filter(|count| *count as u64 <= SLOTS_MAX)
            .ok_or(NoRing::TooLarge)?;
        let bytes = count
            .checked_mul(size_of::<Slot<T>>())
            .filter(|bytes| isize::try_from(*bytes).is_ok())
            .ok_or(NoRing::TooLarge)?;
        let mut slots = Vec::new();
        if slots.try_reserve_exact(count).is_err() {
            return Err(NoRing::OutOfMemory { bytes });
        }
        let len = count as u64;
        let first = start.index(len - 1) as u64;
        let slot = |index: u64| {
            let lap = u64::from(index < first) * len;
            Slot {
                state: AtomicU64::new(State::free(start.plus(lap + index).minus(first)).0),
                value: UnsafeCell::new(MaybeUninit::uninit()),
            }
        };
        slots.extend((0..len).map(slot));
        Ok(Self {
            tail: CachePadded::new(AtomicU64::new(start.word())),
            head: CachePadded::new(AtomicU64::new(start.word())),
            dead: CachePadded::new(AtomicU64::new(0)),
            kills: Tally::default(),
            slots: slots.into_boxed_slice(),
            capacity: capacity as u64,
            batch: ((count - capacity) / SLACK).clamp(1, BATCH_MAX),
            patience,
        })
    }

    /// Lets no further value in; true for the call that did it.
    pub(crate) fn close(&self) -> bool {
        // AcqRel: no claim succeeds after this; meets the sleepers' adding of zero. [ring-6]
        let tail = self.tail.fetch_or(CLOSED, Ordering::AcqRel);
        !word::is_closed(tail)
    }

    pub(crate) fn is_closed(&self) -> bool {
        // Acquire: who sees the channel closed sees what its closer did before. [ring-6]
        word::is_closed(self.tail.load(Ordering::Acquire))
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity as usize
    }

    /// Positions given up to threads that stood still.
    pub(crate) fn stepped_over(&self) -> u64 {
        self.kills.get()
    }

    /// The next position to take, as a word: another one is there as soon as a value was taken.
    pub(crate) fn head(&self) -> u64 {
        // Acquire: looks before and after this stay there. [ring-7]
        self.head.load(Ordering::Acquire)
    }

    /// Values taken out since the start; exact when nobody else is in a call. Three loads.
    pub(crate) fn taken(&self) -> u64 {
        let passed = Pos::of(self.head()).since(Pos::ZERO).max(0) as u64;
        let dead_passed = self.kills.get().saturating_sub(self.dead_at_most());
        passed.saturating_sub(dead_passed)
    }

    /// Values inside and claims in their window; exact when nobody else is in a call. Three loads.
    pub(crate) fn len(&self) -> usize {
        // Acquire: a length never older than what the caller already knows of. [ring-7]
        let head = Pos::of(self.head.load(Ordering::Acquire));
        // Acquire: read after `head`, so the difference is not negative. [ring-7]
        let tail = Pos::of(self.tail.load(Ordering::Acquire));
        let ahead = tail.since(head).max(0) as u64;
        ahead.saturating_sub(self.dead_at_most()).min(self.capacity) as usize
    }

    /// Dead positions between head and tail, or a few more than there are.
    #[inline]
    fn dead_at_most(&self) -> u64 {
        // Acquire: a lower count means that head has moved; a look at head then sees it. [ring-8]
        self.dead.load(Ordering::Acquire)
    }

    /// The positions from `head` to `tail`, at most one lap.
    fn between(&self, head: Pos, tail: Pos) -> impl Iterator<Item = Pos> + use<'_, T> {
        let len = tail.since(head).clamp(0, self.slots.len() as i64);
        (0..len as u64).map(move |step| head.plus(step))
    }

    #[inline]
    fn slot(&self, pos: Pos) -> &Slot<T> {
        &self.slots[pos.index(self.slots.len() as u64 - 1)]
    }

    #[inline]
    fn state(&self, pos: Pos) -> State {
        // Acquire: of a published value its bytes, of a freed slot its emptiness. [ring-3]
        State(self.slot(pos).state.load(Ordering::Acquire))
    }

    fn view(&self, pos: Pos) -> View {
        self.state(pos).seen_from(pos)
    }

    /// Gives the owner of a slot a moment to finish; true if its state changed.
    fn wait_briefly(&self, pos: Pos, seen: State) -> bool {
        (0..self.patience).any(|_| {
            spin_loop();
            self.state(pos) != seen
        })
    }

    /// Makes `pos` dead by changing its slot from `seen`; false if the slot changed first.
    ///
    /// The caller has made sure that `pos` is claimed and not published, or that it is the tail
    /// and its slot is not free.
    #[cold]
    fn kill(&self, pos: Pos, seen: State) -> bool {
        // Relaxed: raised before the death, so the hint is never too low for who sees it. [ring-8]
        self.dead.fetch_add(1, Ordering::Relaxed);
        let hole = State::hole(pos);
        let slot = self.slot(pos);
        // AcqRel: decides between us and the slot's owner, who meets it with a CAS too. [ring-5]
        let swap = slot
            .state
            .compare_exchange(seen.0, hole.0, Ordering::AcqRel, Ordering::Acquire);
        if swap.is_err() {
            // Relaxed: takes the hint back. [ring-8]
            self.dead.fetch_sub(1, Ordering::Relaxed);
        }
        self.kills.add(u64::from(swap.is_ok()));
        swap.is_ok()
    }

    /// Moves head over the dead position it stands on; the head after that.
    #[cold]
    fn pass_dead(&self, head: Pos) -> Pos {
        let next = head.next();
        // AcqRel: head moves only by CAS, so each position has one fate. [ring-4]
        let swap = self.head.compare_exchange(
            head.word(),
            next.word(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        match swap {
            Ok(_) => {
                // Release: whoever misses the dead position sees the head that passed it. [ring-8]
                self.dead.fetch_sub(1, Ordering::Release);
                next
            }
            Err(now) => Pos::of(now),
        }
    }

    /// Frees a slot we own for the next lap, whoever stepped over it how often meanwhile.
    fn release(&self, slot: &Slot<T>, mut seen: State) {
        loop {
            let next = State::free(seen.pos().plus(self.slots.len() as u64));
            // AcqRel: our reading of the value comes before the next owner's write. [ring-5]
            let swap =
                slot.state
                    .compare_exchange(seen.0, next.0, Ordering::AcqRel, Ordering::Acquire);
            match swap {
                Ok(_) => return,
                Err(now) => seen = State(now),
            }
        }
    }
}

impl<T> Drop for Ring<T> {
    /// Drops what is inside, each value once; a panicking value leaves the rest undropped.
    fn drop(&mut self) {
        while self.try_pop().is_ok() {}
    }
}
