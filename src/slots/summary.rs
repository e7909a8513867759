//! Which of 32 words may hold a free slot.

use super::word::Word;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::chaos::{self, Point};

/// Words in a block.
pub(super) const BLOCK_WORDS: usize = 32;

/// The summary of up to 32 words.
///
/// A word is *listed* while a claimer may find a free bit in it. Only a claimer that found the
/// word empty takes it off the list, and it does so in steps that another thread may be frozen
/// between; meanwhile the word is *in doubt*, and claimers look at it all the same. One thread at
/// a time may hold a word in doubt.
///
/// What this buys: at every moment a word with a free slot whose release is over is listed or in
/// doubt. The releaser found or made it listed; whoever took it off the list since put it in doubt
/// first, and looked at the word in between: it saw the slot, and listed the word again before the
/// doubt was over, or somebody had taken the slot. Both facts about all words are in one integer,
/// so that one load gives them for one moment.
#[derive(Debug)]
pub(super) struct Summary {
    /// Bit `w`: word `w` is listed. Bit `32 + w`: it is in doubt.
    state: AtomicU64,
}

impl Summary {
    /// With the words of the mask `listed` on the list.
    pub(super) fn new(listed: u64) -> Self {
        Self {
            state: AtomicU64::new(listed),
        }
    }

    /// The words in which a free slot may be. Those of `skip` are left out while in doubt.
    #[inline]
    pub(super) fn candidates(&self, skip: u64) -> u64 {
        // Relaxed: coherence alone; what is listed and what is in doubt is one integer. [slots-3]
        let state = self.state.load(Ordering::Relaxed);
        let in_doubt = state >> BLOCK_WORDS;
        (state & u64::from(u32::MAX) | in_doubt) & !(in_doubt & skip)
    }

    /// Lists the word of `mask` unless it is listed. The caller has just set a bit in it.
    #[inline]
    pub(super) fn list(&self, mask: u64) {
        // Relaxed: an unlisting that looked before our bit came happened before it, so coherence
        // shows it here; one that looks after sees our bit and lists the word itself. [slots-1]
        if self.state.load(Ordering::Relaxed) & mask == 0 {
            // Relaxed: a hint; whoever follows it decides by a read-modify-write. [slots-3]
            self.state.fetch_or(mask, Ordering::Relaxed);
        }
    }

    /// Takes the word of `mask` off the list unless a slot of it is free.
    ///
    /// `false` if another thread has the word in doubt: nothing was done.
    #[cold]
    pub(super) fn unlist(&self, mask: u64, word: &Word) -> bool {
        let doubt = mask << BLOCK_WORDS;
        // Relaxed: the word stays a candidate; the look below is what decides. [slots-3]
        if self.state.fetch_or(doubt, Ordering::Relaxed) & doubt != 0 {
            return false;
        }
        // Relaxed: the Release of the mark shows it to the releases that follow. [slots-1]
        self.state.fetch_and(!mask, Ordering::Relaxed);
        chaos::point(Point::SlotUnlisted);
        if !word.mark_unlisted() {
            // Relaxed: before the step below in the order of the state. [slots-3]
            self.state.fetch_or(mask, Ordering::Relaxed);
        }
        // Relaxed: as above; the state says what the look saw, and nothing else is read. [slots-3]
        self.state.fetch_and(!doubt, Ordering::Relaxed);
        true
    }
}
