//! The free bits themselves.

use core::fmt;
use core::ops::RangeInclusive;
use std::io::Write;

use crossbeam_utils::CachePadded;

use super::dry::Dry;
use super::refused::Refused;
use super::summary::{BLOCK_WORDS, Summary};
use super::word::{GivenBack, State, WORD_SLOTS, Word};
use crate::sync::{cpus, thread_number};

/// Words over which even a small set is spread, so that few threads share a line: as many as there
/// are processors, within these bounds, and less than twice as many. More would be emptied, and
/// taken off the list and listed again, by threads that hold a few slots each.
const SPREAD_WORDS: RangeInclusive<usize> = 4..=16;

/// A word on a line of its own, with what is counted beside it.
#[derive(Debug)]
struct OwnLine {
    /// Bit `b`: slot `word << shift | b` is free.
    word: Word,
    refused: Refused,
}

/// A fixed set of slots, each free or claimed.
///
/// # Guarantees
/// `claim` is lock-free: it visits at most 32 words a block of 1024 slots, on top of one visit for
/// every slot another thread took first; so is `release`: a try for every step of others on the
/// word. A slot whose release was over before the claim began, and that nobody took, is found: a
/// thread frozen anywhere in here hides no slot but its own. Slots that move during the claim are
/// not missed either: `None` means that at one moment of the call no slot of a block was free whose
/// release had ended. There are two limits to that. Each block has a moment of its own. And so has
/// a word that another claimer had in doubt, between two steps of taking it off the list: it was
/// seen empty in the call, but maybe not at the moment of its block. The empty answer costs one
/// load a block, and two loads where it was given before and no slot has come back since. Nothing
/// allocates after `new`.
pub(crate) struct SlotSet {
    lines: Box<[CachePadded<OwnLine>]>,
    blocks: Box<[Summary]>,
    /// Where there is more than one block to look at.
    pub(super) dry: Option<CachePadded<Dry>>,
    /// Slots in a word: `1 << shift`.
    shift: u32,
    len: usize,
}

impl SlotSet {
    /// `len` free slots, numbered from 0.
    ///
    /// # Panics
    /// If `len` is more than `u32::MAX`.
    pub(crate) fn new(len: usize) -> Self {
        let widest = WORD_SLOTS.trailing_zeros();
        let words = cpus().clamp(*SPREAD_WORDS.start(), *SPREAD_WORDS.end());
        let shift = (len / words).checked_ilog2().unwrap_or(0);
        Self::with_shift(len, shift.min(widest))
    }

    /// As [`SlotSet::new`], with `1 << shift` slots in a word.
    pub(super) fn with_shift(len: usize, shift: u32) -> Self {
        assert!(u32::try_from(len).is_ok(), "at most u32::MAX slots");
        let per_word = 1 << shift;
        let words = len.div_ceil(per_word).max(1);
        let line = |word: usize| {
            let slots = (len - (word * per_word).min(len)).min(per_word);
            CachePadded::new(OwnLine {
                word: Word::new(slots),
                refused: Refused::new(),
            })
        };
        let block = |block: usize| {
            let listed = (words - block * BLOCK_WORDS).min(BLOCK_WORDS);
            Summary::new((1 << listed) - 1)
        };
        let blocks = words.div_ceil(BLOCK_WORDS);
        Self {
            lines: (0..words).map(line).collect(),
            blocks: (0..blocks).map(block).collect(),
            dry: (blocks > 1).then(|| CachePadded::new(Dry::new())),
            shift,
            len,
        }
    }

