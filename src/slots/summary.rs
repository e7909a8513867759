//! Which of 64 words may hold a free slot.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::chaos::{self, Point};

/// The summary of up to 64 words.
///
/// A word is *listed* while a claimer may find a free bit in it. Only a claimer that found the
/// word empty takes it off the list, and it does so in two steps that another thread may be
/// frozen between; meanwhile the word is *in doubt*, and claimers look at it all the same. One
/// thread at a time may hold a word in doubt.
///
/// What this buys: a slot whose release is over is seen by every later claim, whoever else stands
/// still. The argument, for a slot released before the claim began and taken by nobody:
/// the releaser found or made its word listed, so the claim can miss it only through an unlisting
/// whose second look at the word comes after that release. Of those there is at most one, because
/// the next one would look first (`unlist`). The claim reads *listed*, *in doubt*, *listed*: if
/// the first read sees that unlisting, the second sees the doubt or its end, and if its end, the
/// third sees the word listed again.
#[derive(Debug)]
pub(super) struct Summary {
    /// Bit `w`: word `w` may hold a free slot.
    listed: AtomicU64,
    /// Bit `w`: a claimer is taking word `w` off the list.
    in_doubt: AtomicU64,
}

impl Summary {
    pub(super) fn new(listed: u64) -> Self {
        Self {
            listed: AtomicU64::new(listed),
            in_doubt: AtomicU64::new(0),
        }
    }

    /// The words in which a free slot may be, without those in `seen_empty`. Three loads at most.
    #[inline]
    pub(super) fn candidates(&self, seen_empty: u64) -> u64 {
        // Acquire: a word seen unlisted makes the doubt over it visible to the next load. [slots-1]
        let listed = self.listed.load(Ordering::Acquire) & !seen_empty;
        if listed != 0 {
            return listed;
        }
        // Acquire: a doubt seen to be over makes its outcome visible to the next load. [slots-2]
        let in_doubt = self.in_doubt.load(Ordering::Acquire) & !seen_empty;
        if in_doubt != 0 {
            return in_doubt;
        }
        // Relaxed: coherence alone; the Acquire above made the outcome visible. [slots-3]
        self.listed.load(Ordering::Relaxed) & !seen_empty
    }

    /// Lists the word of `mask` unless it is listed. The caller has just set a bit in it.
    #[inline]
    pub(super) fn list(&self, mask: u64) {
        // Relaxed: an unlisting that looked before our bit came happened before it, so coherence
        // shows it here; one that looked after saw our bit and lists the word itself. [slots-4]
        if self.listed.load(Ordering::Relaxed) & mask == 0 {
            // Relaxed: a hint; whoever follows it decides by a read-modify-write. [slots-3]
            self.listed.fetch_or(mask, Ordering::Relaxed);
        }
    }

    /// Takes the word of `mask` off the list if `free`, its bits, is zero throughout.
    #[cold]
    pub(super) fn unlist(&self, mask: u64, free: &AtomicU64) {
        // Acquire: sees what the last thread that had this word in doubt saw of it. [slots-2]
        if self.in_doubt.fetch_or(mask, Ordering::Acquire) & mask != 0 {
            return;
        }
        // Relaxed: at least as new as what that thread saw; newer ones are caught below. [slots-5]
        if free.load(Ordering::Relaxed) == 0 {
            // Release: whoever sees the word unlisted sees it in doubt. [slots-1]
            self.listed.fetch_and(!mask, Ordering::Release);
            chaos::point(Point::SlotUnlisted);
            // Release: an RMW, so that it stands before or after each release into this word:
            // before, and the releaser sees it unlisted; after, and we see the bit. [slots-4]
            if free.fetch_or(0, Ordering::Release) != 0 {
                // Relaxed: the Release below carries it. [slots-3]
                self.listed.fetch_or(mask, Ordering::Relaxed);
            }
        }
        // Release: carries the outcome to whoever sees the doubt over. [slots-2]
        self.in_doubt.fetch_and(!mask, Ordering::Release);
    }
}
