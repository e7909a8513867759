//! One slow request, and the slot it is kept in.

use super::StageTimer;
use super::rank::{is_later, window_of};
use crate::sync::atomic::{AtomicU64, Ordering};

/// A request that was among the slowest of its window: plain data.
///
/// # Examples
/// ```
/// use shorttail::measure::{Exemplars, Stage, StageTimer};
///
/// let slowest: Exemplars = Exemplars::new(4);
/// let mut timer = StageTimer::start(5);
/// timer.lap(Stage::QUEUE_WAIT, 905);
/// slowest.offer(0x4bf9_2f35_77b3_4da6, &timer);
/// let mut seen = Vec::with_capacity(4);
/// slowest.take_into(&mut seen);
/// assert_eq!((seen[0].trace_id, seen[0].timer), (0x4bf9_2f35_77b3_4da6, timer));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exemplar<const N: usize = 3> {
    /// What its caller calls it: W3C trace ids have 128 bits.
    pub trace_id: u128,
    /// Its stages.
    pub timer: StageTimer<N>,
}

impl<const N: usize> Exemplar<N> {
    pub(super) const fn new(trace_id: u128, timer: StageTimer<N>) -> Self {
        Self { trace_id, timer }
    }
}

/// A place for one exemplar: words that a writer marks as being written, so that a reader sees
/// all of one exemplar or knows that it did not (a sequence lock whose readers never repeat).
pub(crate) struct Slot<const N: usize> {
    /// Odd while somebody writes.
    turn: AtomicU64,
    rank: AtomicU64,
    /// Upper and lower half of the trace id, start, end.
    words: [AtomicU64; 4],
    spent_ns: [AtomicU64; N],
}

/// A slot that nobody was writing when it was looked at.
pub(super) struct Seen<'s, const N: usize> {
    slot: &'s Slot<N>,
    turn: u64,
    /// Zero if the slot is free in this window.
    pub(super) rank: u64,
}

impl<const N: usize> Slot<N> {
    pub(crate) fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            turn: zero(),
            rank: zero(),
            words: core::array::from_fn(|_| zero()),
            spent_ns: core::array::from_fn(|_| zero()),
        }
    }

    /// Its rank in this window; zero if it has none. May be that of a moment ago.
    pub(super) fn rank_in(&self, window: u64) -> u64 {
        // Acquire: as every word of the slot, see `read`. [measure-8]
        let rank = self.rank.load(Ordering::Acquire);
        if window_of(rank) == window { rank } else { 0 }
    }

    /// `None` while somebody writes it, or if it keeps one of a later window.
    pub(super) fn look(&self, window: u64) -> Option<Seen<'_, N>> {
        // Acquire: the rank below is this turn's or later. [measure-8]
        let turn = self.turn.load(Ordering::Acquire);
        if turn % 2 != 0 {
            return None;
        }
        // Acquire: as in `rank_in`. [measure-8]
        let rank = self.rank.load(Ordering::Acquire);
        let kept = window_of(rank);
        // One of a window that is over is free; one of a window that began since is not ours.
        (!is_later(kept, window)).then_some(Seen {
            slot: self,
            turn,
            rank: if kept == window { rank } else { 0 },
        })
    }

    /// The exemplar kept in this window; `None` if there is none, or it is being written.
    pub(crate) fn read(&self, window: u64) -> Option<Exemplar<N>> {
        let seen = self.look(window).filter(|seen| seen.rank != 0)?;
        // Acquire: a word of a later turn shows its odd turn to the load below. [measure-8]
        let load = |word: &AtomicU64| word.load(Ordering::Acquire);
        let [high, low, start_ns, last_ns] = self.words.each_ref().map(load);
        let spent_ns = self.spent_ns.each_ref().map(load);
        // Relaxed: ordered behind the words by their Acquire. [measure-8]
        let is_whole = self.turn.load(Ordering::Relaxed) == seen.turn;
        is_whole.then(|| {
            let trace_id = u128::from(high) << 64 | u128::from(low);
            Exemplar::new(trace_id, StageTimer::of(start_ns, last_ns, spent_ns))
        })
    }

    fn write(&self, rank: u64, exemplar: &Exemplar<N>) {
        // Release: who sees this word sees the odd turn before it. [measure-8]
        let store = |word: &AtomicU64, value: u64| word.store(value, Ordering::Release);
        store(&self.rank, rank);
        let (id, (start_ns, last_ns, spent_ns)) = (exemplar.trace_id, exemplar.timer.words());
        let low = u64::try_from(id & u128::from(u64::MAX)).unwrap_or(0);
        let high = u64::try_from(id >> 64).unwrap_or(0);
        for (word, value) in self.words.iter().zip([high, low, start_ns, last_ns]) {
            store(word, value);
        }
        for (word, value) in self.spent_ns.iter().zip(spent_ns) {
            store(word, value);
        }
    }
}

impl<const N: usize> Seen<'_, N> {
    /// Puts `exemplar` in its place; false if somebody has written here since the look.
    pub(super) fn replace(&self, rank: u64, exemplar: &Exemplar<N>) -> bool {
        let (turn, slot) = (self.turn, self.slot);
        // Acquire: behind the last writer's words; a refusal reads nothing. [measure-8]
        let claim =
            slot.turn
                .compare_exchange(turn, turn + 1, Ordering::Acquire, Ordering::Relaxed);
        if claim.is_err() {
            return false;
        }
        slot.write(rank, exemplar);
        // Release: who sees this turn sees all words of it. [measure-8]
        slot.turn.store(turn + 2, Ordering::Release);
        true
    }
}
