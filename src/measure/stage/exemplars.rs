//! The slowest requests of a window, by trace id: which ones to look at.

use core::cmp::Reverse;
use core::fmt;

use crossbeam_utils::CachePadded;

use super::StageTimer;
use super::exemplar::{Exemplar, Slot};
use super::rank::{TOTAL_BITS, rank_of, window_of};
use crate::sync::atomic::{AtomicU64, Ordering};

/// How many slots an offer may find taken by others before it gives up.
const TRIES: usize = 2;

/// Keeps the `capacity` slowest requests of a window, with their trace ids and stages.
///
/// A histogram says that something was slow, an exemplar which request to look up in the trace
/// store. Bounded: a slower request takes the place of the least slow one. Two banks of slots, so
/// that [`take_into`](Self::take_into) reads one window while requests go into the next.
///
/// # Guarantees
/// [`offer`](Self::offer) of a request that is not among the slowest is one relaxed load and a
/// compare; else two looks at each slot of a bank and two read-modify-writes, or three of each
/// where another takes the slot first: never waits, never allocates. [`new`](Self::new) allocates
/// all there is.
/// A thread frozen inside an offer keeps its one slot from others; they use the rest.
///
/// # Examples
/// ```
/// use shorttail::measure::{Exemplars, Stage, StageTimer};
///
/// let slowest: Exemplars = Exemplars::new(2);
/// for (trace_id, took_ns) in [(71, 300), (72, 9_000), (73, 20), (74, 500)] {
///     let mut timer = StageTimer::start(0);
///     timer.lap(Stage::PROCESSING, took_ns);
///     slowest.offer(trace_id, &timer);
/// }
/// let mut seen = Vec::with_capacity(slowest.capacity());
/// slowest.take_into(&mut seen);
/// assert_eq!(seen.iter().map(|one| one.trace_id).collect::<Vec<_>>(), [72, 74]);
/// assert_eq!(seen[0].timer.spent_ns(Stage::PROCESSING), 9_000);
/// assert_eq!(slowest.missed(), 0); // nobody else was here
/// ```
pub struct Exemplars<const N: usize = 3> {
    /// The window's number, and below it the least total of a full bank: what a request has to
    /// exceed. May lag behind what the slots say, never runs ahead.
    floor: CachePadded<AtomicU64>,
    banks: [Box<[Slot<N>]>; 2],
    missed: AtomicU64,
}

