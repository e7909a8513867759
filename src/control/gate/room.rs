//! Permits, and those who wait for them.
//!
//! One word decides. Whoever changes it by a read-modify-write so that somebody who waits may have
//! room looks at what it has made and wakes: one who gives back, one who raises the limit, and one
//! who stops waiting, with or without a permit. A waiter stands in its tier's line before it looks
//! at the word by a read-modify-write. So of the two that meet on the word either the waiter sees
//! the room, or the other sees the waiter.
//!
//! Who is woken has no claim on a place, and yet nobody takes it: one who comes leaves as many free
//! as there are waiters before it. So a waiter that does not run keeps one place free, and no more.

use core::pin::Pin;
use core::task::{Context, Poll};

use crossbeam_utils::CachePadded;

use super::class::{Class, Shares, Tier};
use super::word::{Word, permit, waiter};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{MODEL, Panics};
use crate::wait::{TaskWaiter, WaitQueue};

/// Waiters of a tier that wait in cells.
const CELLS: usize = if MODEL { 2 } else { 32 };

#[derive(Debug)]
pub(super) struct Room {
    word: CachePadded<AtomicU64>,
    pub(super) shares: Shares,
    /// How many may wait, of the first tier.
    waiters_max: u32,
    lines: [WaitQueue; 3],
}

impl Room {
    pub(super) fn new(limit: u32, shares: Shares, waiters_max: u32) -> Self {
        Self {
            word: CachePadded::new(AtomicU64::new(Word::new(limit).0)),
            shares,
            waiters_max,
            lines: core::array::from_fn(|_| WaitQueue::with_cells(CELLS)),
        }
    }

    #[inline]
    pub(super) fn word(&self) -> Word {
        // Relaxed: a reading for people and for forecasts. [control-5]
        Word(self.word.load(Ordering::Relaxed))
    }

    /// A permit, of which generation; or the word that had no room for one.
    #[inline]
    pub(super) fn try_take(&self, class: Class) -> Result<u64, Word> {
        self.try_take_within(class.tier(), |limit| self.shares.room(class, limit))
    }

    #[inline]
    fn try_take_within(&self, tier: Tier, room: impl Fn(u32) -> u32) -> Result<u64, Word> {
        // Relaxed: a guess for the exchange; a refusal publishes nothing. [control-5]
        let mut word = Word(self.word.load(Ordering::Relaxed));
        while word.admits(tier, room(word.limit())) {
            match self.exchange(word, word.and_permit()) {
                Ok(()) => return Ok(word.generation()),
                Err(now) => word = now,
            }
        }
        Err(word)
    }