    /// A slot that was free and is now the caller's alone.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub(crate) fn claim(&self) -> Option<u32> {
        self.claim_near(thread_number())
    }

    /// As [`SlotSet::claim`], for a thread of the given number.
    #[inline]
    pub(super) fn claim_near(&self, thread: usize) -> Option<u32> {
        let home = self.home(thread);
        match self.lines[home].word.take_last() {
            Some(bit) => Some(self.slot_at(home) | bit),
            None => self.claim_elsewhere(home, thread),
        }
    }

    /// As [`SlotSet::claim`], for somebody else: a refusal is not counted.
    #[cold]
    pub(crate) fn claim_quietly(&self) -> Option<u32> {
        let home = self.home(thread_number());
        self.take(home).or_else(|| self.search(home))
    }

    /// A slot from any word, each of which is looked at by a read-modify-write: of this and a
    /// release into the word one comes first. One for each word.
    #[cold]
    pub(super) fn settle(&self) -> Option<u32> {
        let free = |word: &usize| self.lines[*word].word.mark_waited();
        let words = 0..self.lines.len();
        words.filter(free).find_map(|word| self.take(word))
    }

    /// Gives `slot` back. What the caller did with it is visible to whoever claims it next.
    ///
    /// # Aborts
    /// If `slot` is free already: two holders believed that it was theirs, and what either of them
    /// wrote since cannot be told from the other's.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub(crate) fn release(&self, slot: u32) {
        if !self.try_release(slot) {
            released_twice(slot);
        }
    }

    /// As [`SlotSet::release`]; `false` if the slot was free already.
    #[inline]
    pub(super) fn try_release(&self, slot: u32) -> bool {
        let (state, mask) = self.state(slot);
        match state.give_back(mask) {
            GivenBack::Done => true,
            GivenBack::Held => {
                self.list(slot);
                state.end_hold();
                true
            }
            GivenBack::Twice => false,
        }
    }

    /// The word of `slot`, and its bit there.
    #[inline]
    pub(super) fn state(&self, slot: u32) -> (State<'_>, u64) {
        let (word, mask) = self.locate(slot);
        (self.lines[word].word.state(), mask)
    }

    /// Has the slot's word listed: for who gave the slot back and holds the word.
    #[cold]
    pub(super) fn list(&self, slot: u32) {
        let (word, _) = self.locate(slot);
        self.blocks[word / BLOCK_WORDS].list(1 << (word % BLOCK_WORDS));
        if let Some(dry) = &self.dry {
            dry.count();
        }
    }

    /// Slots that are claimed: exact while nobody claims or releases. One load a word.
    pub(crate) fn in_use(&self) -> usize {
        let free = self.lines.iter().map(|line| line.word.free() as usize);
        self.len.saturating_sub(free.sum())
    }

    /// Number of slots, free or not.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Claims refused so far. Two loads a word.
    pub(crate) fn refused(&self) -> u64 {
        self.lines.iter().map(|line| line.refused.get()).sum()
    }

    /// How many words there are, one at least.
    pub(super) fn words(&self) -> usize {
        self.lines.len()
    }

    /// The bits of a word.
    pub(super) fn word(&self, word: usize) -> State<'_> {
        self.lines[word].word.state()
    }

    /// The word in which a thread of this number looks first; neighbors are spread apart.
    #[inline]
    fn home(&self, thread: usize) -> usize {
        // Fibonacci hashing: the fraction of `thread * golden ratio`, scaled to the words.
        let fraction = thread.wrapping_mul(0x9E37_79B9) as u32;
        ((u64::from(fraction) * self.lines.len() as u64) >> 32) as usize
    }

    /// The lowest free bit of `word`, so that recently used memory is used again.
    fn take(&self, word: usize) -> Option<u32> {
        let bit = self.lines[word].word.take()?;
        Some(self.slot_at(word) | bit)
    }

    /// Every word, from `home` on, for a thread of the given number.
    #[cold]
    fn claim_elsewhere(&self, home: usize, thread: usize) -> Option<u32> {
        let claimed = self.search(home);
        if claimed.is_none() {
            self.lines[home].refused.count(thread);
        }
        claimed
    }

    /// Every listed word, from `home` on; none if the last search is known to have found all.
    fn search(&self, home: usize) -> Option<u32> {
        let Some(dry) = &self.dry else {
            return self.claim_in(0, &self.blocks[0], home).ok();
        };
        let listings = dry.search()?;
        let (before, from_home) = self.blocks.split_at(home / BLOCK_WORDS);
        let later = (before.len()..).zip(from_home);
        let mut is_sure = true;
        for (index, block) in later.chain((0..).zip(before)) {
            match self.claim_in(index, block, home % BLOCK_WORDS) {
                Ok(slot) => return Some(slot),
                Err(in_doubt) => is_sure &= in_doubt == 0,
            }
        }
        if is_sure {
            dry.note(listings);
        }
        None
    }

    /// The words of one block, until one gives a slot or none is a candidate.
    ///
    /// A word that was seen empty is off the list, so it is looked at again if a slot came back to
    /// it; if another thread has it in doubt, it is skipped until that is over. `Err` with the
    /// words that were.
    fn claim_in(&self, index: usize, block: &Summary, first: usize) -> Result<u32, u64> {
        let mut skip = 0;
        loop {
            let candidates = block.candidates(skip);
            if candidates == 0 {
                return Err(skip);
            }
            let from_first = candidates & (u64::MAX << first);
            let nearest = if from_first == 0 {
                candidates
            } else {
                from_first
            };
            let bit = nearest.trailing_zeros() as usize;
            let word = index * BLOCK_WORDS + bit;
            if let Some(slot) = self.take(word) {
                return Ok(slot);
            }
            if !block.unlist(1 << bit, &self.lines[word].word) {
                skip |= 1 << bit;
            }
        }
    }

    /// The first slot of `word`.
    fn slot_at(&self, word: usize) -> u32 {
        // Fits: `with_shift` saw that `len` does.
        (word << self.shift) as u32
    }

    fn locate(&self, slot: u32) -> (usize, u64) {
        let slot = slot as usize;
        assert!(slot < self.len, "slot {slot} of {}", self.len);
        let word = slot >> self.shift;
        (word, 1 << (slot - (word << self.shift)))
    }
}

impl fmt::Debug for SlotSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotSet")
            .field("len", &self.len)
            .field("in_use", &self.in_use())
            .finish_non_exhaustive()
    }
}

#[cold]
#[inline(never)]
pub(super) fn released_twice(slot: u32) -> ! {
    // Not a panic: that may be caught, and the two would go on.
    let told = writeln!(
        std::io::stderr(),
        "shorttail: slot {slot} was released twice"
    );
    drop(told);
    std::process::abort();
}