impl<const N: usize> Exemplars<N> {
    /// Room for the `capacity` slowest requests of a window, 1 to 64;
    /// for an example see [`Exemplars`].
    ///
    /// # Panics
    /// If `capacity` is zero or above 64: each offer that is kept looks at all.
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(
            (1..=64).contains(&capacity),
            "exemplars take 1 to 64 slots, not {capacity}"
        );
        let bank = || (0..capacity).map(|_| Slot::new()).collect();
        Self {
            // Window zero is that of a slot that was never written.
            floor: CachePadded::new(AtomicU64::new(1 << TOTAL_BITS)),
            banks: [bank(), bank()],
            missed: AtomicU64::new(0),
        }
    }

    /// Keeps the request if it is among the slowest of this window. A total of zero is never kept.
    /// For an example see [`Exemplars`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn offer(&self, trace_id: u128, timer: &StageTimer<N>) {
        // Relaxed: a hint; an older one costs a look at the slots. [measure-7]
        let floor = self.floor.load(Ordering::Relaxed);
        let rank = rank_of(window_of(floor), timer.total_ns());
        if rank > floor {
            self.keep(floor, rank, Exemplar::new(trace_id, *timer));
        }
    }

    #[cold]
    fn keep(&self, floor: u64, rank: u64, exemplar: Exemplar<N>) {
        let window = window_of(floor);
        let bank = self.bank(window);
        for _ in 0..TRIES {
            // One look at each: a second one would not see what was being written in the first.
            let mut seen = 0;
            let looks = bank.iter().filter_map(|slot| slot.look(window));
            let counted = looks.inspect(|_| seen += 1);
            let Some(least) = counted.min_by_key(|seen| seen.rank) else {
                break;
            };
            if least.rank >= rank {
                if seen == bank.len() {
                    return;
                }
                continue; // what another writes now may be less
            }
            if least.replace(rank, &exemplar) {
                self.raise(floor, bank);
                return;
            }
        }
        // Relaxed: a statistic. [measure-7]
        self.missed.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells what has to be exceeded from now on, unless the window ended meanwhile.
    fn raise(&self, floor: u64, bank: &[Slot<N>]) {
        let window = window_of(floor);
        let ranks = bank.iter().map(|slot| slot.rank_in(window));
        let least = ranks.min().unwrap_or(floor);
        if least > floor {
            // Relaxed: ranks of a window only rise, so a floor that comes late is too low; one of
            // an ended window finds another word here. [measure-7]
            let raised =
                self.floor
                    .compare_exchange(floor, least, Ordering::Relaxed, Ordering::Relaxed);
            // Somebody else raised it, or ended the window: theirs stands.
            let _theirs = raised.is_err();
        }
    }

    /// Ends the window and gives its slowest requests, slowest first, replacing what is in `out`;
    /// for an example see [`Exemplars`].
    ///
    /// One that is being written at this moment is left out, as is one that was offered before
    /// and is written after. Never waits; allocates only if `out` has a capacity below
    /// [`capacity`](Self::capacity). Two looks at each slot, and a sort.
    pub fn take_into(&self, out: &mut Vec<Exemplar<N>>) {
        out.clear();
        // Relaxed: see `raise`. [measure-7]
        let mut floor = self.floor.load(Ordering::Relaxed);
        loop {
            let next = (window_of(floor) + 1) << TOTAL_BITS;
            // Relaxed: what is read from the slots is ordered by their own words. [measure-7]
            let ended =
                self.floor
                    .compare_exchange(floor, next, Ordering::Relaxed, Ordering::Relaxed);
            match ended {
                Ok(_) => break,
                Err(risen) => floor = risen,
            }
        }
        let window = window_of(floor);
        let bank = self.bank(window).iter();
        out.extend(bank.filter_map(|slot| slot.read(window)));
        out.sort_unstable_by_key(|one| Reverse(one.timer.total_ns()));
    }

    /// How many requests a window keeps; for an example see [`Exemplars`].
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.banks[0].len()
    }

    /// How many requests were not kept though they may belong to the slowest, as others held the
    /// slots they would have taken. One load. For an example see [`Exemplars`].
    #[must_use]
    pub fn missed(&self) -> u64 {
        // Relaxed: a statistic. [measure-7]
        self.missed.load(Ordering::Relaxed)
    }

    fn bank(&self, window: u64) -> &[Slot<N>] {
        &self.banks[usize::from(window % 2 == 1)]
    }
}

impl<const N: usize> fmt::Debug for Exemplars<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exemplars")
            .field("capacity", &self.capacity())
            .field("missed", &self.missed())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::super::Stage;
    use super::*;

    fn of(took_ns: u64) -> StageTimer {
        let mut timer = StageTimer::start(0);
        timer.lap(Stage::PROCESSING, took_ns);
        timer
    }

    #[test]
    fn an_offer_that_stood_still_for_two_windows_takes_no_slot_of_the_present_one() {
        let exemplars: Exemplars = Exemplars::new(2);
        let mut seen = Vec::with_capacity(2);
        // Relaxed: one thread. [measure-7]
        let floor = exemplars.floor.load(Ordering::Relaxed);
        exemplars.take_into(&mut seen);
        exemplars.take_into(&mut seen);
        exemplars.offer(7, &of(900));
        let late = Exemplar::new(8, of(5_000));
        exemplars.keep(floor, rank_of(window_of(floor), 5_000), late);
        exemplars.take_into(&mut seen);
        let ids: Vec<_> = seen.iter().map(|one| one.trace_id).collect();
        assert_eq!(ids, [7]);
    }

    #[test]
    fn a_slot_that_nobody_wrote_for_half_of_all_windows_is_free() {
        let half = 1 << (u64::BITS - TOTAL_BITS - 1);
        let exemplars: Exemplars = Exemplars::new(1);
        // Relaxed: one thread. [measure-7]
        (exemplars.floor).store((half + 5) << TOTAL_BITS, Ordering::Relaxed);
        exemplars.offer(7, &of(900));
        let mut seen = Vec::with_capacity(1);
        exemplars.take_into(&mut seen);
        assert_eq!(seen.first().map(|one| one.trace_id), Some(7));
    }
}