    #[inline]
    fn exchange(&self, from: Word, to: Word) -> Result<(), Word> {
        // AcqRel: who enters sees what those did who left before. Relaxed where it fails: as the
        // guess. [control-5]
        let taken = self
            .word
            .compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Relaxed);
        taken.map(drop).map_err(Word)
    }

    /// Gives a permit back, and wakes one who waits for it.
    #[inline]
    pub(super) fn give_back(&self, generation: u64) {
        self.add(permit(generation).wrapping_neg());
    }

    /// Changes the word by so much, and wakes one for whom there is room then.
    #[inline]
    fn add(&self, change: u64) {
        // AcqRel: hands over to who enters next, and meets who waits. [control-5]
        let before = self.word.fetch_add(change, Ordering::AcqRel);
        let word = Word(before.wrapping_add(change));
        if word.waiting() > 0 {
            self.serve(word, 1);
        }
    }

    /// Sets the limit. Permits that are out stay out: below them nobody enters until enough are
    /// back.
    pub(super) fn set_limit(&self, limit: u32) {
        // Relaxed: a guess for the exchange. [control-5]
        let mut word = Word(self.word.load(Ordering::Relaxed));
        while let Err(now) = self.exchange(word, word.with_limit(limit)) {
            word = now;
        }
        if word.waiting() > 0 {
            let more = limit.saturating_sub(word.limit());
            self.serve(word.with_limit(limit), more as usize);
        }
    }

    /// Begins a generation if none of the one before is out; whether it has.
    pub(super) fn turn(&self) -> bool {
        let word = self.word();
        // One that fails is tried again by the next who looks.
        word.older() == 0 && self.exchange(word, word.turned()).is_ok()
    }

    /// Wakes up to `count` of those who have room in `word`, the first tier's before the others';
    /// who is being woken by another thread is passed over, for that one may not run.
    #[cold]
    fn serve(&self, word: Word, count: usize) {
        let mut left = count;
        for tier in Tier::ALL {
            let room = self.shares.room_of(tier, word.limit());
            if word.in_line_of(tier) == 0 || !word.admits_waiter(tier, room, false) {
                continue;
            }
            while left > 0 && self.lines[tier as usize].try_notify_one() {
                left -= 1;
            }
        }
    }

    /// A permit for one who could wait: its cohort does not count, for all of a line have the same
    /// room. Where nobody may wait, as by [`try_take`](Self::try_take).
    pub(super) fn try_take_or_wait(&self, class: Class) -> Result<u64, Word> {
        if self.waiters_max == 0 {
            return self.try_take(class);
        }
        let tier = class.tier();
        self.try_take_within(tier, |limit| self.shares.room_of(tier, limit))
    }

    /// How many may stand in line for one more of this class to join it.
    fn places(&self, class: Class) -> u32 {
        match self.waiters_max {
            0 => 0,
            most => self.shares.room(class, most),
        }
    }

    /// Announces a waiter; false if there are too many.
    pub(super) fn try_join(&self, class: Class) -> bool {
        let (tier, places) = (class.tier(), self.places(class));
        // Relaxed: a guess for the exchange. [control-5]
        let mut word = Word(self.word.load(Ordering::Relaxed));
        while word.in_line_of(tier) < places {
            match self.exchange(word, Word(word.0 + waiter(tier))) {
                Ok(()) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// For one who was announced: what `entered` makes of the generation of its permit, and it
    /// waits no more. That is called as soon as the word has changed, since the wakers of others,
    /// which may panic, come after it.
    ///
    /// # Safety
    /// As for [`TaskWaiter::poll`], of this room; [`leave`](Self::leave) before the memory goes.
    pub(super) unsafe fn poll<R>(
        &self,
        tier: Tier,
        waiter: Pin<&mut TaskWaiter>,
        cx: &mut Context<'_>,
        mut entered: impl FnMut(u64) -> R,
    ) -> Poll<R> {
        // It stands behind all others until it has looked in line.
        let last = !waiter.is_linked();
        let look = || self.look(tier, last).map(&mut entered);
        // SAFETY: forwarded from the caller: always this line of this room.
        let polled = unsafe { waiter.poll(self.line(tier), cx, look) };
        if polled.is_ready() {
            // Others may have room too, whose wake went to us.
            self.add(0);
        }
        polled
    }

    /// For one who was announced and has no permit: it waits no more, and a wake that it was given
    /// goes to another.
    ///
    /// # Safety
    /// As for [`TaskWaiter::release`].
    pub(super) unsafe fn leave(&self, tier: Tier, waiting: Pin<&mut TaskWaiter>) {
        // AcqRel: before it leaves the line, where others may have met it in vain; they are served
        // after that. [control-5]
        self.word.fetch_sub(waiter(tier), Ordering::AcqRel);
        let mut panics = Panics::default();
        // SAFETY: forwarded from the caller.
        panics.catch(|| unsafe { waiting.release(self.line(tier)) });
        panics.catch(|| self.add(0));
        panics.resume();
    }

    fn line(&self, tier: Tier) -> &WaitQueue {
        &self.lines[tier as usize]
    }

    /// Looks by a read-modify-write, as one who stands in line has to.
    fn look(&self, tier: Tier, last: bool) -> Option<u64> {
        loop {
            // AcqRel: meets who gives back or raises the limit. [control-5]
            let word = Word(self.word.fetch_add(0, Ordering::AcqRel));
            let room = self.shares.room_of(tier, word.limit());
            if !word.admits_waiter(tier, room, last) {
                return None;
            }
            let entered = Word(word.and_permit().0 - waiter(tier));
            if self.exchange(word, entered).is_ok() {
                return Some(word.generation());
            }
        }
    }
}
