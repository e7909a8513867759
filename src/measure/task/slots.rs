//! The wakers' places: all there are is taken at construction.

use core::fmt;
use core::task::Waker;

use crossbeam_utils::CachePadded;

use super::slot::{Tracked, WakeSlot};
use super::timed::Timed;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::thread_number;
use crate::time::Clock;

/// How often a claim tries one word of the bitmap before it goes on to the next.
const TRIES: usize = 4;

/// A fixed number of places for wakers that note when they were woken.
///
/// A task that was woken stands in its runtime's queue until it is polled, and no future can see
/// for how long: the wake passes it by. Here it passes through a waker that looks at the clock and
/// goes on to the runtime's own. Such wakers outlive the future and are cloned at will, and are
/// usually an `Arc` for each request; here they are slots with a count, used again and again.
/// Clones of the handle are of the same slots.
///
/// # Guarantees
/// [`new`](Self::new) allocates all there is. [`time`](Self::time) and the polls of what it gives
/// allocate nothing (a runtime's waker is cloned once a task: tokio's is a count). Where no slot is
/// free, a future is polled with the waker it was given, unmeasured between wake and poll, and
/// counted as [`untracked`](Self::untracked) here and in the task's own times. A wake costs a
/// reading of the clock and a compare and exchange more than it did, waits for nobody and is never
/// lost: whoever holds a slot's waker wakes the task that it was made for, whatever other holders
/// do. A future that waits keeps a clone of its task's waker until it is done or dropped: a runtime
/// that frees a task when the last waker of it goes does not free this one.
///
/// # Examples
/// ```
/// use shorttail::measure::{Stage, StageSet, WakeSlots};
/// use shorttail::time::StdClock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let stages = StageSet::for_tasks(2);
/// let slots = WakeSlots::new(1024, StdClock);
/// assert_eq!(slots.capacity(), 1024);
/// let (answer, times) = slots.time(async {
///     tokio::task::yield_now().await;
///     "done"
/// }).await;
/// stages.record_task(&times);
/// assert_eq!((answer, times.polls), ("done", 2));
/// assert!(times.timer.spent_ns(Stage::PROCESSING) >= times.poll_ns_max);
/// # }
/// ```
pub struct WakeSlots<C> {
    slab: Arc<Slab<C>>,
}

/// Clock, slots, and which of them are free.
pub(super) struct Slab<C> {
    pub(super) clock: C,
    /// A bit a slot, set while it is free.
    free: Box<[AtomicU64]>,
    slots: Box<[CachePadded<WakeSlot<C>>]>,
    untracked: AtomicU64,
}

impl<C: Clock + Send + Sync + 'static> WakeSlots<C> {
    /// Room for `capacity` tasks at a time, each a cache line or two, on one clock;
    /// for an example see [`WakeSlots`].
    ///
    /// # Panics
    /// If `capacity` is zero or above 65 536.
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize, clock: C) -> Self {
        assert!(
            (1..=1 << 16).contains(&capacity),
            "wake slots take a capacity of 1 to 65536, not {capacity}"
        );
        let bits = |word: usize| (capacity - 64 * word).min(64);
        let word = |word| AtomicU64::new(u64::MAX >> (64 - bits(word)));
        let slab = Slab {
            clock,
            free: (0..capacity.div_ceil(64)).map(word).collect(),
            slots: (0..capacity)
                .map(|index| CachePadded::new(WakeSlot::new(index)))
                .collect(),
            untracked: AtomicU64::new(0),
        };
        let slab = Arc::new(slab);
        Self { slab }
    }

    /// The future, measured from this call on. A reading of the clock, and a count of the handles
    /// one higher. For an example see [`WakeSlots`].
    pub fn time<F>(&self, future: F) -> Timed<F, C> {
        Timed::new(self.clone(), future)
    }

    /// Room for one more waker; `None` if all slots are taken, which is counted.
    pub(super) fn track(&self, waker: &Waker) -> Option<Tracked<C>> {
        // Before a slot is claimed, which a clone that panics would keep.
        let waker = waker.clone();
        let claimed = self.slab.claim();
        if claimed.is_none() {
            // Relaxed: a statistic. [measure-11]
            self.slab.untracked.fetch_add(1, Ordering::Relaxed);
        }
        let slot = &self.slab.slots[claimed?];
        Some(Tracked::fill(slot, waker, Arc::clone(&self.slab)))
    }
}

impl<C> WakeSlots<C> {
    /// How many polls had to do without a slot, as all were taken. One load.
    /// For an example see [`Timed`].
    #[must_use]
    pub fn untracked(&self) -> u64 {
        // Relaxed: a statistic. [measure-11]
        self.slab.untracked.load(Ordering::Relaxed)
    }

    /// How many tasks have room at a time; for an example see [`WakeSlots`].
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slab.slots.len()
    }

    pub(super) fn clock(&self) -> &C {
        &self.slab.clock
    }
}

impl<C> Slab<C> {
    /// A free slot, which is its caller's then. Looks at each word a few times at most.
    fn claim(&self) -> Option<usize> {
        let words = self.free.len();
        let first = thread_number() % words;
        let mut order = (0..words).map(|step| (first + step) % words);
        order.find_map(|word| {
            for _ in 0..TRIES {
                // Relaxed: only says which bit to try. [measure-9]
                let free = self.free[word].load(Ordering::Relaxed);
                if free == 0 {
                    return None;
                }
                let bit = free & free.wrapping_neg();
                // Acquire: comes behind all that its last holder did with the slot. [measure-9]
                if self.free[word].fetch_and(!bit, Ordering::Acquire) & bit != 0 {
                    return Some(64 * word + bit.trailing_zeros() as usize);
                }
            }
            None
        })
    }

    /// Only for who emptied the slot.
    pub(super) fn give_back(&self, index: usize) {
        let bit = 1 << (index % 64);
        // Release: who claims it next finds it emptied. [measure-9]
        self.free[index / 64].fetch_or(bit, Ordering::Release);
    }
}

impl<C> Clone for WakeSlots<C> {
    fn clone(&self) -> Self {
        let slab = Arc::clone(&self.slab);
        Self { slab }
    }
}

impl<C> fmt::Debug for WakeSlots<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WakeSlots")
            .field("capacity", &self.capacity())
            .field("untracked", &self.untracked())
            .finish_non_exhaustive()
    }
}
